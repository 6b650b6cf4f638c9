package quanshi

import (
	"context"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// eventLister reads an account's event list: event_list exports it, and the endpoints that read events one by one
// take their items from it.
type eventLister struct {
	client   *quanshi.Client
	discover *Discover
}

// read fills the batch with the events that are in the span now, and keeps the list for the other endpoints.
func (l *eventLister) read(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	from, to := l.span(time.Now())
	list, err := l.client.Events(ctx, quanshi.EventsQuery{From: from, To: to, HostID: l.discover.HostID})
	if err != nil {
		return err
	}
	for _, unusable := range list.Unusable {
		if unusable.Field == "list" {
			b.DropAt(unusable.Field, "want rows that are objects")
		} else {
			b.DropTextAt(unusable.Field, unusable.Text)
		}
	}
	b.AddDropped(list.MoreUnusable)
	b.Duplicates(list.Duplicates, "eventId")
	b.AddMissing(len(list.MissingFields))
	kept := make([]keptEvent, len(list.Events))
	events := 0
	for i, event := range list.Events {
		kept[i] = keptEvent{event.ID, event.Start, event.End}
		if kept[i].within(from, to) {
			events++
		}
	}
	b.Keep(kept)
	b.Value(eventCount, float64(events))
	for i, event := range list.Events {
		if kept[i].within(from, to) {
			fillEvent(b, event)
		}
	}
	return nil
}

// keptEvent is what is kept of an event of the list.
type keptEvent struct {
	ID    string
	Start time.Time // zero if it is not known
	End   time.Time // zero if it is not known
}

// within reports whether the event touches the span. The document does not say which events the vendor returns for a
// span: those that start in it, or all that run in it. An event whose times are not known is within every span.
func (e keptEvent) within(from, to time.Time) bool {
	return !e.Start.After(to) && (e.End.IsZero() || !e.End.Before(from))
}

// span returns the span of time in which the account looks for events.
func (l *eventLister) span(now time.Time) (from, to time.Time) {
	return now.Add(-l.discover.Past), now.Add(l.discover.Ahead)
}

// eventRead fills the batch with the samples of one event, which ends at the given time; zero if that is not known.
type eventRead func(ctx context.Context, id string, end time.Time, b *metric.Batch) error

// items returns the events that are read one by one: those of the configuration first, then those of the kept list that
// are in the span now.
func (l *eventLister) items(ids []string, list []keptEvent, now time.Time, read eventRead) []poll.Item {
	configured := make(map[string]bool, len(ids))
	for _, id := range ids {
		configured[id] = true
	}
	from, to := l.span(now)
	listed := make(map[string]keptEvent, len(list))
	for _, event := range list {
		listed[event.ID] = event
		if !configured[event.ID] && event.within(from, to) {
			ids = append(slices.Clip(ids), event.ID)
		}
	}
	return eventItems(ids, func(id string) (keptEvent, bool) {
		event := listed[id]
		return event, !event.Start.After(now) // no report is asked for before an event begins: there is none
	}, read)
}

// eventItems returns an item for each event. event returns what the list has of an event, and whether it may be read
// now; nil = no list.
func eventItems(ids []string, event func(id string) (keptEvent, bool), read eventRead) []poll.Item {
	items := make([]poll.Item, 0, len(ids))
	for _, id := range ids {
		var known keptEvent
		if event != nil {
			var ok bool
			if known, ok = event(id); !ok {
				continue
			}
		}
		items = append(items, poll.Item{
			ID: id, EndsAt: known.End,
			Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error { return read(ctx, id, known.End, b) },
		})
	}
	return items
}
