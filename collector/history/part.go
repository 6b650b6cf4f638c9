package history

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Source is how an endpoint reads its history for one account.
type Source struct {
	// RetentionDays is how many days before today the vendor keeps; 0 where its document does not say.
	RetentionDays int
	// Families are those of the endpoint that have a history.
	Families []*metric.Family
	Read     func(ctx context.Context, day metric.Day, h *Batch) error
}

// NewPart returns the history of an endpoint. start is the family with the start of the window's day, nil for an endpoint without a window. Each one of a window also tells when its day began, as one family of the account does live: whichever part gives the day.
func NewPart(e *poll.Endpoint, source *Source, start *metric.Family) Part {
	part := Part{Endpoint: e.Spec().Name, RetentionDays: source.RetentionDays}
	exposed := make(map[*metric.Family]*metric.Family)
	for _, f := range source.Families {
		shown := *f
		shown.Help = metric.HelpWithSource(f, e.Spec().Source)
		exposed[f] = &shown
		part.Families = append(part.Families, &shown)
	}
	window := e.Spec().Window
	if start != nil {
		exposed[start] = start
		part.Families = append(part.Families, start)
		part.VisibleDuring = func(day metric.Day) metric.Day { return window.VisibleDuring(day, e.Account().Location) }
	}
	part.Read = func(ctx context.Context, day metric.Day) (DayResult, error) {
		now := time.Now()
		shown := window.VisibleDuring(day, e.Account().Location)
		if !shown.Start.Before(now) { // a day to come, or one whose figures nobody has seen yet: they may still change
			return DayResult{}, nil
		}
		ctx = e.Context(ctx)
		h := newHistoryBatch(e, exposed, now)
		if err := e.Isolate(func() error { return source.Read(ctx, day, h) }); err != nil {
			return DayResult{}, err
		}
		if start != nil {
			h.add(start, nil, float64(day.Start.Unix()), shown)
		}
		return h.Day, nil
	}
	return part
}
