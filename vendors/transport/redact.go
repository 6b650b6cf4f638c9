package transport

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxText is how many characters of a vendor's text are shown.
	maxText = 200
	// maxRequestID is how many characters of a vendor's name for a request are shown.
	maxRequestID = 128
	// maxRead is how many bytes of a text are looked at, and maxUsed how many of those may be shown: of a secret that
	// begins later, maxRead may have cut off what makes it known.
	maxRead = 4 << 10
	maxUsed = maxRead - 512
)

const hidden = "<secret>"

// redactor makes texts that a vendor had a part in fit for logs and pages. Secrets are looked for first, then personal
// data: with some of its digits hidden, a secret would not be known any more. Then what does not print is escaped, and
// what goes beyond a bound is cut off with "…". The work is bounded, whatever the length of a text.
type redactor struct {
	secrets []string
}

// redactor returns what hides the account's secrets of this moment, and those that more returns, if it is not nil.
func (c *Client) redactor(more func() []string) redactor {
	_, _ = c.readSecrets("") // a secret that has just been changed is hidden too
	secrets := append(c.credentials.hidden(), c.secrets()...)
	if more != nil {
		secrets = append(secrets, more()...)
	}
	return redactor{secrets}
}

// Redactor returns a function that makes a vendor's text fit for logs and pages as the texts of an
// [*Error] are: the secrets of the account and of its last request are hidden, what does not print is
// escaped, and what goes beyond so many characters is cut off. It knows the secrets of this moment.
func (c *Client) Redactor() func(text string, most int) string {
	var more func() []string
	if last := c.requestSecrets.Load(); last != nil {
		more = *last
	}
	r := c.redactor(more)
	return func(text string, most int) string {
		text, cut := r.hideSecrets(text)
		return printable(text, most, cut)
	}
}

// ours returns a text of our own that may quote a vendor: without secrets, and without what can only be personal.
func (r redactor) ownText(text string) string {
	text, cut := r.hideSecrets(text)
	return printable(hidePeople(text), maxText, cut)
}

// theirs returns a vendor's own words, without secrets and without all that may be personal. What is in keep stays
// where it stands alone.
func (r redactor) vendorText(text string, keep ...string) string {
	text, cut := r.hideSecrets(text)
	if cut {
		text = dropCutWord(text)
	}
	return printable(hidePersonal(text, keep), maxText, cut)
}

// requestID returns a vendor's name for a request, without secrets: letters and digits of ASCII and the marks between
// them, each other character as "?". What looks like a person's is not shown at all.
func (r redactor) requestID(id string) string {
	id, cut := r.hideSecrets(strings.TrimSpace(id))
	if ipv4Address.MatchString(id) || hidePeople(id) != id {
		return hiddenText
	}
	parts := strings.Split(id, hidden)
	for i, part := range parts {
		parts[i] = strings.Map(func(c rune) rune {
			if c <= ' ' || c >= 0x7f || strings.ContainsRune(`@%&\<>"'`, c) {
				return '?'
			}
			return c
		}, part)
	}
	return printable(strings.Join(parts, hidden), maxRequestID, cut)
}

// printable returns a text of at most so many characters that print. Bytes that are no UTF-8 become U+FFFD. cut says
// that the text goes on.
func printable(text string, most int, cut bool) string {
	var out strings.Builder
	n := 0 // characters in out
	for len(text) > 0 {
		piece := hidden
		if rest, ok := strings.CutPrefix(text, hidden); ok {
			text = rest
		} else {
			r, size := utf8.DecodeRuneInString(text)
			piece, text = string(r), text[size:]
			if !unicode.IsPrint(r) {
				piece = strings.Trim(strconv.QuoteRune(r), "'")
			}
		}
		size := utf8.RuneCountInString(piece)
		if more := text != "" || cut; n+size > most || n+size == most && more {
			out.WriteString("…")
			return out.String()
		}
		out.WriteString(piece)
		n += size
	}
	if cut {
		out.WriteString("…")
	}
	return out.String()
}
