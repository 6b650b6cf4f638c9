package history

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Batch collects the samples of a part's day. It is filled by one goroutine.
type Batch struct {
	endpoint *poll.Endpoint
	// exposed are the part's families, by those of the catalogue.
	exposed map[*metric.Family]*metric.Family
	now     time.Time
	// series are those that the day has, and whether there was room for them.
	series map[string]bool
	room   int
	Day    DayResult
}

func newHistoryBatch(e *poll.Endpoint, exposed map[*metric.Family]*metric.Family, now time.Time) *Batch {
	return &Batch{endpoint: e, exposed: exposed, now: now, series: make(map[string]bool), room: e.Account().MaxSamples}
}

// NewBatch gives an empty batch, as a live read has it.
func (h *Batch) NewBatch() *metric.Batch {
	return h.endpoint.NewBatch()
}

// Show adds what the mapping of a live read has put into a batch, for the time for which it would have been shown. One series more than the page could hold is dropped.
func (h *Batch) Show(b *metric.Batch, shown metric.Day) {
	h.drop(b.Drops())
	h.gap(b)
	h.showSamples(b.Samples(), shown)
}

// showSamples adds samples for the time for which they would have been shown.
func (h *Batch) showSamples(samples []metric.Sample, shown metric.Day) {
	for _, s := range samples {
		if h.admit(s.Key()) {
			h.add(s.Family, s.Values(), s.Metric.GetGauge().GetValue(), shown)
		}
	}
}

// AddSteps adds one series that changes: its values from the first step on, each until the next one, within the time for which it would have been shown. Steps come in the order
// of their times.
func (h *Batch) AddSteps(f *metric.Family, labels []string, steps []Step, shown metric.Day) {
	if len(steps) == 0 {
		return
	}
	b := h.NewBatch()
	b.Value(f, 0, labels...)
	if len(b.Samples()) == 0 || !h.admit(b.Samples()[0].Key()) {
		return
	}
	values := b.Samples()[0].Values()
	for i := 0; i < len(steps); {
		next := i + 1
		for next < len(steps) && steps[next].Value == steps[i].Value {
			next++
		}
		lasts := metric.Day{Start: later(steps[i].At, shown.Start), End: shown.End}
		if next < len(steps) {
			lasts.End = earlier(steps[next].At, shown.End)
		}
		h.add(f, values, steps[i].Value, lasts)
		i = next
	}
}

// Step is a value from a time on.
type Step struct {
	At    time.Time
	Value float64
}

// admit tells whether there is room for a series, and counts it once where there is none.
func (h *Batch) admit(key string) bool {
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

// add adds one sample whose labels are clean. What nobody can have seen yet is left out: it may still change.
func (h *Batch) add(f *metric.Family, labels []string, value float64, shown metric.Day) {
	if exposed := h.exposed[f]; exposed != nil && shown.Start.Before(shown.End) && shown.Start.Before(h.now) {
		h.Day.Samples = append(h.Day.Samples, Sample{Family: exposed, Labels: labels, Value: value, From: shown.Start, Until: shown.End})
	}
}

func (h *Batch) drop(d metric.DropCounts) {
	h.Day.Dropped += d.Total()
	h.Day.Missing += d.Missing
}

// gap notes that every value of a family was dropped, if that is so.
func (h *Batch) gap(b *metric.Batch) {
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
