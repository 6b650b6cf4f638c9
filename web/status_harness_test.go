package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
)

// getuiAPI is GeTui within the process, for under a fake clock no real network can be used: the function answers all
// but logins.
type getuiAPI http.HandlerFunc

// RoundTrip implements http.RoundTripper.
func (f getuiAPI) RoundTrip(r *http.Request) (*http.Response, error) {
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

// shops is the configuration of accounts at GeTui that read their push quota and the users online. The host of each is
// its number: "0.example".
func shops(names ...string) string {
	var b strings.Builder
	b.WriteString("getui:\n")
	for i, name := range names {
		fmt.Fprintf(&b, "  - {account: %q, app_id: APP%d, app_key: app-key-planted, master_secret: master-secret-planted, base_url: 'http://%d.example/v2', endpoints: {push_day: {enabled: false}, user_day: {enabled: false}}}\n", name, i, i)
	}
	return b.String()
}

func numbered(format string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i)
	}
	return names
}

// newStatusSite is the exporter with the configuration, its vendors in the process.
func newStatusSite(t *testing.T, vendors http.RoundTripper, yaml string, change func(*web.Options, *collector.Options)) http.Handler {
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

// scrape reads all that is due.
func scrape(t *testing.T, h http.Handler) {
	t.Helper()
	if w := get(h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "60"); w.Code != http.StatusOK {
		t.Fatalf("the scrape answered %d: %s", w.Code, w.Body)
	}
}

// statusPage is the status page as it is sent.
func statusPage(t *testing.T, h http.Handler, query string) string {
	t.Helper()
	w := get(h, "/"+query)
	if w.Code != http.StatusOK {
		t.Fatalf("/%s answered %d: %s", query, w.Code, w.Body)
	}
	return w.Body.String()
}

var (
	styles = regexp.MustCompile(`(?s)<style>.*?</style>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// words are what a reader of the page reads, in one line.
func words(page string) string {
	return blanks.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(styles.ReplaceAllString(page, ""), " ")), " ")
}

// part is what stands in the page between two texts.
func part(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	inside, _, found := strings.Cut(rest, to)
	if !ok || !found {
		t.Fatalf("no part from %q to %q in\n%s", from, to, page)
	}
	return inside
}

func wantWords(t *testing.T, page string, want ...string) {
	t.Helper()
	text := words(page)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}
