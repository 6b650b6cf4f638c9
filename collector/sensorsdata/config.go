package sensorsdata

import (
	"encoding/json"
	"strings"
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
	// masked is the filter as YAML without what it compares with, its params: these may be a person's number.
	masked *yaml.Node
	params []string
}

// newSegment returns the segment with a filter that stands in the configuration as node.
func newSegment(name string, filter json.RawMessage, node *yaml.Node) Segment {
	s := Segment{Name: name, Filter: filter, masked: node}
	if node != nil {
		s.maskParams(node)
	}
	return s
}

// maskParams takes what stands under each key params out of the node.
func (s *Segment) maskParams(n *yaml.Node) {
	for i, inner := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 0 || n.Content[i-1].Value != "params" {
			s.maskParams(inner)
			continue
		}
		s.params = appendScalars(s.params, inner)
		mask := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: config.SecretMask}
		n.Content[i] = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{mask}}
	}
}

// appendScalars adds the texts and numbers that n holds.
func appendScalars(values []string, n *yaml.Node) []string {
	for i, inner := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			values = appendScalars(values, inner)
		}
	}
	if (n.Tag == "!!str" || n.Tag == "!!int" || n.Tag == "!!float") && n.Value != "" {
		values = append(values, n.Value)
	}
	return values
}

// MarshalYAML returns the segment without what its filter compares with.
func (s Segment) MarshalYAML() (any, error) {
	return struct {
		Name   string     `yaml:"name"`
		Filter *yaml.Node `yaml:"filter"`
	}{s.Name, s.masked}, nil
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
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount {
			logins := config.NewLogins()
			return func(m *config.Mapping, a config.Account) config.VendorAccount {
				c := decodeConfig(m, a)
				at := m.Get("project")
				if at.Absent() {
					at = m.Get("base_url")
				}
				logins.Add(&c.Account, at, c.Project)
				return &c
			}
		},
	}
}

const (
	defaultProject         = "default"
	defaultTagValueLimit   = 50
	defaultPartitionWindow = 7 * 24 * time.Hour
)

// maxSegmentName bounds a segment's name in characters: it stands in a sample.
const maxSegmentName = 100

// decodeConfig decodes the keys that only Sensors Data has.
func decodeConfig(m *config.Mapping, a config.Account) Config {
	if strings.HasSuffix(a.BaseURL, "/api") {
		m.Get("base_url").Report("ends in /api, which the paths of requests begin with; leave it out")
	}
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
		name := m.Required("name", "a name for the segment").Text(config.Printable, config.AtMost(maxSegmentName))
		filter, node := m.Required("filter", "the filter that finds the segment's users").JSONObject()
		names.Add(name, m.Get("name"))
		m.Done()
		segments = append(segments, newSegment(name, filter, node))
	}
	return segments
}
