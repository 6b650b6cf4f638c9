package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// items are the events whose reports are read: those of the configuration first, then those that the list has beside them. One that is listed to begin later is none yet:
// there is nothing to report.
func (r *quanshiReports) items(ctx context.Context, ids []string, events *quanshiEventsReader) ([]Item, error) {
	var listed []quanshi.Event
	if events.discover != nil {
		var err error
		if listed, _, err = events.read(ctx, events.settings.MinInterval-events.settings.MinInterval/10); err != nil {
			return nil, err
		}
	}
	now := time.Now()
	known := make(map[string]quanshi.Event, len(listed))
	for _, event := range listed {
		known[event.ID] = event
	}
	items := make([]Item, 0, len(ids)+len(listed))
	add := func(id string) {
		event := known[id]
		if event.Start.After(now) {
			return
		}
		items = append(items, Item{ID: id, EndsAt: event.End, Read: func(ctx context.Context, _ Day, b *Batch) error { return r.read(ctx, id, event.End, b) }})
	}
	for _, id := range ids {
		add(id)
	}
	for _, event := range listed { // one that has been added already is skipped by the endpoint
		if event.Reportable() {
			add(event.ID)
		}
	}
	r.keep(items)
	return items, nil
}
