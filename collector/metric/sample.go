package metric

import "slices"

// Sample is one sample. It is built once per read, served at each scrape, and never changes.
type Sample struct {
	Family *Family
	Labels Labels
	Value  float64
}

// SampleKey identifies a sample: no other sample of the endpoint has an equal one.
type SampleKey struct {
	Family string
	Labels Labels
}

// Key returns what identifies the sample.
func (s Sample) Key() SampleKey { return SampleKey{s.Family.Name, s.Labels} }

// LabelValues returns the sample's label values beside the account, in the order of its family's labels.
func (s Sample) LabelValues() []string {
	values := make([]string, len(s.Family.Labels))
	for name, value := range s.Labels.All() {
		if i := slices.Index(s.Family.Labels, name); i >= 0 {
			values[i] = value
		}
	}
	return values
}

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
	// Used is the used part of the limit: 1 if the vendor says that the quota is exhausted. Otherwise it follows from
	// Remaining, else from Requested, which can be more than the limit. It is −1 if the vendor sends neither, or if the
	// limit is 0.
	Used float64
	// Exhausted is true if the vendor says that the quota is used up.
	Exhausted bool
}
