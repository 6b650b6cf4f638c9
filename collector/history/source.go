package history

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Source reads the history of one endpoint of one account.
type Source struct {
	// RetentionDays is how many days before today the vendor keeps; 0 if its document does not say.
	RetentionDays int
	// Families are those of the endpoint that have a history.
	Families []*metric.Family
	// Read adds the samples of a day to the batch.
	Read func(ctx context.Context, day metric.Day, h *Batch) error
}

// NewPart returns the history of an endpoint. start is the family with the start of the window's day, nil for an
// endpoint without a window. Every part of a window has that family, with equal samples: live it is one family of the
// account.
func NewPart(e *poll.Endpoint, source *Source, start *metric.Family) Part {
	part := Part{Endpoint: e.Spec().Name, RetentionDays: source.RetentionDays}
	exposed := make(map[*metric.Family]*metric.Family)
	for _, f := range source.Families {
		withSource := *f
		withSource.Help = metric.HelpWithSource(f, e.Spec().Source)
		exposed[f] = &withSource
		part.Families = append(part.Families, &withSource)
	}
	window := e.Spec().Window
	if start != nil {
		exposed[start] = start
		part.Families = append(part.Families, start)
		part.VisibleDuring = func(day metric.Day) metric.Day { return window.VisibleDuring(day, e.Account().Location) }
	}
	part.Read = func(ctx context.Context, day metric.Day) (DayResult, error) {
		now := time.Now()
		visible := window.VisibleDuring(day, e.Account().Location)
		if !visible.Start.Before(now) { // the values of the day are not visible yet, and may still change
			return DayResult{}, nil
		}
		ctx = e.Context(ctx, nil)
		h := newBatch(e, exposed, now)
		if err := e.Isolate(func() error { return source.Read(ctx, day, h) }); err != nil {
			return DayResult{}, err
		}
		if start != nil {
			h.addSample(start, nil, float64(day.Start.Unix()), visible)
		}
		return h.Day, nil
	}
	return part
}

// OfWindow returns the history of an endpoint whose vendor answers for any day as it does for the window's day: the
// live reads, for another day.
func OfWindow(a *poll.Account, spec *metric.Spec, live poll.Discovery) *Source {
	failing := NewItems()
	return &Source{Families: spec.Families, Read: func(ctx context.Context, day metric.Day, h *Batch) error {
		items, err := live.Items(ctx)
		if err != nil {
			return err
		}
		byID := make(map[string]poll.Item, len(items))
		ids := make([]string, len(items))
		for i, item := range items {
			ids[i] = item.ID
			byID[item.ID] = item
		}
		var batches []*metric.Batch
		err = failing.Each(ctx, h, ids, func(id string) error {
			b := h.NewBatch()
			if err := byID[id].Read(ctx, day, b); err != nil {
				return err
			}
			h.addGap(b)
			batches = append(batches, b)
			return nil
		})
		if err != nil {
			return err
		}
		visible := spec.Window.VisibleDuring(day, a.Location)
		merged, dropped := poll.Merge(batches, a.MaxSamples)
		h.countDrops(dropped)
		h.addSamples(merged, visible)
		return nil
	}}
}

// WithRetention returns the source with the number of days before today that the vendor keeps.
func (s *Source) WithRetention(days int) *Source {
	s.RetentionDays = days
	return s
}
