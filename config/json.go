package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// What is passed on as the file has it becomes JSON. Aliases can make a short text a long one, or one without an end.
const (
	maxJSON         = 1 << 20
	maxJSONDepth    = 100
	maxJSONMistakes = 100
)

// JSONObject returns a mapping as a JSON object with the keys and values that it
// has, in the order of the file; nil if it is absent and after a mistake.
func (v Value) JSONObject() json.RawMessage {
	if v.Absent() {
		return nil
	}
	if v.Null() {
		v.Report("want a mapping of keys, got nothing")
		return nil
	}
	before := v.d.mistakes()
	w := jsonWriter{maxErrors: before + maxJSONMistakes}
	w.object(v.Mapping(), 1)
	if w.problem != "" {
		v.Report("%s", w.problem)
	}
	if v.d.mistakes() > before {
		return nil
	}
	return w.out.Bytes()
}

// jsonWriter writes YAML as JSON. After a mistake it goes on, to report all of
// them, and what it wrote is no JSON.
type jsonWriter struct {
	out bytes.Buffer
	// maxErrors bounds the errors of the file: one mistake may have many aliases.
	maxErrors int
	// problem says why no more is written.
	problem string
}

func (w *jsonWriter) value(v Value, depth int) {
	switch {
	case depth > maxJSONDepth:
		w.problem = fmt.Sprintf("must not be nested deeper than %d levels", maxJSONDepth)
	case v.node.Kind == yaml.MappingNode:
		w.object(v.Mapping(), depth)
	case v.node.Kind == yaml.SequenceNode:
		w.array(v.List("values"), depth)
	case v.Null():
		w.out.WriteString("null")
	default:
		w.scalar(v)
	}
	switch {
	case w.problem != "":
	case w.out.Len() > maxJSON:
		w.problem = fmt.Sprintf("must not be longer than %d bytes as JSON", maxJSON)
	case v.d.mistakes() > w.maxErrors:
		w.problem = fmt.Sprintf("has more than %d mistakes, the others are not listed", maxJSONMistakes)
	}
}

func (w *jsonWriter) object(m *Mapping, depth int) {
	w.out.WriteByte('{')
	for i, name := range m.all() {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.text(name)
		w.out.WriteByte(':')
		w.value(m.Get(name), depth+1)
		if w.problem != "" {
			return
		}
	}
	w.out.WriteByte('}')
}

func (w *jsonWriter) array(items []Value, depth int) {
	w.out.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.value(item, depth+1)
		if w.problem != "" {
			return
		}
	}
	w.out.WriteByte(']')
}

// jsonNumber is a number as JSON writes it. YAML has more, such as 1_000, 0x1f
// and 010.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (w *jsonWriter) scalar(v Value) {
	switch v.node.Tag {
	case "!!bool":
		w.out.WriteString(strconv.FormatBool(v.Flag(false)))
	case "!!int", "!!float":
		const wanted = "a number such as 10, -1.5 or 2e6"
		text, ok := v.scalar(wanted)
		if !ok {
			return
		}
		// What no float64 holds the vendor could not read either.
		if _, err := strconv.ParseFloat(text, 64); err != nil || !jsonNumber.MatchString(text) {
			v.Report("want %s, got %s; quote it if it is meant as a string", wanted, v.got())
			return
		}
		w.out.WriteString(text) // as it stands: an id may have more digits than a float64
	default:
		if text, ok := v.scalar("a value that JSON has"); ok {
			w.text(text)
		}
	}
}

func (w *jsonWriter) text(text string) {
	enc := json.NewEncoder(&w.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // neither a string nor a buffer fails
	w.out.Truncate(w.out.Len() - len("\n"))
}
