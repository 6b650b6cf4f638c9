package transport

import (
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

// secrets returns all that no text of this exchange may show.
func (x *exchange) secrets() []string {
	plain := x.client.secrets()
	if x.request.Secrets != nil {
		plain = slices.Concat(plain, x.request.Secrets())
	}
	all := slices.DeleteFunc(slices.Clone(plain), func(s string) bool { return len(s) < minSecret })
	slices.Sort(all) // there may be thousands
	return slices.Compact(all)
}

// clean makes text that a vendor had a part in fit for logs and pages: secrets are replaced, in
// whatever way a URL, JSON or a page may have escaped them,
// bytes that are no UTF-8 become U+FFFD, what does not print is escaped, and what goes beyond
// 200 characters is cut off with "…". The work is bounded by the result, not by the text.
func clean(text string, secrets []string) string {
	var out strings.Builder
	n := 0 // characters in out
	for len(text) > 0 {
		var piece string
		piece, text = next(text, secrets)
		size := utf8.RuneCountInString(piece)
		if n+size > maxText || n+size == maxText && text != "" {
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
