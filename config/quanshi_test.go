package config_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
)

func TestQuanshi(t *testing.T) {
	dir := filepath.Join("testdata", "good")
	c := load(t, filepath.Join(dir, "quanshi.yml"))
	if len(accounts[config.Quanshi](c, "quanshi")) != 4 {
		t.Fatalf("got %d accounts, want 4", len(accounts[config.Quanshi](c, "quanshi")))
	}

	a := accounts[config.Quanshi](c, "quanshi")[0]
	equal(t, "account", a.Name, "events-cn")
	equal(t, "base_url", a.BaseURL, "https://events-openapi.quanshi.com")
	equal(t, "app_key", a.AppKey.Value(), "K3y")
	equal(t, "app_key_header", a.AppKeyHeader, "AppKey")
	equal(t, "app_secret", secret(t, a.AppSecret), "s3cret")
	equal(t, "user_id", a.UserID, "19533553")
	equal(t, "user_email", a.UserEmail, "")
	equal(t, "token", a.Token, config.Secret{})
	equal(t, "event_ids", a.EventIDs, nil)
	equal(t, "discover", a.Discover, &config.Discover{Past: 24 * time.Hour, Ahead: time.Hour})
	equal(t, "regions", a.Regions, false)
	equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	equal(t, "timeout", a.Timeout, 10*time.Second)
	equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"event_list":   {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 10 * time.Second},
		"event_report": {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
		"event_stats":  {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
	})

	b := accounts[config.Quanshi](c, "quanshi")[1]
	equal(t, "base_url", b.BaseURL, "http://gateway.example/quanshi")
	equal(t, "a number as app_key", b.AppKey.Value(), "34")
	equal(t, "app_key_header", b.AppKeyHeader, "AppId")
	equal(t, "app_secret_file", b.AppSecret.File(), filepath.Join(dir, "secrets", "shop"))
	equal(t, "secret of the file", secret(t, b.AppSecret), "s3cret-file")
	equal(t, "user_id", b.UserID, "")
	equal(t, "user_email", b.UserEmail, "events@example.org")
	equal(t, "event_ids", b.EventIDs, []string{"609768", "9223372036854775807"})
	equal(t, "discover", b.Discover, &config.Discover{Past: 90 * 24 * time.Hour, HostID: "88589655"})
	equal(t, "regions", b.Regions, true)
	equal(t, "time_zone", b.Location.String(), "Asia/Tokyo")
	equal(t, "requests_per_minute", b.RequestsPerMinute, 30)
	equal(t, "endpoints", b.Endpoints, map[string]config.Endpoint{
		"event_list":   {Enabled: false, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 30 * time.Second},
		"event_report": {Enabled: true, MinInterval: time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
		"event_stats":  {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
	})

	ready := accounts[config.Quanshi](c, "quanshi")[2]
	equal(t, "token", secret(t, ready.Token), "t0ken")
	equal(t, "discover without a value", ready.Discover, nil)
	equal(t, "event_list", ready.Endpoints["event_list"].Enabled, false)
	equal(t, "event_report", ready.Endpoints["event_report"].Enabled, true)

	file := accounts[config.Quanshi](c, "quanshi")[3]
	equal(t, "token_file", file.Token.File(), filepath.Join(dir, "secrets", "shop"))
	equal(t, "token of the file", secret(t, file.Token), "s3cret-file")
	equal(t, "only ahead", file.Discover, &config.Discover{Ahead: 7 * 24 * time.Hour})
}

func TestQuanshiEqual(t *testing.T) {
	with := func(keys string) config.Quanshi {
		return accounts[config.Quanshi](parse(t, "quanshi: [{account: a, "+keys+"}]"), "quanshi")[0]
	}
	account := with("app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {}")
	for _, tc := range []struct {
		name, keys string
		want       bool
	}{
		{"same", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {}", true},
		{
			"the default written out", "app_key: b, app_secret: c, user_id: d, event_ids: ['1'], discover: {past: 1d, ahead: 60m}, " +
				"app_key_header: AppKey, regions: false, time_zone: Asia/Shanghai, requests_per_minute: 60", true,
		},
		{"key", "app_key: other, app_secret: c, user_id: d, event_ids: [1], discover: {}", false},
		{"header of the key", "app_key: b, app_key_header: AppId, app_secret: c, user_id: d, event_ids: [1], discover: {}", false},
		{"secret", "app_key: b, app_secret: other, user_id: d, event_ids: [1], discover: {}", false},
		{"user", "app_key: b, app_secret: c, user_id: other, event_ids: [1], discover: {}", false},
		{"e-mail address", "app_key: b, app_secret: c, user_email: d@example.org, event_ids: [1], discover: {}", false},
		{"token", "app_key: b, app_secret: c, token: d, event_ids: [1], discover: {}", false},
		{"events", "app_key: b, app_secret: c, user_id: d, event_ids: [2], discover: {}", false},
		{"no discover", "app_key: b, app_secret: c, user_id: d, event_ids: [1]", false},
		{"past", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {past: 2d}", false},
		{"ahead", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {ahead: 2h}", false},
		{"host", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {host_id: 1}", false},
		{"regions", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {}, regions: true", false},
		{"time zone", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {}, time_zone: UTC", false},
		{"endpoint", "app_key: b, app_secret: c, user_id: d, event_ids: [1], discover: {}, endpoints: {event_list: {enabled: false}}", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
	one, other := with("app_key: b, app_secret: c, user_email: d@example.org, discover: {}"), with("app_key: b, app_secret: c, user_email: e@example.org, discover: {}")
	equal(t, "another e-mail address", config.Equal(one, other), false)
	one, other = with("app_key: b, app_secret: c, token: d, discover: {}"), with("app_key: b, app_secret: c, token: e, discover: {}")
	equal(t, "another token", config.Equal(one, other), false)
}

// TestQuanshiEndpointsAreTheCallers changes what the list holds.
func TestQuanshiEndpointsAreTheCallers(t *testing.T) {
	before := slices.Clone(config.QuanshiEndpoints())
	config.QuanshiEndpoints()[0].Name = "changed"
	equal(t, "endpoints", config.QuanshiEndpoints(), before)
}
