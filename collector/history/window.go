package history

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// OfWindow is the history of an endpoint whose vendor answers for any day as it does for the window's: its live reads, asked for that day.
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
			h.gap(b)
			batches = append(batches, b)
			return nil
		})
		if err != nil {
			return err
		}
		shown := spec.Window.VisibleDuring(day, a.Location)
		merged, dropped := poll.Merge(batches, a.MaxSamples)
		h.drop(dropped)
		h.showSamples(merged, shown)
		return nil
	}}
}

// Keeping is the history of which the vendor keeps no more than so many days before today.
func (s *Source) Keeping(days int) *Source {
	s.RetentionDays = days
	return s
}
