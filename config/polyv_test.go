package config_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
)

func TestPolyv(t *testing.T) {
	dir := filepath.Join("testdata", "good")
	c := load(t, filepath.Join(dir, "polyv.yml"))
	if len(accounts[config.Polyv](c, "polyv")) != 2 {
		t.Fatalf("got %d accounts, want 2", len(accounts[config.Polyv](c, "polyv")))
	}

	a := accounts[config.Polyv](c, "polyv")[0]
	equal(t, "account", a.Name, "academy")
	equal(t, "user_id", a.UserID, "0a1b2c3d4e")
	equal(t, "secret_key", secret(t, a.SecretKey), "s3cret")
	equal(t, "base_url", a.BaseURL, "https://api.polyv.net")
	equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	equal(t, "timeout", a.Timeout, 10*time.Second)
	equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	equal(t, "requests_per_minute", a.RequestsPerMinute, 600)
	equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"playback_today":     {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 3 * time.Hour, Timeout: 10 * time.Second},
		"playback_yesterday": {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
		"traffic_settled":    {Enabled: true, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
	})

	b := accounts[config.Polyv](c, "polyv")[1]
	equal(t, "what YAML takes for a number as user_id", b.UserID, "1e10")
	equal(t, "secret_key_file", b.SecretKey.File(), filepath.Join(dir, "secrets", "shop"))
	equal(t, "secret of the file", secret(t, b.SecretKey), "s3cret-file")
	equal(t, "base_url", b.BaseURL, "http://gateway.example/polyv")
	equal(t, "time_zone", b.Location.String(), "Asia/Tokyo")
	equal(t, "requests_per_minute", b.RequestsPerMinute, 30)
	equal(t, "endpoints", b.Endpoints, map[string]config.Endpoint{
		"playback_today":     {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 3 * time.Hour, Timeout: 10 * time.Second},
		"playback_yesterday": {Enabled: false, MinInterval: time.Hour, MaxStale: 26 * time.Hour, Timeout: 10 * time.Second},
		"traffic_settled":    {Enabled: true, MinInterval: 6 * time.Hour, MaxStale: 26 * time.Hour, Timeout: time.Minute},
	})
}

func TestPolyvEqual(t *testing.T) {
	with := func(keys string) config.Polyv {
		return accounts[config.Polyv](parse(t, "polyv: [{account: a, "+keys+"}]"), "polyv")[0]
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
	} {
		t.Run(tc.name, func(t *testing.T) {
			equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
}
