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

// JSONObject returns a mapping as a JSON object with the keys and values that it has, in the order of the file; nil if
// it is absent and after a mistake. The node holds the same as YAML, without variables, aliases and merge keys.
func (v Value) JSONObject() (json.RawMessage, *yaml.Node) {
	if v.Absent() {
		return nil, nil
	}
	if v.Null() {
		v.Report("want a mapping of keys, got nothing")
		return nil, nil
	}
	before := v.d.mistakes()
	w := jsonWriter{maxErrors: before + maxJSONMistakes}
	node := w.object(v.Mapping(), 1)
	if w.problem != "" {
		v.Report("%s", w.problem)
	}
	if v.d.mistakes() > before {
		return nil, nil
	}
	return w.out.Bytes(), node
}

// jsonWriter writes YAML as JSON. Its methods return the value that they wrote as a node. After a mistake it continues,
// to report all of them, and what it has written is no JSON.
type jsonWriter struct {
	out bytes.Buffer
	// maxErrors bounds the errors of the file: one mistake may have many aliases.
	maxErrors int
	// problem says why no more is written.
	problem string
}

func (w *jsonWriter) value(v Value, depth int) (node *yaml.Node) {
	switch {
	case depth > maxJSONDepth:
		w.problem = fmt.Sprintf("must not be nested deeper than %d levels", maxJSONDepth)
	case v.node.Kind == yaml.MappingNode:
		node = w.object(v.Mapping(), depth)
	case v.node.Kind == yaml.SequenceNode:
		node = w.array(v.List("values"), depth)
	case v.Null():
		node = w.literal("!!null", "null")
	default:
		node = w.scalar(v)
	}
	switch {
	case w.problem != "":
	case w.out.Len() > maxJSON:
		w.problem = fmt.Sprintf("must not be longer than %d bytes as JSON", maxJSON)
	case v.d.mistakes() > w.maxErrors:
		w.problem = fmt.Sprintf("has more than %d mistakes, the others are not listed", maxJSONMistakes)
	}
	return node
}

func (w *jsonWriter) object(m *Mapping, depth int) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	w.out.WriteByte('{')
	for i, name := range m.all() {
		if i > 0 {
			w.out.WriteByte(',')
		}
		key := w.text(name)
		w.out.WriteByte(':')
		node.Content = append(node.Content, key, w.value(m.Get(name), depth+1))
		if w.problem != "" {
			return nil
		}
	}
	w.out.WriteByte('}')
	return node
}

func (w *jsonWriter) array(items []Value, depth int) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	w.out.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			w.out.WriteByte(',')
		}
		node.Content = append(node.Content, w.value(item, depth+1))
		if w.problem != "" {
			return nil
		}
	}
	w.out.WriteByte(']')
	return node
}

// jsonNumber is a number as JSON writes it. YAML has more, such as 1_000, 0x1f and 010.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (w *jsonWriter) scalar(v Value) *yaml.Node {
	switch v.node.Tag {
	case "!!bool":
		return w.literal("!!bool", strconv.FormatBool(v.Flag(false)))
	case "!!int", "!!float":
		const wanted = "a number such as 10, -1.5 or 2e6"
		text, ok := v.scalar(wanted)
		if !ok {
			return nil
		}
		// What no float64 holds the vendor could not read either.
		if _, err := strconv.ParseFloat(text, 64); err != nil || !jsonNumber.MatchString(text) {
			v.Report("want %s, got %s; quote it if you mean a string", wanted, v.got())
			return nil
		}
		return w.literal(v.node.Tag, text) // as it stands: an id may have more digits than a float64
	default:
		text, ok := v.scalar("a value that JSON has")
		if !ok {
			return nil
		}
		return w.text(text)
	}
}

// literal writes what YAML and JSON write alike.
func (w *jsonWriter) literal(tag, text string) *yaml.Node {
	w.out.WriteString(text)
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

func (w *jsonWriter) text(text string) *yaml.Node {
	enc := json.NewEncoder(&w.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // neither a string nor a buffer fails
	w.out.Truncate(w.out.Len() - len("\n"))
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}
