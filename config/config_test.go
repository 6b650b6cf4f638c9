package config_test

import (
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

	"github.com/engage-exporter/engage_exporter/config"
)

var update = flag.Bool("update", false, "write the errors of testdata/bad to its .txt files")

// TestMistakes loads each file of testdata/bad, whose errors stand in the .txt
// file beside it. The word "planted" marks what no error may repeat.
func TestMistakes(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "bad"))
	files, err := filepath.Glob("*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".yml")
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(file, config.Options{})
			if err == nil {
				t.Fatalf("no error, got %+v", c)
			}
			if c != nil {
				t.Error("a configuration came beside the error")
			}
			if _, ok := errors.AsType[config.Errors](err); !ok {
				t.Errorf("got a %T, want config.Errors", err)
			}
			got := err.Error() + "\n"
			if strings.Contains(got, "planted") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			golden := name + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestErrorsAsError(t *testing.T) {
	_, err := config.Load(filepath.Join("testdata", "bad", "unknown_key.yml"), config.Options{})
	mistake, ok := errors.AsType[*config.Error](err)
	if !ok {
		t.Fatalf("no *config.Error in %v", err)
	}
	if mistake.File != filepath.Join("testdata", "bad", "unknown_key.yml") || mistake.Line != 6 || mistake.Key != "getui[0].app_idd" {
		t.Errorf("got %+v", *mistake)
	}
}

func TestLoadFileAbsent(t *testing.T) {
	_, err := config.Load("none.yml", config.Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v, want fs.ErrNotExist", err)
	}
	if want := "read configuration: open none.yml: no such file or directory"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func load(t *testing.T, path string) *config.Config {
	t.Helper()
	c, err := config.Load(path, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, src string) *config.Config {
	t.Helper()
	c, err := config.Parse("engage.yml", []byte(src), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// accounts returns the accounts of one vendor as its own type.
func accounts[T config.VendorAccount](c *config.Config, vendor string) []T {
	var all []T
	for _, a := range c.Accounts(vendor) {
		all = append(all, a.(T)) //nolint:errcheck,forcetypeassert // another type fails the test
	}
	return all
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func secret(t *testing.T, s config.Secret) string {
	t.Helper()
	v, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDefaults(t *testing.T) {
	c := load(t, filepath.Join("testdata", "good", "minimal.yml"))

	equal(t, "sha256", c.SHA256, "b43c0bd8e96922a990e5fedc4a56cc593a7b41ac2553a26ba62cb2b8baa66849")
	equal(t, "global timeout", c.Global.Timeout, 10*time.Second)
	equal(t, "global max_concurrent_requests", c.Global.MaxConcurrentRequests, 32)
	equal(t, "max_samples_per_endpoint", c.Global.MaxSamplesPerEndpoint, 10_000)
	equal(t, "max_response_bytes", c.Global.MaxResponseBytes, 64<<20)
	equal(t, "enable_http2", c.Global.HTTPClient.EnableHTTP2, true)
	equal(t, "follow_redirects", c.Global.HTTPClient.FollowRedirects, false)

	if len(accounts[config.Getui](c, "getui")) != 1 {
		t.Fatalf("got %d accounts, want 1", len(accounts[config.Getui](c, "getui")))
	}
	a := accounts[config.Getui](c, "getui")[0]
	equal(t, "account", a.Name, "shop")
	equal(t, "app_id", a.AppID, "A1b2C3")
	equal(t, "app_key", a.AppKey.Value(), "K3y")
	equal(t, "master_secret", secret(t, a.MasterSecret), "s3cret")
	equal(t, "is a file", a.MasterSecret.IsFile(), false)
	equal(t, "base_url", a.BaseURL, "https://restapi.getui.com/v2")
	equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	equal(t, "timeout", a.Timeout, 10*time.Second)
	equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	equal(t, "http_client", a.HTTPClient, c.Global.HTTPClient)
	equal(t, "task_ids", a.TaskIDs, nil)
	equal(t, "task_ids_file", a.TaskIDsFile, "")
	equal(t, "task_groups", a.TaskGroups, nil)
	equal(t, "action_ids", a.ActionIDs, nil)
	equal(t, "brands", a.Brands, false)
	equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
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

	equal(t, "global timeout", c.Global.Timeout, 20*time.Second)
	equal(t, "global max_concurrent_requests", c.Global.MaxConcurrentRequests, 8)
	equal(t, "max_samples_per_endpoint", c.Global.MaxSamplesPerEndpoint, 500)
	equal(t, "max_response_bytes", c.Global.MaxResponseBytes, 1<<20)
	equal(t, "proxy_url", c.Global.HTTPClient.ProxyURL.String(), "http://user:pass@proxy.example:3128")
	equal(t, "no_proxy", c.Global.HTTPClient.NoProxy, "gateway.example")

	if len(accounts[config.Getui](c, "getui")) != 2 {
		t.Fatalf("got %d accounts, want 2", len(accounts[config.Getui](c, "getui")))
	}
	a := accounts[config.Getui](c, "getui")[0]
	equal(t, "account", a.Name, "shop android")
	equal(t, "a number as app_id", a.AppID, "12")
	equal(t, "a number as app_key", a.AppKey.Value(), "34")
	equal(t, "master_secret_file", a.MasterSecret.File(), filepath.Join(dir, "secrets", "shop"))
	equal(t, "is a file", a.MasterSecret.IsFile(), true)
	equal(t, "secret of the file", secret(t, a.MasterSecret), "s3cret-file")
	equal(t, "task_ids", a.TaskIDs, []string{"RASL_0101_x", "42"})
	equal(t, "task_ids_file", a.TaskIDsFile, filepath.Join(dir, "task_ids.txt"))
	equal(t, "task_groups", a.TaskGroups, []string{"spring sale", "2026"})
	equal(t, "action_ids", a.ActionIDs, []string{"90001", "90002"})
	equal(t, "brands", a.Brands, true)
	equal(t, "base_url", a.BaseURL, "http://gateway.example:8080/getui/v2")
	equal(t, "time_zone", a.Location, time.UTC)
	equal(t, "timeout", a.Timeout, 5*time.Second)
	equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 1)
	equal(t, "requests_per_minute", a.RequestsPerMinute, 600)
	equal(t, "no proxy of the global client", a.HTTPClient.ProxyURL.URL, nil)
	equal(t, "enable_http2", a.HTTPClient.EnableHTTP2, false)
	equal(t, "server_name", a.HTTPClient.TLSConfig.ServerName, "gateway.example")
	equal(t, "header files", a.HTTPClient.HTTPHeaders.Headers["X-Gateway"].Files, []string{filepath.Join(dir, "secrets", "shop")})
	equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"push_quota":   {Enabled: true, MinInterval: 0, MaxStale: 15 * time.Minute, Timeout: 5 * time.Second},
		"online_users": {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: 30 * time.Minute, Timeout: 5 * time.Second},
		"push_day":     {Enabled: true, MinInterval: 2 * time.Hour, MaxStale: 26 * time.Hour, Timeout: 90 * time.Second},
		"user_day":     {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 5 * time.Second},
		"tasks":        {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 5 * time.Second},
		"task_groups":  {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 5 * time.Second},
		"task_losses":  {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 5 * time.Second},
	})

	b := accounts[config.Getui](c, "getui")[1]
	equal(t, "secret of a block scalar", secret(t, b.MasterSecret), "s3cret")
	equal(t, "timeout of global", b.Timeout, 20*time.Second)
	equal(t, "timeout of an endpoint", b.Endpoints["push_quota"].Timeout, 20*time.Second)
	equal(t, "http_client of global", b.HTTPClient, c.Global.HTTPClient)
	equal(t, "task_ids without a value", b.Endpoints["tasks"].Enabled, false)
}

// TestAnchors covers aliases of scalars, lists and mappings, and merge keys: the
// account's own keys win over merged ones.
func TestAnchors(t *testing.T) {
	c := load(t, filepath.Join("testdata", "good", "anchors.yml"))
	if len(accounts[config.Getui](c, "getui")) != 3 {
		t.Fatalf("got %d accounts, want 3", len(accounts[config.Getui](c, "getui")))
	}
	for i, want := range []struct{ name, appID string }{{"android", "A1b2C3"}, {"ios", "D4e5F6"}, {"huawei", "G7h8I9"}} {
		a := accounts[config.Getui](c, "getui")[i]
		equal(t, "account", a.Name, want.name)
		equal(t, "app_id", a.AppID, want.appID)
		equal(t, "app_key", a.AppKey.Value(), "K3y")
		equal(t, "task_ids", a.TaskIDs, []string{"RASL_0101_x"})
		equal(t, "push_quota", a.Endpoints["push_quota"].MinInterval, 2*time.Minute)
	}
	equal(t, "merged endpoints", accounts[config.Getui](c, "getui")[2].Endpoints["online_users"].MinInterval, 10*time.Minute)
}

func TestTaskEndpointsFollowTheirKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "task_ids.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, keys string
		want       []string
	}{
		{"none", "", nil},
		{"task ids", "task_ids: [a]", []string{"task_losses", "tasks"}},
		{"empty list", "task_ids: []", nil},
		{"file of task ids", "task_ids_file: " + file, []string{"task_losses", "tasks"}},
		{"task groups", "task_groups: [a]", []string{"task_groups"}},
		{"switched off", "task_ids: [a], endpoints: {tasks: {enabled: false}}", []string{"task_losses"}},
		{"switched on", "task_ids: [a], endpoints: {tasks: {enabled: true}}", []string{"task_losses", "tasks"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := parse(t, "getui: [{account: a, app_id: b, app_key: c, master_secret: d, "+tc.keys+"}]")
			var got []string
			for _, name := range []string{"task_groups", "task_losses", "tasks"} {
				if accounts[config.Getui](c, "getui")[0].Endpoints[name].Enabled {
					got = append(got, name)
				}
			}
			equal(t, "enabled", got, tc.want)
		})
	}
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
		{"bytes", "max_response_bytes: 1_000", func(g config.Global) any { return g.MaxResponseBytes }, int64(1000)},
		{"count with separator", "max_samples_per_endpoint: 20_000", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 20_000},
		{"count with leading zero", "max_samples_per_endpoint: 010", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 10},
		{"quoted count", "max_samples_per_endpoint: '20'", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 20},
		{"tagged count", "max_samples_per_endpoint: !!int '20'", func(g config.Global) any { return g.MaxSamplesPerEndpoint }, 20},
		{"flag", "http_client: {enable_http2: False}", func(g config.Global) any { return g.HTTPClient.EnableHTTP2 }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := parse(t, "global: {"+tc.global+"}\ngetui: [{account: a, app_id: b, app_key: c, master_secret: d}]")
			equal(t, tc.global, tc.want(c.Global), tc.value)
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
		if err := os.WriteFile(filepath.Join(dir, "secrets", name), []byte("s3cret of "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "engage.yml")
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, path)
	defaults := parse(t, `
getui: [{account: a, app_id: b, app_key: c, master_secret: d, task_ids: [e], task_groups: [f]}]
polyv: [{account: a, user_id: b, secret_key: c}]
adspect: [{account: a, api_key: b}]
sensorsdata: [{account: a, base_url: 'https://ebiz.cloud.sensorsdata.cn', api_secret: b, tags: [1], segments: [{name: c, filter: {}}]}]
quanshi: [{account: a, app_key: b, app_secret: c, user_id: d, discover: {}}]
`)
	if !reflect.DeepEqual(c.Global, defaults.Global) {
		t.Errorf("global: got %v, want %v", c.Global, defaults.Global)
	}
	for _, tc := range []struct {
		vendor    string
		got, want config.Account
		endpoints []config.EndpointDefault
	}{
		{"getui", accounts[config.Getui](c, "getui")[0].Account, accounts[config.Getui](defaults, "getui")[0].Account, config.GetuiEndpoints()},
		{"polyv", accounts[config.Polyv](c, "polyv")[0].Account, accounts[config.Polyv](defaults, "polyv")[0].Account, config.PolyvEndpoints()},
		{"adspect", accounts[config.Adspect](c, "adspect")[0].Account, accounts[config.Adspect](defaults, "adspect")[0].Account, config.AdspectEndpoints()},
		{"sensorsdata", accounts[config.Sensorsdata](c, "sensorsdata")[0].Account, accounts[config.Sensorsdata](defaults, "sensorsdata")[0].Account, config.SensorsdataEndpoints()},
		{"quanshi", accounts[config.Quanshi](c, "quanshi")[0].Account, accounts[config.Quanshi](defaults, "quanshi")[0].Account, config.QuanshiEndpoints()},
	} {
		t.Run(tc.vendor, func(t *testing.T) {
			equal(t, "base_url", tc.got.BaseURL, tc.want.BaseURL)
			equal(t, "time_zone", tc.got.Location.String(), tc.want.Location.String())
			equal(t, "timeout", tc.got.Timeout, tc.want.Timeout)
			equal(t, "max_concurrent_requests", tc.got.MaxConcurrentRequests, tc.want.MaxConcurrentRequests)
			equal(t, "requests_per_minute", tc.got.RequestsPerMinute, tc.want.RequestsPerMinute)
			equal(t, "endpoints", tc.got.Endpoints, tc.want.Endpoints)
			for _, e := range tc.endpoints {
				if !strings.Contains(string(src), "\n      "+e.Name+":") {
					t.Errorf("the example does not show the endpoint %s", e.Name)
				}
			}
		})
	}
	equal(t, "GeTui's secret", secret(t, accounts[config.Getui](c, "getui")[0].MasterSecret), "s3cret of shop-android")
	equal(t, "Polyv's secret", secret(t, accounts[config.Polyv](c, "polyv")[0].SecretKey), "s3cret of academy")
	equal(t, "Adspect's secret", secret(t, accounts[config.Adspect](c, "adspect")[0].APIKey), "s3cret of media-buying")
	equal(t, "Sensors Data's secret", secret(t, accounts[config.Sensorsdata](c, "sensorsdata")[0].APISecret), "s3cret of ebiz")
	equal(t, "Quanshi's secret", secret(t, accounts[config.Quanshi](c, "quanshi")[0].AppSecret), "s3cret of events-cn")
	equal(t, "tag_value_limit", accounts[config.Sensorsdata](c, "sensorsdata")[0].TagValueLimit, accounts[config.Sensorsdata](defaults, "sensorsdata")[0].TagValueLimit)
	equal(t, "partition_window", accounts[config.Sensorsdata](c, "sensorsdata")[0].PartitionWindow, accounts[config.Sensorsdata](defaults, "sensorsdata")[0].PartitionWindow)
	equal(t, "app_key_header", accounts[config.Quanshi](c, "quanshi")[0].AppKeyHeader, accounts[config.Quanshi](defaults, "quanshi")[0].AppKeyHeader)
	equal(t, "regions", accounts[config.Quanshi](c, "quanshi")[0].Regions, accounts[config.Quanshi](defaults, "quanshi")[0].Regions)
	equal(t, "discover", accounts[config.Quanshi](c, "quanshi")[0].Discover, accounts[config.Quanshi](defaults, "quanshi")[0].Discover)
	equal(t, "the default funnel", accounts[config.Adspect](c, "adspect")[0].Funnels[0], accounts[config.Adspect](defaults, "adspect")[0].Funnels[0])
	for _, name := range slices.Concat(config.AdspectColumns(), config.AdspectMetrics(), config.AdspectFilters()) {
		if !regexp.MustCompile(`\b` + name + `\b`).Match(src) {
			t.Errorf("the example does not show %s of a funnel", name)
		}
	}
}

func TestEqual(t *testing.T) {
	const account = "account: a, app_id: b, app_key: c, master_secret: d, task_ids: [e]"
	with := func(more string) config.Getui {
		return accounts[config.Getui](parse(t, "getui: [{"+account+more+"}]"), "getui")[0]
	}
	for _, tc := range []struct {
		name, more string
		want       bool
	}{
		{"same", "", true},
		{"the default written out", ", time_zone: Asia/Shanghai, requests_per_minute: 60", true},
		{"time zone", ", time_zone: UTC", false},
		{"task group", ", task_groups: [f]", false},
		{"endpoint", ", endpoints: {push_quota: {min_interval: 2m}}", false},
		{"proxy", ", http_client: {proxy_url: 'http://p.example'}", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			equal(t, "equal", config.Equal(with(""), with(tc.more)), tc.want)
		})
	}
	other := accounts[config.Getui](parse(t, "getui: [{account: a, app_id: b, app_key: c, master_secret: other, task_ids: [e]}]"), "getui")[0]
	equal(t, "another secret", config.Equal(with(""), other), false)
	other = accounts[config.Getui](parse(t, "getui: [{account: a, app_id: b, app_key: other, master_secret: d, task_ids: [e]}]"), "getui")[0]
	equal(t, "another key", config.Equal(with(""), other), false)
}

// TestAccounts has vendors without accounts between those that have some: the order is that of the vendors.
func TestAccounts(t *testing.T) {
	c := parse(t, `
quanshi: [{account: a, app_key: b, app_secret: c, user_id: d, discover: {}}]
getui: []
polyv: [{account: a, user_id: b, secret_key: c}, {account: b, user_id: b, secret_key: c}]`)
	var got []string
	for _, v := range c.Vendors {
		for _, a := range v.Accounts {
			got = append(got, v.Vendor+"/"+a.Common().Name)
		}
	}
	equal(t, "accounts", got, []string{"polyv/a", "polyv/b", "quanshi/a"})
	equal(t, "number", c.CountAccounts(), 3)
	equal(t, "accounts of a vendor that has none", len(c.Accounts("getui")), 0)
	equal(t, "accounts of an unknown vendor", len(c.Accounts("nosuch")), 0)
	equal(t, "number without a vendor", (&config.Config{}).CountAccounts(), 0)
}
