package metric

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLabelValue bounds a label value in bytes. Names of channels, brands and tasks are far shorter; a longer one is an
// accident or an attack.
const MaxLabelValue = 256

// CleanLabel returns a vendor's text as a label value of at most MaxLabelValue bytes: valid UTF-8, with U+FFFD instead
// of each control character, including those that are invisible or change the direction of text. A longer text is cut
// between characters, with "…" at its end. Two texts may become equal: Batch then keeps the first and drops the other.
//
// The result is a copy: the vendor's whole answer must not stay in memory for the sake of a label.
func CleanLabel(text string) string { return strings.Clone(cleanedLabel(text)) }

// cleanedLabel is CleanLabel for a value that is not kept: the result may share the text's memory.
func cleanedLabel(text string) string {
	cut := false
	if len(text) > 4*MaxLabelValue { // do not clean megabytes of which little is kept
		text, cut = text[:4*MaxLabelValue], true
	}
	if !isClean(text) {
		text = strings.Map(func(r rune) rune {
			if isHiddenControl(r) {
				return utf8.RuneError
			}
			return r
		}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	}
	if !cut && len(text) <= MaxLabelValue {
		return text
	}
	const ellipsis = "…"
	text = text[:min(len(text), MaxLabelValue-len(ellipsis))] // cleaning may have made it shorter
	for len(text) > 0 {
		if r, size := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || size > 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text + ellipsis
}

// isHiddenControl reports whether a character is not shown but changes the text around it. With it, two different names
// could look the same.
func isHiddenControl(r rune) bool {
	switch {
	case unicode.IsControl(r),
		r >= '\u200b' && r <= '\u200f',              // no width, or a direction
		r == '\u2028', r == '\u2029', r == '\ufeff', // new lines, a byte order mark
		r >= '\u202a' && r <= '\u202e', // directions
		r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

// isClean reports whether a text is valid UTF-8 without control characters.
func isClean(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || isHiddenControl(r) {
			return false
		}
	}
	return true
}
