package transport

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const hiddenText = "<hidden>"

// at is the "@" of an e-mail address, also escaped as in URLs, JSON and HTML.
const at = `(?:@|%(?:25)*40|\\+u0040|&#64;|&#[xX]40;|&commat;)`

// The parts of a message that may identify a person: e-mail addresses, IP addresses, and numbers as long as a telephone
// number. Chinese has no spaces between these and the words around them, so an e-mail address with letters other than
// English ones is searched for last.
var (
	emailAddress    = regexp.MustCompile(`[A-Za-z0-9._%+'-]+` + at + `[A-Za-z0-9.-]+`)
	anyEmailAddress = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+` + at + `[\p{L}\p{N}.-]+`)
	withColons      = regexp.MustCompile(`[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*`) // IPv6, or the time of day
	ipv4Address     = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
	manyDigits      = regexp.MustCompile(`\p{Nd}{7,}`)
	// groupedDigits are groups of digits, as telephone numbers, dates and numbers of cards are written.
	groupedDigits = regexp.MustCompile(digitsWith(`-. ()/\x{a0}\x{2010}-\x{2015}`))
	// groupedInOwnText are those in texts of our own, where a slash is a part of a path.
	groupedInOwnText = regexp.MustCompile(digitsWith(`-. ()\x{a0}\x{2010}-\x{2015}`))
	date             = regexp.MustCompile(`\b(?:19|20)\d\d[-./]\d\d?[-./]\d\d?\b`)
	digitGroup       = regexp.MustCompile(`\p{Nd}+`)
	mobileNumber     = regexp.MustCompile(`^(?:86|086|0086)?1[3-9]\d{9}$`)
)

// digitsWith returns the expression of groups of digits with one or two of the separators between them.
func digitsWith(separators string) string {
	return `(?:\+|\()*\p{Nd}+(?:[` + separators + `]{1,2}\p{Nd}+)*`
}

// hidePersonal returns a vendor's message with what may identify a person hidden: a message may quote the row that it
// is about. The words in keep, such as the requested id and the request id, are shown where they stand alone.
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

// hidePeople returns the text with what is certainly personal hidden: e-mail addresses and mobile telephone numbers. It
// shows what texts of our own may contain: numbers of bytes, ids, IP addresses, paths.
func hidePeople(text string) string {
	return groupedInOwnText.ReplaceAllStringFunc(hideEmail(text), func(part string) string {
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

// minTelephone is the least number of digits of a telephone number in groups: a local number with its area code.
const minTelephone = 9

// isTelephone reports whether groups of digits may be a telephone number or the number of a card.
func isTelephone(part string, groups []string) bool {
	digits := strings.Join(groups, "")
	if mobileNumber.MatchString(digits) {
		return true
	}
	grouped := len(groups) > 2 || len(groups) > 1 && strings.ContainsAny(part, "+(")
	return grouped && utf8.RuneCountInString(digits) >= minTelephone
}

// holdsIPv6 reports whether a text of hexadecimal digits, colons and dots contains an IPv6 address. There may be a
// colon, a dot or a number before or after it that is no part of it.
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

// cutAlone cuts text around the first occurrence of word that is not a part of a longer word or number.
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

// joins reports whether a character may belong to the same number, address or name as the character next to it.
func joins(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || strings.ContainsRune("@.+-_%:", r)) || unicode.IsDigit(r)
}

// maxCutWord is how many bytes dropCutWord removes at most.
const maxCutWord = 256

// dropCutWord removes the last word of a text that was cut: a part of an e-mail address is not recognized as one.
func dropCutWord(text string) string {
	last := max(len(text)-maxCutWord, 0)
	return text[:last] + strings.TrimRightFunc(text[last:], func(r rune) bool { return joins(r) || unicode.IsLetter(r) })
}
