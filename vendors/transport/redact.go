package transport

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxText is how many characters of a vendor's text are shown.
	maxText = 200
	// maxRequestID is how many characters of a vendor's id of a request are shown.
	maxRequestID = 128
	// maxRead is how many bytes of a text are searched for secrets, and maxUsed how many of them may be shown. A secret
	// that begins after maxUsed may be cut off at maxRead, and would not be recognized.
	maxRead = 4 << 10
	maxUsed = maxRead - 512
)

const hidden = "<secret>"

// redactor makes texts that may contain a vendor's words safe for logs and pages. It hides secrets first and then
// personal data: with some of its digits hidden, a secret would not be recognized. Then it escapes characters that
// cannot be printed, and cuts off long texts with "…". The work is bounded, however long a text is.
type redactor struct {
	secrets []string
}

// redactor returns a redactor for the account's current secrets and those that more returns, if it is not nil.
func (c *Client) redactor(more func() []string) redactor {
	_, _ = c.readSecrets("") // so that a secret that has just changed is hidden too
	secrets := append(c.credentials.hidden(), c.secrets()...)
	if more != nil {
		secrets = append(secrets, more()...)
	}
	return redactor{secrets}
}

// Redactor returns a function that makes a vendor's text safe for logs and pages, as the texts of an [*Error] are: it
// hides the secrets of the account and of its last request, escapes characters that cannot be printed, and cuts off the
// text after maxLength characters. It knows the secrets of the time when Redactor is called.
func (c *Client) Redactor() func(text string, maxLength int) string {
	var more func() []string
	if last := c.requestSecrets.Load(); last != nil {
		more = *last
	}
	r := c.redactor(more)
	return func(text string, maxLength int) string {
		text, cut := r.hideSecrets(text)
		return printable(text, maxLength, cut)
	}
}

// minLabelSecret is the length of the shortest secret that is hidden in labels. A shorter one may be a word of a name.
const minLabelSecret = 8

// minLabelPart is the length of the shortest part of a secret that is hidden in labels. A name may have a shorter one by
// chance.
const minLabelPart = 16

// LabelRedactor returns a function that hides the account's credentials and the secrets of its last request, and long
// parts of them, in a label's value. Unlike in errors, parts of less than 16 characters stay, and so do personal data
// and values that are only configured as private. It knows the secrets of the time when LabelRedactor is called.
func (c *Client) LabelRedactor() func(value string) string {
	_, _ = c.readSecrets("")
	all := c.credentials.hidden()
	if last := c.requestSecrets.Load(); last != nil {
		all = append(all, (*last)()...)
	}
	all = slices.DeleteFunc(all, func(secret string) bool { return len(secret) < minLabelSecret })
	shortest := math.MaxInt // no form of a secret is shorter than itself: most values need no search
	for _, secret := range all {
		shortest = min(shortest, len(secret), minLabelPart)
	}
	return func(value string) string {
		if len(value) < shortest || len((redactor{all}).find(value)) == 0 {
			return value
		}
		for _, secret := range all {
			for _, s := range slices.Backward((redactor{[]string{secret}}).find(value)) {
				if s.to-s.from >= min(len(secret), minLabelPart) {
					value = value[:s.from] + hidden + value[s.to:]
				}
			}
		}
		return value
	}
}

// ownText returns a text of our own, which may quote a vendor, without secrets and without what is certainly personal.
func (r redactor) ownText(text string) string {
	text, cut := r.hideSecrets(text)
	return printable(hidePeople(text), maxText, cut)
}

// vendorText returns a vendor's message without secrets and without what may be personal. The words in keep are shown
// where they stand alone.
func (r redactor) vendorText(text string, keep ...string) string {
	text, cut := r.hideSecrets(text)
	if cut {
		text = dropCutWord(text)
	}
	return printable(hidePersonal(text, keep), maxText, cut)
}

// requestID returns a vendor's id of a request without secrets. Characters other than printable ASCII become "?". If it
// looks like personal data it is not shown at all.
func (r redactor) requestID(id string) string {
	id, cut := r.hideSecrets(strings.TrimSpace(id))
	if slashless := strings.ReplaceAll(id, "/", "-"); ipv4Address.MatchString(id) || hidePeople(slashless) != slashless {
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

// printable returns the text with at most maxLength characters, all printable. Bytes that are not UTF-8 become U+FFFD.
// cut says that the text has been cut off already.
func printable(text string, maxLength int, cut bool) string {
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
		if more := text != "" || cut; n+size > maxLength || n+size == maxLength && more {
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
