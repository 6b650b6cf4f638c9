package web

import "github.com/prometheus/client_golang/prometheus"

// RegisterShard registers a metric that tells which part of the accounts the exporter has, such as "1/4"; none where
// it has all ("").
func RegisterShard(registerer prometheus.Registerer, shard string) {
	if shard == "" {
		return
	}
	registerer.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "engage_shard_info", Help: "Which part of the configured accounts this exporter reads; always 1.", ConstLabels: prometheus.Labels{"shard": shard},
	}, func() float64 { return 1 }))
}
