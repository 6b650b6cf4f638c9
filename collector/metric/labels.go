package metric

import (
	"iter"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// Labels are the labels of a sample as both text formats write them between the braces: account="shop",kind="app".
// They are sorted by name. A scrape copies them to the page as they are, and they take less memory than label pairs.
// Samples of a read with the same labels share one text.
type Labels string

// NewLabels returns labels of names and values in turn. The names must be sorted.
func NewLabels(namesAndValues ...string) Labels {
	var text []byte
	for i := 0; i < len(namesAndValues); i += 2 {
		text = appendLabel(text, namesAndValues[i], namesAndValues[i+1])
	}
	return Labels(text)
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// appendLabel appends a label to the text of those before it.
func appendLabel(text []byte, name, value string) []byte {
	if len(text) > 0 {
		text = append(text, ',')
	}
	text = append(append(text, name...), `="`...)
	if strings.ContainsAny(value, "\\\n\"") {
		value = escaper.Replace(value)
	}
	return append(append(text, value...), '"')
}

// each returns the text of each label: kind="app".
func (l Labels) each() iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := string(l); rest != ""; {
			end := strings.IndexByte(rest, '"') + 1
			for rest[end] != '"' {
				if rest[end] == '\\' {
					end++
				}
				end++
			}
			if !yield(rest[:end+1]) {
				return
			}
			rest = strings.TrimPrefix(rest[end+1:], ",")
		}
	}
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\"`, `"`)

// parseLabel returns the name and the value of one label.
func parseLabel(text string) (name, value string) {
	name, value, _ = strings.Cut(text, `="`)
	value = value[:len(value)-1]
	if strings.IndexByte(value, '\\') >= 0 {
		value = unescaper.Replace(value)
	}
	return name, value
}

// All returns the names and values.
func (l Labels) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for label := range l.each() {
			if !yield(parseLabel(label)) {
				return
			}
		}
	}
}

// Get returns the value of the label with the name; "" if there is none.
func (l Labels) Get(name string) string {
	for n, value := range l.All() {
		if n == name {
			return value
		}
	}
	return ""
}

// LabelPairs makes label pairs of labels, for the formats that need them. It makes a pair with the same name and value
// once: they are shared and must not be changed.
type LabelPairs map[string]*dto.LabelPair

// Of returns the pairs of labels.
func (p LabelPairs) Of(l Labels) []*dto.LabelPair {
	pairs := make([]*dto.LabelPair, 0, 4)
	for label := range l.each() {
		pair := p[label]
		if pair == nil {
			name, value := parseLabel(label)
			pair = &dto.LabelPair{Name: &name, Value: &value}
			p[label] = pair
		}
		pairs = append(pairs, pair)
	}
	return pairs
}
