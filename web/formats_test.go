package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// Every format that a scraper may ask for has the same samples.
func TestPageInEachFormat(t *testing.T) {
	h := webtest.NewSite(t, webtest.GeTui(webtest.Answer(webtest.Quota)), webtest.Shops("shop"), nil)
	webtest.Scrape(t, h)
	get := func(accept string) []string {
		return decodedPage(t, webtest.Get(h, "/probe?target=getui/shop", "Accept", accept).Result())
	}
	want := get("text/plain;version=0.0.4")
	if len(want) < 10 {
		t.Fatalf("%d samples: %q", len(want), want)
	}
	for name, accept := range map[string]string{
		"text for UTF-8":                "text/plain;version=1.0.0;escaping=allow-utf-8",
		"text with dots escaped":        "text/plain;version=1.0.0;escaping=dots",
		"OpenMetrics":                   "application/openmetrics-text;version=1.0.0",
		"OpenMetrics with dots escaped": "application/openmetrics-text;version=1.0.0;escaping=dots",
		"protobuf":                      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
	} {
		t.Run(name, func(t *testing.T) {
			if got := get(accept); !slices.Equal(got, want) {
				t.Errorf("got %q, the text format has %q", got, want)
			}
		})
	}
}

// A scraper may ask for single families.
func TestPageOfNamedFamilies(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	var names []string
	for line := range strings.Lines(webtest.Get(h, "/metrics?name[]=engage_endpoint_up&name[]=promhttp_metric_handler_errors_total").Body.String()) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			names = append(names, rest)
		}
	}
	if want := []string{"engage_endpoint_up gauge\n", "promhttp_metric_handler_errors_total counter\n"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

// A page of one piece has a Content-Length. A larger one is sent piece by piece.
func TestContentLengthOfPages(t *testing.T) {
	accounts := map[string]int{"small": 1, "large": 200}
	for _, c := range []struct {
		name, size, method, path, encoding string
		want                               bool
	}{
		{"small", "small", "GET", "/metrics", "identity", true},
		{"small, gzip", "small", "GET", "/metrics", "gzip", true},
		{"small, HEAD", "small", "HEAD", "/metrics", "identity", true},
		{"probe", "small", "GET", "/probe?target=getui/shop0", "identity", true},
		{"unknown target", "small", "GET", "/probe?target=getui/unknown", "identity", true},
		{"large", "large", "GET", "/metrics", "identity", false},
		{"large, gzip", "large", "GET", "/metrics", "gzip", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			vendor := webtest.GeTui(webtest.Answer(webtest.Quota))
			h := webtest.NewSite(t, vendor, webtest.Shops(webtest.Numbered("shop%d", accounts[c.size])...), nil)
			server := httptest.NewServer(h)
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", c.encoding)
			answer, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.ContentLength >= 0; got != c.want {
				t.Errorf("Content-Length %d, want one: %t", answer.ContentLength, c.want)
			}
			if c.want && c.method == "GET" && answer.ContentLength != int64(len(body)) {
				t.Errorf("Content-Length %d, the answer has %d bytes", answer.ContentLength, len(body))
			}
		})
	}
}

// decodedPage returns the samples of a page, sorted.
func decodedPage(t *testing.T, answer *http.Response) (all []string) {
	t.Helper()
	var body io.Reader = answer.Body
	format := expfmt.ResponseFormat(answer.Header)
	if format.FormatType() == expfmt.TypeUnknown { // OpenMetrics: its samples are those of the text format
		text, err := io.ReadAll(body)
		if err != nil || !strings.HasSuffix(string(text), "\n# EOF\n") {
			t.Fatalf("%v, the page does not end with EOF: %s", err, text)
		}
		format, body = expfmt.NewFormat(expfmt.TypeTextPlain), strings.NewReader(string(text))
	}
	decoder := expfmt.NewDecoder(body, format)
	for {
		var f dto.MetricFamily
		if err := decoder.Decode(&f); errors.Is(err, io.EOF) {
			slices.Sort(all)
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.GetMetric() {
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
			all = append(all, fmt.Sprint(f.GetName(), m.GetLabel(), value))
		}
	}
}
