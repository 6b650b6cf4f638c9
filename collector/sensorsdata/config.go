package sensorsdata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/config"
)

// Config is an account at Sensors Data: one project.
type Config struct {
	config.Account
	// Project is the name that requests carry.
	Project   string        `yaml:"project"`
	APISecret config.Secret `yaml:"api_secret,omitempty"`
	// SecretInHeader says that requests carry the secret in a header instead of the query.
	SecretInHeader bool `yaml:"secret_in" shown:"query|header"`
	// Tags are the ids of the tags whose values and partitions are read, each once: whole numbers of at least 1, as
	// Sensors Data writes them.
	Tags []string `yaml:"tags,omitempty"`
	// TagValueLimit bounds the values of each tag, at least 1.
	TagValueLimit int `yaml:"tag_value_limit"`
	// PartitionWindow is how far back partitions are read, longer than 0.
	PartitionWindow time.Duration `yaml:"partition_window"`
	// Segments have different names.
	Segments []Segment `yaml:"segments,omitempty"`
}

// Segment is the users that a filter finds.
type Segment struct {
	// Name is the label "segment".
	Name string
	// Filter is a JSON object of up to 1 MiB. It holds what the file does, in the order of the file.
	Filter json.RawMessage
}

// MarshalYAML returns the segment without what its filter compares with: it may be a person's number.
func (s Segment) MarshalYAML() (any, error) {
	var filter yaml.Node
	if err := yaml.Load(asciiOf(s.Filter), &filter); err != nil {
		return nil, err
	}
	showFilter(&filter)
	return struct {
		Name   string     `yaml:"name"`
		Filter *yaml.Node `yaml:"filter"`
	}{s.Name, filter.Content[0]}, nil
}

// asciiOf returns JSON as YAML: YAML reads JSON, but not every letter that JSON has as it is.
func asciiOf(object json.RawMessage) []byte {
	var b []byte
	for _, r := range string(object) {
		if r < 0x7f {
			b = append(b, byte(r))
		} else {
			b = fmt.Appendf(b, `\U%08x`, r)
		}
	}
	return b
}

// showFilter writes a filter as the rest of the file is written, and hides its params.
func showFilter(n *yaml.Node) {
	n.Style = 0
	for i, inner := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "params" {
			mask := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: config.SecretMask}
			n.Content[i] = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{mask}}
			continue
		}
		showFilter(inner)
	}
}

// Config returns the defaults of the vendor's accounts and the decoder of their keys.
func (Vendor) Config() config.Vendor {
	return config.Vendor{
		Name: "sensorsdata",
		// Every customer has a host of its own.
		BaseURL:           "",
		TimeZone:          "Asia/Shanghai",
		RequestsPerMinute: 60,
		Endpoints: []config.EndpointDefault{
			{Name: "tags", MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour},
			{Name: "tag_directories", MinInterval: time.Hour, MaxStale: 24 * time.Hour},
			{Name: "tag_values", MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute, Needs: "tags"},
			{Name: "tag_partitions", MinInterval: time.Hour, MaxStale: 24 * time.Hour, Needs: "tags"},
			{Name: "segments", MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: time.Minute,
				Needs: "segments"},
		},
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount { return decodeConfig },
	}
}

const (
	defaultProject         = "default"
	defaultTagValueLimit   = 50
	defaultPartitionWindow = 7 * 24 * time.Hour
)

// maxSegmentName bounds a segment's name in characters: it stands in a sample.
const maxSegmentName = 100

// decodeConfig takes the keys that only Sensors Data has.
func decodeConfig(m *config.Mapping, a config.Account) config.VendorAccount {
	s := Config{
		Account:         a,
		Project:         m.Get("project").Text(config.OneWord),
		APISecret:       m.Secret("api_secret"),
		SecretInHeader:  inHeader(m.Get("secret_in"), a),
		Tags:            m.Get("tags").Texts(config.WholeID("a tag", "21")),
		TagValueLimit:   m.Get("tag_value_limit").Count(defaultTagValueLimit),
		PartitionWindow: m.Get("partition_window").Duration(defaultPartitionWindow),
		Segments:        decodeSegments(m.Get("segments")),
	}
	if s.Project == "" {
		s.Project = defaultProject
	}
	return s
}

// secretHeader is the request header that may carry the secret.
const secretHeader = "sensorsdata-token"

// inHeader reports whether the secret goes into a header, which http_client must not set too.
func inHeader(v config.Value, a config.Account) bool {
	if v.OneOf(secretInQuery, secretInQuery, secretInHeader) != secretInHeader {
		return false
	}
	if a.SetsHeader(secretHeader) {
		v.Report("not allowed: http_headers of the account's http_client sets the header %s, "+
			"which would carry the secret", secretHeader)
	}
	return true
}

// The places where requests may carry the secret.
const (
	secretInQuery  = "query"
	secretInHeader = "header"
)

// decodeSegments returns an account's segments.
func decodeSegments(v config.Value) []Segment {
	var segments []Segment
	names := config.NewNames("segment")
	for _, item := range v.List("segments") {
		m := item.Mapping()
		s := Segment{
			Name:   m.Required("name", "a name for the segment").Text(config.Printable, config.AtMost(maxSegmentName)),
			Filter: m.Required("filter", "the filter that finds the segment's users").JSONObject(),
		}
		names.Add(s.Name, m.Get("name"))
		m.Done()
		segments = append(segments, s)
	}
	return segments
}

// personal returns what the segments' filters compare with, their params, sorted: it may be a person's number,
// requests carry it, and a vendor that quotes a request quotes it.
func (s Config) personal() []string {
	var values []string
	for _, segment := range s.Segments {
		d := json.NewDecoder(bytes.NewReader(segment.Filter))
		d.UseNumber() // a number is quoted with the digits that were sent
		var filter any
		if d.Decode(&filter) == nil {
			values = appendParams(values, filter, false)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// appendParams adds the texts and numbers under each key params; within is set if v stands under one.
func appendParams(values []string, v any, within bool) []string {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			values = appendParams(values, inner, within || key == "params")
		}
	case []any:
		for _, inner := range v {
			values = appendParams(values, inner, within)
		}
	case string:
		if within && v != "" {
			values = append(values, v)
		}
	case json.Number:
		if within {
			values = append(values, v.String())
		}
	}
	return values
}
