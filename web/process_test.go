package web_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// collectFunc collects metrics that nobody described.
type collectFunc func(chan<- prometheus.Metric)

// Describe implements prometheus.Collector.
func (collectFunc) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (f collectFunc) Collect(to chan<- prometheus.Metric) { f(to) }

// The process's metrics are on the page among the others, in order, and what fails of them costs no others.
func TestProcessMetrics(t *testing.T) {
	failing := collectFunc(func(to chan<- prometheus.Metric) {
		to <- prometheus.NewInvalidMetric(prometheus.NewDesc("acme", "Acme.", nil, nil), errors.New("no /proc here"))
	})
	for name, more := range map[string][]prometheus.Collector{"gathered": nil, "failing": {failing}} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) {
				for _, c := range append(more, collectors.NewGoCollector()) {
					o.Registry.MustRegister(c)
				}
			})
			w := webtest.Get(h, "/metrics")
			page := w.Body.String()
			if w.Code != 200 {
				t.Fatalf("answered %d: %s", w.Code, page)
			}
			last := -1
			for _, family := range []string{"engage_endpoint_up", "getui_push_quota_remaining", "go_goroutines", "promhttp_metric_handler_errors_total"} {
				at := strings.Index(page, "# HELP "+family+" ")
				if at <= last {
					t.Errorf("%s is at %d, want it behind %d:\n%s", family, at, last, page)
				}
				last = at
			}
			if failed := strings.Contains(webtest.Get(h, "/metrics").Body.String(), `promhttp_metric_handler_errors_total{cause="gathering"} 1`); failed != (name == "failing") {
				t.Errorf("the failure is counted: %t", failed)
			}
		})
	}
}

// Both pages have the same families. The OpenMetrics page has no line for a unit, which Prometheus would carry over to
// the families after it, and no name twice.
func TestProcessMetricsInOpenMetrics(t *testing.T) {
	units := prometheus.NewGauge(prometheus.GaugeOpts{Name: "acme_size_bytes", Help: "A size.", Unit: "bytes"})
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) {
		o.Registry.MustRegister(collectors.NewGoCollector(), units)
	})
	page := webtest.Get(h, "/metrics", "Accept", "application/openmetrics-text;version=1.0.0").Body.String()
	if !strings.HasSuffix(page, "# EOF\n") {
		t.Fatalf("it is no OpenMetrics page:\n%s", page)
	}
	if strings.Contains(page, "\n# UNIT ") {
		t.Errorf("there is a line for a unit:\n%s", page)
	}
	families := func(page string) (names []string) {
		for line := range strings.Lines(page) {
			if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
				name, kind, _ := strings.Cut(strings.TrimSpace(rest), " ")
				if kind == "counter" {
					name = strings.TrimSuffix(name, "_total")
				}
				names = append(names, name)
			}
		}
		return names
	}
	open, text := families(page), families(webtest.Get(h, "/metrics").Body.String())
	for i, name := range open {
		if slices.Contains(open[:i], name) {
			t.Errorf("the name %s stands twice", name)
		}
	}
	if !slices.Contains(open, "acme_size_bytes") || !slices.Contains(open, "go_memstats_alloc_bytes") || !slices.Equal(open, text) {
		t.Errorf("OpenMetrics has %q, the text page %q", open, text)
	}
}

// The kernel is asked about the process after the requests to the vendors have been sent, and while they are in flight.
func TestProcessMetricsAreGatheredAfterRequestsAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent, answered atomic.Int64
		vendors := webtest.GeTui(func(w http.ResponseWriter, r *http.Request) {
			sent.Add(1)
			time.Sleep(time.Second)
			answered.Add(1)
			webtest.Answer(webtest.Quota)(w, r)
		})
		var seen []int64 // requests sent and answered, at each gathering
		process := collectFunc(func(chan<- prometheus.Metric) { seen = append(seen, sent.Load(), answered.Load()) })
		h := webtest.NewSite(t, vendors, webtest.Shops("shop", "mall"), func(o *web.Options, _ *collector.Options) {
			o.Registry.MustRegister(process)
		})
		webtest.Scrape(t, h)
		webtest.Scrape(t, h) // nothing is due
		if want := []int64{4, 0, 4, 4}; !slices.Equal(seen, want) {
			t.Errorf("gathered with requests sent and answered %d, want %d", seen, want)
		}
	})
}
