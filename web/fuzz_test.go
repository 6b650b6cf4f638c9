package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// fuzzSite is the exporter with two accounts, whose vendor answers within the process.
func fuzzSite(f *testing.F) http.Handler {
	f.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(webtest.Shops("shop", "a<b>&\"'é")), config.Options{})
	if err != nil {
		f.Fatal(err)
	}
	set, err := collector.New(cfg, collector.Options{RoundTripper: webtest.GeTui(webtest.Answer(webtest.Quota))})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(set.Close)
	h, err := web.NewHandler(web.Options{Registry: prometheus.NewRegistry(), Accounts: func() *collector.Set { return set }, MetricsPath: "/metrics", Version: "1.2.3"})
	if err != nil {
		f.Fatal(err)
	}
	return h
}

// ask sends a request whose query and host are anyone's, past a client that would refuse to send them.
func ask(h http.Handler, path, query, host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.URL.RawQuery, r.Host = query, host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// FuzzProbe takes any query and scrape timeout for a probe: an account that exists gives an exposition, all else a
// short answer that is no markup.
func FuzzProbe(f *testing.F) {
	for _, seed := range [][2]string{
		{"target=getui/shop", "10"}, {"target=getui/shop&debug=true", "NaN"}, {"target=getui/a%3Cb%3E%26%22%27%C3%A9&debug=1", "-1"}, {"target=getui/none", "1e300"}, {"target=%zz", "0"},
		{"target=getui/shop;debug=1", ""}, {"target=getui/shop&target=polyv/x", "0x10"}, {"target=" + strings.Repeat("%3Cscript%3E%0A", 50), ""}, {"debug=%ff&target=getui/shop", "1e-9"}, {"", "+Inf"},
	} {
		f.Add(seed[0], seed[1])
	}
	h := fuzzSite(f)
	f.Fuzz(func(t *testing.T, query, timeout string) {
		r := httptest.NewRequest(http.MethodGet, "/probe", http.NoBody)
		r.URL.RawQuery = query
		r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", timeout)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		asked := r.URL.Query()["target"]
		exists := len(asked) == 1 && (asked[0] == "getui/shop" || asked[0] == "getui/a<b>&\"'é")
		switch {
		case w.Code == http.StatusOK && exists:
			parser := expfmt.NewTextParser(model.UTF8Validation)
			families, err := parser.TextToMetricFamilies(w.Body)
			if err != nil || families["engage_endpoint_up"] == nil {
				t.Errorf("it is no exposition: %v", err)
			}
		case w.Code != http.StatusBadRequest && (exists || w.Code != http.StatusNotFound):
			t.Errorf("answered %d: %s", w.Code, w.Body)
		case w.Body.Len() > 2000 || !utf8.Valid(w.Body.Bytes()) || strings.Count(w.Body.String(), "\n") != 1:
			t.Errorf("%d with %d bytes: %q", w.Code, w.Body.Len(), w.Body)
		case w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain"):
			t.Errorf("headers %v", w.Header())
		}
	})
}

// FuzzDiscovery takes any query and host for discovery: the answer is a list of the accounts, whatever they are.
// Without a host there is none.
func FuzzDiscovery(f *testing.F) {
	for _, seed := range [][2]string{{"", "exporter.example:9787"}, {"", ""}, {"x=%zz", "[::1]:1"}, {"", `"],"labels":{"__address__":"evil"`}, {"", "\xff<script>"}} {
		f.Add(seed[0], seed[1])
	}
	h := fuzzSite(f)
	f.Fuzz(func(t *testing.T, query, host string) {
		w := ask(h, "/sd", query, host)
		if host == "" { // which targets would have for their address
			if w.Code != http.StatusBadRequest || w.Body.Len() > 2000 {
				t.Errorf("without a host it is answered %d: %s", w.Code, w.Body)
			}
			return
		}
		var groups []struct {
			Targets []string
			Labels  map[string]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &groups); err != nil || w.Code != http.StatusOK || len(groups) != 2 {
			t.Fatalf("answered %d, %v: %s", w.Code, err, w.Body)
		}
		for i, account := range []string{"a<b>&\"'é", "shop"} {
			g := groups[i]
			if len(g.Targets) != 1 || utf8.ValidString(host) && g.Targets[0] != host || g.Labels["__param_target"] != "getui/"+account || len(g.Labels) != 3 {
				t.Errorf("got %+v", g)
			}
		}
	})
}

var (
	// mark is where a browser may see markup begin.
	mark  = regexp.MustCompile(`<[^\s>{<=]+`)
	links = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
)

// FuzzStatusPage takes any query for the status page: it is the page, no larger for it, and has no markup but its own.
func FuzzStatusPage(f *testing.F) {
	for _, seed := range []string{
		"", "vendor=getui&search=shop&failing=1&refresh=300&page=2", "page=-1", "page=99999999999999999999", "refresh=0", "search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "vendor=javascript:alert(1)",
		"search=" + strings.Repeat("%C3%A9", 300), "search=%ff%00%0a", "failing=maybe", "%zz;=&&", "search=getui/shop", "page=9223372036854775807",
	} {
		f.Add(seed)
	}
	h := fuzzSite(f)
	template, err := os.ReadFile("status/page.html")
	if err != nil {
		f.Fatal(err)
	}
	own := mark.FindAllString(string(template), -1)
	f.Fuzz(func(t *testing.T, query string) {
		w := ask(h, "/", query, "exporter.example")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Fatalf("answered %d, %v", w.Code, w.Header())
		}
		if w.Body.Len() > 64<<10 || !utf8.Valid(w.Body.Bytes()) || !strings.HasSuffix(strings.TrimSpace(w.Body.String()), "</html>") {
			t.Errorf("%d bytes", w.Body.Len())
		}
		for _, link := range links.FindAllStringSubmatch(w.Body.String(), -1) {
			if u, err := url.Parse(html.UnescapeString(link[1])); err != nil || u.Scheme != "" && u.Scheme != "data" || u.Host != "" {
				t.Errorf("it links to %q", link[1])
			}
		}
		for _, found := range mark.FindAllString(webtest.Styles.ReplaceAllString(w.Body.String(), ""), -1) {
			if !slices.Contains(own, found) {
				t.Errorf("it has the mark %s", found)
			}
		}
	})
}
