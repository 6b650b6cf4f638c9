package collector

import (
	"errors"
	"slices"
	"strings"
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
		"1 if the last read of the endpoint succeeded for all its items; 0 if it failed, or if no read has finished yet.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointFailing = exporterFamily{"engage_endpoint_failing",
		"1 for each reason why the endpoint, or one of its items, fails now; absent while nothing fails.",
		[]string{"account", "api_endpoint", "reason"}, dto.MetricType_GAUGE}
	endpointLastSuccess = exporterFamily{"engage_endpoint_last_success_timestamp_seconds",
		"Unix time of the oldest data exported for this endpoint; if nothing is exported any more, of the last data that " +
			"was; absent before the first successful read.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointDuration = exporterFamily{"engage_endpoint_last_read_duration_seconds",
		"Duration of the last finished read of the endpoint, including waits for the exporter's own limits.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointSamples = exporterFamily{"engage_endpoint_samples",
		"Number of samples exported for the endpoint.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointMinInterval = exporterFamily{"engage_endpoint_min_interval_seconds",
		"Configured minimum interval between two reads of the endpoint.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointDropped = exporterFamily{"engage_endpoint_dropped_samples",
		"Samples that were dropped from the exported data: beyond max_samples_per_endpoint, not a usable number, out of " +
			"the possible range, or with the same labels as another one.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointMissing = exporterFamily{"engage_endpoint_missing_items",
		"What is missing in the vendor's answers: the number of requested items, of rows that must be there, and of " +
			"documented fields that no row has.",
		[]string{"account", "api_endpoint"}, dto.MetricType_GAUGE}
	endpointFailures = exporterFamily{"engage_endpoint_failures_total",
		"Failed reads of the endpoint, for any reason; each item counts; starts at 0.",
		[]string{"account", "api_endpoint"}, dto.MetricType_COUNTER}
	endpointReads = exporterFamily{"engage_endpoint_reads_total",
		"Finished reads of the endpoint by result; each item counts. success, rate_limited and throttled start at 0, the " +
			"other results appear with their first read.",
		[]string{"account", "api_endpoint", "result"}, dto.MetricType_COUNTER}
	vendorRequests = exporterFamily{"engage_vendor_requests_total",
		"HTTP requests sent to the vendor, by status code; error if there was no answer.",
		[]string{"account", "code"}, dto.MetricType_COUNTER}
	throttleWait = exporterFamily{"engage_throttle_wait_seconds_total",
		"Time that requests have waited for the exporter's own limits: max_concurrent_requests and requests_per_minute.",
		[]string{"account"}, dto.MetricType_COUNTER}
	vendorAccounts = exporterFamily{"engage_accounts",
		"Configured accounts of the vendor; with --shard, those of this shard.",
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
	readDurationHelp = "Duration of the reads of an endpoint, over all accounts."
)

// desc returns the family's descriptor for one vendor. The vendor is a constant label, so that each vendor's collector
// describes the family for itself.
func (f *exporterFamily) desc(vendor string) *prometheus.Desc {
	return prometheus.NewDesc(f.name, f.help, f.labels, prometheus.Labels{"vendor": vendor})
}

// Instruments are the metrics of all reads of the process, also before a reload. They are a [prometheus.Gatherer].
type Instruments struct {
	readDuration *prometheus.HistogramVec
}

// NewInstruments returns the metrics of a process that has read nothing yet.
func NewInstruments() *Instruments {
	return &Instruments{readDuration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: readDurationName, Help: readDurationHelp,
		// The text formats have no native histograms: these are for them.
		Buckets:                         []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, []string{"vendor", "api_endpoint"})}
}

// Gather implements [prometheus.Gatherer]: it returns the histograms, sorted by endpoint and vendor; nothing before the
// first read. A scrape needs them once the vendors have answered, and a registry would take three times as long, for
// checks that one family of the library passes always.
func (i *Instruments) Gather() ([]*dto.MetricFamily, error) {
	collected := make(chan prometheus.Metric, 64) // about as many as there are endpoints, of all vendors
	go func() {
		defer close(collected)
		i.readDuration.Collect(collected)
	}()
	name, help, kind := readDurationName, readDurationHelp, dto.MetricType_HISTOGRAM
	family := &dto.MetricFamily{Name: &name, Help: &help, Type: &kind}
	var errs []error
	for m := range collected {
		histogram := &dto.Metric{}
		if err := m.Write(histogram); err != nil {
			errs = append(errs, err)
			continue
		}
		family.Metric = append(family.Metric, histogram)
	}
	if len(family.Metric) == 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(family.Metric, func(a, b *dto.Metric) int {
		return slices.CompareFunc(a.GetLabel(), b.GetLabel(), func(a, b *dto.LabelPair) int {
			return strings.Compare(a.GetValue(), b.GetValue())
		})
	})
	return []*dto.MetricFamily{family}, errors.Join(errs...)
}
