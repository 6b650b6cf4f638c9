package config

import (
	"maps"
	"regexp"
)

// Funnel is a breakdown of an Adspect account's traffic.
type Funnel struct {
	// Name stands in the names of the funnel's families.
	Name string `yaml:"name"`
	// GroupBy are columns of AdspectColumns, each once; empty for totals. They are
	// the labels of the funnel's families, in all accounts the same.
	GroupBy []string `yaml:"group_by"`
	// Metrics are some of AdspectMetrics, each once, and at least one.
	Metrics []string `yaml:"metrics"`
	// Windows are some of AdspectWindows, each once, and at least one.
	Windows []string `yaml:"windows"`
	// Filters have a name of AdspectFilters and at least one value each; nil for
	// all traffic.
	Filters Filters `yaml:"filters,omitempty"`
}

// Filters are the values that a funnel counts, by the name of their column.
type Filters map[string][]string

// MarshalYAML returns the filters without the values that may be a person's.
func (f Filters) MarshalYAML() (any, error) {
	shown := map[string][]string(maps.Clone(f))
	for _, personal := range personalFilters() {
		if len(shown[personal]) > 0 {
			shown[personal] = []string{SecretMask}
		}
	}
	return shown, nil
}

// DefaultAdspectFunnels returns the funnels of an account that sets none. The slice
// is the caller's.
func DefaultAdspectFunnels() []Funnel {
	return []Funnel{{
		Name:    "stream",
		GroupBy: []string{"stream_id"},
		Metrics: defaultMetrics(),
		Windows: AdspectWindows(),
	}}
}

// defaultMetrics leaves out most of what can be calculated from the others.
func defaultMetrics() []string {
	return []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality",
		"conversions", "expenses", "revenue",
	}
}

// maxFunnelName bounds a funnel's name in characters.
const maxFunnelName = 100

var (
	funnelName      = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	funnelNameRules = []Rule{inFamily, AtMost(maxFunnelName)}
)

// inFamily wants what may stand within the name of a family.
func inFamily(text string) string {
	if !funnelName.MatchString(text) {
		return "must be lower-case letters, digits and _, and begin with a letter: it stands in the names of families"
	}
	return ""
}

// decodeFunnels returns an account's funnels and adds their families to those known. An empty list is no funnel.
func (families *funnelFamilies) decodeFunnels(v Value) []Funnel {
	if v.Absent() || v.Null() {
		funnels := DefaultAdspectFunnels()
		for _, f := range funnels {
			families.add(f, v)
		}
		return funnels
	}
	var funnels []Funnel
	names := NewNames("funnel")
	for _, item := range v.List("funnels") {
		before := v.Mistakes()
		m := item.Mapping()
		f := decodeFunnel(m)
		names.Add(f.Name, m.Get("name"))
		m.Done()
		if m.Mistakes() == before {
			families.add(f, item)
		}
		funnels = append(funnels, f)
	}
	return funnels
}

func decodeFunnel(m *Mapping) Funnel {
	return Funnel{
		Name:    m.Required("name", "a name for the funnel").Text(funnelNameRules...),
		GroupBy: m.Required("group_by", "the columns to break the figures down by, [] for totals").Words("column", AdspectColumns()),
		Metrics: m.Get("metrics").SomeWords("metric", AdspectMetrics(), defaultMetrics()),
		Windows: m.Get("windows").SomeWords("window", AdspectWindows(), AdspectWindows()),
		Filters: decodeFilters(m.Get("filters")),
	}
}

// decodeFilters returns the values of each filter that has any.
func decodeFilters(v Value) map[string][]string {
	m := v.MappingOf("filter")
	var filters map[string][]string
	for _, name := range AdspectFilters() {
		values := m.Get(name).Texts(Printable)
		if name == "query_id" && len(values) > 1 {
			m.Get(name).Report("takes one value, the id of a saved query, got %d", len(values))
		}
		if len(values) == 0 {
			continue
		}
		if filters == nil {
			filters = map[string][]string{}
		}
		filters[name] = values
	}
	m.Done()
	return filters
}
