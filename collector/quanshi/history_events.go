package quanshi

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// past is what Quanshi knows of an account's past: which events the list had, and when viewers came and left.
type past struct {
	cfg    *Config
	client *quanshi.Client

	mu       sync.Mutex // held while the list is read, so that who comes meanwhile has it too
	day      metric.Day // whose list was read last
	readAt   time.Time
	listed   []listedEvent
	unusable int // what the list has that cannot be used

	reports *eventReports
}

func newQuanshiPast(cfg *Config, client *quanshi.Client) *past {
	return &past{cfg: cfg, client: client, reports: &eventReports{client: client, known: make(map[string]*eventReport)}}
}

// sources are the histories of the account's endpoints. Of a report it is what its rows' times tell; what has none
// (actions, durations, roles, regions) has no history.
func (q *past) sources() map[*metric.Spec]*history.Source {
	failing := history.NewItems()
	return map[*metric.Spec]*history.Source{
		eventList: {Families: eventList.Families, Read: q.readList},
		eventReportSpec: {
			Families: []*metric.Family{viewers, openSessions},
			Read: func(ctx context.Context, day metric.Day, h *history.Batch) error {
				return q.readReports(ctx, day, h, failing)
			},
		},
	}
}

// listedEvent is an event and when the live exporter would have found it.
type listedEvent struct {
	quanshi.Event
	span metric.Day
}

// events are those that the list had in the course of a day, in the order in which it came to have them, and how many
// rows of it are none. None where the account looks for no events.
func (q *past) events(ctx context.Context, day metric.Day) (listed []listedEvent, unusable int, err error) {
	if q.cfg.Discover == nil {
		return nil, 0, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.day == day && !q.readAt.Before(day.End) {
		return q.listed, q.unusable, nil
	}
	readAt := time.Now()
	past, ahead := q.cfg.Discover.Past, q.cfg.Discover.Ahead
	from, to := day.Start.Add(-past), day.End.Add(ahead)
	list, err := q.client.Events(ctx, quanshi.EventsQuery{From: from, To: to, HostID: q.cfg.Discover.HostID})
	if err != nil {
		return nil, 0, err
	}
	for _, event := range list.Events {
		if span := listedWhile(event, past, ahead).Intersect(day); span.Start.Before(span.End) {
			listed = append(listed, listedEvent{event, span})
		}
	}
	slices.SortStableFunc(listed, func(a, b listedEvent) int { return a.span.Start.Compare(b.span.Start) })
	q.day, q.readAt, q.listed, q.unusable = day, readAt, listed, len(list.Unusable)+list.MoreUnusable+list.Duplicates
	return listed, q.unusable, nil
}

// Bounds for events whose time is not known: they are in every list.
var (
	longAgo   = time.Unix(0, 0)
	farFuture = time.Unix(253402300799, 0) // the last second of the year 9999
)

// listedWhile is when the live exporter finds an event, which looks from past ago until ahead from now: see spans.
func listedWhile(event quanshi.Event, past, ahead time.Duration) metric.Day {
	span := metric.Day{Start: longAgo, End: farFuture}
	if !event.Start.IsZero() {
		span.Start = event.Start.Add(-ahead)
	}
	if !event.End.IsZero() {
		span.End = event.End.Add(past)
	}
	return span
}

// readList adds the samples of the event list.
func (q *past) readList(ctx context.Context, day metric.Day, h *history.Batch) error {
	events, unusable, err := q.events(ctx, day)
	if err != nil {
		return err
	}
	h.Day.Dropped += unusable
	h.AddSteps(eventCount, nil, countEvents(events, day), day)
	for _, event := range events {
		b := h.NewBatch()
		fillEvent(b, event.Event)
		h.Add(b, event.span)
	}
	return nil
}

// countEvents counts the events that the list had at a time, for each time of the day at which that changed.
func countEvents(events []listedEvent, day metric.Day) []history.Step {
	changes := []history.Step{{At: day.Start}}
	for _, event := range events {
		changes = append(changes, history.Step{At: event.span.Start, Value: 1}, history.Step{At: event.span.End, Value: -1})
	}
	slices.SortStableFunc(changes, func(a, b history.Step) int { return a.At.Compare(b.At) })
	var counts []history.Step
	count := 0.0
	for _, change := range changes {
		count += change.Value
		if n := len(counts); n > 0 && counts[n-1].At.Equal(change.At) {
			counts[n-1].Value = count
		} else {
			counts = append(counts, history.Step{At: change.At, Value: count})
		}
	}
	return counts
}

// readReports adds the samples of the events' reports from their start on: of those that the configuration names, or if
// the list does not have their start, from the first viewer on, and of those that the list had, while it had them.
func (q *past) readReports(ctx context.Context, day metric.Day, h *history.Batch, failing *history.Items) error {
	events, _, err := q.events(ctx, day)
	if err != nil {
		return err
	}
	spans := make(map[string]metric.Day, len(events))
	ids := slices.Clone(q.cfg.EventIDs)
	for _, event := range events {
		span := event.span
		if slices.Contains(q.cfg.EventIDs, event.ID) {
			if event.Start.IsZero() {
				continue
			}
			span = day
		} else {
			ids = append(ids, event.ID)
		}
		spans[event.ID] = metric.Day{Start: event.Start, End: day.End}.Intersect(span)
	}
	q.reports.forget(func(id string) bool {
		_, listed := spans[id]
		return !listed && !slices.Contains(q.cfg.EventIDs, id)
	})
	return failing.Each(ctx, h, ids, func(id string) error {
		report, first, err := q.reports.read(ctx, id, day)
		if err != nil {
			return err
		}
		if first {
			h.Day.Dropped += report.dropped
			h.Day.Missing += report.missing
		}
		span, listed := spans[id]
		if !listed {
			if report.presence.empty() {
				return nil
			}
			span = metric.Day{Start: report.presence.begins(), End: day.End}.Intersect(day)
		}
		report.show(h, id, span)
		return nil
	})
}

// eventReports reads reports and keeps of them what they tell over time: a request for each event, however many days
// are asked for.
type eventReports struct {
	client *quanshi.Client

	mu       sync.Mutex // held while a report is read: they are large
	known    map[string]*eventReport
	failures history.Failures
}

// eventReport is what an event's report told, or why it cannot be read.
type eventReport struct {
	readAt   time.Time
	sections quanshi.Sections // those that say something
	presence presence
	dropped  int
	missing  int // lists, and fields of which the samples are made
	err      error
}

// read returns the report on an event, and whether it has been read for the first time.
func (r *eventReports) read(ctx context.Context, id string, day metric.Day) (report *eventReport, first bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.known[id]
	if before != nil && !before.readAt.Before(day.End) {
		return before, false, before.err
	}
	report = &eventReport{readAt: time.Now()}
	rows := newPresenceRows()
	read, err := r.client.EventReport(ctx, quanshi.ReportQuery{EventID: id}, rows.add)
	report.err = err
	if report.err != nil && !r.failures.Final(id, report.err) {
		return nil, false, report.err
	}
	if report.err == nil {
		report.presence, report.dropped = rows.presence(), rows.dropped
		report.sections = rows.rows.usable(read.Sections)
		report.missing, _ = rows.rows.missingLists(quanshi.Sections{}, read.Sections)
		report.missing += countPresenceFields(read.MissingFields)
	}
	r.known[id] = report
	return report, before == nil, report.err
}

// countPresenceFields returns how many of a report's missing fields the samples of the history are made of.
func countPresenceFields(missing []string) (n int) {
	for _, name := range missing {
		switch _, field, _ := strings.Cut(name, "."); {
		case field == "online_time", field == "offline_time", name == quanshi.ViewerDetails.String()+".live_type":
			n++
		}
	}
	return n
}

// forget drops the reports that are needed no more.
func (r *eventReports) forget(gone func(id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.known {
		if gone(id) {
			delete(r.known, id)
		}
	}
}

// show adds the samples of the report for a time within a day: those lists that it has, as live.
func (r *eventReport) show(h *history.Batch, id string, span metric.Day) {
	if !span.Start.Before(span.End) {
		return
	}
	columns := r.presence.during(span)
	series := func(f *metric.Family, label string, column int) {
		h.AddSteps(f, []string{id, label}, columns[column], span)
	}
	if r.sections.Viewers {
		for i, audience := range audiences.States("") {
			series(viewers, audience, viewersFirst+i)
		}
		if r.presence.othersFrom.Before(span.End) {
			h.AddSteps(viewers, []string{id, metric.Other}, columns[viewersOther],
				metric.Day{Start: r.presence.othersFrom, End: span.End}.Intersect(span))
		}
	}
	if r.sections.Lives {
		series(openSessions, sides[quanshi.Lives], openLives)
	}
	if r.sections.Interactions {
		series(openSessions, sides[quanshi.Interactions], openInteractions)
	}
}
