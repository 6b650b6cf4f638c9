package collector

import (
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// collectCount tells how many accounts the vendor has.
func (c *Collector) collectCount(to gathering, accounts int) {
	to.add(c.exporter[&vendorAccounts], metric.NewGauge([]*dto.LabelPair{vendorLabels[c.vendor]}, float64(accounts)))
}

// collectState tells how an endpoint is.
func (c *Collector) collectState(to gathering, e *endpoint, s state) {
	gauge := func(f *exporterFamily, value float64) { to.add(c.exporter[f], metric.NewGauge(e.labels, value)) }
	up := 0.0
	if s.up {
		up = 1
	}
	gauge(&endpointUp, up)
	for _, kind := range s.reasons {
		to.add(c.exporter[&endpointFailing], metric.NewGauge(e.labelsWith(reasonLabels[kind]), 1))
	}
	if !s.servedAt.IsZero() {
		gauge(&endpointLastSuccess, float64(s.servedAt.UnixMilli())/1000)
	}
	if s.finished {
		gauge(&endpointDuration, s.duration.Seconds())
	}
	gauge(&endpointSamples, float64(s.samples))
	gauge(&endpointDropped, float64(s.dropped.Total()))
	gauge(&endpointMissing, float64(s.dropped.Missing))
	gauge(&endpointMinInterval, e.settings.MinInterval.Seconds())
	var failed uint64
	for _, count := range s.failures {
		failed += count
	}
	to.add(c.exporter[&endpointFailures], metric.NewCounter(e.labels, float64(failed), e.account.since))
	reads := func(result *dto.LabelPair, count uint64) {
		to.add(c.exporter[&endpointReads], metric.NewCounter(e.labelsWith(result), float64(count), e.account.since))
	}
	reads(successLabel, s.successes)
	for _, kind := range transport.Kinds() {
		if count := s.failures[kind]; count > 0 || readsFromStart(kind) {
			reads(resultLabels[kind], count)
		}
	}
}

// readsFromStart reports whether the reads that failed so are counted from 0 at the start, as rules need it that watch their increase. All kinds would triple the exporter's own series.
func readsFromStart(kind transport.Kind) bool {
	return kind == transport.RateLimited || kind == transport.Throttled
}

// collectRequests tells what an account's client has sent, and how long it was kept waiting.
func (c *Collector) collectRequests(to gathering, a *account) {
	codes, waited := a.requests.counts()
	for i := range codes {
		labels := []*dto.LabelPair{a.label, {Name: &codeLabel, Value: &codes[i].code}, vendorLabels[c.vendor]}
		to.add(c.exporter[&vendorRequests], metric.NewCounter(labels, float64(codes[i].count), a.since))
	}
	to.add(c.exporter[&throttleWait], metric.NewCounter([]*dto.LabelPair{a.label, vendorLabels[c.vendor]}, waited.Seconds(), a.since))
}

// The labels of the exporter's own samples. Those that all accounts share are made once.
var (
	vendorLabels, endpointLabels = catalogueLabels()

	successLabel = metric.NewLabel("result", "success")
	resultLabels = kindLabels("result")
	reasonLabels = kindLabels("reason")
	codeLabel    = "code"
)

// catalogueLabels are the labels for each vendor and each endpoint's name.
func catalogueLabels() (byVendor, byEndpoint map[string]*dto.LabelPair) {
	byVendor, byEndpoint = make(map[string]*dto.LabelPair), make(map[string]*dto.LabelPair)
	for _, v := range vendors {
		byVendor[v.name] = metric.NewLabel("vendor", v.name)
		for _, spec := range v.specs {
			byEndpoint[spec.Name] = metric.NewLabel("api_endpoint", spec.Name)
		}
	}
	return byVendor, byEndpoint
}

// kindLabels is the label for each kind of failure.
func kindLabels(name string) (labels [transport.KindCount]*dto.LabelPair) {
	for _, kind := range transport.Kinds() {
		labels[kind] = metric.NewLabel(name, kind.String())
	}
	return labels
}

// ownLabels are the labels of an endpoint's own samples.
func ownLabels(a *account, spec *metric.Spec) []*dto.LabelPair {
	return []*dto.LabelPair{a.label, endpointLabels[spec.Name], vendorLabels[a.vendor]}
}

// labelsWith are the labels of the endpoint's own samples with one more, which comes before vendor in the alphabet and behind the others.
func (e *endpoint) labelsWith(label *dto.LabelPair) []*dto.LabelPair {
	return []*dto.LabelPair{e.labels[0], e.labels[1], label, e.labels[2]}
}
