package metric

import (
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Sample is one sample. It is built once per read, served at each scrape, and never changes.
type Sample struct {
	Family *Family
	Metric *dto.Metric
}

// NewGauge returns a gauge. It is one allocation, since a page has very many of them. The labels must be sorted by
// name; they are shared and must not change.
func NewGauge(labels []*dto.LabelPair, value float64) *dto.Metric {
	g := &struct {
		metric dto.Metric
		gauge  dto.Gauge
		value  float64
	}{value: value}
	g.gauge.Value = &g.value
	g.metric.Gauge, g.metric.Label = &g.gauge, labels
	return &g.metric
}

// NewCounter is NewGauge for a counter that began at the time since.
func NewCounter(labels []*dto.LabelPair, value float64, since *timestamppb.Timestamp) *dto.Metric {
	c := &struct {
		metric  dto.Metric
		counter dto.Counter
		value   float64
	}{value: value}
	c.counter.Value, c.counter.CreatedTimestamp = &c.value, since
	c.metric.Counter, c.metric.Label = &c.counter, labels
	return &c.metric
}

// Key returns a text that no other sample of the endpoint has.
func (s Sample) Key() string {
	var b strings.Builder
	b.WriteString(s.Family.Name)
	for _, pair := range s.Metric.GetLabel() {
		b.WriteByte(separator)
		b.WriteString(pair.GetValue())
	}
	return b.String()
}

// Values returns the sample's label values beside the account, in the order of its family's labels.
func (s Sample) Values() []string {
	values := make([]string, len(s.Family.Labels))
	for i, name := range s.Family.Labels {
		values[i] = s.Label(name)
	}
	return values
}

// Label returns the value of one of the sample's labels; "" if it has none of that name.
func (s Sample) Label(name string) string {
	for _, pair := range s.Metric.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

// Equal reports whether two samples are of the same family, with the same labels and value.
func (s Sample) Equal(other Sample) bool {
	sameValue := func(a, b *dto.LabelPair) bool { return a == b || a.GetValue() == b.GetValue() }
	return s.Family == other.Family && s.Metric.GetGauge().GetValue() == other.Metric.GetGauge().GetValue() &&
		slices.EqualFunc(s.Metric.GetLabel(), other.Metric.GetLabel(), sameValue)
}

// NewLabel returns a label pair.
func NewLabel(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

// Quota is one limit that a vendor sets on what an account may send today.
type Quota struct {
	// Channel and Kind say what is limited, in the values of the labels channel and kind.
	Channel, Kind string
	// ChannelName is the channel in words; "" if there are none.
	ChannelName string
	// ChineseChannel and ChineseKind are channel and kind in Chinese words; "" if there are none.
	ChineseChannel, ChineseKind string
	// Limit is always set. Remaining and Requested (how many were requested) are −1 if the vendor does not send them.
	Limit, Remaining, Requested float64
	// Used is the used part of the limit, from 0 to 1. It follows from Remaining, else from Requested; it is 1 if the
	// vendor says that the quota is exhausted.
	Used float64
	// Exhausted is true if the vendor says that the quota is used up.
	Exhausted bool
}
