package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// referenceArg makes this program the reference: plain client_golang that serves the samples of a file.
const referenceArg = "serve-reference"

// serveReference serves the exposition in a file as an exporter does that is written with client_golang's own means:
// at /metrics with metrics that were made once, at /rebuilt/metrics with metrics that each scrape makes anew. It
// prints where it listens.
func serveReference(out io.Writer, file string) error {
	listener, handler, err := listenAsReference(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Listening on address=%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	return server.Serve(listener)
}

// reference starts the reference with the samples of an exposition.
func (l *lab) reference(exposition string) (*process, error) {
	file := filepath.Join(l.dir, "exposition.txt")
	if err := os.WriteFile(file, []byte(exposition), 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return l.start(self, referenceArg, file)
}

// listenAsReference listens, and returns what serves the exposition in a file.
func listenAsReference(file string) (net.Listener, http.Handler, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the parent process names it
	if err != nil {
		return nil, nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(text)))
	if err != nil {
		return nil, nil, err
	}
	var plain plainCollector
	for name, f := range families {
		if f.GetType() == dto.MetricType_GAUGE || f.GetType() == dto.MetricType_COUNTER { // a few of the process are neither
			plain.add(name, f)
		}
	}
	mux := http.NewServeMux()
	for path, c := range map[string]prometheus.Collector{"/metrics": plain.prebuilt(), "/rebuilt/metrics": plain} {
		registry := prometheus.NewRegistry()
		if err := registry.Register(c); err != nil {
			return nil, nil, err
		}
		mux.Handle(path, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	return listener, mux, err
}

// plainCollector makes its metrics anew at each scrape.
type plainCollector struct {
	descs   []*prometheus.Desc
	samples []plainSample
}

type plainSample struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	value  float64
	labels []string
}

func (c *plainCollector) add(name string, f *dto.MetricFamily) {
	// All samples of a family have the same labels here, in the same order.
	var labels []string
	for _, pair := range f.GetMetric()[0].GetLabel() {
		labels = append(labels, pair.GetName())
	}
	desc := prometheus.NewDesc(name, f.GetHelp(), labels, nil)
	c.descs = append(c.descs, desc)
	for _, m := range f.GetMetric() {
		s := plainSample{desc: desc, kind: prometheus.GaugeValue, value: m.GetGauge().GetValue()}
		if m.Counter != nil {
			s.kind, s.value = prometheus.CounterValue, m.GetCounter().GetValue()
		}
		for _, pair := range m.GetLabel() {
			s.labels = append(s.labels, pair.GetValue())
		}
		c.samples = append(c.samples, s)
	}
}

func (s plainSample) metric() prometheus.Metric {
	return prometheus.MustNewConstMetric(s.desc, s.kind, s.value, s.labels...)
}

// Describe implements prometheus.Collector.
func (c plainCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c plainCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.samples {
		ch <- s.metric()
	}
}

// prebuiltCollector hands out metrics that were made once.
type prebuiltCollector struct {
	plainCollector
	metrics []prometheus.Metric
}

func (c plainCollector) prebuilt() prebuiltCollector {
	p := prebuiltCollector{plainCollector: c}
	for _, s := range c.samples {
		p.metrics = append(p.metrics, s.metric())
	}
	return p
}

// Collect implements prometheus.Collector.
func (c prebuiltCollector) Collect(ch chan<- prometheus.Metric) {
	for _, m := range c.metrics {
		ch <- m
	}
}
