package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
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
func (c *Collector) historyPart(e *endpoint, source *historySource) HistoryPart {
	part := HistoryPart{Endpoint: e.spec.Name, Keeps: source.keeps}
	exposed := make(map[*metric.Family]*metric.Family)
	for _, f := range source.families {
		shown := *f
		shown.Help = metric.HelpWithSource(f, e.spec.Source)
		exposed[f] = &shown
		part.Families = append(part.Families, &shown)
	}
	window := e.spec.Window
	var start *metric.Family
	if window != metric.Undated {
		start = c.days[window]
		exposed[start] = start
		part.Families = append(part.Families, start)
		part.Shows = func(day metric.Day) metric.Day { return window.VisibleDuring(day, e.account.location) }
	}
	part.Read = func(ctx context.Context, day metric.Day) (HistoryDay, error) {
		now := time.Now()
		shown := window.VisibleDuring(day, e.account.location)
		if !shown.Start.Before(now) { // a day to come, or one whose figures nobody has seen yet: they may still change
			return HistoryDay{}, nil
		}
		ctx = transport.WithLimits(ctx, transport.Limits{Timeout: e.settings.Timeout, WaitUntil: now.Add(e.patience())})
		h := newHistoryBatch(e.account, exposed, now)
		if err := e.isolate(func() error { return source.read(ctx, day, h) }); err != nil {
			return HistoryDay{}, err
		}
		if start != nil {
			h.add(start, nil, float64(day.Start.Unix()), shown)
		}
		return h.day, nil
	}
	return part
}
