package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Error is one mistake in a file.
type Error struct {
	// File is the file's name as it was given to Load, Parse, or Files.ReadList.
	File string
	// Line counts from 1; 0 means the file as a whole.
	Line int
	// Column counts the characters of the line from 1; 0 means the line as a whole.
	Column int
	// Key is the full path of the key, such as
	// getui[0].endpoints.push_quota.min_interval; "" means the file as a whole.
	Key string
	// Message says what is wrong and what is allowed. It never holds the value
	// of a secret.
	Message string
	// Public is Message for whoever asks over HTTP: without the paths of files. It
	// is "" where Message has none.
	Public string
}

// Error returns "file:line:column: key: message", without the parts that are not known.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(e.Line))
		if e.Column > 0 {
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(e.Column))
		}
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// Errors holds every mistake of a file, in the order of the file.
type Errors []*Error

// Error returns one line for each mistake.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find an *Error.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

// Public returns the errors with what they have in Public for their messages.
func (e Errors) Public() Errors {
	public := make(Errors, len(e))
	for i, err := range e {
		shown := *err
		shown.Message = cmp.Or(err.Public, err.Message)
		public[i] = &shown
	}
	return public
}

// sorted returns the errors by line and column. Those of one place keep the order in which they were found.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return e
}

// err is e as an error, nil if it is empty.
func (e Errors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e.sorted()
}

// maxQuoted bounds how many characters of the file an error repeats.
const maxQuoted = 60

// quoted returns text for an error message: escaped and bounded.
func quoted(text string) string {
	if looksSecret(text) {
		return "a text that may be a secret"
	}
	if runes := []rune(text); len(runes) > maxQuoted {
		return fmt.Sprintf("%q…", string(runes[:maxQuoted]))
	}
	return strconv.Quote(text)
}

// printableName returns a key as errors show it: its leading letters, digits, '_',
// '-' and '.'. The rest is cut, for a forgotten space makes a key of a key and
// its value: {master_secret:hunter2}. A name that looks like a secret is not shown.
func printableName(name string) string {
	if looksSecret(name) {
		return "…"
	}
	for i, r := range name {
		if i >= maxQuoted || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r) {
			return name[:i] + "…"
		}
	}
	return name
}

// minSecretWord is how long a word is that looks like a secret.
const minSecretWord = 16

// looksSecret reports whether a text may be a secret that stands in a wrong place: it has a long word of both letters
// and digits.
func looksSecret(text string) bool {
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for word := range strings.FieldsFuncSeq(text, between) {
		mixed := strings.ContainsFunc(word, unicode.IsDigit) && strings.ContainsFunc(word, unicode.IsLetter)
		if mixed && len(word) >= minSecretWord {
			return true
		}
	}
	return false
}
