package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vendor answers as GeTui does, with the handler for all but logins.
func vendor(t *testing.T, report http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth") {
			io.WriteString(w, `{"code":0,"data":{"expire_time":"4102444800000","token":"t0ken-planted-by-vendor"}}`)
			return
		}
		report(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// newHandler is the exporter's handler for one account that reads its push quota from baseURL at each scrape.
func newHandler(t *testing.T, baseURL string, log log.Logger, change func(*web.Options)) http.Handler {
	t.Helper()
	baseURL, httpClient, _ := strings.Cut(baseURL, "|") // what follows the URL is YAML of the http_client
	cfg, err := collector.ParseConfig("engage.yml", []byte("getui:\n  - {account: shop, app_id: APP, app_key: app-key-planted, master_secret: master-secret-planted, base_url: '"+baseURL+"', timeout: 2s, http_client: {"+httpClient+"},\n"+
		"     endpoints: {push_quota: {min_interval: 0s}, online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n"), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	registry, instruments := prometheus.NewRegistry(), collector.NewInstruments()
	set, err := collector.New(cfg, collector.Options{Logger: log, Instruments: instruments})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	web.NewConfigMetrics(registry).Loaded(cfg.SHA256, time.Unix(1_700_000_000, 0))
	o := web.Options{
		Logger: log, Registry: registry, Reads: instruments, Accounts: func() *collector.Set { return set },
		Config: cfg.Masked, ReloadFailure: func() error { return nil },
		MetricsPath: "/metrics", TimeoutOffset: 500 * time.Millisecond, Version: "1.2.3",
	}
	if change != nil {
		change(&o)
	}
	h, err := web.NewHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMetricsFormats(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	webtest.Get(h, "/metrics") // the exporter's own counters show this scrape in the next
	gunzip := func(r io.Reader) io.Reader {
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	unzstd := func(r io.Reader) io.Reader {
		z, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(z.Close)
		return z
	}
	for _, tt := range []struct {
		name, accept, encoding string
		contentType            string
		decode                 func(io.Reader) io.Reader
		has                    []string
	}{
		{"text", "", "", "text/plain; version=0.0.4", nil, []string{`getui_push_quota_remaining{account="shop",channel="gt",kind="app"} 12` + "\n"}},
		{"OpenMetrics", "application/openmetrics-text;version=1.0.0", "", "application/openmetrics-text; version=1.0.0", nil, []string{`getui_push_quota_remaining{account="shop",channel="gt",kind="app"} 12.0` + "\n", "# EOF\n"}},
		{"gzip", "", "gzip", "text/plain", gunzip, []string{"getui_push_quota_remaining"}},
		{"zstd", "", "zstd", "text/plain", unzstd, []string{"getui_push_quota_remaining"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := webtest.Get(h, "/metrics", "Accept", tt.accept, "Accept-Encoding", tt.encoding)
			if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), tt.contentType) || w.Header().Get("Content-Encoding") != tt.encoding {
				t.Fatalf("answered %d, %v", w.Code, w.Header())
			}
			var body io.Reader = w.Body
			if tt.decode != nil {
				body = tt.decode(body)
			}
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(tt.has, "engage_config_last_reload_successful 1", "promhttp_metric_handler_requests_total", "engage_read_duration_seconds_count", `engage_config_hash_info{sha256="`) {
				if !bytes.Contains(text, []byte(want)) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
		})
	}
}

// The page answers 200 whatever the vendor does: its failure is a sample.
func TestMetricsWhileTheVendorFails(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	for _, tt := range []struct {
		name, url, reason string
	}{
		{"refused", dead.URL, "network"},
		{"500", vendor(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }).URL, "http"},
		{"HTML", vendor(t, webtest.Answer("<html>")).URL, "malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := webtest.Get(newHandler(t, tt.url, nil, nil), "/metrics")
			if w.Code != 200 {
				t.Fatalf("answered %d: %s", w.Code, w.Body)
			}
			for _, want := range []string{
				`engage_endpoint_up{account="shop",api_endpoint="push_quota",vendor="getui"} 0`,
				`engage_endpoint_failing{account="shop",api_endpoint="push_quota",reason="` + tt.reason + `",vendor="getui"} 1`,
			} {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("no %q in\n%s", want, w.Body)
				}
			}
			for _, path := range []string{"/-/healthy", "/-/ready"} {
				if w := webtest.Get(newHandler(t, tt.url, nil, nil), path); w.Code != 200 {
					t.Errorf("%s answered %d", path, w.Code)
				}
			}
		})
	}
}

// The scrape waits no longer than Prometheus allows, less the offset.
func TestMetricsKeepTheScrapeTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webtest.NewSite(t, webtest.GeTui(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), webtest.Shops("shop"),
			func(o *web.Options, _ *collector.Options) { o.TimeoutOffset = 300 * time.Millisecond })
		began := time.Now()
		w := webtest.Get(h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "1.1")
		if took := time.Since(began); took != 800*time.Millisecond {
			t.Errorf("answered after %s, want 0.3s less than the 1.1s", took)
		}
		if !strings.Contains(w.Body.String(), `engage_endpoint_up{account="shop",api_endpoint="push_quota",vendor="getui"} 0`) {
			t.Errorf("the slow endpoint is not shown:\n%s", w.Body)
		}
	})
}

func TestMetricsWithoutAccounts(t *testing.T) {
	w := webtest.Get(newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) { o.WithoutAccounts = true }), "/metrics")
	if body := w.Body.String(); strings.Contains(body, "getui_") || !strings.Contains(body, "engage_config_hash_info") {
		t.Errorf("got\n%s", body)
	}
}

func TestPages(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	for _, tt := range []struct {
		method, path string
		status       int
		has          string
	}{
		{"GET", "/", 200, `href="./metrics"`},
		{"GET", "/", 200, "1.2.3"},
		{"GET", "/-/healthy", 200, "healthy"},
		{"GET", "/-/ready", 200, "ready"},
		{"GET", "/config", 200, "master_secret: <secret>"},
		{"GET", "/sd", 200, `"__param_target":"getui/shop"`},
		{"POST", "http://127.0.0.1/-/reload", 403, "start with --web.enable-lifecycle, or send SIGHUP"},
		{"GET", "/-/reload", 405, ""},
		{"GET", "/probe", 400, "target=VENDOR/ACCOUNT"},
		{"GET", "/probe?target=getui/shop&target=getui/shop", 400, "target=VENDOR/ACCOUNT once"},
		{"GET", "/probe?target=getui", 404, `target "getui": want VENDOR/ACCOUNT`},
		{"GET", "/probe?target=getui/nobody", 404, `unknown target "getui/nobody"`},
		{"GET", "/probe?target=getui/shop&debug=maybe", 400, `debug="maybe"`},
		{"GET", "/probe?target=getui/shop", 200, `getui_push_quota_remaining{account="shop"`},
		{"POST", "/probe?target=getui/shop", 405, ""},
		{"POST", "/sd", 405, ""},
		{"POST", "/config", 405, ""},
		{"GET", "/debug/pprof/", 200, "goroutine"},
		{"HEAD", "/-/healthy", 200, ""},
		{"GET", "/nowhere", 404, ""},
		{"POST", "/debug/pprof/symbol", 405, ""},
		{"GET", "/debug/pprof/profile?seconds=121", 400, `seconds="121": want a number above 0, at most 120`},
		{"GET", "/debug/pprof/trace?seconds=NaN", 400, `seconds="NaN": want a number above 0, at most 120`},
		{"GET", "/-/refresh", 405, ""},
		{"POST", "http://127.0.0.1:9787/-/refresh", 200, "what was due has been refreshed"},
		{"POST", "http://rebound.example/-/refresh", 403, `the request names the host "rebound.example"`},
		{"POST", "/metrics", 405, ""},
		{"POST", "/-/healthy", 405, ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, http.NoBody))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.has) {
				t.Errorf("answered %d, want %d with %q:\n%s", w.Code, tt.status, tt.has, w.Body)
			}
		})
	}
}

func TestMetricsPathMayBeAnotherOne(t *testing.T) {
	for _, path := range []string{"/probe/metrics", "/-/readyx", "/m"} {
		h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) { o.MetricsPath = path })
		if w := webtest.Get(h, path); w.Code != 200 || !strings.Contains(w.Body.String(), "getui_push_quota_remaining") {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
}

func TestMetricsPathIsChecked(t *testing.T) {
	for path, want := range map[string]string{
		"/":              `--web.telemetry-path=/: another page has this path, choose another`,
		"/probe":         `--web.telemetry-path=/probe: another page has this path, choose another`,
		"/sd":            `--web.telemetry-path=/sd: another page has this path, choose another`,
		"/config":        `--web.telemetry-path=/config: another page has this path, choose another`,
		"/-/reload":      `--web.telemetry-path=/-/reload: another page has this path, choose another`,
		"/-/healthy":     `--web.telemetry-path=/-/healthy: another page has this path, choose another`,
		"/debug/pprof/x": `--web.telemetry-path=/debug/pprof/x: another page has this path, choose another`,
		"/debug":         `--web.telemetry-path=/debug: another page has this path, choose another`,
		"metrics":        `--web.telemetry-path=metrics: want a plain path that begins with / and ends without, such as /metrics`,
		"":               `--web.telemetry-path=: want a plain path that begins with / and ends without, such as /metrics`,
		"/a b":           `--web.telemetry-path=/a b: want a plain path that begins with / and ends without, such as /metrics`,
		"/{x}":           `--web.telemetry-path=/{x}: want a plain path that begins with / and ends without, such as /metrics`,
		"//m":            `--web.telemetry-path=//m: want a plain path that begins with / and ends without, such as /metrics`,
		"/a/../b":        `--web.telemetry-path=/a/../b: want a plain path that begins with / and ends without, such as /metrics`,
		"/metrics/":      `--web.telemetry-path=/metrics/: want a plain path that begins with / and ends without, such as /metrics`,
	} {
		_, err := web.NewHandler(web.Options{Registry: prometheus.NewRegistry(), MetricsPath: path})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}
