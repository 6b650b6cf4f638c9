package transport

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const hiddenText = "<hidden>"

// at is the sign within an address of e-mail, also as URLs, JSON and HTML write it.
const at = `(?:@|%(?:25)*40|\\+u0040|&#64;|&#[xX]40;|&commat;)`

// The parts of a message that may identify a person: addresses of e-mail and of machines, and numbers as long as that
// of a telephone. In Chinese, words stand before and after them without a space, so that an address with other letters
// than English ones is looked for last.
var (
	emailAddress    = regexp.MustCompile(`[A-Za-z0-9._%+'-]+` + at + `[A-Za-z0-9.-]+`)
	anyEmailAddress = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+` + at + `[\p{L}\p{N}.-]+`)
	withColons      = regexp.MustCompile(`[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*`) // IPv6, or the time of day
	ipv4Address     = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
	manyDigits      = regexp.MustCompile(`\p{Nd}{7,}`)
	// groupedDigits are groups of digits, as telephone numbers, dates and numbers of cards are written.
	groupedDigits = regexp.MustCompile(`(?:\+|\()*\p{Nd}+(?:[-. ()/\x{a0}\x{2010}-\x{2015}]{1,2}\p{Nd}+)*`)
	date          = regexp.MustCompile(`\b(?:19|20)\d\d[-./]\d\d?[-./]\d\d?\b`)
	digitGroup    = regexp.MustCompile(`\p{Nd}+`)
	mobileNumber  = regexp.MustCompile(`^(?:86|086|0086)?1[3-9]\d{9}$`)
)

// hidePersonal hides in a vendor's words what may identify a person: a message may quote the row that it is about.
// What is in keep stays where it stands alone: the id that was asked for, the request id.
func hidePersonal(text string, keep []string) string {
	for _, k := range keep {
		if before, after, ok := cutAlone(text, k); ok {
			return hidePersonal(before, keep) + k + hidePersonal(after, keep)
		}
	}
	text = hideEmail(text)
	text = withColons.ReplaceAllStringFunc(text, func(part string) string {
		if holdsIPv6(part) {
			return hiddenText
		}
		return part
	})
	text = ipv4Address.ReplaceAllString(text, hiddenText)
	text = groupedDigits.ReplaceAllStringFunc(text, func(part string) string {
		if groups := groupsOf(part); isTelephone(part, groups) {
			return hiddenText
		}
		return part
	})
	return manyDigits.ReplaceAllString(text, hiddenText)
}

// hidePeople hides what can only be a person's: addresses of e-mail, and numbers of mobile telephones. It leaves alone
// what texts of our own may have: numbers of bytes, ids, addresses of machines.
func hidePeople(text string) string {
	return groupedDigits.ReplaceAllStringFunc(hideEmail(text), func(part string) string {
		if groups := groupsOf(part); mobileNumber.MatchString(strings.Join(groups, "")) {
			return hiddenText
		}
		return part
	})
}

func hideEmail(text string) string {
	return anyEmailAddress.ReplaceAllString(emailAddress.ReplaceAllString(text, hiddenText), hiddenText)
}

// groupsOf returns the groups of digits, without those of dates.
func groupsOf(part string) []string {
	return digitGroup.FindAllString(date.ReplaceAllString(part, " "), -1)
}

// minTelephone is how many digits in groups may be a telephone number. A local number has no less with its area's code.
const minTelephone = 9

// isTelephone reports whether groups of digits may be a telephone number, or the number of a card.
func isTelephone(part string, groups []string) bool {
	digits := strings.Join(groups, "")
	if mobileNumber.MatchString(digits) {
		return true
	}
	grouped := len(groups) > 2 || len(groups) > 1 && strings.ContainsAny(part, "+(")
	return grouped && utf8.RuneCountInString(digits) >= minTelephone
}

// holdsIPv6 reports whether digits, colons and dots are an IPv6 address, maybe with something before
// or behind it that looks like a part of it.
func holdsIPv6(text string) bool {
	_, behind, _ := strings.Cut(text, ":")
	before := text[:strings.LastIndexByte(text, ':')]
	trimmed := strings.Trim(text, ".")
	without := []string{strings.TrimPrefix(trimmed, ":"), strings.TrimSuffix(trimmed, ":"), behind, before}
	for _, t := range append(without, text, trimmed) {
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

// maxCutWord is how long the beginning of an address may be that dropCutWord finds, in bytes.
const maxCutWord = 256

// dropCutWord takes the last word off a text that was cut: half an address does not look like one.
func dropCutWord(text string) string {
	last := max(len(text)-maxCutWord, 0)
	return text[:last] + strings.TrimRightFunc(text[last:], func(r rune) bool { return joins(r) || unicode.IsLetter(r) })
}
