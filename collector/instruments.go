package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Instruments are the exporter's metrics that belong to the process and not to one configuration.
type Instruments struct {
	readDuration *prometheus.HistogramVec
}

// NewInstruments makes the process's metrics and registers them.
func NewInstruments(registerer prometheus.Registerer) *Instruments {
	i := &Instruments{readDuration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: readDurationName, Help: readDurationHelp,
		// The text formats have no native histograms: these are for them.
		Buckets:                         []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, []string{"vendor", "api_endpoint"})}
	registerer.MustRegister(i.readDuration)
	return i
}
