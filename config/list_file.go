package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrEmpty is the reason of the error about a file that holds no text, not even a comment.
var ErrEmpty = errors.New("is empty")

// ReadList reads a file that lists one item a line, of up to 1 MiB in all. Blank lines and those that begin with # do
// not count, nor does white space around an item. Each item keeps the rules; noun says what one is: "task id". The file
// may hold only comments. An error is an Errors with every bad line, ErrEmpty for a file without text, or reports why
// the file cannot be read; it repeats nothing of what the file holds.
func (f *Files) ReadList(path, noun string, rules ...Rule) ([]string, error) {
	text, err := f.readAs(noun+" file", path, maxFileWait)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) == "" {
		return nil, &fileError{tried: noun + " file", path: path, problem: " " + ErrEmpty.Error(), err: ErrEmpty}
	}
	return itemsIn(path, text, noun, rules)
}

// itemsIn returns the items that the text of a file lists.
func itemsIn(path, text, noun string, rules []Rule) ([]string, error) {
	var items []string
	var errs Errors
	lines := map[string]int{}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		item := strings.TrimSpace(line)
		if item == "" || strings.HasPrefix(item, "#") {
			continue
		}
		if !utf8.ValidString(item) {
			errs = append(errs, &Error{File: path, Line: n, Message: "a " + noun + " must be valid UTF-8"})
			continue
		}
		if problem := broken(rules, item); problem != "" {
			errs = append(errs, &Error{File: path, Line: n, Message: "a " + noun + " " + problem})
			continue
		}
		if first, twice := lines[item]; twice {
			message := fmt.Sprintf("duplicate of the %s on line %d", noun, first)
			errs = append(errs, &Error{File: path, Line: n, Message: message})
			continue
		}
		lines[item] = n
		items = append(items, item)
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	return items, nil
}

// ListFile returns the path of a file that Files.ReadList can read now.
func (v Value) ListFile(noun string, rules ...Rule) string {
	path := v.path()
	if path == "" {
		return ""
	}
	text, err := v.d.files.readAs(noun+" file", path)
	if err == nil {
		_, err = itemsIn(path, text, noun, rules)
	}
	if lines, ok := errors.AsType[Errors](err); ok {
		for _, line := range lines {
			v.reportPublic(line.Error(), fmt.Sprintf("line %d of the file: %s", line.Line, line.Message))
		}
	} else if err != nil {
		v.reportFile(err)
	}
	return path
}
