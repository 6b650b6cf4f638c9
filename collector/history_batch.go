package collector

import "time"

// historyBatch collects the samples of a part's day. It is filled by one goroutine.
type historyBatch struct {
	account *account
	// exposed are the part's families, by those of the catalogue.
	exposed map[*Family]*Family
	now     time.Time
	// series are those that the day has, and whether there was room for them.
	series map[string]bool
	room   int
	day    HistoryDay
}

func newHistoryBatch(a *account, exposed map[*Family]*Family, now time.Time) *historyBatch {
	return &historyBatch{account: a, exposed: exposed, now: now, series: make(map[string]bool), room: a.maxSamples}
}

// batch gives an empty batch, as a live read has it.
func (h *historyBatch) batch() *Batch { return newBatch(h.account.label, h.account.maxSamples) }

// show adds what the mapping of a live read has put into a batch, for the time for which it would have been shown. One series more than the page could hold is dropped.
func (h *historyBatch) show(b *Batch, shown Day) {
	h.drop(b.dropped)
	h.gap(b)
	for _, s := range b.samples {
		if h.admit(s.key()) {
			h.add(s.family, s.values(), s.metric.GetGauge().GetValue(), shown)
		}
	}
}

// steps adds one series that changes: its values from the first step on, each until the next one, within the time for which it would have been shown. Steps come in the order
// of their times.
func (h *historyBatch) steps(f *Family, labels []string, steps []step, shown Day) {
	if len(steps) == 0 {
		return
	}
	b := h.batch()
	b.Value(f, 0, labels...)
	if len(b.samples) == 0 || !h.admit(b.samples[0].key()) {
		return
	}
	values := b.samples[0].values()
	for i := 0; i < len(steps); {
		next := i + 1
		for next < len(steps) && steps[next].value == steps[i].value {
			next++
		}
		lasts := Day{Start: later(steps[i].at, shown.Start), End: shown.End}
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
func (h *historyBatch) add(f *Family, labels []string, value float64, shown Day) {
	if exposed := h.exposed[f]; exposed != nil && shown.Start.Before(shown.End) && shown.Start.Before(h.now) {
		h.day.Samples = append(h.day.Samples, HistorySample{Family: exposed, Labels: labels, Value: value, From: shown.Start, Until: shown.End})
	}
}

func (h *historyBatch) drop(d drops) {
	h.day.Dropped += d.total()
	h.day.Missing += d.missing
}

// gap notes that every value of a family was dropped, if that is so.
func (h *historyBatch) gap(b *Batch) {
	if _, lost := b.lost(); lost {
		b.redact(h.account.sender)
		h.day.Gaps = append(h.day.Gaps, b.failure(h.account.vendor, ""))
	}
}

// within is the part of the span that lies in the day; its end is not after its start if there is none.
func (d Day) within(span Day) Day {
	return Day{Start: later(d.Start, span.Start), End: earlier(d.End, span.End)}
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
