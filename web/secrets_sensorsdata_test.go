package web_test

import (
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// sensorsdataSecret has characters that are escaped in a query.
const sensorsdataSecret = "planted/secret+1&x"

// newSensorsdataHandler is the exporter's handler for a Sensors Data account, whose secret stands in the query or a
// header of each request. rt may be nil.
func newSensorsdataHandler(t *testing.T, baseURL, secretIn, httpClient string, logger log.Logger, rt http.RoundTripper) http.Handler {
	t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(fmt.Sprintf("sensorsdata:\n  - {account: ebiz, base_url: '%s', api_secret: '%s', secret_in: %s, timeout: 2s, http_client: {%s}, tags: [15],\n"+
		"     segments: [{name: vip, filter: {a: 1}}]}\n", baseURL, sensorsdataSecret, secretIn, httpClient)), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	registry, instruments := prometheus.NewRegistry(), collector.NewInstruments()
	set, err := collector.New(cfg, collector.Options{Logger: logger, Instruments: instruments, RoundTripper: rt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	h, err := web.NewHandler(web.Options{
		Logger: logger, Registry: registry, Reads: instruments, Accounts: func() *collector.Set { return set },
		MetricsPath: "/metrics", TimeoutOffset: 500 * time.Millisecond, Version: "1.2.3",
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Whatever becomes of a request that holds the secret, neither that nor the URL's query reaches the log (at debug
// level), the standard log, the metrics or a page.
func TestSecretInARequestReachesNothing(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	// quote is what a careless server says of a request.
	quote := func(r *http.Request) string {
		token := r.URL.Query().Get("token") + r.Header.Get("sensorsdata-token")
		return strings.Join([]string{r.URL.String(), r.RequestURI, token, strings.ToLower(r.URL.RawQuery), url.PathEscape(token)}, " ")
	}
	quoting := func(status int) string {
		return server(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":%q,"code":%q,"request_id":%q}`, quote(r), quote(r), quote(r))
		})
	}
	// quotingStatus quotes the request in its status line.
	quotingStatus := server(t, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 407 %s %s refused\r\n\r\n", r.Method, strings.ReplaceAll(quote(r), " ", ","))
	})

	for _, tt := range []struct {
		name       string
		url        string
		httpClient string
		rt         http.RoundTripper
		has        string // what the log must say all the same
	}{
		{"refusing", quoting(401), "", nil, "auth: answered 401"},
		{"forbidding", quoting(403), "", nil, "rejected: answered 403"},
		{"rejecting", quoting(400), "", nil, "rejected: answered 400"},
		{"broken", quoting(502), "", nil, "http: answered 502"},
		{"rejecting under 200", quoting(200), "", nil, "rejected: answered 200"},
		{"answering with a page", server(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>"+quote(r)) }), "", nil, "malformed"},
		{"answering with nothing but the request", server(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, quote(r)) }), "", nil, "malformed"},
		{"redirecting", server(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/?"+r.URL.RawQuery, http.StatusFound)
		}), "", nil, "302"},
		{"dead", dead.URL, "", nil, "connection refused"},
		{"hanging up", raw(t, ""), "", nil, "closed before an answer came"},
		{"no HTTP", quotingStatus, "", nil, "answered 407"},
		{"behind a proxy that quotes the request", "http://vendor.example", "proxy_url: '" + quotingStatus + "'", nil, "answered 407"},
		{"behind a proxy that is not there", "http://vendor.example", "proxy_url: '" + dead.URL + "'", nil, "proxy"},
		{"beyond a read that panics", "http://vendor.example", "", webtest.RoundTripper(func(r *http.Request) (*http.Response, error) { panic("GET " + r.URL.String()) }), "read panicked"},
		{"beyond a read that panics with an error", "http://vendor.example", "", webtest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			panic(&url.Error{Op: "Get", URL: r.URL.String(), Err: io.EOF})
		}), "panic of type *url.Error"},
		{"with an error that quotes the URL", "http://vendor.example", "", webtest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("sent: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: fmt.Errorf("lost %s", r.URL)})
		}), "network"},
	} {
		for _, secretIn := range []string{"query", "header"} {
			t.Run(tt.name+"/"+secretIn, func(t *testing.T) {
				buffer, standard := &testkit.Output{}, &testkit.Output{}
				defer stdlog.SetOutput(stdlog.Writer())
				stdlog.SetOutput(standard)
				h := newSensorsdataHandler(t, tt.url, secretIn, tt.httpClient, log.NewLogfmtLogger(buffer), tt.rt)
				var out strings.Builder
				for _, path := range []string{"/metrics", "/metrics", "/", "/-/healthy", "/-/ready"} {
					out.WriteString(webtest.Get(h, path).Body.String())
				}
				if logged := buffer.String(); !strings.Contains(logged, tt.has) {
					t.Errorf("the log does not say what happened (no %q):\n%s", tt.has, logged)
				}
				out.WriteString(buffer.String() + standard.String())
				for _, secret := range []string{"planted", "secret%2B1", "secret+1", url.QueryEscape(sensorsdataSecret)} {
					if strings.Contains(out.String(), secret) {
						t.Errorf("%q got out:\n%s", secret, out.String())
					}
				}
			})
		}
	}
}
