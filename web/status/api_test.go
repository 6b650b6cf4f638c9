package status_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// vivo answers a push quota of vivo, which says what was requested and not what remains, with an exhausted one.
func vivo(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/online_user") {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, `{"code":0,"data":{"vv":{"general":{"total_num":1000,"limit":true,"push_num":1200}}}}`)
}

// The API answers with what the page shows. Its names are stable.
func TestAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webtest.NewSite(t, webtest.GeTui(vivo), webtest.Shops("shop"), func(o *web.Options, _ *collector.Options) { o.Shard = "1/2" })
		webtest.Scrape(t, h)
		time.Sleep(20 * time.Minute)
		w := webtest.Get(h, "/api/v1/status")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("answered %d, %v", w.Code, w.Header())
		}
		var got, want any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, w.Body)
		}
		if err := json.Unmarshal([]byte(`{
			"version": "1.2.3", "shard": "1/2", "time": "2000-01-01T00:20:00Z", "last_scrape": "2000-01-01T00:00:00Z",
			"summary": {
				"accounts": 1, "accounts_needing_attention": 1, "endpoints": 2, "failing_endpoints": 1,
				"overdue_endpoints": 2, "expired_endpoints": 1, "incomplete_endpoints": 0, "pending_endpoints": 0,
				"exhausted_quotas": 0, "samples": 0
			},
			"accounts": [{
				"vendor": "getui", "account": "shop", "needs_attention": true, "time_zone": "Asia/Shanghai",
				"endpoints": [{
					"name": "push_quota", "source": "GET /report/push/count", "up": true, "state": "ok",
					"needs_attention": true, "failing_since": null, "last_success": "2000-01-01T00:00:00Z",
					"next_refresh": "2000-01-01T00:20:00Z", "refreshing": false, "overdue": "no scrape",
					"due_since": "2000-01-01T00:00:54Z", "serving": false, "samples": 0, "dropped": 0, "missing": 0,
					"items": 1, "failing_items": 0, "duration_seconds": 0, "min_interval_seconds": 60,
					"max_stale_seconds": 900,
					"last_refreshes": [{"time": "2000-01-01T00:00:00Z", "duration_seconds": 0, "outcome": "ok"}]
				}, {
					"name": "online_users", "source": "GET /report/online_user", "up": false, "state": "failing",
					"needs_attention": true, "reason": "http", "reasons": ["http"], "error": "answered 503",
					"failing_since": "2000-01-01T00:00:00Z", "last_success": null,
					"next_refresh": "2000-01-01T00:20:00Z", "refreshing": false, "overdue": "no scrape",
					"due_since": "2000-01-01T00:00:00Z", "serving": false, "samples": 0, "dropped": 0, "missing": 0,
					"items": 1, "failing_items": 1, "duration_seconds": 0, "min_interval_seconds": 300,
					"max_stale_seconds": 1800,
					"last_refreshes": [{"time": "2000-01-01T00:00:00Z", "duration_seconds": 0, "outcome": "http"}]
				}],
				"quotas": [],
				"failed_requests": [{
					"time": "2000-01-01T00:00:00Z", "endpoint": "GET /report/online_user", "code": "503",
					"duration_seconds": 0, "reason": "http", "error": "answered 503"
				}]
			}]
		}`), &want); err != nil {
			t.Fatal(err)
		}
		if got, want := indented(t, got), indented(t, want); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		webtest.Scrape(t, h)
		quotas := webtest.Get(h, "/api/v1/status?failing=1").Body.String()
		for _, want := range []string{
			`"quotas":[{"channel":"vv","channel_name":"vivo","kind":"general","limit":1000,"remaining":null,"requested":1200,"used_ratio":1,"exhausted":true}]`,
			`"exhausted_quotas":1`,
		} {
			if !strings.Contains(quotas, want) {
				t.Errorf("no %s in %s", want, quotas)
			}
		}
	})
}

func indented(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The parameters of the page leave the same accounts and endpoints in the API.
func TestAPIFilter(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "1.example" && strings.HasSuffix(r.URL.Path, "/online_user") {
			fmt.Fprint(w, `{"code":20001,"msg":"no such app"}`)
			return
		}
		webtest.Working(w, r)
	}), webtest.Shops("shop", "news")+"polyv:\n  - {account: academy, user_id: u, secret_key: s, base_url: 'http://polyv.example'}\n", nil)
	webtest.Get(h, "/probe?target=getui/shop")
	webtest.Get(h, "/probe?target=getui/news")
	academy := strings.Join(testkit.DefaultEndpoints(polyv.Vendor{}.Config()), " ")
	for query, want := range map[string]string{
		"": "getui/news: push_quota online_users; getui/shop: push_quota online_users; " +
			"polyv/academy: " + academy + "; ",
		"?vendor=polyv":              "polyv/academy: " + academy + "; ",
		"?failing=1":                 "getui/news: online_users; ",
		"?search=NEWS":               "getui/news: push_quota online_users; ",
		"?search=no+such+app":        "getui/news: online_users; ",
		"?search=push_quota":         "getui/news: push_quota; getui/shop: push_quota; ",
		"?search=rejected":           "getui/news: online_users; ",
		"?search=getui/shop":         "getui/shop: push_quota online_users; ",
		"?search=x&failing=1":        "",
		"?search=traffic&failing=1":  "",
		"?vendor=getui&search=polyv": "",
	} {
		var got struct {
			Accounts []struct {
				Vendor, Account string
				Endpoints       []struct{ Name string }
			}
		}
		body := webtest.Get(h, "/api/v1/status"+query).Body.Bytes()
		if err := json.Unmarshal(body, &got); err != nil || got.Accounts == nil {
			t.Fatalf("%v in %s", err, body)
		}
		text := ""
		for _, a := range got.Accounts {
			text += a.Vendor + "/" + a.Account + ":"
			for _, e := range a.Endpoints {
				text += " " + e.Name
			}
			text += "; "
		}
		if text != want {
			t.Errorf("%q: got %q, want %q", query, text, want)
		}
	}
}

// "Only what needs attention" means the same in the banner, in the filter and in the order.
func TestStatusNeedsAttention(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Host {
		case "1.example": // a quota is exhausted, and all is read
			if strings.HasSuffix(r.URL.Path, "/online_user") {
				webtest.Working(w, r)
				return
			}
			vivo(w, r)
		case "2.example":
			if strings.HasSuffix(r.URL.Path, "/push/count") {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			webtest.Working(w, r)
		default:
			webtest.Working(w, r)
		}
	}), webtest.Shops("a", "b", "c"), nil)
	webtest.Scrape(t, h)
	page := webtest.StatusPage(t, h, "")
	webtest.WantWords(t, page, "1 of 6 endpoints fails, at 1 of 3 accounts getui/c push_quota: http getui/b exhausted: vivo (vv), general 1 push quota exhausted.",
		"getui/b vivo (vv), general exhausted 1\u202f200 of 1\u202f000 requested")
	order := func(page string) string {
		var names []string
		for _, found := range regexp.MustCompile(`<details class="card account" id="([^"]*)"( open)?>`).FindAllStringSubmatch(page, -1) {
			names = append(names, found[1]+found[2])
		}
		return strings.Join(names, ", ")
	}
	for query, want := range map[string]string{
		"":              "getui/c open, getui/b, getui/a", // those that are well are folded
		"?failing=1":    "getui/c open, getui/b",
		"?sort=name":    "getui/a, getui/b, getui/c open",
		"?sort=samples": "getui/a, getui/b, getui/c open",
		"?sort=nothing": "getui/c open, getui/b, getui/a",
		"?search=a":     "getui/c open, getui/b open, getui/a open", // unfolded, as it was asked for
	} {
		if got := order(webtest.StatusPage(t, h, query)); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
	// What fails comes first within an account, and alone where only that is asked for.
	if page := webtest.StatusPage(t, h, "?search=getui/c"); strings.Index(page, ">push_quota<") > strings.Index(page, ">online_users<") {
		t.Error("what fails is not the first")
	}
	if page := webtest.StatusPage(t, h, "?failing=1"); strings.Contains(webtest.Part(t, page, `id="accounts"`, "</section>"), "online_users") {
		t.Error("an endpoint that is well is among those that need attention")
	}
}

// Each sort puts the account first that it names.
func TestStatusSorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Host == "1.example" {
				time.Sleep(2 * time.Second)
			}
			webtest.Working(w, r)
		}), webtest.Shops("a", "b", "c"), nil)
		webtest.Get(h, "/probe?target=getui/c", "X-Prometheus-Scrape-Timeout-Seconds", "60")
		time.Sleep(time.Hour)
		webtest.Get(h, "/probe?target=getui/b", "X-Prometheus-Scrape-Timeout-Seconds", "60")
		webtest.Get(h, "/probe?target=getui/a", "X-Prometheus-Scrape-Timeout-Seconds", "60")
		for sort, first := range map[string]string{"": "c", "name": "a", "overdue": "c", "duration": "b", "samples": "a"} {
			page := webtest.StatusPage(t, h, "?sort="+sort)
			if got := webtest.Part(t, page, `<details class="card account" id="getui/`, `"`); got != first {
				t.Errorf("%q: %s is the first, want %s", sort, got, first)
			}
			if selected := webtest.Part(t, page, `<select id="sort"`, "</select>"); !strings.Contains(selected, `<option value="`+sort+`" selected>`) {
				t.Errorf("%q is not selected in %s", sort, selected)
			}
		}
	})
}

// The strip has a bar for each of the last ten refreshes, with time, outcome and duration in words.
func TestStatusStrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := true
		h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
			if fails && strings.HasSuffix(r.URL.Path, "/push/count") {
				time.Sleep(1500 * time.Millisecond)
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			webtest.Working(w, r)
		}), webtest.Shops("shop"), nil)
		webtest.Scrape(t, h)
		fails = false
		time.Sleep(time.Minute)
		webtest.Scrape(t, h)
		page := webtest.StatusPage(t, h, "")
		strip := webtest.Part(t, page, `<details class="past">`, "</details>")
		webtest.WantWords(t, strip, "Last reads of push_quota 08:00:01 http in 1.5 s 08:01:01 ok in < 1 ms")
		if got, want := regexp.MustCompile(`<rect [^>]*>`).FindAllString(strip, -1), []string{
			`<rect class="bad" x="0" y="2" width="6" height="12"/>`, `<rect class="good" x="7" y="8" width="6" height="6"/>`,
		}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		for range 20 {
			time.Sleep(time.Minute)
			webtest.Scrape(t, h)
		}
		page = webtest.StatusPage(t, h, "")
		if n := strings.Count(webtest.Part(t, page, `<details class="past">`, "</details>"), "<rect "); n != 10 {
			t.Errorf("%d bars", n)
		}
	})
}

// Each link into the runbook leads to a section that is there, in the language of the page.
func TestStatusRunbook(t *testing.T) {
	for code, reason := range map[string]string{
		`{"code":20001,"msg":"bad"}`: "rejected", `{"code":10005,"msg":"slow"}`: "rate_limited", "no JSON": "malformed",
	} {
		h := webtest.NewSite(t, webtest.GeTui(webtest.Answer(code)), webtest.Shops("shop"), func(o *web.Options, _ *collector.Options) {
			o.ReloadFailure = func() error { return io.ErrUnexpectedEOF }
		})
		webtest.Scrape(t, h)
		for query, file := range map[string]string{"": "docs/runbook.md", "?lang=zh": "docs/zh/runbook.md"} {
			page := webtest.StatusPage(t, h, query)
			webtest.WantWords(t, page, reason)
			sections := strings.ToLower(testkit.ReadFile(t, "../../"+file))
			links := regexp.MustCompile(`href="https://[^"]*/blob/main/`+file+`#([^"]*)"`).FindAllStringSubmatch(page, -1)
			if len(links) != 3 {
				t.Errorf("%s: %d links into %s, want 3", reason, len(links), file)
			}
			for _, link := range links {
				if !strings.Contains(sections, "\n### "+link[1]+"\n") {
					t.Errorf("%s: no section %s in %s", reason, link[1], file)
				}
			}
		}
	}
}

// The page shows the scrape job with the address under which it was asked for.
func TestStatusShowsTheJob(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*web.Options)
		want   string
	}{
		{"at the root", func(*web.Options) {}, "static_configs: - targets: [\"example.com\"]\n"},
		{"at another path", func(o *web.Options) { o.MetricsPath = "/m" }, "metrics_path: /m static_configs: - targets: [\"example.com\"]"},
		{
			"behind a proxy with TLS", func(o *web.Options) { o.Location, _ = web.NewLocation("https://example.com/engage", "/") },
			"scheme: https metrics_path: /engage/metrics static_configs: - targets: [\"example.com\"]",
		},
		{
			"each account by itself", func(o *web.Options) { o.WithoutAccounts = true },
			"metrics_path: /probe http_sd_configs: - url: \"http://example.com/sd\" relabel_configs: - {source_labels: [__param_target], target_label: instance}",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), func(o *web.Options, _ *collector.Options) { tt.change(o) })
			webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Nothing has been read yet", "Refresh now", strings.TrimSpace(tt.want))
			webtest.Get(h, "/probe?target=getui/shop")
			if page := webtest.StatusPage(t, h, ""); strings.Contains(page, "scrape_configs") {
				t.Error("the job is shown though Prometheus scrapes")
			}
		})
	}
}
