package config

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	// maxCharacterLines is how many lines before a syntax error may have its cause.
	maxCharacterLines = 20
	// maxCharacterParse bounds the bytes that are parsed to find the causes of syntax errors.
	maxCharacterParse = 64 << 20
)

// characterMistakes returns the misleading characters and the missing spaces that are the causes of a file's syntax
// errors: with YAML's own in their place, the error is gone, or another comes later.
func characterMistakes(file string, src []byte) Errors {
	lines := bytes.SplitAfter(src, []byte("\n"))
	left := maxCharacterParse
	failure := func(lines [][]byte) (line, context int) {
		left -= len(src)
		return syntaxErrorLine(bytes.Join(lines, nil))
	}
	var mistakes Errors
	for left > 0 {
		line, context := failure(lines)
		if line > len(lines) {
			break
		}
		near := func(i int) bool {
			return i >= line-maxCharacterLines || i >= context-1 && i <= context+maxCharacterLines
		}
		repaired, found := repairLines(lines, line, near, "  ")
		after, _ := failure(repaired)
		if len(found) > 0 && after <= line {
			// An ideographic space is as wide as two, but may stand for one.
			repaired, found = repairLines(lines, line, near, " ")
			after, _ = failure(repaired)
		}
		if len(found) > 0 && after <= line && len(mistakes) == 0 {
			return indentMistakes(file, found, line, context)
		}
		if len(found) == 0 || after <= line {
			break
		}
		// A line that is valid with its own characters is none of the causes.
		for i := range found {
			without := slices.Clone(repaired)
			without[i] = lines[i]
			if other, _ := failure(without); other >= after {
				repaired = without
				continue
			}
			for _, m := range found[i] {
				mistakes = append(mistakes, m.error(file, i))
			}
		}
		lines = repaired
	}
	return mistakes.sorted()
}

// indentMistakes returns the misleading characters before the text of the lines at a syntax error. Which indent they
// should be is not known, so that no repair can prove that they are its cause.
func indentMistakes(file string, found map[int][]characterMistake, line, context int) Errors {
	var mistakes Errors
	for i, all := range found {
		if i+1 != context && (i+1 < line-1 || i+1 > line) {
			continue
		}
		for _, m := range all {
			if m.inIndent {
				mistakes = append(mistakes, m.error(file, i))
			}
		}
	}
	return mistakes.sorted()
}

// repairLines returns the lines up to the one with the error, repaired, and what was repaired by line. ideographic is
// written for an ideographic space.
func repairLines(
	lines [][]byte, line int, near func(int) bool, ideographic string,
) (repaired [][]byte, found map[int][]characterMistake) {
	repaired, found = slices.Clone(lines), map[int][]characterMistake{}
	for i := range min(line, len(lines)) {
		if !near(i) {
			continue
		}
		text, mistakes := repairLine(string(lines[i]), ideographic)
		if len(mistakes) > 0 {
			repaired[i], found[i] = []byte(text), mistakes
		}
	}
	return repaired, found
}

// syntaxErrorLine returns the line of a text's first syntax error, and of what it is a part of; MaxInt without one.
func syntaxErrorLine(src []byte) (line, context int) {
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err == nil {
		var document yaml.Node
		err = loader.Load(&document)
	}
	cause, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return math.MaxInt, 0
	}
	return cause.Mark.Line, cause.ContextMark.Line
}

// characterMistake is a misleading character of a line, or a space that is missing behind a character.
type characterMistake struct {
	column   int // counts from 1
	message  string
	inIndent bool // it stands before the text of the line
}

// error returns the mistake in the line with an index.
func (m characterMistake) error(file string, line int) *Error {
	return &Error{File: file, Line: line + 1, Column: m.column, Message: "not valid YAML: " + m.message}
}

// repairLine returns a line with YAML's characters for those that mislead: in the indent, in a key, and within [ ] and
// { }. A space is put behind the dash of a list and the colon of a key where it is missing. mistakes are what was
// repaired.
func repairLine(line, ideographic string) (repaired string, mistakes []characterMistake) {
	const (
		indent = iota // with the dashes of lists
		key
		value // before it begins
		flow
		text // a value, or a comment
	)
	var b strings.Builder
	part, quote, previous := indent, rune(0), ' '
	plain := true // the key has only letters, digits and underscores
	misled := false
	runes := []rune(line)
	for i, r := range runes {
		written, c := string(r), r
		known, misleads := misleading[r]
		if misleads = misleads && quote == 0 && part != text; misleads {
			message := "found " + characterName(r) + "; " + instead(r)
			mistakes = append(mistakes, characterMistake{i + 1, message, part == indent})
			written = known.yaml
			if r == '\u3000' {
				written = ideographic
			}
			if written == "" { // it stands for nothing
				misled = true
				continue
			}
			c, _ = utf8.DecodeRuneInString(written)
			if c == ':' {
				written = ": "
			}
		}
		if part == indent && !unicode.IsSpace(c) && c != '-' {
			part = key
			if previous == '-' { // of a list
				b.WriteByte(' ')
				if !misled {
					mistakes = append(mistakes, characterMistake{i, `write a space after "-"`, false})
				}
			}
		} else if part == key && quote == 0 && previous == ':' && plain && !unicode.IsSpace(c) &&
			!strings.HasPrefix(string(runes[i:]), "//") {
			part = value
			b.WriteByte(' ')
			if !misled {
				mistakes = append(mistakes, characterMistake{i, `write a space after ":"`, false})
			}
		}
		if part == key && quote == 0 {
			plain = plain && (strings.ContainsRune(`_"':`, c) || unicode.IsLetter(c) || unicode.IsDigit(c))
		}
		b.WriteString(written)
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case part == text:
		case r == '"' || r == '\'':
			quote = r
		case c == '#' && unicode.IsSpace(previous):
			part = text
		case part == key && (previous == ':' && unicode.IsSpace(c) || written == ": "):
			part = value
		case part != flow && (c == '[' || c == '{'):
			part = flow
		case part == value && !unicode.IsSpace(c):
			part = text
		}
		previous, misled = c, misleads
	}
	return b.String(), mistakes
}
