package config_test

import (
	"cmp"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests must not depend on the machine

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/adspect"
	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/collector/quanshi"
	"github.com/engage-exporter/engage_exporter/collector/sensorsdata"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	client "github.com/engage-exporter/engage_exporter/vendors/adspect"
)

var update = flag.Bool("update", false, "write the errors of testdata/bad to its .txt files")

// TestMistakes loads each file of testdata/bad, whose errors are in the .txt file beside it. Errors list the known
// vendors: a further vendor changes none of them.
func TestMistakes(t *testing.T) {
	testkit.ConfigMistakes(t, filepath.Join("testdata", "bad"), *update, getui.Vendor{}.Config(), polyv.Vendor{}.Config(),
		adspect.Vendor{}.Config(), sensorsdata.Vendor{}.Config(), quanshi.Vendor{}.Config())
}

// An account whose endpoints are all off is a mistake, however many endpoints its vendor has.
func TestAllEndpointsOff(t *testing.T) {
	vendor := testkit.ConfigVendor(t, collector.ConfigVendors(), "polyv")
	src := "polyv:\n  - {account: academy, user_id: u, secret_key: planted, endpoints: " +
		testkit.OnlyEndpoints(vendor, nil) + "}\n"
	_, err := config.Parse("engage.yml", []byte(src), config.Options{Vendors: collector.ConfigVendors()})
	const want = "engage.yml:2:68: polyv[0].endpoints: all endpoints of the account are off, so nothing would be read; " +
		"enable one, or remove the account"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func load(t *testing.T, path string) *config.Config {
	t.Helper()
	return testkit.LoadConfig(t, path, collector.ConfigVendors()...)
}

func parse(t *testing.T, src string) *config.Config {
	t.Helper()
	return testkit.ParseConfig(t, src, collector.ConfigVendors()...)
}

func TestErrorsAsError(t *testing.T) {
	_, err := collector.LoadConfig(filepath.Join("testdata", "bad", "unknown_key.yml"), config.Options{})
	mistake, ok := errors.AsType[*config.Error](err)
	if !ok {
		t.Fatalf("no *config.Error in %v", err)
	}
	if mistake.File != filepath.Join("testdata", "bad", "unknown_key.yml") || mistake.Line != 6 || mistake.Key != "getui[0].app_idd" {
		t.Errorf("got %+v", *mistake)
	}
}

func TestLoadFileAbsent(t *testing.T) {
	_, err := collector.LoadConfig("none.yml", config.Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v, want fs.ErrNotExist", err)
	}
	if want := "read configuration \"none.yml\": no such file or directory"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestDefaults(t *testing.T) {
	c := load(t, filepath.Join("testdata", "good", "minimal.yml"))

	testkit.Equal(t, "sha256", c.SHA256, "b43c0bd8e96922a990e5fedc4a56cc593a7b41ac2553a26ba62cb2b8baa66849")
	testkit.Equal(t, "global timeout", c.Global.Timeout, 10*time.Second)
	testkit.Equal(t, "global max_concurrent_requests", c.Global.MaxConcurrentRequests, 32)
	testkit.Equal(t, "max_samples_per_endpoint", c.Global.MaxSamplesPerEndpoint, 10_000)
	testkit.Equal(t, "max_response_bytes", c.Global.MaxResponseBytes, 16<<20)
	testkit.Equal(t, "max_response_memory", c.Global.MaxResponseMemory, config.MemorySize{Percent: 25})
	testkit.Equal(t, "max_retry_after", c.Global.MaxRetryAfter, time.Hour)
	testkit.Equal(t, "max_connection_age", c.Global.MaxConnectionAge, 10*time.Minute)
	testkit.Equal(t, "enable_http2", c.Global.HTTPClient.EnableHTTP2, true)
	testkit.Equal(t, "follow_redirects", c.Global.HTTPClient.FollowRedirects, false)

	if len(testkit.Accounts[getui.Config](t, c, "getui")) != 1 {
		t.Fatalf("got %d accounts, want 1", len(testkit.Accounts[getui.Config](t, c, "getui")))
	}
	a := testkit.Accounts[getui.Config](t, c, "getui")[0]
	testkit.Equal(t, "account", a.Name, "shop")
	testkit.Equal(t, "app_id", a.AppID, "A1b2C3")
	testkit.Equal(t, "app_key", a.AppKey.Value(), "K3y")
	testkit.Equal(t, "master_secret", testkit.Secret(t, a.MasterSecret), "s3cret")
	testkit.Equal(t, "is a file", a.MasterSecret.IsFile(), false)
	testkit.Equal(t, "base_url", a.BaseURL, "https://restapi.getui.com/v2")
	testkit.Equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	testkit.Equal(t, "timeout", a.Timeout, 10*time.Second)
	testkit.Equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	testkit.Equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	testkit.Equal(t, "http_client", a.HTTPClient, c.Global.HTTPClient)
	testkit.Equal(t, "task_ids", a.TaskIDs, nil)
	testkit.Equal(t, "task_ids_file", a.TaskIDsFile, "")
	testkit.Equal(t, "task_groups", a.TaskGroups, nil)
	testkit.Equal(t, "action_ids", a.ActionIDs, nil)
	testkit.Equal(t, "brands", a.Brands, false)
	testkit.Equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"push_quota":   {Enabled: true, MinInterval: time.Minute, MaxStale: 15 * time.Minute, Timeout: 10 * time.Second},
		"online_users": {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: 30 * time.Minute, Timeout: 10 * time.Second},
		"push_day":     {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
		"user_day":     {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
		"tasks":        {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 10 * time.Second},
		"task_groups":  {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 10 * time.Second},
		"task_losses":  {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 10 * time.Second},
	})
}

func TestEverythingSet(t *testing.T) {
	dir := filepath.Join("testdata", "good")
	c := load(t, filepath.Join(dir, "full.yml"))

	testkit.Equal(t, "global timeout", c.Global.Timeout, 20*time.Second)
	testkit.Equal(t, "global max_concurrent_requests", c.Global.MaxConcurrentRequests, 8)
	testkit.Equal(t, "max_samples_per_endpoint", c.Global.MaxSamplesPerEndpoint, 500)
	testkit.Equal(t, "max_response_bytes", c.Global.MaxResponseBytes, 1<<20)
	testkit.Equal(t, "max_retry_after", c.Global.MaxRetryAfter, 2*time.Hour)
	testkit.Equal(t, "max_connection_age", c.Global.MaxConnectionAge, 5*time.Minute)
	testkit.Equal(t, "proxy_url", c.Global.HTTPClient.ProxyURL.String(), "http://user:pass@proxy.example:3128")
	testkit.Equal(t, "no_proxy", c.Global.HTTPClient.NoProxy, "gateway.example")

	if len(testkit.Accounts[getui.Config](t, c, "getui")) != 2 {
		t.Fatalf("got %d accounts, want 2", len(testkit.Accounts[getui.Config](t, c, "getui")))
	}
	a := testkit.Accounts[getui.Config](t, c, "getui")[0]
	testkit.Equal(t, "account", a.Name, "shop android")
	testkit.Equal(t, "a number as app_id", a.AppID, "12")
	testkit.Equal(t, "a number as app_key", a.AppKey.Value(), "34")
	testkit.Equal(t, "master_secret_file", a.MasterSecret.File(), filepath.Join(dir, "secrets", "shop"))
	testkit.Equal(t, "is a file", a.MasterSecret.IsFile(), true)
	testkit.Equal(t, "secret of the file", testkit.Secret(t, a.MasterSecret), "s3cret-file")
	testkit.Equal(t, "task_ids", a.TaskIDs, []string{"RASL_0101_x", "42"})
	testkit.Equal(t, "task_ids_file", a.TaskIDsFile, filepath.Join(dir, "task_ids.txt"))
	testkit.Equal(t, "task_groups", a.TaskGroups, []string{"spring sale", "2026"})
	testkit.Equal(t, "action_ids", a.ActionIDs, []string{"90001", "90002"})
	testkit.Equal(t, "brands", a.Brands, true)
	testkit.Equal(t, "base_url", a.BaseURL, "http://gateway.example:8080/getui/v2")
	testkit.Equal(t, "time_zone", a.Location, time.UTC)
	testkit.Equal(t, "timeout", a.Timeout, 5*time.Second)
	testkit.Equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 1)
	testkit.Equal(t, "requests_per_minute", a.RequestsPerMinute, 600)
	testkit.Equal(t, "no proxy of the global client", a.HTTPClient.ProxyURL.URL, nil)
	testkit.Equal(t, "enable_http2", a.HTTPClient.EnableHTTP2, false)
	testkit.Equal(t, "server_name", a.HTTPClient.TLSConfig.ServerName, "gateway.example")
	testkit.Equal(t, "header files", a.HTTPClient.HTTPHeaders.Headers["X-Gateway"].Files, []string{filepath.Join(dir, "secrets", "shop")})
	testkit.Equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"push_quota":   {Enabled: true, MinInterval: 0, MaxStale: 15 * time.Minute, Timeout: 5 * time.Second},
		"online_users": {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: 30 * time.Minute, Timeout: 5 * time.Second},
		"push_day":     {Enabled: true, MinInterval: 2 * time.Hour, MaxStale: 26 * time.Hour, Timeout: 90 * time.Second},
		"user_day":     {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 5 * time.Second},
		"tasks":        {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 5 * time.Second},
		"task_groups":  {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 5 * time.Second},
		"task_losses":  {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 5 * time.Second},
	})

	b := testkit.Accounts[getui.Config](t, c, "getui")[1]
	testkit.Equal(t, "secret of a block scalar", testkit.Secret(t, b.MasterSecret), "s3cret")
	testkit.Equal(t, "timeout of global", b.Timeout, 20*time.Second)
	testkit.Equal(t, "timeout of an endpoint", b.Endpoints["push_quota"].Timeout, 20*time.Second)
	testkit.Equal(t, "http_client of global", b.HTTPClient, c.Global.HTTPClient)
	testkit.Equal(t, "task_ids without a value", b.Endpoints["tasks"].Enabled, false)
}

// TestAnchors covers aliases of scalars, lists and mappings, and merge keys: the
// account's own keys win over merged ones.
func TestAnchors(t *testing.T) {
	c := load(t, filepath.Join("testdata", "good", "anchors.yml"))
	if len(testkit.Accounts[getui.Config](t, c, "getui")) != 3 {
		t.Fatalf("got %d accounts, want 3", len(testkit.Accounts[getui.Config](t, c, "getui")))
	}
	for i, want := range []struct{ name, appID string }{{"android", "A1b2C3"}, {"ios", "D4e5F6"}, {"huawei", "G7h8I9"}} {
		a := testkit.Accounts[getui.Config](t, c, "getui")[i]
		testkit.Equal(t, "account", a.Name, want.name)
		testkit.Equal(t, "app_id", a.AppID, want.appID)
		testkit.Equal(t, "app_key", a.AppKey.Value(), "K3y")
		testkit.Equal(t, "task_ids", a.TaskIDs, []string{"RASL_0101_x"})
		testkit.Equal(t, "push_quota", a.Endpoints["push_quota"].MinInterval, 2*time.Minute)
	}
	testkit.Equal(t, "merged endpoints", testkit.Accounts[getui.Config](t, c, "getui")[2].Endpoints["online_users"].MinInterval, 10*time.Minute)
}

func TestScalars(t *testing.T) {
	for _, tc := range []struct {
		name, global string
		want         func(config.Global) any
		value        any
	}{
		{"seconds", "timeout: 90s", func(g config.Global) any { return g.Timeout }, 90 * time.Second},
		{"mixed units", "timeout: 1h30m", func(g config.Global) any { return g.Timeout }, 90 * time.Minute},
		{"days", "timeout: 7d", func(g config.Global) any { return g.Timeout }, 7 * 24 * time.Hour},
		{"milliseconds", "timeout: '500ms'", func(g config.Global) any { return g.Timeout }, 500 * time.Millisecond},
		{"binary size", "max_response_bytes: 2GiB", func(g config.Global) any { return g.MaxResponseBytes }, int64(2 << 30)},
		{"decimal size", "max_response_bytes: 500kB", func(g config.Global) any { return g.MaxResponseBytes }, int64(500_000)},
		{"bytes", "max_response_bytes: 100_000", func(g config.Global) any { return g.MaxResponseBytes }, int64(100_000)},
		{"part of the memory", "max_response_memory: 10%", func(g config.Global) any { return g.MaxResponseMemory.Of(1000) }, int64(100)},
		{"size of memory", "max_response_memory: 64MiB", func(g config.Global) any { return g.MaxResponseMemory.Of(1000) }, int64(64 << 20)},
		{"count with separator", "max_samples_per_endpoint: 20_000", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 20_000},
		{"count with leading zero", "max_samples_per_endpoint: 010", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 10},
		{"quoted count", "max_samples_per_endpoint: '20'", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 20},
		{"tagged count", "max_samples_per_endpoint: !!int '20'", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 20},
		{"flag", "http_client: {enable_http2: False}", func(g config.Global) any { return g.HTTPClient.EnableHTTP2 }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := parse(t, "global: {"+tc.global+"}\ngetui: [{account: a, app_id: b, app_key: c, master_secret: d}]")
			testkit.Equal(t, tc.global, tc.want(c.Global), tc.value)
		})
	}
}

// TestExample loads the example as it is delivered: it must be valid, and show
// the defaults where it says so.
func TestExample(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "engage.yml.example"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"shop-android", "academy", "media-buying", "ebiz", "events-cn"} {
		if err := os.WriteFile(filepath.Join(dir, "secrets", name), []byte("s3cret-of-"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "engage.yml")
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, path)
	defaults := parse(t, `
adspect: [{account: a, api_key: b}]
sensorsdata: [{account: a, base_url: 'https://ebiz.cloud.sensorsdata.cn', api_secret: b}]
quanshi: [{account: a, app_key: b, app_secret: c, user_id: d, discover: {}}]
`)
	if !reflect.DeepEqual(c.Global, defaults.Global) {
		t.Errorf("global: got %v, want %v", c.Global, defaults.Global)
	}
	for _, v := range collector.ConfigVendors() {
		t.Run(v.Name, func(t *testing.T) {
			if len(c.Accounts(v.Name)) == 0 {
				t.Fatal("the example has no account")
			}
			got := c.Accounts(v.Name)[0].Common()
			if v.BaseURL != "" {
				testkit.Equal(t, "base_url", got.BaseURL, v.BaseURL)
			}
			testkit.Equal(t, "time_zone", got.Location.String(), v.TimeZone)
			testkit.Equal(t, "timeout", got.Timeout, c.Global.Timeout)
			testkit.Equal(t, "max_concurrent_requests", got.MaxConcurrentRequests, 4)
			testkit.Equal(t, "requests_per_minute", got.RequestsPerMinute, v.RequestsPerMinute)
			want := make(map[string]config.Endpoint)
			for _, e := range v.Endpoints {
				want[e.Name] = config.Endpoint{
					Enabled: !e.Off, MinInterval: e.MinInterval, MaxStale: e.MaxStale, Timeout: cmp.Or(e.Timeout, got.Timeout),
				}
			}
			testkit.Equal(t, "endpoints", got.Endpoints, want)
			for _, e := range v.Endpoints {
				if !strings.Contains(string(src), "\n      "+e.Name+":") {
					t.Errorf("the example does not show the endpoint %s", e.Name)
				}
			}
		})
	}
	testkit.Equal(t, "GeTui's secret", testkit.Secret(t, testkit.Accounts[getui.Config](t, c, "getui")[0].MasterSecret), "s3cret-of-shop-android")
	testkit.Equal(t, "Polyv's secret", testkit.Secret(t, testkit.Accounts[polyv.Config](t, c, "polyv")[0].SecretKey), "s3cret-of-academy")
	testkit.Equal(t, "Adspect's secret", testkit.Secret(t, testkit.Accounts[adspect.Config](t, c, "adspect")[0].APIKey), "s3cret-of-media-buying")
	testkit.Equal(t, "Sensors Data's secret", testkit.Secret(t, testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[0].APISecret), "s3cret-of-ebiz")
	testkit.Equal(t, "Quanshi's secret", testkit.Secret(t, testkit.Accounts[quanshi.Config](t, c, "quanshi")[0].AppSecret), "s3cret-of-events-cn")
	testkit.Equal(t, "tag_value_limit", testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[0].TagValueLimit, testkit.Accounts[sensorsdata.Config](t, defaults, "sensorsdata")[0].TagValueLimit)
	testkit.Equal(t, "partition_window", testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[0].PartitionWindow, testkit.Accounts[sensorsdata.Config](t, defaults, "sensorsdata")[0].PartitionWindow)
	testkit.Equal(t, "app_key_header", testkit.Accounts[quanshi.Config](t, c, "quanshi")[0].AppKeyHeader, testkit.Accounts[quanshi.Config](t, defaults, "quanshi")[0].AppKeyHeader)
	testkit.Equal(t, "regions", testkit.Accounts[quanshi.Config](t, c, "quanshi")[0].Regions, testkit.Accounts[quanshi.Config](t, defaults, "quanshi")[0].Regions)
	testkit.Equal(t, "discover", testkit.Accounts[quanshi.Config](t, c, "quanshi")[0].Discover, testkit.Accounts[quanshi.Config](t, defaults, "quanshi")[0].Discover)
	testkit.Equal(t, "the default funnel", testkit.Accounts[adspect.Config](t, c, "adspect")[0].Funnels[0], testkit.Accounts[adspect.Config](t, defaults, "adspect")[0].Funnels[0])
	for _, name := range slices.Concat(client.GroupByColumns(), client.FunnelMetrics(), client.FilterNames()) {
		if !regexp.MustCompile(`\b` + name + `\b`).Match(src) {
			t.Errorf("the example does not show %s of a funnel", name)
		}
	}
}

// TestAccounts has vendors without accounts between those that have some: the order is that of the vendors.
func TestAccounts(t *testing.T) {
	c := parse(t, `
quanshi: [{account: a, app_key: b, app_secret: c, user_id: d, discover: {}}]
getui: []
polyv: [{account: a, user_id: b, secret_key: c}, {account: b, user_id: d, secret_key: c}]`)
	var got []string
	for _, v := range c.Vendors {
		for _, a := range v.Accounts {
			got = append(got, v.Vendor+"/"+a.Common().Name)
		}
	}
	testkit.Equal(t, "accounts", got, []string{"polyv/a", "polyv/b", "quanshi/a"})
	testkit.Equal(t, "number", c.CountAccounts(), 3)
	testkit.Equal(t, "accounts of a vendor that has none", len(c.Accounts("getui")), 0)
	testkit.Equal(t, "accounts of an unknown vendor", len(c.Accounts("nosuch")), 0)
	testkit.Equal(t, "number without a vendor", (&config.Config{}).CountAccounts(), 0)
}

// TestChineseTexts has Chinese punctuation where it is a part of a text.
func TestChineseTexts(t *testing.T) {
	a := testkit.Accounts[getui.Config](t, load(t, filepath.Join("testdata", "good", "chinese.yml")), "getui")[0]
	testkit.Equal(t, "account", a.Name, "学院（安卓）：一")
	testkit.Equal(t, "task_groups", a.TaskGroups, []string{"春季，夏季：“新”", "学院　安卓"})
	testkit.Equal(t, "action_ids", a.ActionIDs, []string{"90001，90002", "学院（安卓）"})
}
