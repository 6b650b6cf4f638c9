package web

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// serveConfig answers with the configuration in force, without its secrets.
func serveConfig(masked func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := masked()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(text)
	}
}

// ErrReloadUnderWay is returned by Options.Reload if another reload has not ended yet.
var ErrReloadUnderWay = errors.New("another reload is in progress: try again when it has finished")

// serveReload reloads the configuration. What is wrong with it is in the answer, which is then not 200.
func serveReload(reload func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if reload == nil {
			http.Error(w, "reload over HTTP is disabled: start with --web.enable-lifecycle, or send SIGHUP", http.StatusForbidden)
			return
		}
		err := reload()
		if errors.Is(err, ErrReloadUnderWay) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		if err != nil {
			http.Error(w, fmt.Sprintf("the configuration stays as it was: %v", err), http.StatusInternalServerError)
			return
		}
		says("configuration reloaded")(w, nil)
	}
}

var (
	reloadSuccessful = prometheus.NewDesc("engage_config_last_reload_successful",
		"1 if the last attempt to load the configuration succeeded, 0 if it failed and the previous one is still used.", nil, nil)
	reloadTime = prometheus.NewDesc("engage_config_last_reload_success_timestamp_seconds",
		"Unix time when the current configuration was loaded.", nil, nil)
	configHash = prometheus.NewDesc("engage_config_hash_info",
		"SHA-256 of the current configuration file; always 1.", []string{"sha256"}, nil)
)

// ConfigMetrics tell which configuration is in force, and whether the last attempt to load one succeeded. They change
// together: no scrape sees half of a reload.
type ConfigMetrics struct {
	mu         sync.Mutex
	sha256     string // "" before the first
	at         time.Time
	successful float64
}

// NewConfigMetrics makes the metrics and registers them.
func NewConfigMetrics(registerer prometheus.Registerer) *ConfigMetrics {
	m := &ConfigMetrics{}
	registerer.MustRegister(m)
	return m
}

// Loaded records that a configuration came into force at the given time.
func (m *ConfigMetrics) Loaded(sha256 string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sha256, m.at, m.successful = sha256, at, 1
}

// Failed records that an attempt to load a configuration failed, and that the one before stays in force.
func (m *ConfigMetrics) Failed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.successful = 0
}

// Describe implements prometheus.Collector.
func (m *ConfigMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- reloadSuccessful
	ch <- reloadTime
	ch <- configHash
}

// Collect implements prometheus.Collector.
func (m *ConfigMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(reloadSuccessful, prometheus.GaugeValue, m.successful)
	if m.sha256 != "" {
		ch <- prometheus.MustNewConstMetric(reloadTime, prometheus.GaugeValue, float64(m.at.UnixMilli())/1000)
		ch <- prometheus.MustNewConstMetric(configHash, prometheus.GaugeValue, 1, m.sha256)
	}
}

// RegisterShard registers a metric with the part of the accounts the exporter has, such as "1/4"; none where
// it has all ("").
func RegisterShard(registerer prometheus.Registerer, shard string) {
	if shard == "" {
		return
	}
	registerer.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "engage_shard_info", Help: "Which part of the configured accounts this exporter reads; always 1.",
		ConstLabels: prometheus.Labels{"shard": shard},
	}, func() float64 { return 1 }))
}
