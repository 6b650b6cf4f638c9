package quanshi_test

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/quanshi"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var update = flag.Bool("update", false, "write the errors of testdata/config/bad to its .txt files")

func TestMistakes(t *testing.T) {
	testkit.ConfigMistakes(t, filepath.Join("testdata", "config", "bad"), *update, quanshi.Vendor{}.Config())
}

func TestQuanshi(t *testing.T) {
	dir := filepath.Join("testdata", "config", "good")
	c := testkit.LoadConfig(t, filepath.Join(dir, "accounts.yml"), quanshi.Vendor{}.Config())
	if len(testkit.Accounts[quanshi.Config](t, c, "quanshi")) != 4 {
		t.Fatalf("got %d accounts, want 4", len(testkit.Accounts[quanshi.Config](t, c, "quanshi")))
	}

	a := testkit.Accounts[quanshi.Config](t, c, "quanshi")[0]
	testkit.Equal(t, "account", a.Name, "events-cn")
	testkit.Equal(t, "base_url", a.BaseURL, "https://events-openapi.quanshi.com")
	testkit.Equal(t, "app_key", a.AppKey.Value(), "K3y")
	testkit.Equal(t, "app_key_header", a.AppKeyHeader, "AppKey")
	testkit.Equal(t, "app_secret", testkit.Secret(t, a.AppSecret), "s3cret")
	testkit.Equal(t, "user_id", a.UserID, "19533553")
	testkit.Equal(t, "user_email", a.UserEmail, "")
	testkit.Equal(t, "token", a.Token, config.Secret{})
	testkit.Equal(t, "event_ids", a.EventIDs, nil)
	testkit.Equal(t, "discover", a.Discover, &quanshi.Discover{Past: 24 * time.Hour, Ahead: time.Hour})
	testkit.Equal(t, "regions", a.Regions, false)
	testkit.Equal(t, "time_zone", a.Location.String(), "Asia/Shanghai")
	testkit.Equal(t, "timeout", a.Timeout, 10*time.Second)
	testkit.Equal(t, "max_concurrent_requests", a.MaxConcurrentRequests, 4)
	testkit.Equal(t, "requests_per_minute", a.RequestsPerMinute, 60)
	testkit.Equal(t, "endpoints", a.Endpoints, map[string]config.Endpoint{
		"event_list":   {Enabled: true, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 10 * time.Second},
		"event_report": {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
		"event_stats":  {Enabled: false, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
	})

	b := testkit.Accounts[quanshi.Config](t, c, "quanshi")[1]
	testkit.Equal(t, "base_url", b.BaseURL, "http://gateway.example/quanshi")
	testkit.Equal(t, "a number as app_key", b.AppKey.Value(), "34")
	testkit.Equal(t, "app_key_header", b.AppKeyHeader, "AppId")
	testkit.Equal(t, "app_secret_file", b.AppSecret.File(), filepath.Join(dir, "secrets", "shop"))
	testkit.Equal(t, "secret of the file", testkit.Secret(t, b.AppSecret), "s3cret-file")
	testkit.Equal(t, "user_id", b.UserID, "")
	testkit.Equal(t, "user_email", b.UserEmail, "events@example.org")
	testkit.Equal(t, "event_ids", b.EventIDs, []string{"609768", "9223372036854775807"})
	testkit.Equal(t, "discover", b.Discover, &quanshi.Discover{Past: 90 * 24 * time.Hour, HostID: "88589655"})
	testkit.Equal(t, "regions", b.Regions, true)
	testkit.Equal(t, "time_zone", b.Location.String(), "Asia/Tokyo")
	testkit.Equal(t, "requests_per_minute", b.RequestsPerMinute, 30)
	testkit.Equal(t, "endpoints", b.Endpoints, map[string]config.Endpoint{
		"event_list":   {Enabled: false, MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Timeout: 30 * time.Second},
		"event_report": {Enabled: true, MinInterval: time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
		"event_stats":  {Enabled: true, MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
	})

	ready := testkit.Accounts[quanshi.Config](t, c, "quanshi")[2]
	testkit.Equal(t, "token", testkit.Secret(t, ready.Token), "t0ken")
	testkit.Equal(t, "discover without a value", ready.Discover, nil)
	testkit.Equal(t, "event_list", ready.Endpoints["event_list"].Enabled, false)
	testkit.Equal(t, "event_report", ready.Endpoints["event_report"].Enabled, true)

	file := testkit.Accounts[quanshi.Config](t, c, "quanshi")[3]
	testkit.Equal(t, "token_file", file.Token.File(), filepath.Join(dir, "secrets", "shop"))
	testkit.Equal(t, "token of the file", testkit.Secret(t, file.Token), "s3cret-file")
	testkit.Equal(t, "only ahead", file.Discover, &quanshi.Discover{Ahead: 7 * 24 * time.Hour})
}

func TestQuanshiEqual(t *testing.T) {
	with := func(keys string) *quanshi.Config {
		return testkit.Accounts[quanshi.Config](t, testkit.ParseConfig(t, "quanshi: [{account: a, "+keys+"}]", quanshi.Vendor{}.Config()), "quanshi")[0]
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
			testkit.Equal(t, "equal", config.Equal(account, with(tc.keys)), tc.want)
		})
	}
	one, other := with("app_key: b, app_secret: c, user_email: d@example.org, discover: {}"), with("app_key: b, app_secret: c, user_email: e@example.org, discover: {}")
	testkit.Equal(t, "another e-mail address", config.Equal(one, other), false)
	one, other = with("app_key: b, app_secret: c, token: d, discover: {}"), with("app_key: b, app_secret: c, token: e, discover: {}")
	testkit.Equal(t, "another token", config.Equal(one, other), false)
}
