package config

import (
	"bytes"
	"errors"
	"fmt"
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

// characterMistakes returns the misleading characters that are the causes of a file's syntax errors: with YAML's own in
// their place, the error is gone, or another comes later.
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
		repaired := slices.Clone(lines)
		found := map[int]Errors{}
		for i := range min(line, len(lines)) {
			if i < line-maxCharacterLines && (i < context-1 || i > context+maxCharacterLines) {
				continue
			}
			text, at := repairLine(string(lines[i]))
			for _, c := range at {
				found[i] = append(found[i], &Error{File: file, Line: i + 1, Column: c.column, Message: fmt.Sprintf(
					"not valid YAML: found %s; %s", characterName(c.r), instead(c.r))})
			}
			repaired[i] = []byte(text)
		}
		after, _ := failure(repaired)
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
			mistakes = append(mistakes, found[i]...)
		}
		lines = repaired
	}
	return mistakes.sorted()
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

// characterAt is a character of a line; columns count from 1.
type characterAt struct {
	r      rune
	column int
}

// repairLine returns a line with YAML's characters for those that mislead: in the indent, in a key, and within [ ] and
// { }. at are those that were replaced.
func repairLine(line string) (repaired string, at []characterAt) {
	const (
		key   = iota // or the indent
		value        // before it begins
		flow
		text // a value, or a comment
	)
	var b strings.Builder
	part, quote, previous, column := key, rune(0), ' ', 0
	for _, r := range line {
		column++
		written, c := string(r), r
		if known, misleads := misleading[r]; misleads && quote == 0 && part != text {
			at = append(at, characterAt{r, column})
			written = known.yaml
			c, _ = utf8.DecodeRuneInString(written)
			if c == ':' {
				written = ": "
			}
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
		previous = c
	}
	return b.String(), at
}
