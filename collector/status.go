package collector

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// State is how an endpoint is.
type State string

// The states of an endpoint.
const (
	StateOK      State = "ok"      // the last read succeeded, with all items
	StatePartial State = "partial" // some of its items fail; all that is served of the others is as it should be
	StateStale   State = "stale"   // it fails, and what was read before is served still
	StateFailing State = "failing" // it fails, and there is nothing to serve
	StatePending State = "pending" // no read has finished yet; items that have been read are served already
)

// AccountStatus is how an account is at an instant, for people to read. To ask for it reads nothing.
type AccountStatus struct {
	Target    Target
	Location  *time.Location // of its days
	Endpoints []EndpointStatus
	// Requests are the last that were sent to the vendor, the oldest first. Failed ones are remembered longer than others.
	Requests []Request
	// Quotas are the push quotas that are served now, in the vendor's order.
	Quotas []Quota
}

// Failing tells whether any endpoint fails.
func (s AccountStatus) Failing() bool {
	for _, e := range s.Endpoints {
		if e.State == StatePartial || e.State == StateStale || e.State == StateFailing {
			return true
		}
	}
	return false
}

// EndpointStatus is how an endpoint is.
type EndpointStatus struct {
	Name, Source string
	State        State
	// Err is why it fails, safe to show; nil if it does not. Since is when that began.
	Err     error
	Since   time.Time
	Reasons []string // as engage_endpoint_failing has them
	// Items are the things it reads, FailingItems those of them that fail.
	Items, FailingItems int
	// ServedAt is when the oldest of what is served was read; where nothing is served any more, of what was last. Zero if nothing was yet.
	ServedAt time.Time
	// Serving tells whether figures are served now. Where none are though nothing fails, they have become too old or their day is over, since nobody scraped.
	Serving bool
	// NextRead is when the next scrape will read again; zero while Reading.
	NextRead time.Time
	Reading  bool
	// Samples are served; Dropped and Missing as in the families engage_endpoint_….
	Samples, Dropped, Missing int
	// DroppedValues are the first of those that were dropped because they cannot be served, with the vendor's text.
	DroppedValues         []metric.DroppedValue
	Duration              time.Duration // of the last read; 0 before the first
	MinInterval, MaxStale time.Duration
}

// Request is one that was sent to the vendor.
type Request struct {
	At       time.Time
	Endpoint string // method and path, without ids and query: "GET /report/push/date/DATE"
	Code     string // the status of the answer, or "error" where none came
	Duration time.Duration
	Bytes    int64
	Err      error // safe to show; nil if the answer was what it should be
}

// Status is how the accounts are at now, in the order of Targets.
func (s *Set) Status(now time.Time) []AccountStatus {
	accounts := s.accounts()
	all := make([]AccountStatus, 0, len(accounts))
	for _, a := range accounts {
		all = append(all, a.status(now))
	}
	return all
}

// StatusOf is how one account is at now; false if the shard has no such account.
func (s *Set) StatusOf(t Target, now time.Time) (AccountStatus, bool) {
	_, a := s.find(t)
	if a == nil {
		return AccountStatus{}, false
	}
	return a.status(now), true
}

func (a *account) status(now time.Time) AccountStatus {
	s := AccountStatus{Target: a.target(), Location: a.location}
	for _, e := range a.endpoints {
		state := e.state(now)
		s.Endpoints = append(s.Endpoints, e.status(now, state))
		s.Quotas = append(s.Quotas, quotas(a.target(), state.snapshot)...)
	}
	for _, sent := range a.requests.last() {
		s.Requests = append(s.Requests, Request(sent))
	}
	return s
}

func (e *endpoint) status(now time.Time, state state) EndpointStatus {
	s := EndpointStatus{
		Name: e.spec.Name, Source: e.spec.Source, Reasons: kindNames(state.reasons), ServedAt: state.servedAt, Samples: state.samples,
		Dropped: state.dropped.Total(), DroppedValues: state.examples, Missing: state.dropped.Missing, Duration: state.duration, MinInterval: e.settings.MinInterval, MaxStale: e.settings.MaxStale,
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s.FailingItems, s.Err = e.cause()
	s.Items, s.Since = len(e.items), e.failingSince()
	s.Serving = len(state.parts) > 0
	switch {
	case s.Err != nil && s.Serving && e.restIsFresh(now):
		s.State = StatePartial
	case s.Err != nil && s.Serving:
		s.State = StateStale
	case s.Err != nil:
		s.State = StateFailing
	case !state.finished:
		s.State = StatePending
	default:
		s.State = StateOK
	}
	if s.Reading = e.turn != nil; !s.Reading {
		s.NextRead = e.nextRead(now)
	}
	return s
}

// restIsFresh tells whether only items fail, of which nothing is served, while the others are as they should be. e.mu is held.
func (e *endpoint) restIsFresh(now time.Time) bool {
	day := e.day(now)
	for _, s := range e.items {
		if served := s.part != nil && s.part.live(now, day, e.settings.MaxStale); served && !s.isFresh() || s.err == nil && s.part == nil {
			return false
		}
	}
	return e.listing.err == nil && e.stopped.err == nil
}

// failingSince is when the first of the failures in force began; zero if nothing fails. e.mu is held.
func (e *endpoint) failingSince() time.Time {
	var first time.Time
	for _, t := range e.troubles() {
		if t.err != nil && (first.IsZero() || t.since.Before(first)) {
			first = t.since
		}
	}
	return first
}

// nextRead is when the next turn has something to do, not before now. e.mu is held.
func (e *endpoint) nextRead(now time.Time) time.Time {
	if e.stopped.rests(now) {
		return e.stopped.retryAt
	}
	var next time.Time
	sooner := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	switch {
	case e.listing.err != nil:
		sooner(e.listing.retryAt)
	case !e.listed:
		sooner(now)
	case !e.source.fixed:
		sooner(dueAt(e.listedAt, e.settings.MinInterval))
	}
	day := e.day(now)
	for _, s := range e.items {
		switch {
		case s.due(now, day, e.settings.MinInterval):
			sooner(now)
		case s.err != nil:
			sooner(s.retryAt)
		case s.part.settled(now):
			sooner(s.attemptedAt.Add(settledInterval))
		default:
			sooner(dueAt(s.part.turnAt, e.settings.MinInterval))
		}
	}
	if next.Before(now) {
		return now
	}
	if midnight := metric.Today.At(now, e.account.location).End; e.spec.Window != metric.Undated && midnight.Before(next) {
		return midnight // when another day's figures are due
	}
	return next
}
