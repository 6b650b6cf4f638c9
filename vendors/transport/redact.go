package transport

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how many characters of a vendor's text are shown.
const maxText = 200

const hidden = "<secret>"

// minSecret is the length from which on a secret is hidden: a shorter one is none, and would
// tear words apart wherever its few characters stand.
const minSecret = 4

// hidden returns all that no text of this exchange may show.
func (x *exchange) hidden() []string {
	return x.client.secretsWith(x.request.Secrets)
}

// secretsWith returns the account's secrets and those that more returns, if it is not nil.
func (c *Client) secretsWith(more func() []string) []string {
	_, _ = c.readSecrets("") // a secret that has just been changed is hidden too
	plain := slices.Concat(c.secrets(), c.credentials.hidden())
	if more != nil {
		plain = slices.Concat(plain, more())
	}
	all := slices.DeleteFunc(slices.Clone(plain), func(s string) bool { return len(s) < minSecret })
	slices.Sort(all) // there may be thousands
	return slices.Compact(all)
}

// Redactor returns a function that makes a vendor's text fit for logs and pages as the texts of an
// [*Error] are: the secrets of the account and of its last request are hidden, what does not print is
// escaped, and what goes beyond so many characters is cut off. It knows the secrets of this moment.
func (c *Client) Redactor() func(text string, most int) string {
	var more func() []string
	if last := c.requestSecrets.Load(); last != nil {
		more = *last
	}
	secrets := c.secretsWith(more)
	return func(text string, most int) string { return cleanUpTo(text, secrets, most) }
}

// clean makes text that a vendor had a part in fit for logs and pages: secrets are replaced, in
// whatever way a URL, JSON or a page may have escaped them,
// bytes that are no UTF-8 become U+FFFD, what does not print is escaped, and what goes beyond
// 200 characters is cut off with "…". The work is bounded by the result, not by the text.
func clean(text string, secrets []string) string { return cleanUpTo(text, secrets, maxText) }

// cleanUpTo is clean with another limit than 200 characters.
func cleanUpTo(text string, secrets []string, most int) string {
	var out strings.Builder
	n := 0 // characters in out
	for len(text) > 0 {
		var piece string
		piece, text = next(text, secrets)
		size := utf8.RuneCountInString(piece)
		if n+size > most || n+size == most && text != "" {
			out.WriteString("…")
			break
		}
		out.WriteString(piece)
		n += size
	}
	return out.String()
}

// next takes one secret or character off text and returns what is shown in its place. Of a
// secret which holds another one nothing remains.
func next(text string, secrets []string) (piece, rest string) {
	longest := 0
	for _, s := range secrets {
		longest = max(longest, lengthIn(text, s))
	}
	if longest > 0 {
		return hidden, text[longest:]
	}
	r, size := utf8.DecodeRuneInString(text)
	if unicode.IsPrint(r) {
		return string(r), text[size:]
	}
	return strings.Trim(strconv.QuoteRune(r), "'"), text[size:]
}

// lengthIn returns how much of the beginning of text a secret takes up, each of its characters
// as it is or escaped as URLs, JSON and HTML do, once or more; 0 if text does not begin with it.
func lengthIn(text, secret string) int {
	if text == "" || text[0] != secret[0] && !strings.ContainsRune(`%+\&`, rune(text[0])) {
		return 0
	}
	// Of what looks like an escape each reading is followed: the secret may have such characters
	// itself.
	var reached [utf8.UTFMax + 1][]int // where in text, with so many more bytes of the secret
	reached[0] = []int{0}
	for i := range len(secret) {
		if len(slices.Concat(reached[:]...)) == 0 {
			return 0
		}
		for _, at := range reached[0] {
			readings(text[at:], secret[i:], func(of, length int) {
				if !slices.Contains(reached[of], at+length) {
					reached[of] = append(reached[of], at+length)
				}
			})
		}
		copy(reached[:], reached[1:])
		reached[utf8.UTFMax] = nil
	}
	return slices.Max(append(reached[0], 0))
}

// maxTimesEscaped is how often what escapes may be escaped itself.
const maxTimesEscaped = 4

// readings calls found for each way in which text may begin with the next characters of a secret,
// with how many bytes of the secret and of text that takes.
func readings(text, secret string, found func(of, length int)) {
	if text == "" {
		return
	}
	next, size := utf8.DecodeRuneInString(secret)
	switch text[0] {
	case secret[0]:
		found(1, 1)
	case '+':
		if secret[0] == ' ' {
			found(1, 1)
		}
	}
	switch text[0] {
	case '%': // %2F, %2f, and %252F where the % was escaped too
		for digits := 1; digits <= 1+2*maxTimesEscaped; digits += 2 {
			if hexadecimal(text[digits:], 2) == int(secret[0]) {
				found(1, digits+2)
			}
			if !strings.HasPrefix(text[digits:], "25") {
				break
			}
		}
	case '&': // &amp;, &#47;, &#x2F;
		if end := strings.IndexByte(text[:min(len(text), maxEntity)], ';'); end > 0 && html.UnescapeString(text[:end+1]) == secret[:size] {
			found(size, end+1)
		}
	case '\\': // \/, \", \u002f, and \\/ where the backslash was escaped too
		for at := 1; at < len(text) && at < 1<<maxTimesEscaped; at++ {
			switch after := text[at+1:]; {
			case text[at] == 'u' && hexadecimal(after, 4) == int(next):
				found(size, at+5)
			case text[at] == 'x' && hexadecimal(after, 2) == int(secret[0]):
				found(1, at+3)
			case text[at] == secret[0] && strings.IndexByte(`/"'\`, text[at]) >= 0:
				found(1, at+1)
			}
			if text[at] != '\\' {
				break
			}
		}
	}
}

// maxEntity is the length of the longest entity of HTML that a character of a secret may be
// written as, and more.
const maxEntity = 16

// hexadecimal is the number that text begins with, of so many digits; −1 if there is none.
func hexadecimal(text string, digits int) int {
	if len(text) < digits {
		return -1
	}
	v, err := strconv.ParseUint(text[:digits], 16, 32)
	if err != nil {
		return -1
	}
	return int(v)
}
