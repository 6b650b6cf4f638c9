package polyv_test

import (
	"flag"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var update = flag.Bool("update", false, "write the errors of testdata/config/bad to its .txt files")

func TestMistakes(t *testing.T) {
	testkit.ConfigMistakes(t, filepath.Join("testdata", "config", "bad"), *update, polyv.Vendor{}.Config())
}

func TestPolyv(t *testing.T) {
	dir := filepath.Join("testdata", "config", "good")
	c := testkit.LoadConfig(t, filepath.Join(dir, "accounts.yml"), polyv.Vendor{}.Config())
	if len(testkit.Accounts[polyv.Config](t, c, "polyv")) != 2 {
		t.Fatalf("got %d accounts, want 2", len(testkit.Accounts[polyv.Config](t, c, "polyv")))
	}

	a := testkit.Accounts[polyv.Config](t, c, "polyv")[0]
	testkit.Equal(t, "account", a.Name, "academy")
	testkit.Equal(t, "user_id", a.UserID, "0a1b2c3d4e")
	testkit.Equal(t, "secret_key", testkit.Secret(t, a.SecretKey), "s3cret")
	testkit.Equal(t, "base_url", a.BaseURL, "https://api.polyv.net")
	testkit.Equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	testkit.Equal(t, "timeout", a.Timeout, 10*time.Second)
	testkit.Equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	testkit.Equal(t, "requests_per_minute", a.RequestsPerMinute, 600)
	testkit.Equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"playback_today":     {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 3 * time.Hour, Timeout: 10 * time.Second},
		"playback_yesterday": {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
		"traffic_settled":    {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
	})

	b := testkit.Accounts[polyv.Config](t, c, "polyv")[1]
	testkit.Equal(t, "what YAML takes for a number as user_id", b.UserID, "1e10")
	testkit.Equal(t, "secret_key_file", b.SecretKey.File(), filepath.Join(dir, "secrets", "shop"))
	testkit.Equal(t, "secret of the file", testkit.Secret(t, b.SecretKey), "s3cret-file")
	testkit.Equal(t, "base_url", b.BaseURL, "http://gateway.example/polyv")
	testkit.Equal(t, "time_zone", b.Location.String(), "Asia/Tokyo")
	testkit.Equal(t, "requests_per_minute", b.RequestsPerMinute, 30)
	endpoints := maps.Clone(a.Endpoints)
	endpoints["playback_yesterday"] = config.Endpoint{
		Enabled: false, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second,
	}
	endpoints["traffic_settled"] = config.Endpoint{
		Enabled: true, MinInterval: 6 * time.Hour, MaxStale: 26 * time.Hour, Timeout: time.Minute,
	}
	testkit.Equal(t, "endpoints", b.Endpoints, endpoints)
}

func TestPolyvEqual(t *testing.T) {
	with := func(keys string) *polyv.Config {
		return testkit.Accounts[polyv.Config](t,
			testkit.ParseConfig(t, "polyv: [{account: a, "+keys+"}]", polyv.Vendor{}.Config()), "polyv")[0]
	}
	account := with("user_id: b, secret_key: c")
	for _, tc := range []struct {
		name, keys string
		want       bool
	}{
		{"same", "user_id: b, secret_key: c", true},
		{"the default written out", "user_id: b, secret_key: c, time_zone: Asia/Shanghai, requests_per_minute: 600", true},
		{"user", "user_id: other, secret_key: c", false},
		{"secret", "user_id: b, secret_key: other", false},
		{"time zone", "user_id: b, secret_key: c, time_zone: UTC", false},
		{"endpoint", "user_id: b, secret_key: c, endpoints: {playback_today: {enabled: false}}", false},
		{"times of an endpoint", "user_id: b, secret_key: c, endpoints: {playback_today: {min_interval: 7m, max_stale: 9h, timeout: 3s}}", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			testkit.Equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
}
