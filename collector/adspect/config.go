package adspect

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

// Config is an account at Adspect.
type Config struct {
	config.Account
	APIKey config.Secret `yaml:"api_key,omitempty"`
	// Funnels have different names. There may be none.
	Funnels []Funnel `yaml:"funnels"`
}

// Config returns the defaults of the vendor's accounts and the decoder of their keys. A funnel endpoint is off as well
// where no funnel has its window.
func (Vendor) Config() config.Vendor {
	return config.Vendor{
		Name:              "adspect",
		BaseURL:           adspect.DefaultBaseURL,
		TimeZone:          "UTC",
		RequestsPerMinute: 60,
		Endpoints: []config.EndpointDefault{
			{Name: "funnel_today", MinInterval: 5 * time.Minute, MaxStale: time.Hour},
			{Name: "funnel_yesterday", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
			{Name: "streams", MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour},
			{Name: "saved_queries", MinInterval: time.Hour, MaxStale: 6 * time.Hour},
			{Name: "click_log", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: time.Minute, Off: true},
			{Name: "account", MinInterval: time.Hour, MaxStale: 24 * time.Hour, Off: true},
		},
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount {
			names, logins := newFamilyNames(), config.NewLogins()
			return func(m *config.Mapping, a config.Account) config.VendorAccount {
				before := m.Mistakes()
				c := names.decodeConfig(m, a)
				if m.Mistakes() > before {
					return &c // the file of the key may be one that does not answer
				}
				at := m.Get("api_key")
				if at.Absent() {
					at = m.Get("api_key_file")
				}
				key, _ := c.APIKey.Read() // "" if it has become unreadable
				logins.Add(&c.Account, at, key)
				return &c
			}
		},
	}
}

// decodeConfig decodes the keys that only Adspect has. The families of its funnels are added to those of the accounts
// before.
func (n *familyNames) decodeConfig(m *config.Mapping, a config.Account) Config {
	before := m.Mistakes()
	funnels := n.decodeFunnels(m.Get("funnels"))
	// A funnel with a mistake may be the one that has the window.
	if m.Mistakes() == before {
		for _, window := range windowNames() {
			if !slices.ContainsFunc(funnels, func(f Funnel) bool { return slices.Contains(f.Windows, window) }) {
				m.Disable("funnel_"+window, "no funnel has the window "+window)
			}
		}
	}
	return Config{
		Account: a,
		APIKey:  m.Secret("api_key"),
		Funnels: funnels,
	}
}

// Funnel is a breakdown of an Adspect account's traffic.
type Funnel struct {
	// Name stands in the names of the funnel's families.
	Name string `yaml:"name"`
	// GroupBy are columns that Adspect has, each once; empty for totals. They are the labels of the funnel's
	// families, in all accounts the same.
	GroupBy []string `yaml:"group_by"`
	// Metrics are metrics that Adspect has, each once, and at least one.
	Metrics []string `yaml:"metrics"`
	// Windows are today and yesterday, or one of them, each once, and at least one.
	Windows []string `yaml:"windows"`
	// Filters have a name that Adspect has and at least one value each; nil for all traffic.
	Filters Filters `yaml:"filters,omitempty"`
}

// Filters are the values that a funnel counts, by the name of their column.
type Filters map[string][]string

// MarshalYAML returns the filters without the values that may be a person's.
func (f Filters) MarshalYAML() (any, error) {
	shown := map[string][]string(maps.Clone(f))
	for _, personal := range personalFilters() {
		if len(shown[personal]) > 0 {
			shown[personal] = []string{config.SecretMask}
		}
	}
	return shown, nil
}

// defaultFunnels returns the funnels of an account that sets none. The slice is the caller's.
func defaultFunnels() []Funnel {
	return []Funnel{{
		Name:    "stream",
		GroupBy: []string{"stream_id"},
		Metrics: defaultMetrics(),
		Windows: windowNames(),
	}}
}

// defaultMetrics leaves out most of what can be calculated from the others.
func defaultMetrics() []string {
	return []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia",
		"quality",
		"conversions", "expenses", "revenue",
	}
}

// maxFunnelName bounds a funnel's name in characters.
const maxFunnelName = 100

var (
	funnelName      = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	funnelNameRules = []config.Rule{inFamily, config.AtMost(maxFunnelName)}
)

// inFamily wants what may stand within the name of a family.
func inFamily(text string) string {
	if !funnelName.MatchString(text) {
		return "must be lower-case letters, digits and _, and begin with a letter: it is part of metric names"
	}
	return ""
}

// decodeFunnels returns an account's funnels and adds their families to those known. An empty list is no funnel.
func (n *familyNames) decodeFunnels(v config.Value) []Funnel {
	if v.Absent() || v.Null() {
		funnels := defaultFunnels()
		for _, f := range funnels {
			n.add(f, v)
		}
		return funnels
	}
	var funnels []Funnel
	names := config.NewNames("funnel")
	for _, item := range v.List("funnels") {
		before := v.Mistakes()
		m := item.Mapping()
		f := decodeFunnel(m)
		names.Add(f.Name, m.Get("name"))
		m.Done()
		if m.Mistakes() == before {
			n.add(f, item)
		}
		funnels = append(funnels, f)
	}
	return funnels
}

func decodeFunnel(m *config.Mapping) Funnel {
	return Funnel{
		Name: m.Required("name", "a name for the funnel").Text(funnelNameRules...),
		GroupBy: m.Required("group_by", "the columns to break the values down by, [] for totals").
			Words("column", columns(), notPersonal),
		Metrics: m.Get("metrics").SomeWords("metric", adspect.FunnelMetrics(), defaultMetrics()),
		Windows: m.Get("windows").SomeWords("window", windowNames(), windowNames()),
		Filters: decodeFilters(m.Get("filters")),
	}
}

// columns returns the columns that may be labels.
func columns() []string {
	return slices.DeleteFunc(adspect.GroupByColumns(), func(name string) bool { return notPersonal(name) != "" })
}

// notPersonal is the Rule against columns whose values may be a person's: labels are shown to everybody, and kept for
// years.
func notPersonal(column string) string {
	if slices.Contains(personalFilters(), column) {
		return column + " cannot be a label: it may identify a person; name the values in filters, one funnel for each group"
	}
	return ""
}

// decodeFilters returns the values of each filter that has any.
func decodeFilters(v config.Value) map[string][]string {
	m := v.MappingOf("filter")
	var filters map[string][]string
	for _, name := range adspect.FilterNames() {
		values := m.Get(name).Texts(config.Printable)
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

// windowNames lists the windows of a funnel; each has an endpoint of its own.
func windowNames() []string { return []string{"today", "yesterday"} }

// personalFilters are the filters of funnels whose values may be a person's.
func personalFilters() []string { return []string{"ip_address", "click_id", "sub_id"} }

// personal returns the values of filters that may be a person's, sorted: requests carry them, and a vendor that quotes
// a request quotes them.
func (a Config) personal() []string {
	var values []string
	for _, funnel := range a.Funnels {
		for _, name := range personalFilters() {
			values = append(values, funnel.Filters[name]...)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}
