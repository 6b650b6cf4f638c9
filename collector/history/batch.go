package history

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Batch collects the samples of one day of a part. It is filled by one goroutine.
type Batch struct {
	endpoint *poll.Endpoint
	// exposed are the families with HELP as exposed, by those of the catalogue.
	exposed map[*metric.Family]*metric.Family
	now     time.Time
	// series are the keys of the day's series; false if the series is over the account's limit.
	series map[metric.SampleKey]bool
	room   int // number of further series within the limit
	// Day is the result so far.
	Day DayResult
}

func newBatch(e *poll.Endpoint, exposed map[*metric.Family]*metric.Family, now time.Time) *Batch {
	return &Batch{endpoint: e, exposed: exposed, now: now, series: make(map[metric.SampleKey]bool), room: e.Account().MaxSamples}
}

// NewBatch returns an empty batch as for a live read.
func (h *Batch) NewBatch() *metric.Batch {
	return h.endpoint.NewBatch()
}

// Add adds the samples that the mapping of a live read has put into a batch, for the time in which they would have
// been visible. Series beyond the account's limit are dropped.
func (h *Batch) Add(b *metric.Batch, visible metric.Day) {
	h.countDrops(b.Drops())
	h.addGap(b)
	h.addSamples(b.Samples(), visible)
}

// addSamples adds samples for the time in which they would have been visible.
func (h *Batch) addSamples(samples []metric.Sample, visible metric.Day) {
	for _, s := range samples {
		if h.admit(s.Key()) {
			h.addSample(s.Family, s.LabelValues(), s.Value, visible)
		}
	}
}

// AddSteps adds one series whose value changes during the day: the value of each step until the next one, within the
// time in which it would have been visible. Steps are in the order of their times.
func (h *Batch) AddSteps(f *metric.Family, labels []string, steps []Step, visible metric.Day) {
	if len(steps) == 0 {
		return
	}
	b := h.NewBatch()
	b.Value(f, 0, labels...)
	if len(b.Samples()) == 0 || !h.admit(b.Samples()[0].Key()) {
		return
	}
	values := b.Samples()[0].LabelValues()
	for i := 0; i < len(steps); {
		next := i + 1
		for next < len(steps) && steps[next].Value == steps[i].Value {
			next++
		}
		lasts := metric.Day{Start: later(steps[i].At, visible.Start), End: visible.End}
		if next < len(steps) {
			lasts.End = earlier(steps[next].At, visible.End)
		}
		h.addSample(f, values, steps[i].Value, lasts)
		i = next
	}
}

// Step is a value that is valid from a time on.
type Step struct {
	At    time.Time
	Value float64
}

// admit reports whether a series is within the limit, and counts one that is not as dropped, once.
func (h *Batch) admit(key metric.SampleKey) bool {
	admitted, known := h.series[key]
	if known {
		return admitted
	}
	admitted = h.room > 0
	if admitted {
		h.room--
	} else {
		h.Day.Dropped++
	}
	h.series[key] = admitted
	return admitted
}

// addSample adds one sample with clean labels, unless it is not visible yet and may still change.
func (h *Batch) addSample(f *metric.Family, labels []string, value float64, visible metric.Day) {
	if exposed := h.exposed[f]; exposed != nil && visible.Start.Before(visible.End) && visible.Start.Before(h.now) {
		h.Day.Samples = append(h.Day.Samples, Sample{Family: exposed, Labels: labels, Value: value, From: visible.Start,
			Until: visible.End})
	}
}

// countDrops adds to the day's counts.
func (h *Batch) countDrops(d metric.DropCounts) {
	h.Day.Dropped += d.Total()
	h.Day.Missing += d.Missing
}

// addGap adds a gap if every value of a family was dropped.
func (h *Batch) addGap(b *metric.Batch) {
	if err := h.endpoint.LostFamily(b); err != nil {
		h.Day.Gaps = append(h.Day.Gaps, err)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
