package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// historySource is how an endpoint reads its history for one account.
type historySource struct {
	// keeps is how many days before today the vendor keeps; 0 where its document does not say.
	keeps int
	// families are those of the endpoint that have a history.
	families []*metric.Family
	read     func(ctx context.Context, day metric.Day, h *historyBatch) error
}

// openPast gives how the account's endpoints read their history, with a memory of their own.
func (a *account) openPast() map[*metric.Spec]*historySource {
	if a.past == nil {
		return nil
	}
	return a.past()
}

// historyPart makes the part of an endpoint. Each one of a window also tells when its day began, as one family of the account does live: whichever part gives the day.
func (c *Collector) historyPart(e *poll.Endpoint, source *historySource) HistoryPart {
	part := HistoryPart{Endpoint: e.Spec().Name, Keeps: source.keeps}
	exposed := make(map[*metric.Family]*metric.Family)
	for _, f := range source.families {
		shown := *f
		shown.Help = metric.HelpWithSource(f, e.Spec().Source)
		exposed[f] = &shown
		part.Families = append(part.Families, &shown)
	}
	window := e.Spec().Window
	var start *metric.Family
	if window != metric.Undated {
		start = c.days[window]
		exposed[start] = start
		part.Families = append(part.Families, start)
		part.Shows = func(day metric.Day) metric.Day { return window.VisibleDuring(day, e.Account().Location) }
	}
	part.Read = func(ctx context.Context, day metric.Day) (HistoryDay, error) {
		now := time.Now()
		shown := window.VisibleDuring(day, e.Account().Location)
		if !shown.Start.Before(now) { // a day to come, or one whose figures nobody has seen yet: they may still change
			return HistoryDay{}, nil
		}
		ctx = e.Context(ctx)
		h := newHistoryBatch(e, exposed, now)
		if err := e.Isolate(func() error { return source.read(ctx, day, h) }); err != nil {
			return HistoryDay{}, err
		}
		if start != nil {
			h.add(start, nil, float64(day.Start.Unix()), shown)
		}
		return h.day, nil
	}
	return part
}
