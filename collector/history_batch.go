package collector

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// historyBatch collects the samples of a part's day. It is filled by one goroutine.
type historyBatch struct {
	endpoint *poll.Endpoint
	// exposed are the part's families, by those of the catalogue.
	exposed map[*metric.Family]*metric.Family
	now     time.Time
	// series are those that the day has, and whether there was room for them.
	series map[string]bool
	room   int
	day    HistoryDay
}

func newHistoryBatch(e *poll.Endpoint, exposed map[*metric.Family]*metric.Family, now time.Time) *historyBatch {
	return &historyBatch{endpoint: e, exposed: exposed, now: now, series: make(map[string]bool), room: e.Account().MaxSamples}
}

// batch gives an empty batch, as a live read has it.
func (h *historyBatch) batch() *metric.Batch {
	return h.endpoint.NewBatch()
}

// show adds what the mapping of a live read has put into a batch, for the time for which it would have been shown. One series more than the page could hold is dropped.
func (h *historyBatch) show(b *metric.Batch, shown metric.Day) {
	h.drop(b.Drops())
	h.gap(b)
	h.showSamples(b.Samples(), shown)
}

// showSamples adds samples for the time for which they would have been shown.
func (h *historyBatch) showSamples(samples []metric.Sample, shown metric.Day) {
	for _, s := range samples {
		if h.admit(s.Key()) {
			h.add(s.Family, s.Values(), s.Metric.GetGauge().GetValue(), shown)
		}
	}
}

// steps adds one series that changes: its values from the first step on, each until the next one, within the time for which it would have been shown. Steps come in the order
// of their times.
func (h *historyBatch) steps(f *metric.Family, labels []string, steps []step, shown metric.Day) {
	if len(steps) == 0 {
		return
	}
	b := h.batch()
	b.Value(f, 0, labels...)
	if len(b.Samples()) == 0 || !h.admit(b.Samples()[0].Key()) {
		return
	}
	values := b.Samples()[0].Values()
	for i := 0; i < len(steps); {
		next := i + 1
		for next < len(steps) && steps[next].value == steps[i].value {
			next++
		}
		lasts := metric.Day{Start: later(steps[i].at, shown.Start), End: shown.End}
		if next < len(steps) {
			lasts.End = earlier(steps[next].at, shown.End)
		}
		h.add(f, values, steps[i].value, lasts)
		i = next
	}
}

// step is a value from a time on.
type step struct {
	at    time.Time
	value float64
}

// admit tells whether there is room for a series, and counts it once where there is none.
func (h *historyBatch) admit(key string) bool {
	admitted, known := h.series[key]
	if known {
		return admitted
	}
	admitted = h.room > 0
	if admitted {
		h.room--
	} else {
		h.day.Dropped++
	}
	h.series[key] = admitted
	return admitted
}

// add adds one sample whose labels are clean. What nobody can have seen yet is left out: it may still change.
func (h *historyBatch) add(f *metric.Family, labels []string, value float64, shown metric.Day) {
	if exposed := h.exposed[f]; exposed != nil && shown.Start.Before(shown.End) && shown.Start.Before(h.now) {
		h.day.Samples = append(h.day.Samples, HistorySample{Family: exposed, Labels: labels, Value: value, From: shown.Start, Until: shown.End})
	}
}

func (h *historyBatch) drop(d metric.DropCounts) {
	h.day.Dropped += d.Total()
	h.day.Missing += d.Missing
}

// gap notes that every value of a family was dropped, if that is so.
func (h *historyBatch) gap(b *metric.Batch) {
	if err := h.endpoint.LostFamily(b); err != nil {
		h.day.Gaps = append(h.day.Gaps, err)
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
