package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// A probe has its account's metrics and none of the exporter's own: a probe's job would have them once for each
// account.
func TestProbe(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	body := webtest.Get(h, "/probe?target=getui/shop").Body.String()
	for _, want := range []string{"getui_push_quota_remaining{", `engage_endpoint_up{account="shop"`, `engage_vendor_requests_total{account="shop"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	for _, other := range []string{"engage_accounts", "go_goroutines", "engage_config_", "promhttp_"} {
		if strings.Contains(body, other) {
			t.Errorf("%s in\n%s", other, body)
		}
	}
	if w := webtest.Get(h, "/probe?target=getui/shop", "Accept", "application/openmetrics-text;version=1.0.0"); !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Errorf("no OpenMetrics: %s", w.Body)
	}
}

// A probe works also where the metrics page leaves accounts out: that is what it is for.
func TestProbeWithoutAccountsOnTheMetricsPage(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) { o.WithoutAccounts = true })
	if w := webtest.Get(h, "/probe?target=getui/shop"); !strings.Contains(w.Body.String(), "getui_push_quota_remaining{") {
		t.Errorf("got %s", w.Body)
	}
}

// debug=true shows each request, marks those of this probe, and is an exposition still.
func TestProbeDebug(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	webtest.Get(h, "/probe?target=getui/shop")
	w := webtest.Get(h, "/probe?target=getui/shop&debug=true", "Accept-Encoding", "gzip")
	body := w.Body.String()
	lines := strings.Split(body, "\n")
	var requests []string
	for _, line := range lines {
		if strings.HasPrefix(line, "#") && (strings.Contains(line, " /auth ") || strings.Contains(line, " /report/push/count ")) && !strings.HasPrefix(line, "# HELP") {
			requests = append(requests, line)
		}
	}
	if len(requests) != 3 || strings.HasPrefix(requests[0], "# *") || strings.HasPrefix(requests[1], "# *") || !strings.HasPrefix(requests[2], "# *") ||
		!strings.Contains(requests[2], "GET /report/push/count  200") {
		t.Errorf("requests:\n%s\nin\n%s", strings.Join(requests, "\n"), body)
	}
	if !strings.Contains(body, "# push_quota  ok") || !strings.Contains(body, "getui/shop at 2") {
		t.Errorf("got\n%s", body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if families, err := parser.TextToMetricFamilies(strings.NewReader(body)); err != nil || families["getui_push_quota_remaining"] == nil {
		t.Errorf("it is no exposition: %v", err)
	}
	if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %s", got)
	}
}

func TestProbeDebugShowsFailures(t *testing.T) {
	h := newHandler(t, vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, `{"code":20001,"msg":"master-secret-planted is no\ngood"}`)
	}).URL, nil, nil)
	body := webtest.Get(h, "/probe?target=getui/shop&debug=1").Body.String()
	if !strings.Contains(body, "push_quota  failing") || !strings.Contains(body, "code 20001") || strings.Contains(body, "master-secret-planted") {
		t.Errorf("got\n%s", body)
	}
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "good") {
			t.Errorf("the vendor's words broke out of the comment:\n%s", body)
		}
	}
}

// A target is hostile input: an answer neither grows with it nor lets it through as markup.
func TestProbeOfAHostileTarget(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	w := webtest.Get(h, "/probe?target=getui/"+strings.Repeat("%3Cscript%3E%0A", 5000))
	if w.Code != 404 || w.Body.Len() > 2000 || strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("answered %d with %d bytes: %s", w.Code, w.Body.Len(), w.Body)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("headers %v", w.Header())
	}
}

func TestDiscovery(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	r := httptest.NewRequest(http.MethodGet, "http://exporter.example:9787/sd", http.NoBody)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var groups []struct {
		Targets []string
		Labels  map[string]string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &groups); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(groups); got != "[{[exporter.example:9787] map[__meta_engage_account:shop __meta_engage_vendor:getui __param_target:getui/shop]}]" {
		t.Errorf("got %s", got)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %s", got)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("cache control %q", got)
	}
}

// HTTP/1.0 knows no Host: there is no address to give to the targets.
func TestDiscoveryWithoutHost(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	r := httptest.NewRequest(http.MethodGet, "/sd", http.NoBody)
	r.Host = ""
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "no Host header") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
}

// An account that a reload brings while it is asked for is found.
func TestProbeOfAnAccountThatAReloadBrings(t *testing.T) {
	replaced, inUse := accounts(t, "other"), accounts(t, "shop")
	for _, path := range []string{"/probe?target=getui/shop", "/probe?target=getui/shop&debug=1"} {
		asked := 0
		h := newHandler(t, "http://vendor.example", nil, func(o *web.Options) {
			o.Accounts = func() *collector.Set {
				asked++
				if asked == 1 {
					return replaced
				}
				return inUse
			}
		})
		w := webtest.Get(h, path)
		if w.Code != 200 || !strings.Contains(w.Body.String(), `engage_endpoint_up{account="shop"`) {
			t.Errorf("%s answered %d: %s", path, w.Code, w.Body)
		}
		if strings.Contains(path, "debug") && !strings.Contains(w.Body.String(), "# getui/shop at ") {
			t.Errorf("no account is mentioned:\n%s", w.Body)
		}
	}
}

// A set that was replaced before the probe came to it: the metrics and what is reported of them are of the set in use.
func TestProbeDebugWithASetThatWasReplaced(t *testing.T) {
	replaced, inUse := accounts(t, "other"), accounts(t, "shop")
	replaced.Retire(inUse)
	asked := 0
	h := newHandler(t, "http://vendor.example", nil, func(o *web.Options) {
		o.Accounts = func() *collector.Set {
			asked++
			if asked == 1 {
				return replaced
			}
			return inUse
		}
	})
	if body := webtest.Get(h, "/probe?target=getui/shop&debug=1").Body.String(); !strings.Contains(body, "# getui/shop at ") || !strings.Contains(body, "# push_quota") {
		t.Errorf("got\n%s", body)
	}
}

// accounts is the set of accounts that read their push quota from a vendor in the process.
func accounts(t *testing.T, names ...string) *collector.Set {
	t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(webtest.Shops(names...)), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := collector.New(cfg, collector.Options{RoundTripper: webtest.GeTui(webtest.Working)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	return set
}

func TestReload(t *testing.T) {
	var failure error
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) { o.Reload = func() error { return failure } })
	post := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost:9787/-/reload", http.NoBody))
		return w
	}
	if w := post(); w.Code != 200 || !strings.Contains(w.Body.String(), "reloaded") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	failure = errors.New("engage.yml:7: unknown key")
	if w := post(); w.Code != 500 || !strings.Contains(w.Body.String(), "the configuration stays as it was: engage.yml:7: unknown key") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	failure = web.ErrReloadUnderWay
	if w := post(); w.Code != 503 || !strings.Contains(w.Body.String(), "another reload is in progress: try again when it has finished") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
}

// A page of another site must not have a reader's browser reload; a command line has no site.
func TestReloadFromAnotherSite(t *testing.T) {
	reloads := 0
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) {
		o.ListenAddresses = []string{"exporter.example:9787"}
		o.Reload = func() error { reloads++; return nil }
	})
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"a command line", nil, 200},
		{"this exporter's own address", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://exporter.example:9787"}, 200},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://elsewhere.example"}, 403},
		{"another port", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://exporter.example"}, 403},
		{"another site, by an old browser", []string{"Origin", "http://elsewhere.example"}, 403},
		{"a file", []string{"Origin", "null"}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := reloads
			r := httptest.NewRequest(http.MethodPost, "http://exporter.example:9787/-/reload", http.NoBody)
			for i := 0; i < len(tt.headers); i += 2 {
				r.Header.Set(tt.headers[i], tt.headers[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || (reloads > before) != (tt.status == 200) {
				t.Errorf("answered %d after %d reloads: %s", w.Code, reloads-before, w.Body)
			}
			if w.Code == 403 && !strings.Contains(w.Body.String(), "a page of another site") {
				t.Errorf("answered %s", w.Body)
			}
		})
	}
}

// A request beyond the limit is rejected at once; other pages answer all the same.
func TestScrapesInFlight(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{}, 1)
	slow := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		io.WriteString(w, webtest.Quota)
	})
	h := newHandler(t, slow.URL, nil, func(o *web.Options) { o.MaxRequests = 1 })
	var scrape sync.WaitGroup
	scrape.Go(func() {
		if w := webtest.Get(h, "/metrics"); w.Code != 200 {
			t.Errorf("the first scrape is answered %d", w.Code)
		}
	})
	<-arrived
	for _, path := range []string{"/metrics", "/probe?target=getui/shop"} {
		if w := webtest.Get(h, path); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "--web.max-requests") {
			t.Errorf("%s answered %d: %s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/", "/-/healthy", "/-/ready", "/sd", "/config"} {
		if w := webtest.Get(h, path); w.Code != 200 {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
	close(release)
	scrape.Wait()
	w := webtest.Get(h, "/metrics")
	if w.Code != 200 {
		t.Errorf("afterwards a scrape is answered %d", w.Code)
	}
	if want := `promhttp_metric_handler_requests_total{code="503"} 1`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("the refused scrape is not counted: no %s in\n%s", want, w.Body)
	}
}

// Pages have a limit of their own: whoever asks for them without end fills no memory, and takes no scrape's place.
func TestPagesInFlight(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 100)
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) {
		o.MaxRequests = 1
		o.Config = func() ([]byte, error) {
			arrived <- struct{}{}
			<-release
			return []byte("x"), nil
		}
	})
	var pages sync.WaitGroup
	for range 10 {
		pages.Go(func() {
			if w := webtest.Get(h, "/config"); w.Code != 200 {
				t.Errorf("answered %d", w.Code)
			}
		})
	}
	for range 10 {
		<-arrived
	}
	for _, path := range []string{"/", "/sd", "/config"} {
		if w := webtest.Get(h, path); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "10 pages are being prepared") {
			t.Errorf("%s answered %d: %s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/metrics", "/probe?target=getui/shop", "/-/healthy", "/-/ready"} {
		if w := webtest.Get(h, path); w.Code != 200 {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
	close(release)
	pages.Wait()
	if w := webtest.Get(h, "/"); w.Code != 200 {
		t.Errorf("afterwards answered %d", w.Code)
	}
}

// What is not a page with markup of ours is nothing that a browser should run or frame.
func TestSecurityHeaders(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	for _, path := range []string{"/", "/metrics", "/probe?target=x", "/sd", "/config", "/-/healthy", "/nowhere"} {
		header := webtest.Get(h, path).Header()
		if header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") ||
			!strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, header)
		}
	}
}

// Values that cannot be served are named with what the vendor sent.
func TestProbeDebugNamesDroppedValues(t *testing.T) {
	odd := `{"code":0,"data":{"gt":{"app":{"total_num":3000,"remain_num":"1,234"},"list":{"total_num":5,"remain_num":"somebody"}}}}`
	h := newHandler(t, vendor(t, webtest.Answer(odd)).URL, nil, nil)
	page := webtest.Get(h, "/probe?target=getui/shop&debug=true").Body.String()
	for _, want := range []string{
		"malformed", "The first values of push_quota that were dropped", `getui_push_quota_remaining{channel="gt",kind="app"}: "1,234"`, `kind="list"}: "xxxxxxxx"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if strings.Contains(page, "somebody") {
		t.Errorf("a person is on the page:\n%s", page)
	}
}
