package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder walks the YAML nodes of one file. It goes on after a mistake, so that
// all of them are reported at once.
type decoder struct {
	file string
	// dir is what relative files are relative to.
	dir string
	// lookupEnv is nil where ${NAME} is literal text.
	lookupEnv func(string) (string, bool)
	errors    Errors
}

func (d *decoder) report(line int, key, format string, args ...any) {
	d.errors = append(d.errors, &Error{File: d.file, Line: line, Key: key, Message: fmt.Sprintf(format, args...)})
}

// value is what the file holds for one key or list item.
type value struct {
	d *decoder
	// key is the full path.
	key string
	// line is where the key stands, or the item; for an absent key its mapping.
	line int
	// node is no alias; nil if the key is absent.
	node *yaml.Node
	// hidden keeps the text out of errors.
	hidden bool
}

// newValue returns the value of a key or list item that stands on line.
func (d *decoder) newValue(key string, line int, node *yaml.Node) value {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return value{d: d, key: key, line: line, node: node}
}

func (v value) report(format string, args ...any) {
	v.d.report(v.line, v.key, format, args...)
}

func (v value) absent() bool { return v.node == nil }

// null tells a key that stands there without a value.
func (v value) null() bool {
	return !v.absent() && v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

// empty tells a value that gives nothing: absent, null or an empty list.
func (v value) empty() bool {
	return v.absent() || v.null() || v.node.Kind == yaml.SequenceNode && len(v.node.Content) == 0
}

// expands reports whether text may come from the environment.
func (v value) expands() bool {
	return v.d.lookupEnv != nil && strings.Contains(v.node.Value, "${")
}

// kind describes the value for an error that must not repeat it.
func (v value) kind() string {
	switch {
	case v.node.Kind == yaml.MappingNode && v.node.Tag == "!!map":
		return "a mapping"
	case v.node.Kind == yaml.SequenceNode && v.node.Tag == "!!seq":
		return "a list"
	case v.null():
		return "nothing"
	case !plainTag(v.node.Tag):
		return "a value with a YAML tag"
	case v.node.Tag == "!!bool":
		return "a boolean"
	case v.node.Tag == "!!int" || v.node.Tag == "!!float":
		return "a number"
	}
	return "a string"
}

// got describes the value for an error. What came out of the environment is
// not shown: much of what stands there is secret.
func (v value) got() string {
	n := v.node
	switch {
	case v.hidden, n.Kind != yaml.ScalarNode, v.null(), !plainTag(n.Tag):
		return v.kind()
	case n.Tag == "!!bool":
		return n.Value
	case v.expands():
		return quoted(n.Value) + " after expansion"
	case strings.Contains(n.Value, "${"):
		return quoted(n.Value) + " (--config.expand-env replaces ${NAME})"
	}
	return quoted(n.Value)
}

// plainTag tells the tags whose text is taken as it stands. "<<" is only a
// merge where it is a key.
func plainTag(tag string) bool {
	switch tag {
	case "!", "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge":
		return true
	}
	return false
}

// scalar returns the text of the value with its variables replaced. Anything else
// than a scalar is reported as not being what is wanted.
func (v value) scalar(wanted string) (text string, ok bool) {
	if v.node.Kind != yaml.ScalarNode || !plainTag(v.node.Tag) {
		v.report("want %s, got %s", wanted, v.got())
		return "", false
	}
	if !v.expands() {
		return v.node.Value, true
	}
	text, problems := expandEnv(v.node.Value, v.d.lookupEnv)
	for _, problem := range problems {
		v.report("%s", problem)
	}
	return text, len(problems) == 0
}

// list returns the items of a list, none if the key is absent or has no value.
func (v value) list(wanted string) []value {
	if v.empty() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode || v.node.Tag != "!!seq" {
		v.report("want a list of %s, got %s", wanted, v.kind())
		return nil
	}
	items := make([]value, len(v.node.Content))
	for i, raw := range v.node.Content {
		items[i] = v.d.newValue(v.key+"["+strconv.Itoa(i)+"]", raw.Line, raw)
		items[i].hidden = v.hidden
	}
	return items
}

// mapping returns the keys of a mapping, none if it is absent or has no value.
// A scalar that stands there is not shown: without a space after its colon, a key
// with its secret is one.
func (v value) mapping() *mapping {
	m := &mapping{value: v, noun: "key", entries: map[string]value{}, known: map[string]bool{}, disabledReason: map[string]string{}}
	switch {
	case v.absent(), v.null():
	case v.node.Kind == yaml.MappingNode && v.node.Tag == "!!map":
		m.add(v.node, map[*yaml.Node]bool{})
	default:
		v.report("want a mapping of keys, got %s", v.kind())
		m.broken = true
	}
	return m
}

// mapping is a YAML mapping whose keys are taken one after the other; done then
// reports those that nobody took.
type mapping struct {
	value
	// noun is what the keys are called in errors.
	noun    string
	entries map[string]value
	// names holds the keys of entries in the order of the file.
	names []string
	// known holds the keys that were taken; false for those that are forbidden,
	// which errors do not offer.
	known map[string]bool
	// broken is set if something else stands where the mapping should be. Its
	// keys are then not reported as missing.
	broken bool
	// disabledReason says of endpoints, where the mapping is an account, why its keys give
	// them nothing to read.
	disabledReason map[string]string
}

// add takes over the keys of node that m does not have yet, then those of the
// mappings that node merges (<<). Each node is merged once: a second time brings
// nothing, and a mapping may contain itself.
func (m *mapping) add(node *yaml.Node, merged map[*yaml.Node]bool) {
	if merged[node] {
		return
	}
	merged[node] = true
	lines := map[string]int{}
	var merges []value
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := m.d.newValue(m.key, node.Content[i].Line, node.Content[i])
		if name.node.Kind != yaml.ScalarNode {
			name.report("a key must be a word, got %s", name.kind())
			continue
		}
		v := m.d.newValue(m.path(name.node.Value), name.line, node.Content[i+1])
		v.hidden = m.hidden
		if name.node.Tag == "!!merge" {
			v.key = strings.TrimPrefix(m.key+".<<", ".")
			merges = append(merges, v)
			continue
		}
		if line, twice := lines[name.node.Value]; twice {
			m.d.report(name.line, v.key, "duplicate key, already on line %d", line)
			continue
		}
		lines[name.node.Value] = name.line
		if _, set := m.entries[name.node.Value]; !set {
			m.entries[name.node.Value] = v
			m.names = append(m.names, name.node.Value)
		}
	}
	for _, v := range merges {
		m.merge(v, merged)
	}
}

// merge adds what << names: a mapping or a list of mappings.
func (m *mapping) merge(v value, merged map[*yaml.Node]bool) {
	sources := []value{v}
	if v.node.Kind == yaml.SequenceNode {
		sources = v.list("mappings")
	}
	for _, source := range sources {
		if source.node.Kind != yaml.MappingNode {
			source.report("want a mapping to merge, such as *anchor, got %s", source.kind())
			continue
		}
		m.add(source.node, merged)
	}
}

// path is the full path of one of the mapping's keys.
func (m *mapping) path(name string) string {
	if m.key == "" {
		return printableName(name)
	}
	return m.key + "." + printableName(name)
}

// get takes a key.
func (m *mapping) get(name string) value {
	m.known[name] = true
	if v, ok := m.entries[name]; ok {
		return v
	}
	return value{d: m.d, key: m.path(name), line: m.line}
}

// hiddenKey takes a key whose value must not be shown.
func (m *mapping) hiddenKey(name string) value {
	v := m.get(name)
	v.hidden = true
	return v
}

// required takes a key that must be there; what says what belongs there.
func (m *mapping) required(name, what string) value {
	v := m.get(name)
	if v.absent() && !m.broken {
		v.report("missing, want %s", what)
	}
	return v
}

// forbid takes a key that must not be there.
func (m *mapping) forbid(name, why string) {
	m.known[name] = false
	if v, ok := m.entries[name]; ok {
		v.report("not allowed: %s", why)
	}
}

// all takes every key, in the order of the file.
func (m *mapping) all() []string {
	for _, name := range m.names {
		m.known[name] = true
	}
	return m.names
}

// isSet reports whether the file sets a key to something, without taking it.
func (m *mapping) isSet(name string) bool {
	v, ok := m.entries[name]
	return ok && !v.empty()
}

// done reports the keys that were not taken.
func (m *mapping) done() {
	var known []string
	for name, offered := range m.known {
		if offered {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	for _, name := range m.names {
		if _, taken := m.known[name]; taken {
			continue
		}
		m.entries[name].report("unknown %s%s", m.noun, knownHere(strings.TrimSuffix(printableName(name), "…"), known))
	}
}
