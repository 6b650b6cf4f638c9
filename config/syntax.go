package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// parseYAML returns the top node of the file's only document, nil if the file
// holds none.
func parseYAML(file string, src []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err != nil {
		return nil, syntaxError(file, src, err)
	}
	var document, next yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntaxError(file, src, err)
	}
	switch err := loader.Load(&next); {
	case err == nil:
		return nil, Errors{{
			File:    file,
			Line:    next.Line,
			Column:  next.Column,
			Message: "a second YAML document begins here; a configuration is one document, remove the line that separates them",
		}}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(file, src, err)
	}
	return document.Content[0], nil
}

// syntaxError words an error of the YAML parser. Source text is left out: the
// parser's own messages repeat an unquoted secret that begins with * or !.
func syntaxError(file string, src []byte, err error) error {
	if mistakes := characterMistakes(file, src); len(mistakes) > 0 {
		return mistakes
	}
	e := &Error{File: file, Message: "not valid YAML"}
	cause, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return Errors{e}
	}
	e.Line, e.Column = cause.Mark.Line, cause.Mark.Column
	text, _, _ := strings.Cut(cause.Message, " (value: ")
	switch {
	case cause.Stage == yaml.ReaderStage && e.Line == 0:
		e.Line, e.Column = unreadableCharacter(src)
	case cause.Stage == yaml.ComposerStage:
		text = "an alias names an anchor that does not exist; quote a value that begins with *"
	case strings.HasPrefix(text, "found character '"):
		text = "found a character that is not allowed in a YAML tag; quote a value that begins with !"
	case text == "found character that cannot start any token":
		text += "; indent with spaces instead of tabs, quote a value that begins with @, % or `"
	}
	e.Message += ": " + text
	if begin := cause.ContextMark.Line; begin > 0 && begin != e.Line && cause.ContextMsg != "" {
		e.Message += fmt.Sprintf(" (%s that begins on line %d)", cause.ContextMsg, begin)
	}
	return Errors{e}
}

// unreadableCharacter finds the first byte that is no UTF-8 or a control character, whose place the YAML parser does
// not report; 0 if there is none.
func unreadableCharacter(src []byte) (line, column int) {
	line, column = 1, 1
	for len(src) > 0 {
		r, size := utf8.DecodeRune(src)
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\t' && r != '\r', r == 0x7f:
			return line, column
		}
		column++
		src = src[size:]
	}
	return 0, 0
}
