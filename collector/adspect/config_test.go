package adspect_test

import (
	"flag"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/adspect"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	client "github.com/engage-exporter/engage_exporter/vendors/adspect"
)

var update = flag.Bool("update", false, "write the errors of testdata/config/bad to its .txt files")

func TestMistakes(t *testing.T) {
	testkit.ConfigMistakes(t, filepath.Join("testdata", "config", "bad"), *update, adspect.Vendor{}.Config())
}

func TestAdspect(t *testing.T) {
	dir := filepath.Join("testdata", "config", "good")
	c := testkit.LoadConfig(t, filepath.Join(dir, "accounts.yml"), adspect.Vendor{}.Config())
	if len(testkit.Accounts[adspect.Config](t, c, "adspect")) != 5 {
		t.Fatalf("got %d accounts, want 5", len(testkit.Accounts[adspect.Config](t, c, "adspect")))
	}
	defaultMetrics := []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality",
		"conversions", "expenses", "revenue",
	}
	bothWindows := []string{"today", "yesterday"}
	stream := adspect.Funnel{Name: "stream", GroupBy: []string{"stream_id"}, Metrics: defaultMetrics,
		Windows: bothWindows}

	a := testkit.Accounts[adspect.Config](t, c, "adspect")[0]
	testkit.Equal(t, "account", a.Name, "media-buying")
	testkit.Equal(t, "api_key", testkit.Secret(t, a.APIKey), "s3cret")
	testkit.Equal(t, "base_url", a.BaseURL, "https://api.adspect.net/v1")
	testkit.Equal(t, "time_zone", a.Location.String(), "UTC")
	testkit.Equal(t, "timeout", a.Timeout, 10*time.Second)
	testkit.Equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	testkit.Equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	testkit.Equal(t, "funnels", a.Funnels, []adspect.Funnel{stream})
	testkit.Equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"funnel_today":     {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 10 * time.Second},
		"funnel_yesterday": {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
		"streams":          {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 10 * time.Second},
		"saved_queries":    {Enabled: true, MinInterval: time.Hour, MaxStale: 6 * time.Hour, Timeout: 10 * time.Second},
		"click_log":        {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: time.Minute},
		"account":          {Enabled: false, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 10 * time.Second},
	})

	b := testkit.Accounts[adspect.Config](t, c, "adspect")[1]
	testkit.Equal(t, "api_key_file", b.APIKey.File(), filepath.Join(dir, "secrets", "shop"))
	testkit.Equal(t, "base_url", b.BaseURL, "http://gateway.example/adspect/v1")
	testkit.Equal(t, "time_zone", b.Location.String(), "Asia/Dubai")
	testkit.Equal(t, "funnels", b.Funnels, []adspect.Funnel{
		stream,
		{
			Name:    "x_money",
			GroupBy: []string{"country_code", "os"},
			Metrics: []string{"uniques", "quality", "cr", "roi", "ecpm"},
			Windows: []string{"today"},
			Filters: map[string][]string{
				"country_code": {"AE", "HK", "NO"},
				"asn":          {"15169", "AS1.10"},
				"target":       {"0", "255"},
			},
		},
		{Name: "total", Metrics: []string{"clicks"}, Windows: bothWindows},
	})
	testkit.Equal(t, "click_log", b.Endpoints["click_log"],
		config.Endpoint{Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: time.Minute})
	testkit.Equal(t, "account", b.Endpoints["account"],
		config.Endpoint{Enabled: true, MinInterval: time.Hour, MaxStale: 24 * time.Hour, Timeout: 3 * time.Second})

	testkit.Equal(t, "the timeout of click_log is its own",
		testkit.Accounts[adspect.Config](t, c, "adspect")[2].Endpoints["click_log"].Timeout, time.Minute)
	testkit.Equal(t, "an empty list of funnels", len(testkit.Accounts[adspect.Config](t, c, "adspect")[3].Funnels), 0)
	testkit.Equal(t, "funnels without a value", testkit.Accounts[adspect.Config](t, c, "adspect")[4].Funnels,
		[]adspect.Funnel{stream})
}

func TestFunnelEndpointsFollowTheirWindows(t *testing.T) {
	for _, tc := range []struct {
		name, keys string
		want       []string
	}{
		{"default", "", []string{"funnel_today", "funnel_yesterday"}},
		{"default windows", "funnels: [{name: a, group_by: []}]", []string{"funnel_today", "funnel_yesterday"}},
		{"today", "funnels: [{name: a, group_by: [], windows: [today]}]", []string{"funnel_today"}},
		{"yesterday", "funnels: [{name: a, group_by: [], windows: [yesterday]}]", []string{"funnel_yesterday"}},
		{
			"one each", "funnels: [{name: a, group_by: [], windows: [yesterday]}, {name: b, group_by: [], windows: [today]}]",
			[]string{"funnel_today", "funnel_yesterday"},
		},
		{"no funnel", "funnels: []", nil},
		{"switched off", "endpoints: {funnel_today: {enabled: false}}", []string{"funnel_yesterday"}},
		{"endpoints before funnels", "endpoints: {funnel_today: {min_interval: 10m}}, funnels: [{name: a, group_by: [], " +
			"windows: [yesterday]}]", []string{"funnel_yesterday"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := testkit.ParseConfig(t, "adspect: [{account: a, api_key: b, "+tc.keys+"}]", adspect.Vendor{}.Config())
			var got []string
			for _, name := range []string{"funnel_today", "funnel_yesterday"} {
				if testkit.Accounts[adspect.Config](t, c, "adspect")[0].Endpoints[name].Enabled {
					got = append(got, name)
				}
			}
			testkit.Equal(t, "enabled", got, tc.want)
		})
	}
}

// TestFunnelsTakeAllThatIsDocumented has a funnel with each column, metric and filter.
func TestFunnelsTakeAllThatIsDocumented(t *testing.T) {
	testkit.Equal(t, "columns", len(client.GroupByColumns()), 13)
	testkit.Equal(t, "metrics", len(client.FunnelMetrics()), 22)
	testkit.Equal(t, "filters", len(client.FilterNames()), 12)

	keys := "name: all, group_by: ["
	columns := slices.DeleteFunc(client.GroupByColumns(), func(column string) bool { return column == "sub_id" })
	for _, column := range columns {
		keys += column + ", "
	}
	keys += "], metrics: ["
	for _, metric := range client.FunnelMetrics() {
		keys += metric + ", "
	}
	keys += "], filters: {"
	filters := map[string][]string{}
	for _, filter := range client.FilterNames() {
		keys += filter + ": [1], "
		filters[filter] = []string{"1"}
	}
	got := testkit.Accounts[adspect.Config](t, testkit.ParseConfig(t,
		"adspect: [{account: a, api_key: b, funnels: [{"+keys+"}}]}]", adspect.Vendor{}.Config()), "adspect")[0].Funnels
	testkit.Equal(t, "funnels", got, []adspect.Funnel{{
		Name: "all", GroupBy: columns, Metrics: client.FunnelMetrics(),
		Windows: []string{"today", "yesterday"}, Filters: filters,
	}})
}

func TestAdspectEqual(t *testing.T) {
	with := func(keys string) *adspect.Config {
		return testkit.Accounts[adspect.Config](t,
			testkit.ParseConfig(t, "adspect: [{account: a, "+keys+"}]", adspect.Vendor{}.Config()), "adspect")[0]
	}
	account := with("api_key: b, funnels: [{name: os, group_by: [os], filters: {os: [iOS]}}]")
	for _, tc := range []struct {
		name, keys string
		want       bool
	}{
		{"same", "api_key: b, funnels: [{name: os, group_by: [os], filters: {os: [iOS]}}]", true},
		{"the default written out", "api_key: b, time_zone: UTC, funnels: [{name: os, group_by: [os], windows: [today, " +
			"yesterday], filters: {os: [iOS]}}]", true},
		{"a filter without a value", "api_key: b, funnels: [{name: os, group_by: [os], filters: {os: [iOS], mode: []}}]", true},
		{"secret", "api_key: other, funnels: [{name: os, group_by: [os], filters: {os: [iOS]}}]", false},
		{"time zone", "api_key: b, time_zone: Asia/Dubai, funnels: [{name: os, group_by: [os], filters: {os: [iOS]}}]", false},
		{"funnel", "api_key: b, funnels: [{name: other, group_by: [os], filters: {os: [iOS]}}]", false},
		{"filter", "api_key: b, funnels: [{name: os, group_by: [os], filters: {os: [macOS]}}]", false},
		{"no filter", "api_key: b, funnels: [{name: os, group_by: [os]}]", false},
		{"no funnels", "api_key: b", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			testkit.Equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
	if !config.Equal(with("api_key: b"), with("api_key: b, funnels: [{name: stream, group_by: [stream_id]}]")) {
		t.Error("the default funnel written out is not equal")
	}
}

// TestMaskedFunnels reads back the funnels that an effective configuration shows.
func TestMaskedFunnels(t *testing.T) {
	c := testkit.LoadConfig(t, filepath.Join("testdata", "config", "good", "accounts.yml"), adspect.Vendor{}.Config())
	masked, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range testkit.Accounts[adspect.Config](t,
		testkit.ParseConfig(t, testkit.Unmasked(masked), adspect.Vendor{}.Config()), "adspect") {
		want := testkit.Accounts[adspect.Config](t, c, "adspect")[i]
		for f := range want.Funnels { // what may be a person's is not shown
			for _, personal := range []string{"ip_address", "click_id", "sub_id"} {
				if len(want.Funnels[f].Filters[personal]) > 0 {
					want.Funnels[f].Filters[personal] = []string{testkit.MaskedValue}
				}
			}
		}
		if !reflect.DeepEqual(a.Funnels, want.Funnels) {
			t.Errorf("%s: got %v, want %v", a.Name, a.Funnels, want.Funnels)
		}
		testkit.Equal(t, a.Name, a.Endpoints, want.Endpoints)
	}
}

func TestHidden(t *testing.T) {
	c := testkit.ParseConfig(t, `
adspect: [{account: a, api_key: k, funnels: [
  {name: f, group_by: [], filters: {ip_address: [192.0.2.7, 192.0.2.8], click_id: [click], sub_id: [sub], os: [iOS]}},
  {name: g, group_by: [], filters: {ip_address: [192.0.2.7]}}, {name: h, group_by: []}]}, {account: b, api_key: l}]`,
		adspect.Vendor{}.Config())
	testkit.Equal(t, "personal", adspect.Vendor{}.Hidden(testkit.Accounts[adspect.Config](t, c, "adspect")[0]),
		[]string{"192.0.2.7", "192.0.2.8", "click", "sub"})
	testkit.Equal(t, "without filters", adspect.Vendor{}.Hidden(testkit.Accounts[adspect.Config](t, c, "adspect")[1]),
		[]string(nil))
}
