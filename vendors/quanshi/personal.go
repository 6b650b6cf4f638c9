package quanshi

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const hiddenText = "<hidden>"

// The parts of a message that may tell of a person: addresses of e-mail and of machines, and runs of
// digits as long as a telephone number. In Chinese, words stand before and behind them without a
// space, so that an address with other letters than English ones is looked for last.
var (
	emailAddress    = regexp.MustCompile(`[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+`)
	anyEmailAddress = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}.-]+`)
	withColons      = regexp.MustCompile(`[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*`) // an IPv6 address, or the time of day
	ipv4Address     = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
	manyDigits      = regexp.MustCompile(`\p{Nd}{7,}`)
)

// hidePersonal hides in Quanshi's words what may tell of a viewer: a message may quote the row that
// it is about. What is in keep stays where it stands alone: the id of the event that was asked for,
// the request id.
func hidePersonal(message string, keep ...string) string {
	message = dropCutWord(message)
	for _, k := range keep {
		if before, after, ok := cutAlone(message, k); ok {
			return hidePersonal(before, keep...) + k + hidePersonal(after, keep...)
		}
	}
	for _, email := range []*regexp.Regexp{emailAddress, anyEmailAddress} {
		message = email.ReplaceAllString(message, hiddenText)
	}
	message = withColons.ReplaceAllStringFunc(message, func(part string) string {
		if holdsIPv6(part) {
			return hiddenText
		}
		return part
	})
	message = ipv4Address.ReplaceAllString(message, hiddenText)
	return manyDigits.ReplaceAllString(message, hiddenText)
}

// holdsIPv6 reports whether digits, colons and dots are an IPv6 address, maybe with something before
// or behind it that looks like a part of it.
func holdsIPv6(text string) bool {
	_, behind, _ := strings.Cut(text, ":")
	before := text[:strings.LastIndexByte(text, ':')]
	trimmed := strings.Trim(text, ".")
	for _, t := range []string{text, trimmed, strings.TrimPrefix(trimmed, ":"), strings.TrimSuffix(trimmed, ":"), behind, before} {
		if _, err := netip.ParseAddr(t); err == nil {
			return true
		}
	}
	return false
}

// cutAlone cuts text around the first place where word stands by itself, and not within a longer
// word or number.
func cutAlone(text, word string) (before, after string, ok bool) {
	if word == "" {
		return "", "", false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return "", "", false
		}
		before, after = text[:from+i], text[from+i+len(word):]
		last, _ := utf8.DecodeLastRuneInString(before)
		first, _ := utf8.DecodeRuneInString(after)
		if !joins(last) && !joins(first) {
			return before, after, true
		}
		from += i + 1
	}
}

// joins reports whether a character may belong to the same number, address or name as the one
// beside it.
func joins(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || strings.ContainsRune("@.+-_%:", r)) || unicode.IsDigit(r)
}

// dropCutWord takes the last word off a message that was cut at its bound: half an address does not
// look like one.
func dropCutWord(message string) string {
	if len(message) <= maxSaid-utf8.UTFMax {
		return message
	}
	return strings.TrimRightFunc(message, func(r rune) bool { return r != utf8.RuneError && (joins(r) || unicode.IsLetter(r)) })
}
