package collector

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// sample is one ready sample: built once per read, handed out at each scrape, never changed.
type sample struct {
	family *Family
	metric *dto.Metric
}

// newGauge makes a gauge in one piece of memory: a page has a great many of them. The labels, which are sorted by name, are shared and must not change.
func newGauge(labels []*dto.LabelPair, value float64) *dto.Metric {
	g := &struct {
		metric dto.Metric
		gauge  dto.Gauge
		value  float64
	}{value: value}
	g.gauge.Value = &g.value
	g.metric.Gauge, g.metric.Label = &g.gauge, labels
	return &g.metric
}

// newCounter is newGauge for a counter that began at the given time.
func newCounter(labels []*dto.LabelPair, value float64, since *timestamppb.Timestamp) *dto.Metric {
	c := &struct {
		metric  dto.Metric
		counter dto.Counter
		value   float64
	}{value: value}
	c.counter.Value, c.counter.CreatedTimestamp = &c.value, since
	c.metric.Counter, c.metric.Label = &c.counter, labels
	return &c.metric
}

// key tells a sample from all others of its endpoint.
func (s sample) key() string {
	var b strings.Builder
	b.WriteString(s.family.Name)
	for _, pair := range s.metric.GetLabel() {
		b.WriteByte(separator)
		b.WriteString(pair.GetValue())
	}
	return b.String()
}

// values are the sample's label values beside the account, in the order of its family's labels.
func (s sample) values() []string {
	values := make([]string, len(s.family.Labels))
	for i, name := range s.family.Labels {
		values[i] = s.label(name)
	}
	return values
}

// label is the value of one of the sample's labels; "" if it has none of that name.
func (s sample) label(name string) string {
	for _, pair := range s.metric.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

// equal tells whether two samples are of the same family, with the same labels and value.
func (s sample) equal(other sample) bool {
	return s.family == other.family && s.metric.GetGauge().GetValue() == other.metric.GetGauge().GetValue() &&
		slices.EqualFunc(s.metric.GetLabel(), other.metric.GetLabel(), func(a, b *dto.LabelPair) bool { return a == b || a.GetValue() == b.GetValue() })
}

// describedSample is a sample with the descriptor under which this collector announced its family.
type describedSample struct {
	desc   *prometheus.Desc
	metric *dto.Metric
}

// Desc implements prometheus.Metric.
func (s describedSample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric. It shares the sample's labels and value, which nobody changes.
func (s describedSample) Write(out *dto.Metric) error {
	out.Label = s.metric.GetLabel()
	out.Gauge = s.metric.GetGauge()
	out.Counter = s.metric.GetCounter()
	return nil
}
