package poll

import (
	"iter"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Status is the state of an endpoint at one instant, with the samples that it serves. It is shared and must not be
// changed.
type Status struct {
	// Up reports whether the last refresh succeeded and no item fails.
	Up bool
	// Finished reports whether any refresh has ended.
	Finished bool
	// Duration is how long the last refresh took; 0 before the first.
	Duration time.Duration
	// ServedAt is when the oldest of the served results was read; if nothing is served any more, the oldest of those
	// that were served last. Zero before the first success.
	ServedAt time.Time
	// Day is the day of the window, the zero Day without one.
	Day metric.Day
	// Samples counts the samples that are served, Dropped those that were received and are not served.
	Samples int
	Dropped metric.DropCounts
	// DroppedValues are the first values that were dropped, safe to show.
	DroppedValues []metric.DroppedValue
	// Reasons are the kinds of failure that keep the endpoint from being up, sorted by name, each once.
	Reasons []transport.Kind
	// Successes and Failures count the reads so far, by outcome.
	Successes uint64
	Failures  [transport.KindCount]uint64

	results []*result
}

// Status returns the state of the endpoint at now. It includes items that a refresh in flight has already read.
func (e *Endpoint) Status(now time.Time) Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.currentSnapshot(now)
	return Status{
		Up: e.up(), Finished: e.finished, Duration: e.duration, ServedAt: e.servedAt, Day: s.day,
		Samples: s.samples, Dropped: s.dropped, DroppedValues: s.examples,
		Reasons: e.reasons(), Successes: e.successes, Failures: e.failures,
		results: s.results,
	}
}

// Serving reports whether any result is served.
func (s Status) Serving() bool { return len(s.results) > 0 }

// Results returns the samples of each item that is served, in the order of the items. They must not be changed.
func (s Status) Results() iter.Seq[[]metric.Sample] {
	return func(yield func([]metric.Sample) bool) {
		for _, r := range s.results {
			if !yield(r.samples) {
				return
			}
		}
	}
}

// State is the state of an endpoint in one word.
type State string

// The states of an endpoint.
const (
	StateOK      State = "ok"      // the last read succeeded, with all items
	StatePartial State = "partial" // some items fail; the served samples of the others are current
	StateStale   State = "stale"   // it fails, and what was read before is still served
	StateFailing State = "failing" // it fails, and there is nothing to serve
	StatePending State = "pending" // no read has finished yet; items that have been read are served already
)

// Details are what the status page shows of an endpoint beside its Status.
type Details struct {
	State State
	// Err is why the endpoint fails, safe to show; nil if it does not. Since is when that began.
	Err   error
	Since time.Time
	// Items counts the endpoint's items, FailingItems those of them that fail.
	Items, FailingItems int
	// NextRead is when a scrape will start the next read; zero while Reading.
	NextRead time.Time
	Reading  bool
	// DueSince is since when the endpoint is due for a successful read; zero if it is not due. Overdue is why it is
	// overdue by more than two intervals; NotOverdue if it is not.
	DueSince time.Time
	Overdue  Overdue
	// Past are the last refreshes.
	Past PastRefreshes
}

// Details returns the details of the endpoint at now. s is its status at the same time.
func (e *Endpoint) Details(now time.Time, s Status) Details {
	e.mu.Lock()
	defer e.mu.Unlock()
	var d Details
	d.FailingItems, d.Err = e.cause()
	d.Items, d.Since = len(e.items), e.failingSince()
	switch {
	case d.Err != nil && s.Serving() && e.othersFresh(now):
		d.State = StatePartial
	case d.Err != nil && s.Serving():
		d.State = StateStale
	case d.Err != nil:
		d.State = StateFailing
	case !s.Finished:
		d.State = StatePending
	default:
		d.State = StateOK
	}
	if d.Reading = e.refreshing != nil; !d.Reading {
		d.NextRead = e.nextRead(now)
	}
	d.DueSince, d.Overdue = e.overdue(now)
	d.Past = e.past
	return d
}

// Failures returns the current failures: of the endpoint as a whole first, then of its items in their order.
func (e *Endpoint) Failures() []error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []error
	for _, b := range e.backoffs() {
		if b.err != nil {
			all = append(all, b.err)
		}
	}
	return all
}

// othersFresh reports whether everything that is served is current: only items fail, and of those nothing is served.
// e.mu is held.
func (e *Endpoint) othersFresh(now time.Time) bool {
	day := e.day(now)
	for _, s := range e.items {
		served := s.result != nil && s.result.fresh(now, day, e.Settings().MaxStale)
		if served && !s.current() || s.err == nil && s.result == nil {
			return false
		}
	}
	return e.discoverBackoff.err == nil && e.aborted.err == nil
}

// failingSince returns when the first of the current failures began; zero if nothing fails. e.mu is held.
func (e *Endpoint) failingSince() time.Time {
	var first time.Time
	for _, b := range e.backoffs() {
		if b.err != nil && (first.IsZero() || b.since.Before(first)) {
			first = b.since
		}
	}
	return first
}

// nextRead returns when the next refresh is due, at the earliest now. e.mu is held.
func (e *Endpoint) nextRead(now time.Time) time.Time {
	e.followBreaker()
	if e.aborted.backingOff(now) {
		return e.aborted.retryAt
	}
	var times []time.Time
	switch {
	case e.discovery.upstream != nil:
		times = append(times, e.discovery.upstream.nextDiscovery(now))
	case e.discoverBackoff.err != nil:
		times = append(times, e.discoverBackoff.retryAt)
	case e.discoveryDue(now):
		times = append(times, now)
	case !e.discovery.fixed:
		times = append(times, dueAt(e.discoveredAt, e.Settings().MinInterval))
	}
	day := e.day(now)
	for _, s := range e.items {
		switch {
		case s.Read == nil: // it is read after the discovery
		case e.itemDue(s, now, day):
			times = append(times, now)
		case s.err != nil:
			times = append(times, s.retryAt)
		case s.result.stable(now):
			times = append(times, s.attemptedAt.Add(stableInterval))
		default:
			times = append(times, dueAt(s.result.refreshedAt, e.Settings().MinInterval))
		}
	}
	if len(times) == 0 {
		return time.Time{}
	}
	next := slices.MinFunc(times, time.Time.Compare)
	if next.Before(now) {
		return now
	}
	if midnight := metric.Today.At(now, e.account.Location).End; e.spec.Window != metric.Undated && midnight.Before(next) {
		return midnight // when the values of another day become due
	}
	return next
}

// nextDiscovery returns when the next refresh may change the items of endpoints that have this one as their upstream.
func (e *Endpoint) nextDiscovery(now time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refreshing != nil {
		return now
	}
	return e.nextRead(now)
}
