package collector

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// windowHistory is the history of an endpoint whose vendor answers for any day as it does for the window's: its live reads, asked for that day.
func (a *account) windowHistory(spec *metric.Spec, live poll.Discovery) *historySource {
	failing := newHistoryItems()
	return &historySource{families: spec.Families, read: func(ctx context.Context, day metric.Day, h *historyBatch) error {
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
		err = failing.each(ctx, h, ids, func(id string) error {
			b := h.batch()
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

// keeping is the history of which the vendor keeps no more than so many days before today.
func (s *historySource) keeping(days int) *historySource {
	s.keeps = days
	return s
}
