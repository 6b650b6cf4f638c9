package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// taskIDRules keep an id from changing the path of the request that it stands
// in, where a comma separates ids.
var taskIDRules = []rule{oneWord, without(",/", "a request joins ids with commas into its path")}

// ReadTaskIDs reads a task_ids_file: one id a line, of up to 1 MiB in all. Blank
// lines and those that begin with # do not count, nor does white space around an
// id. The file may hold no id at all. An error is an Errors with every bad line,
// or reports why the file cannot be read; it repeats nothing of what the file holds.
func ReadTaskIDs(path string) ([]string, error) {
	b, err := readSmallFile(path)
	if err != nil {
		return nil, unreadable("read task id file", path, err)
	}
	var ids []string
	var errs Errors
	lines := map[string]int{}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		n++
		id := strings.TrimSpace(line)
		if id == "" || strings.HasPrefix(id, "#") {
			continue
		}
		if problem := taskIDProblem(id); problem != "" {
			errs = append(errs, &Error{File: path, Line: n, Message: "a task id " + problem})
			continue
		}
		if first, twice := lines[id]; twice {
			errs = append(errs, &Error{File: path, Line: n, Message: fmt.Sprintf("duplicate of the task id on line %d", first)})
			continue
		}
		lines[id] = n
		ids = append(ids, id)
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	return ids, nil
}

func taskIDProblem(id string) string {
	if !utf8.ValidString(id) {
		return "must be valid UTF-8"
	}
	for _, broken := range taskIDRules {
		if problem := broken(id); problem != "" {
			return problem
		}
	}
	return ""
}

// taskIDsFile returns the path of a file that ReadTaskIDs can read now.
func (v value) taskIDsFile() string {
	path := v.path()
	if path == "" {
		return ""
	}
	_, err := ReadTaskIDs(path)
	if lines, ok := errors.AsType[Errors](err); ok {
		for _, line := range lines {
			v.reportPublic(line.Error(), fmt.Sprintf("line %d of the file: %s", line.Line, line.Message))
		}
	} else if err != nil {
		v.reportFile(err)
	}
	return path
}
