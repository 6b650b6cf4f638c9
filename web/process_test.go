package web_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/web"
)

// failing gathers what the registry has, and fails.
type failing struct{ *prometheus.Registry }

// Gather implements prometheus.Gatherer.
func (f failing) Gather() ([]*dto.MetricFamily, error) {
	families, err := f.Registry.Gather()
	return families, errors.Join(err, errors.New("no /proc here"))
}

// The process's metrics are on the page among the others, in order, and what fails of them costs no others.
func TestProcessMetrics(t *testing.T) {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector())
	for name, gatherer := range map[string]prometheus.Gatherer{"gathered": process, "failing": failing{process}} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, vendor(t, answer(quota)).URL, nil, func(o *web.Options) { o.Process = gatherer })
			w := get(h, "/metrics")
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
			if failed := strings.Contains(get(h, "/metrics").Body.String(), `promhttp_metric_handler_errors_total{cause="gathering"} 1`); failed != (name == "failing") {
				t.Errorf("the failure is counted: %t", failed)
			}
		})
	}
}
