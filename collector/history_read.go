package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// historySource is how an endpoint reads its history for one account.
type historySource struct {
	// keeps is how many days before today the vendor keeps; 0 where its document does not say.
	keeps int
	// families are those of the endpoint that have a history.
	families []*Family
	read     func(ctx context.Context, day Day, h *historyBatch) error
}

// historyBatch collects the samples of a part's day.
type historyBatch struct {
	account *account
	// exposed are the part's families by those of the catalogue.
	exposed map[*Family]*Family
	day     HistoryDay
}

// show adds what a live read has put into a batch, for the time for which it would have been shown.
func (h *historyBatch) show(b *Batch, from, until time.Time) {
	h.day.Dropped += b.dropped.total()
	h.day.Missing += b.dropped.missing
	for _, s := range b.samples {
		f := h.exposed[s.family]
		if f == nil {
			continue
		}
		labels := make([]string, len(f.Labels))
		for i, name := range f.Labels {
			labels[i] = s.label(name)
		}
		h.day.Samples = append(h.day.Samples, HistorySample{Family: f, Labels: labels, Value: s.metric.GetGauge().GetValue(), From: from, Until: until})
	}
}

// batch gives an empty batch as a live read has it.
func (h *historyBatch) batch() *Batch { return newBatch(&h.account.name, h.account.maxSamples) }

// historyPart makes the part of an endpoint. The first one of a window also tells when its day began, as one family of the account does live.
func (c *Collector) historyPart(e *endpoint, started map[Window]bool) HistoryPart {
	part := HistoryPart{Endpoint: e.spec.Name, Keeps: e.history.keeps}
	exposed := make(map[*Family]*Family)
	for _, f := range e.history.families {
		shown := *f
		shown.Help = helpWithSource(f, e.spec.Source, c.intervals[e.spec.Name])
		exposed[f] = &shown
		part.Families = append(part.Families, &shown)
	}
	var start *Family
	if w := e.spec.Window; w != Undated && !started[w] {
		started[w] = true
		start = c.days[w]
		exposed[start] = start
		part.Families = append(part.Families, start)
	}
	part.Read = func(ctx context.Context, day Day) (HistoryDay, error) {
		ctx = transport.WithTimeout(ctx, e.settings.Timeout)
		ctx = transport.WithPatience(ctx, time.Now().Add(e.patience()))
		h := &historyBatch{account: e.account, exposed: exposed}
		if err := e.isolate(func() error { return e.history.read(ctx, day, h) }); err != nil {
			return HistoryDay{}, err
		}
		if start != nil {
			b := h.batch()
			b.Value(start, float64(day.Start.Unix()))
			shown := e.spec.Window.shows(day, e.account.location)
			h.show(b, shown.Start, shown.End)
		}
		return h.day, nil
	}
	return part
}
