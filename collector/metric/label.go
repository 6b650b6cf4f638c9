package metric

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLabelValue bounds a label value in bytes. Names of channels, brands and tasks are far shorter; what is longer is an accident or an attack.
const MaxLabelValue = 256

// CleanLabel makes a label value out of a vendor's text: valid UTF-8 without control characters (each becomes U+FFFD), at most maxLabelValue bytes, a
// longer one cut at a character with "…" at its end. Two texts may come out equal: Batch then keeps the first and counts the other as dropped.
//
// It is a copy: the vendor's whole answer must not stay in memory for the sake of a label.
func CleanLabel(text string) string { return strings.Clone(cleanedLabel(text)) }

// cleanedLabel is cleanLabel for what is not kept: it may be part of the text.
func cleanedLabel(text string) string {
	cut := false
	if len(text) > 4*MaxLabelValue { // spares cleaning megabytes of which little is kept
		text, cut = text[:4*MaxLabelValue], true
	}
	if !isClean(text) {
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
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

func isClean(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return false
		}
	}
	return true
}
