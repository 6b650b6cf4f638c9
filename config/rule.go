package config

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rule returns what is wrong with a text, "" if nothing is. It does not repeat the text: that may be a misplaced
// secret.
type Rule func(text string) (problem string)

// Printable is the Rule against what would not show, or break a line, in a label or a log.
func Printable(text string) string {
	if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return "must not contain the control character " + characterName(r)
	}
	if r, found := hiddenCharacter(text); found {
		return "must not contain " + characterName(r) + ", which is invisible or changes the text direction; remove it"
	}
	if strings.TrimSpace(text) != text {
		return "must not begin or end with white space"
	}
	return ""
}

// OneWord is the Rule against white space within the text too.
func OneWord(text string) string {
	if problem := Printable(text); problem != "" {
		return problem
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return "must not contain white space"
	}
	return ""
}

// PathSegment is the Rule for a text that is one part of a request's path.
func PathSegment(text string) string {
	if problem := OneWord(text); problem != "" {
		return problem
	}
	return Without("/", "it is part of the request's path")(text)
}

// Without returns a Rule against the characters of chars.
func Without(chars, why string) Rule {
	return func(text string) string {
		if i := strings.IndexAny(text, chars); i >= 0 {
			return "must not contain " + strconv.Quote(text[i:i+1]) + ": " + why
		}
		return ""
	}
}

// WholeID returns a Rule for an id that is a number, written as vendors write it, so that its label is the same in
// every family. of says what it identifies.
func WholeID(of, example string) Rule {
	return func(text string) string {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
			return "must be the id of " + of + ", a whole number such as " + example
		}
		return ""
	}
}

// AtMost returns a Rule that bounds the text's length.
func AtMost(chars int) Rule {
	return func(text string) string {
		if n := len([]rune(text)); n > chars {
			return "must not be longer than " + strconv.Itoa(chars) + " characters, has " + strconv.Itoa(n)
		}
		return ""
	}
}

// broken returns what is wrong with a text by the first of the rules that it does not keep, "" if it keeps all.
func broken(rules []Rule, text string) string {
	for _, rule := range rules {
		if problem := rule(text); problem != "" {
			return problem
		}
	}
	return ""
}
