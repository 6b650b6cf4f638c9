package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ConfigMetrics tell which configuration is in force, and whether the last attempt to load one succeeded.
type ConfigMetrics struct {
	successful prometheus.Gauge
	loadedAt   prometheus.Gauge
	hash       *prometheus.GaugeVec
}

// NewConfigMetrics makes the metrics and registers them.
func NewConfigMetrics(registerer prometheus.Registerer) *ConfigMetrics {
	m := &ConfigMetrics{
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "engage_config_last_reload_successful", Help: "1 if the last attempt to load the configuration succeeded, 0 if it failed and the one before stays in force.",
		}),
		loadedAt: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "engage_config_last_reload_success_timestamp_seconds", Help: "When the configuration in force was loaded.",
		}),
		hash: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "engage_config_hash_info", Help: "SHA-256 of the configuration file in force; always 1.",
		}, []string{"sha256"}),
	}
	registerer.MustRegister(m.successful, m.loadedAt, m.hash)
	return m
}

// Loaded records that a configuration came into force at the given time.
func (m *ConfigMetrics) Loaded(sha256 string, at time.Time) {
	m.successful.Set(1)
	m.loadedAt.Set(float64(at.UnixMilli()) / 1000)
	m.hash.Reset()
	m.hash.WithLabelValues(sha256).Set(1)
}
