package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// eventRead gives the samples of one event, which ends at the given time; zero where that is not known.
type eventRead func(ctx context.Context, id string, end time.Time, b *Batch) error

// items returns the events that are read one by one: those of the configuration first, then those that the list has beside them. One that is listed to begin later is none yet:
// there is nothing to read. A list that fails costs no event that is known, as long as it is in the span.
func (e *quanshiEventsReader) items(ctx context.Context, ids []string, read eventRead) ([]Item, error) {
	var known eventsKnown
	var failure error
	if e.discover != nil {
		known, failure = e.read(ctx)
	}
	now := time.Now()
	listed := make(map[string]quanshi.Event, len(known.list.Events))
	for _, event := range known.list.Events {
		listed[event.ID] = event
	}
	items := make([]Item, 0, len(ids)+len(known.list.Events))
	add := func(id string) {
		event := listed[id]
		if event.Start.After(now) {
			return
		}
		items = append(items, Item{ID: id, EndsAt: event.End, Read: func(ctx context.Context, _ Day, b *Batch) error { return read(ctx, id, event.End, b) }})
	}
	for _, id := range ids {
		add(id)
	}
	for _, event := range known.within() { // one that has been added already is skipped by the endpoint
		add(event.ID)
	}
	return items, failure
}
