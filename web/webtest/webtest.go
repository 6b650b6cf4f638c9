// Package webtest is what the tests of the web side share.
package webtest

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
)

// GeTui is GeTui within the process, for under a fake clock no real network can be used: the function answers all
// but logins.
type GeTui http.HandlerFunc

// RoundTrip implements http.RoundTripper.
func (f GeTui) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	w := httptest.NewRecorder()
	if strings.HasSuffix(r.URL.Path, "/auth") {
		w.WriteString(`{"code":0,"data":{"expire_time":"4102444800000","token":"t0ken-planted-by-vendor"}}`)
	} else {
		f(w, r)
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// Shops is the configuration of accounts at GeTui that read their push quota and the users online. The host of each is
// its number: "0.example".
func Shops(names ...string) string {
	var b strings.Builder
	b.WriteString("getui:\n")
	for i, name := range names {
		fmt.Fprintf(&b, "  - {account: %q, app_id: APP%d, app_key: app-key-planted, master_secret: master-secret-planted, base_url: 'http://%d.example/v2', endpoints: {push_day: {enabled: false}, user_day: {enabled: false}}}\n", name, i, i)
	}
	return b.String()
}

// Numbered returns n names in the format.
func Numbered(format string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i)
	}
	return names
}

// NewSite is the exporter with the configuration, its vendors in the process.
func NewSite(t *testing.T, vendors http.RoundTripper, yaml string, change func(*web.Options, *collector.Options)) http.Handler {
	t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	collectors := collector.Options{RoundTripper: vendors}
	o := web.Options{Registry: prometheus.NewRegistry(), MetricsPath: "/metrics", Version: "1.2.3"}
	if change != nil {
		change(&o, &collectors)
	}
	set, err := collector.New(cfg, collectors)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	o.Accounts = func() *collector.Set { return set }
	h, err := web.NewHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Scrape reads all that is due.
func Scrape(t *testing.T, h http.Handler) {
	t.Helper()
	if w := Get(h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "60"); w.Code != http.StatusOK {
		t.Fatalf("the scrape answered %d: %s", w.Code, w.Body)
	}
}

// StatusPage is the status page as it is sent.
func StatusPage(t *testing.T, h http.Handler, query string) string {
	t.Helper()
	w := Get(h, "/"+query)
	if w.Code != http.StatusOK {
		t.Fatalf("/%s answered %d: %s", query, w.Code, w.Body)
	}
	return w.Body.String()
}

// Styles matches the style of a page.
var Styles = regexp.MustCompile(`(?s)<style>.*?</style>`)

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
	// failures are the reports of failing endpoints in the words of a page: "polyv/academy playback_today: http".
	failures = regexp.MustCompile(`[a-z]+/\S+ [a-z_]+(?:, [a-z_]+)*: [a-z_]+`)
)

// Words are what a reader of the page reads, in one line.
func Words(page string) string {
	return blanks.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(Styles.ReplaceAllString(page, ""), " ")), " ")
}

// Part is what stands in the page between two texts.
func Part(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	inside, _, found := strings.Cut(rest, to)
	if !ok || !found {
		t.Fatalf("no part from %q to %q in\n%s", from, to, page)
	}
	return inside
}

// WantWords reports each text that is not among the page's words.
func WantWords(t *testing.T, page string, want ...string) {
	t.Helper()
	text := Words(page)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in the page, whose reports of failures are %q:\n%s", w, failures.FindAllString(text, 5), text)
		}
	}
}

// Quota is GeTui's answer of a push quota.
const Quota = `{"code":0,"data":{"gt":{"app":{"total_num":3000,"limit":false,"remain_num":12}}}}`

// Answer returns the handler that answers with the body.
func Answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

// Working answers as a vendor whose accounts have used part of their quota.
func Working(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/online_user") {
		fmt.Fprintf(w, `{"code":0,"data":{"online_statics":{"%d":40}}}`, time.Now().UnixMilli())
		return
	}
	io.WriteString(w, Quota)
}

// Get returns the answer to a request with the headers, which are pairs of name and value.
func Get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// RoundTripper is a function as a network.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f RoundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
