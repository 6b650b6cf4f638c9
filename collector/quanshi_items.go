package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// items are the events whose reports are read: those of the configuration first, then those that the list has beside them. One that is listed to begin later is none yet:
// there is nothing to report. A list that fails costs no event that is known, as long as it is in the span.
func (r *quanshiReports) items(ctx context.Context, ids []string, events *quanshiEventsReader) ([]Item, error) {
	var list eventsKnown
	var failure error
	if events.discover != nil {
		list, failure = events.read(ctx)
	}
	now := time.Now()
	known := make(map[string]quanshi.Event, len(list.events))
	for _, event := range list.events {
		known[event.ID] = event
	}
	items := make([]Item, 0, len(ids)+len(list.events))
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
	for _, event := range list.within() { // one that has been added already is skipped by the endpoint
		if event.Reportable() {
			add(event.ID)
		}
	}
	r.keep(items)
	return items, failure
}
