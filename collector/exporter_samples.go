package collector

import (
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// collectCount adds how many accounts the vendor has.
func (c *Collector) collectCount(to sink, accounts int) {
	to.add(c.exporter[&vendorAccounts], metric.NewGauge([]*dto.LabelPair{vendorLabels[c.vendor]}, float64(accounts)))
}

// collectState adds the state of an endpoint.
func (c *Collector) collectState(to sink, e *poll.Endpoint, s poll.Status) {
	gauge := func(f *exporterFamily, value float64) { to.add(c.exporter[f], metric.NewGauge(c.labels[e], value)) }
	up := 0.0
	if s.Up {
		up = 1
	}
	gauge(&endpointUp, up)
	for _, kind := range s.Reasons {
		to.add(c.exporter[&endpointFailing], metric.NewGauge(c.labelsWith(e, reasonLabels[kind]), 1))
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
	to.add(c.exporter[&endpointFailures], metric.NewCounter(c.labels[e], float64(failed), e.Account().Since()))
	reads := func(result *dto.LabelPair, count uint64) {
		labels := c.labelsWith(e, result)
		to.add(c.exporter[&endpointReads], metric.NewCounter(labels, float64(count), e.Account().Since()))
	}
	reads(successLabel, s.Successes)
	for _, kind := range transport.Kinds() {
		if count := s.Failures[kind]; count > 0 || readsFromStart(kind) {
			reads(resultLabels[kind], count)
		}
	}
}

// readsFromStart reports whether failures of the kind are counted from 0 at the start: rules that watch their increase
// need it. To do so for all kinds would triple the exporter's own series.
func readsFromStart(kind transport.Kind) bool {
	return kind == transport.RateLimited || kind == transport.Throttled
}

// collectRequests adds what an account's client has sent, and how long it had to wait.
func (c *Collector) collectRequests(to sink, a *account) {
	codes, waited := a.Requests().Counts()
	for i := range codes {
		labels := []*dto.LabelPair{a.Label(), {Name: &codeLabel, Value: &codes[i].Code}, vendorLabels[c.vendor]}
		to.add(c.exporter[&vendorRequests], metric.NewCounter(labels, float64(codes[i].Count), a.Since()))
	}
	labels := []*dto.LabelPair{a.Label(), vendorLabels[c.vendor]}
	to.add(c.exporter[&throttleWait], metric.NewCounter(labels, waited.Seconds(), a.Since()))
}

// Labels of the exporter's own samples that all accounts share.
var (
	vendorLabels, endpointLabels = catalogueLabels()

	successLabel = metric.NewLabel("result", "success")
	resultLabels = kindLabels("result")
	reasonLabels = kindLabels("reason")
	codeLabel    = "code"
)

// catalogueLabels returns the label of each vendor and of each endpoint name.
func catalogueLabels() (byVendor, byEndpoint map[string]*dto.LabelPair) {
	byVendor, byEndpoint = make(map[string]*dto.LabelPair), make(map[string]*dto.LabelPair)
	for _, vendor := range vendors {
		v := vendor.Catalogue()
		byVendor[v.Vendor] = metric.NewLabel("vendor", v.Vendor)
		for _, spec := range v.Specs {
			byEndpoint[spec.Name] = metric.NewLabel("api_endpoint", spec.Name)
		}
	}
	return byVendor, byEndpoint
}

// kindLabels returns the label of each kind of failure.
func kindLabels(name string) (labels [transport.KindCount]*dto.LabelPair) {
	for _, kind := range transport.Kinds() {
		labels[kind] = metric.NewLabel(name, kind.String())
	}
	return labels
}

// ownLabels returns the labels of the exporter's own samples of an endpoint.
func ownLabels(e *poll.Endpoint) []*dto.LabelPair {
	return []*dto.LabelPair{e.Account().Label(), endpointLabels[e.Spec().Name], vendorLabels[e.Account().Vendor]}
}

// labelsWith returns the labels of the exporter's own samples of an endpoint, with one more. In the alphabet it comes
// before vendor and after the others.
func (c *Collector) labelsWith(e *poll.Endpoint, label *dto.LabelPair) []*dto.LabelPair {
	own := c.labels[e]
	return []*dto.LabelPair{own[0], own[1], label, own[2]}
}
