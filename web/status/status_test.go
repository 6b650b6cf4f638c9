package status_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// An account's life on the page: what is wrong, since when, what is served meanwhile and what comes next. To look at
// it reads nothing.
func TestStatusShowsTheStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy atomic.Bool
		var requests atomic.Int64
		h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			if busy.Load() && strings.HasSuffix(r.URL.Path, "/push/count") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			webtest.Working(w, r)
		}), webtest.Shops("shop"), nil)

		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Nothing has been read yet", "Does it scrape this exporter?", "push_quota GET /report/push/count not read yet nothing kept 15m next scrape every 1m", "Last scrape never",
			"Prometheus scrapes this exporter with this job in prometheus.yml: scrape_configs: - job_name: engage scrape_interval: 1m scrape_timeout: 30s static_configs: - targets: [\"example.com\"]")
		if n := requests.Load(); n != 0 {
			t.Errorf("looking at the page sent %d requests", n)
		}

		webtest.Scrape(t, h)
		time.Sleep(20 * time.Second)
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Nothing fails Last scrape 20 s ago Failing 0 Most overdue none Accounts 1 Endpoints 2 Samples served 6", "push_quota GET /report/push/count up 20 s ago 08:00:00 kept 15m in 34 s 08:00:54 every 1m")

		busy.Store(true)
		time.Sleep(time.Minute)
		webtest.Scrape(t, h)
		time.Sleep(3 * time.Minute)
		page := webtest.StatusPage(t, h, "")
		webtest.WantWords(t, page, "1 of 2 endpoints fails, at 1 of 1 account", "getui/shop push_quota: http", "failing, old values served for 3 min 4 min ago",
			"Why push_quota fails: http answered 503 The vendor, or a gateway in front of it, answered with an HTTP error. Check base_url. Runbook",
			"Last failed requests the newest first getui/shop 08:01:20 +08:00, 3 min ago GET /report/push/count http · HTTP 503 in < 1 ms")
		for _, want := range []string{`<title>1 failing · engage_exporter</title>`, `<time datetime="2000-01-01T00:00:00Z" title="2000-01-01 08:00:00 &#43;08:00">4 min ago</time>`} {
			if !strings.Contains(page, want) {
				t.Errorf("no %s in\n%s", want, page)
			}
		}

		time.Sleep(20 * time.Minute)
		webtest.Scrape(t, h)
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "failing overdue: backing off for 23 min nothing last 24 min ago kept 15m", "the newest first getui/shop 08:24:20 +08:00, just now ")

		// Nobody scrapes any more.
		busy.Store(false)
		time.Sleep(time.Hour)
		webtest.Scrape(t, h)
		time.Sleep(5 * time.Hour)
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "No read fails, but 1 account needs attention", "getui/shop push_quota, online_users: overdue: no scrape",
			"2 endpoints overdue by more than two intervals. No scrape came when they were due. Does Prometheus scrape this exporter?",
			"2 endpoints without values: what was read became too old, or its day is over.", "Most overdue 4 h getui/shop push_quota",
			"push_quota GET /report/push/count values too old to serve overdue: no scrape for 4 h nothing last 5 h ago")
	})
}

func TestStatusShowsWhatIsReadNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webtest.NewSite(t, webtest.GeTui(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), webtest.Shops("shop"), nil)
		webtest.Get(h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "1")
		webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Being read for the first time", "push_quota GET /report/push/count being read for the first time nothing kept 15m under way every 1m")
	})
}

// The page says what was restored at the start, and when nothing can be stored any more.
func TestStatusOfTheStorage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status collector.StorageStatus
		want   string
	}{
		{"nothing was there", collector.StorageStatus{}, ""},
		{
			"all restored", collector.StorageStatus{Restored: collector.RestoredState{Accounts: 1, Endpoints: 2, Samples: 12345}},
			"Restored at the start: 2 endpoints of 1 account, with 12\u202f345 samples.",
		},
		{
			"an account that has changed", collector.StorageStatus{Restored: collector.RestoredState{Others: 3}},
			"Not restored: 3 accounts, whose settings or secrets have changed, or whose secrets cannot be read.",
		},
		{
			"a disk that is full", collector.StorageStatus{Err: errors.New("/planted/path: no space left on device")},
			"The state cannot be stored: after a restart, the data that is read now will be missing. The log says why.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), func(o *web.Options, _ *collector.Options) {
				o.Storage = func() collector.StorageStatus { return tt.status }
			})
			page := webtest.StatusPage(t, h, "")
			if tt.want != "" {
				webtest.WantWords(t, page, tt.want)
			} else if strings.Contains(page, "estored") {
				t.Errorf("the page speaks of what was restored:\n%s", page)
			}
			if strings.Contains(page, "planted/path") {
				t.Error("the page shows a path")
			}
		})
	}
}

// An account that its vendor has sent to another address says so.
func TestStatusNamesTheAddressInUse(t *testing.T) {
	moved := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "cncrestapi.getui.com" {
			fmt.Fprint(w, `{"code":301,"data":["https://cncrestapi.getui.com"]}`)
			return
		}
		webtest.Working(w, r)
	}
	yaml := strings.Replace(webtest.Shops("shop"), "http://0.example/v2", "https://restapi.getui.com/v2", 1)
	h := webtest.NewSite(t, webtest.GeTui(moved), yaml, nil)
	if page := webtest.StatusPage(t, h, ""); strings.Contains(page, "sent by the vendor") {
		t.Error("moved before anything was read")
	}
	webtest.Scrape(t, h)
	webtest.WantWords(t, webtest.StatusPage(t, h, ""), "sent by the vendor to https://cncrestapi.getui.com/v2 · time zone Asia/Shanghai")
}

// Names and messages of others are text on the page, and nothing else.
func TestStatusEscapes(t *testing.T) {
	const hostile = `"'><img src=x onerror=alert(1)>`
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "0.example" {
			fmt.Fprintf(w, `{"code":20001,"msg":%q}`, hostile)
			return
		}
		fmt.Fprintf(w, `{"code":0,"data":{%q:{%q:{"total_num":3000,"limit":true,"remain_num":0}}}}`, hostile+"channel", hostile+"kind")
	}), webtest.Shops(hostile, hostile+"2"), func(o *web.Options, _ *collector.Options) {
		o.ReloadFailure = func() error { return errors.New("engage.yml:1: " + hostile) }
	})
	webtest.Scrape(t, h)
	query := url.Values{"vendor": {hostile}, "search": {hostile}, "failing": {hostile}, "refresh": {hostile}, "page": {hostile}}.Encode()
	for _, q := range []string{"", "?search=" + url.QueryEscape(hostile), "?" + query, "?vendor=%ff%00%zz&search=%00%ff", "?%"} {
		page := webtest.StatusPage(t, h, q)
		if strings.Contains(page, "<img") || strings.Contains(page, "onerror=alert(1)>") {
			t.Errorf("/%s has markup of others:\n%s", q, page)
		}
	}
	webtest.WantWords(t, webtest.StatusPage(t, h, ""), "getui/ "+hostile+" ", "20001", hostile+"channel", "The last reload failed; the previous configuration is still used engage.yml:1: "+hostile)
	if page := webtest.StatusPage(t, h, "?search="+url.QueryEscape(hostile+"2")); !strings.Contains(page, `value="&#34;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;2"`) {
		t.Errorf("the form has lost its text:\n%s", page)
	}
}

// What is long or many is bounded, and the page says so.
func TestStatusIsBounded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		many  int
		query string
		words []string
	}{
		{"10 000 accounts", 10_000, "", []string{"10\u202f000 accounts", "getui/ shop-00000 ", "getui/ shop-00099 ", "accounts 1 to 100, page 1 of 100 Next"}},
		{"a page between others", 250, "?page=2", []string{"getui/ shop-00100 ", "Previous accounts 101 to 200, page 2 of 3 Next"}},
		{"the last page", 1050, "?page=11", []string{"getui/ shop-01049 ", "Previous accounts 1\u202f001 to 1\u202f050, page 11 of 11 "}},
		{"a page that is no more", 250, "?page=4", []string{"getui/ shop-00249 ", "page 3 of 3"}},
		{"a page far away", 250, "?page=9999999999999", []string{"getui/ shop-00249 ", "page 3 of 3"}},
		{"a page before the first", 250, "?page=-1", []string{"getui/ shop-00000 ", "page 1 of 3"}},
		{"as many as are shown in full", 250, "?search=shop-0023", []string{"10 accounts found of 250", "getui/ shop-00230 ", "push_quota"}},
		{"more than are shown in full", 250, "?search=shop-001", []string{"100 accounts found of 250", "getui/ shop-00199 "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := webtest.StatusPage(t, webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops(webtest.Numbered("shop-%05d", tt.many)...), nil), tt.query)
			webtest.WantWords(t, page, tt.words...)
			if n := strings.Count(page, "<tr>"); n > 150 {
				t.Errorf("%d rows", n)
			}
		})
	}
	t.Run("30 accounts that fail", func(t *testing.T) {
		h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"code":20001,"msg":%q}`, strings.Repeat("no ", 5_000))
		}), webtest.Shops(webtest.Numbered("shop-%02d", 30)...), nil)
		webtest.Scrape(t, h)
		page := webtest.StatusPage(t, h, "")
		if n := strings.Count(page, `<details class="card account"`); n != 20 {
			t.Errorf("%d accounts in full, want 20", n)
		}
		if n := strings.Count(webtest.Part(t, page, `id="failures"`, "</section>"), "<li>"); n != 20 {
			t.Errorf("%d failures, want 20", n)
		}
		if len(page) > 200_000 {
			t.Errorf("%d bytes", len(page))
		}
		webtest.WantWords(t, page, "… and 40 more, in each account's debug page", "getui/ shop-29 2 of 2 endpoints fail rejected")
	})
	t.Run("a long reload failure", func(t *testing.T) {
		h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), func(o *web.Options, _ *collector.Options) {
			o.ReloadFailure = func() error { return errors.New(strings.Repeat("界", 100_000)) }
		})
		if page := webtest.StatusPage(t, h, ""); strings.Count(page, "界") != 4000 {
			t.Errorf("%d characters of it", strings.Count(page, "界"))
		}
	})
}

// The worst quotas come first, over all accounts.
func TestStatusShowsQuotas(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Host {
		case "0.example":
			io.WriteString(w, `{"code":0,"data":{"gt":{"app":{"total_num":3000,"limit":false,"remain_num":2400}}}}`)
		case "1.example":
			io.WriteString(w, `{"code":0,"data":{"gt":{"app":{"total_num":1234567,"limit":false,"remain_num":1000}},"hw":{"app":{"total_num":500,"limit":true,"remain_num":20}}}}`)
		default:
			io.WriteString(w, `{"code":0,"data":{`)
			for i := range 30 {
				fmt.Fprintf(w, `"c%d":{"app":{"total_num":1000,"limit":false,"remain_num":1000}},`, i)
			}
			io.WriteString(w, `"vv":{"app":{"total_num":1000,"limit":false,"push_num":850}}}}`)
		}
	}), webtest.Shops("a", "b", "c"), nil)
	webtest.WantWords(t, webtest.StatusPage(t, h, ""), "Push quotas the most used first No push quota is served.")
	webtest.Scrape(t, h)
	page := webtest.StatusPage(t, h, "")
	webtest.WantWords(t, page, "exhausted: Huawei (hw), app", "1 push quota exhausted.",
		"Push quotas the most used first getui/b Huawei (hw), app exhausted 20 of 500 left getui/b GeTui's own (gt), app 99 % used 1\u202f000 of 1\u202f234\u202f567 left getui/c vivo (vv), app 85 % of the limit requested 850 of 1\u202f000 requested getui/a GeTui's own (gt), app 20 % used 2\u202f400 of 3\u202f000 left getui/c c0, app 0 % used",
		"… and 14 more")
	quotas := webtest.Part(t, page, `id="quotas"`, "</section>")
	for _, want := range []string{`class="bar bad" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="1"/><rect class="used" width="100.0"`, `class="bar warn"`, `class="bar good"`, `class="bar bad" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="1"/><rect class="used" width="99.9"`} {
		if !strings.Contains(quotas, want) {
			t.Errorf("no %s in\n%s", want, quotas)
		}
	}
	if n := strings.Count(quotas, "<li>"); n != 20 {
		t.Errorf("%d quotas, want 20", n)
	}
	webtest.WantWords(t, webtest.StatusPage(t, h, "?search=getui/a"), "Push quotas the most used first getui/a GeTui's own (gt), app 20 % used 2\u202f400 of 3\u202f000 left Last failed")
}

// The page says of a push quota what the vendor reports, and nothing else.
func TestStatusShowsHowMuchOfAQuotaIsUsed(t *testing.T) {
	for _, tt := range []struct {
		name, quota, words, chinese string
		bar                         string // level and width; "" for none
		ratio                       string // in the API
	}{
		{"remaining", `"total_num":1000,"limit":false,"remain_num":250`, "75 % used 250 of 1\u202f000 left", "已用 75% 剩余 250，共 1\u202f000", "good 75.0", "0.75"},
		{"nearly used up", `"total_num":1000,"limit":false,"remain_num":1`, "99 % used 1 of 1\u202f000 left", "已用 99% 剩余 1，共 1\u202f000", "bad 99.9", "0.999"},
		{"most used", `"total_num":1000,"limit":false,"remain_num":51`, "94 % used 51 of 1\u202f000 left", "已用 94%", "warn 94.9", "0.949"},
		{"more remaining than the limit", `"total_num":1000,"limit":false,"remain_num":1001`, "app limit 1\u202f000, use not reported", "限额 1\u202f000，服务商未返回用量", "", "null"},
		{"requested", `"total_num":1000,"limit":false,"push_num":850`, "85 % of the limit requested 850 of 1\u202f000 requested", "已请求限额的 85%", "warn 85.0", "0.85"},
		{
			"more requested than the limit", `"total_num":1000,"limit":false,"push_num":1140`,
			"114 % of the limit requested, not exhausted 1\u202f140 of 1\u202f000 requested", "已请求限额的 114%，未用尽", "warn 100.0", "1.14",
		},
		{"exhausted", `"total_num":1000,"limit":true,"push_num":1140`, "exhausted 1\u202f140 of 1\u202f000 requested", "已用尽", "bad 100.0", "1"},
		{"use not reported", `"total_num":1000,"limit":false`, "app limit 1\u202f000, use not reported", "限额 1\u202f000，服务商未返回用量", "", "null"},
		{"exhausted, use not reported", `"total_num":1000,"limit":true`, "exhausted limit 1\u202f000 ", "已用尽 限额 1\u202f000 ", "bad 100.0", "1"},
		{"limit of 0", `"total_num":0,"limit":false,"push_num":5`, "app 5 of 0 requested", "群推 已请求 5，共 0", "", "null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := webtest.NewSite(t, webtest.GeTui(webtest.Answer(`{"code":0,"data":{"new":{"app":{`+tt.quota+`}}}}`)), webtest.Shops("a"), nil)
			webtest.Scrape(t, h)
			quotas := webtest.Part(t, webtest.StatusPage(t, h, ""), `id="quotas"`, "</section>")
			webtest.WantWords(t, quotas, tt.words)
			webtest.WantWords(t, webtest.Part(t, webtest.StatusPage(t, h, "?lang=zh"), `id="quotas"`, "</section>"), tt.chinese)
			bar := regexp.MustCompile(`(?s)class="bar ([a-z]+)".*class="used" width="([0-9.]+)"`).FindStringSubmatch(quotas)
			if got := strings.Join(bar[min(len(bar), 1):], " "); got != tt.bar {
				t.Errorf("the bar is %q, want %q", got, tt.bar)
			}
			if api := webtest.Get(h, "/api/v1/status").Body.String(); !strings.Contains(api, `"used_ratio":`+tt.ratio+`,"exhausted"`) {
				t.Errorf("no used_ratio %s in %s", tt.ratio, api)
			}
		})
	}
}

func TestStatusFilter(t *testing.T) {
	yaml := webtest.Shops("shop", "shop-2", "news") + `polyv:
  - {account: shop, user_id: u, secret_key: secret-key-planted, base_url: 'http://polyv.example'}
`
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "2.example" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		webtest.Working(w, r)
	}), yaml, nil)
	webtest.Get(h, "/probe?target=getui/shop")
	webtest.Get(h, "/probe?target=getui/shop-2")
	webtest.Get(h, "/probe?target=getui/news")
	for _, tt := range []struct {
		name, query string
		accounts    []string
		words       string
	}{
		{"none", "", []string{"getui/news", "getui/shop", "getui/shop-2", "polyv/shop"}, "4 accounts, those that need attention first"},
		{"a vendor", "?vendor=polyv", []string{"polyv/shop"}, "1 account found of 4"},
		{"an unknown vendor", "?vendor=nobody", nil, "0 accounts found of 4 No account matches. Show all"},
		{"part of a name", "?search=SHOP", []string{"getui/shop", "getui/shop-2", "polyv/shop"}, "3 accounts found of 4"},
		{"part of a name with blanks around", "?search=+news+", []string{"getui/news"}, "1 account found"},
		{"a whole name", "?search=getui/shop", []string{"getui/shop"}, "1 account found of 4"},
		{"a whole name of another vendor", "?search=getui/shop&vendor=polyv", nil, "No account matches."},
		{"part of a name with its vendor", "?search=ui/shop", []string{"getui/shop", "getui/shop-2"}, "2 accounts found"},
		{"a name of nobody", "?search=x", nil, "No account matches."},
		{"only failing", "?failing=1", []string{"getui/news"}, "1 account found of 4"},
		{"only failing, of a vendor without", "?failing=1&vendor=polyv", nil, "No account that matches needs attention."},
		{"only failing, of an unknown vendor", "?failing=1&vendor=nobody", nil, "No account matches."},
		{"only failing, in other words", "?failing=true", []string{"getui/news"}, "1 account found of 4"},
		{"not only failing", "?failing=0&failing=1", []string{"getui/news", "getui/shop", "getui/shop-2", "polyv/shop"}, "4 accounts"},
		{"failing, no matter how", "?failing=perhaps", []string{"getui/news", "getui/shop", "getui/shop-2", "polyv/shop"}, "4 accounts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := webtest.StatusPage(t, h, tt.query)
			var shown []string
			for _, account := range strings.Split(page, `<details class="card account"`)[1:] {
				shown = append(shown, strings.ReplaceAll(strings.TrimSpace(webtest.Words(webtest.Part(t, account, "<h3>", "</h3>"))), "/ ", "/"))
			}
			if fmt.Sprint(shown) != fmt.Sprint(tt.accounts) {
				t.Errorf("shows %q, want %q", shown, tt.accounts)
			}
			webtest.WantWords(t, page, tt.words, "2 of ") // the summary is of all accounts, whatever the filter
		})
	}
}

// A filter changes which accounts and endpoints are shown, but not what is said of an account. Quotas and failed requests
// are those of the accounts that are shown.
func TestStatusFilterDeniesNothing(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Host == "1.example" && strings.HasSuffix(r.URL.Path, "/online_user"):
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Host == "2.example":
			vivo(w, r)
		default:
			webtest.Working(w, r)
		}
	}), webtest.Shops("good", "fails", "exhausted"), nil)
	webtest.Scrape(t, h)
	const noQuota, noFailure = "The accounts found have no push quota.", "The accounts found have no failed requests."
	for _, tt := range []struct {
		query        string
		words, never []string
	}{
		{"?search=zzz", []string{noQuota, noFailure, "2 of 6 endpoints fail"}, nil},
		{"?vendor=foo", []string{noQuota, noFailure}, nil},
		{"?search=zzz&lang=zh", []string{"找到的账号没有推送配额的数据。", "找到的账号没有失败的请求。"}, nil},
		{"?search=getui/good", []string{"getui/ good up 2 endpoints ", "Push quotas the most used first getui/good ", noFailure}, []string{"vivo (vv), general exhausted"}},
		{
			"?failing=1", []string{"getui/ fails 1 of 2 endpoints fails 1 of 2 endpoints shown ", "vivo (vv), general exhausted", "GET /report/online_user http"},
			[]string{"getui/good "},
		},
		{"?search=push_quota", []string{"getui/ fails 1 of 2 endpoints fails 1 of 2 endpoints shown ", "getui/ good up 1 of 2 endpoints shown "}, nil},
		{"?search=push_quota&lang=zh", []string{"2 个接口中有 1 个失败 显示 2 个接口中的 1 个 "}, nil},
	} {
		t.Run(tt.query, func(t *testing.T) {
			page := webtest.StatusPage(t, h, tt.query)
			webtest.WantWords(t, page, tt.words...)
			for _, never := range tt.never {
				if shown := webtest.Words(webtest.Part(t, page, `id="accounts"`, "</main>")); strings.Contains(shown, never) {
					t.Errorf("%q is in\n%s", never, shown)
				}
			}
		})
	}
}

func TestStatusLinks(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("a&b c+é"), func(o *web.Options, _ *collector.Options) { o.MetricsPath = "/m" })
	page := webtest.StatusPage(t, h, "?refresh=0")
	for _, want := range []string{
		`href="./m"`, `href="./sd"`, `href="./config"`, `href="./-/healthy"`, `href="./-/ready"`, `href="./debug/pprof/"`, `href="./?refresh=0"`,
		`href="./probe?target=getui%2Fa%26b&#43;c%2B%C3%A9"`, `href="./probe?target=getui%2Fa%26b&#43;c%2B%C3%A9&amp;debug=true"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if w := webtest.Get(h, "/probe?target=getui%2Fa%26b+c%2B%C3%A9"); w.Code != http.StatusOK {
		t.Errorf("the link to the probe answers %d: %s", w.Code, w.Body)
	}
}

func TestStatusRefresh(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), nil)
	for query, want := range map[string]string{
		"": "30", "?refresh=30": "30", "?refresh=300": "300", "?refresh=0": "", "?refresh=1": "30", "?refresh=-5": "30", "?refresh=5;url=http://elsewhere.example": "30",
	} {
		page := webtest.StatusPage(t, h, query)
		got := ""
		if strings.Contains(page, "http-equiv") {
			got = webtest.Part(t, page, `<meta http-equiv="refresh" content="`, `"`)
		}
		if got != want {
			t.Errorf("%q refreshes every %q, want %q", query, got, want)
		}
	}
}

// A script that finds its way into the page must not run; the page's own style must.
func TestStatusHeaders(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), nil)
	w := webtest.Get(h, "/")
	sum := sha256.Sum256([]byte(webtest.Part(t, w.Body.String(), "<style>", "</style>")))
	for name, want := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	} {
		if got := w.Result().Header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, never := range []string{"<script", " style=", " onclick="} {
		if strings.Contains(w.Body.String(), never) {
			t.Errorf("the page has %q, which the policy forbids", never)
		}
	}
}

func TestStatusWithoutAccounts(t *testing.T) {
	none := collector.Shard{}
	for i := 1; ; i++ { // a shard that has not the only account
		shard, err := collector.ParseShard(fmt.Sprintf("%d/2", i))
		if err != nil {
			t.Fatal(err)
		}
		if len(shard.Own([]poll.Target{{Vendor: "getui", Account: "shop"}})) == 0 {
			none = shard
			break
		}
	}
	h := webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), func(_ *web.Options, c *collector.Options) { c.Shard = none })
	page := webtest.StatusPage(t, h, "?vendor=getui")
	webtest.WantWords(t, page, "There is no account to read", "The configuration has no account, or all accounts are in other shards.", "Metrics")
	if strings.Contains(page, "<table") || strings.Contains(page, "<form") {
		t.Errorf("there is nothing to show or to look for:\n%s", page)
	}

	h = webtest.NewSite(t, webtest.GeTui(webtest.Working), webtest.Shops("shop"), func(o *web.Options, _ *collector.Options) { o.WithoutAccounts = true })
	webtest.WantWords(t, webtest.StatusPage(t, h, ""), "/metrics has only the exporter's own metrics; /probe has those of the accounts.")
}

// What a vendor quotes of the account's secrets does not come onto the page, neither as why an endpoint fails nor
// among the last failed requests.
func TestStatusHasNoSecret(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"code":20001,"msg":"bad app-key-planted, master-secret-planted, %s"}`, r.Header.Get("token"))
	}), webtest.Shops("shop"), nil)
	webtest.Scrape(t, h)
	for _, query := range []string{"", "?failing=1"} {
		page := webtest.StatusPage(t, h, query)
		webtest.WantWords(t, page, "20001", "bad ")
		if strings.Contains(page, "planted") {
			t.Errorf("a secret is on the page:\n%s", page)
		}
	}
}
