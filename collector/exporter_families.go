package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// exporterFamily is a family about the exporter itself. Its samples have the label vendor beside those named.
type exporterFamily struct {
	name, help string
	labels     []string // sorted, as an exposition needs them; all come before "vendor" in the alphabet
	kind       dto.MetricType
}

// The families that are exposed for each account or endpoint, in the order of the docs page.
var (
	endpointUp = exporterFamily{"engage_endpoint_up",
		"1 if the last finished read of the endpoint succeeded, with all its items; 0 if it failed or none has finished yet.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointFailing = exporterFamily{"engage_endpoint_failing",
		"1 for each reason for which the endpoint, or one of its items, fails at present; absent while it does not fail.",
		[]string{"account", "api_endpoint", "reason"}, dto.MetricType_GAUGE}
	endpointLastSuccess = exporterFamily{"engage_endpoint_last_success_timestamp_seconds",
		"When the served snapshot was read, its oldest item counting; of the one last served where none is served any " +
			"more; absent before the first.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointDuration = exporterFamily{"engage_endpoint_last_read_duration_seconds",
		"How long the last finished read of the endpoint took, waits for the exporter's own limits included.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointSamples = exporterFamily{"engage_endpoint_samples",
		"Samples in the served snapshot of the endpoint.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointMinInterval = exporterFamily{"engage_endpoint_min_interval_seconds",
		"Configured shortest interval between two reads of the endpoint.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointDropped = exporterFamily{"engage_endpoint_dropped_samples",
		"Samples that the answers behind the snapshot should have given and that are not served: beyond " +
			"max_samples_per_endpoint, no usable number, out of the possible range, or a label set given twice.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointMissing = exporterFamily{"engage_endpoint_missing_items",
		"What the answers behind the snapshot lack: each requested item that is not in them, each row that must be " +
			"there, each documented field that no row has.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointFailures = exporterFamily{"engage_endpoint_failures_total",
		"Reads of the endpoint that failed, each item counted, for whatever reason; 0 from the start.",
		[]string{"account", "api_endpoint"}, dto.MetricType_COUNTER}
	endpointReads = exporterFamily{"engage_endpoint_reads_total",
		"Reads of the endpoint that finished, each item counted, by result; success, rate_limited and throttled from 0 " +
			"at the start, the others from their first read.",
		[]string{"account", "api_endpoint", "result"}, dto.MetricType_COUNTER}
	vendorRequests = exporterFamily{"engage_vendor_requests_total",
		"HTTP requests sent to the vendor, by status code; error where no answer came.",
		[]string{"account", "code"}, dto.MetricType_COUNTER}
	throttleWait = exporterFamily{"engage_throttle_wait_seconds_total",
		"Time that requests waited for the exporter's own limits: requests in flight and requests per minute.",
		[]string{"account"}, dto.MetricType_COUNTER}
	vendorAccounts = exporterFamily{"engage_accounts",
		"Accounts configured for the vendor, of a shard those in it.",
		nil, dto.MetricType_GAUGE}
)

var exporterFamilies = []*exporterFamily{
	&endpointUp, &endpointFailing, &endpointLastSuccess, &endpointDuration, &endpointSamples, &endpointDropped,
	&endpointMissing, &endpointMinInterval, &endpointFailures, &endpointReads,
	&vendorRequests, &throttleWait, &vendorAccounts,
}

// readDurationName is the histogram of all accounts together, registered once for the process.
const (
	readDurationName = "engage_read_duration_seconds"
	readDurationHelp = "How long reads of an endpoint took, over all accounts."
)

// desc returns the family's descriptor for one vendor. The vendor is a constant label, so that each vendor's collector
// describes the family for itself.
func (f *exporterFamily) desc(vendor string) *prometheus.Desc {
	return prometheus.NewDesc(f.name, f.help, f.labels, prometheus.Labels{"vendor": vendor})
}

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
