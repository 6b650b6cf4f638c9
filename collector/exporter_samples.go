package collector

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// ownSample is a sample about the exporter itself. Its labels come in two parts, so that a scrape makes none: those of
// the account or endpoint, which all its samples share, and those of ownLabels after them.
type ownSample struct {
	labels metric.Labels
	more   string
	value  float64
	since  *timestamppb.Timestamp // when a counter began
}

// ownLabels are the texts of the labels that follow those of an account or endpoint: they end with the vendor.
type ownLabels struct {
	vendor           string
	success          string
	results, reasons [transport.KindCount]string // by kind of failure
}

func newOwnLabels(vendor string) ownLabels {
	after := func(labels ...string) string {
		return "," + string(metric.NewLabels(append(labels, "vendor", vendor)...))
	}
	l := ownLabels{vendor: after(), success: after("result", "success")}
	for _, kind := range transport.Kinds() {
		l.results[kind], l.reasons[kind] = after("result", kind.String()), after("reason", kind.String())
	}
	return l
}

// collectCount adds how many accounts the vendor has.
func (c *Collector) collectCount(to sink, accounts int) {
	labels := metric.NewLabels("vendor", c.vendor)
	to.addOwn(c.exporter[&vendorAccounts], ownSample{labels: labels, value: float64(accounts)})
}

// collectState adds the state of an endpoint.
func (c *Collector) collectState(to sink, e *poll.Endpoint, s poll.Status) {
	gauge := func(f *exporterFamily, value float64) {
		to.addOwn(c.exporter[f], ownSample{labels: e.Labels(), more: c.labels.vendor, value: value})
	}
	up := 0.0
	if s.Up {
		up = 1
	}
	gauge(&endpointUp, up)
	for _, kind := range s.Reasons {
		to.addOwn(c.exporter[&endpointFailing], ownSample{labels: e.Labels(), more: c.labels.reasons[kind], value: 1})
	}
	if !s.ServedAt.IsZero() {
		gauge(&endpointLastSuccess, float64(s.ServedAt.UnixMilli())/1000)
	}
	if s.Finished {
		gauge(&endpointDuration, s.Duration.Seconds())
	}
	gauge(&endpointSamples, float64(s.Samples))
	gauge(&endpointDropped, float64(s.Dropped.Total()))
	gauge(&endpointMissing, float64(s.Dropped.Missing))
	gauge(&endpointMinInterval, e.Settings().MinInterval.Seconds())
	var failed uint64
	for _, count := range s.Failures {
		failed += count
	}
	counter := func(f *exporterFamily, more string, count uint64) {
		to.addOwn(c.exporter[f], ownSample{e.Labels(), more, float64(count), e.Account().Since()})
	}
	counter(&endpointFailures, c.labels.vendor, failed)
	counter(&endpointReads, c.labels.success, s.Successes)
	for _, kind := range transport.Kinds() {
		if count := s.Failures[kind]; count > 0 || readsFromStart(kind) {
			counter(&endpointReads, c.labels.results[kind], count)
		}
	}
}

// readsFromStart reports whether failures of the kind are counted from 0 at the start: rules that watch their increase
// need it. To do so for all kinds would triple the exporter's own series.
func readsFromStart(kind transport.Kind) bool {
	return kind == transport.RateLimited || kind == transport.Throttled
}

// collectRequests adds what an account's client has sent, and how long it had to wait. codeLabels has the labels of each
// code that an account before had: the accounts share them.
func (c *Collector) collectRequests(to sink, a *account, codeLabels map[string]string) {
	codes, waited := a.Requests().Counts()
	for _, code := range codes {
		more, known := codeLabels[code.Code]
		if !known {
			more = "," + string(metric.NewLabels("code", code.Code)) + c.labels.vendor
			codeLabels[code.Code] = more
		}
		to.addOwn(c.exporter[&vendorRequests], ownSample{a.Labels(), more, float64(code.Count), a.Since()})
	}
	to.addOwn(c.exporter[&throttleWait], ownSample{a.Labels(), c.labels.vendor, waited.Seconds(), a.Since()})
}
