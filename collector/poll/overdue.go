package poll

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Overdue is the reason why an endpoint has not been read although it has been due for a long time.
type Overdue string

// The reasons why an endpoint is overdue; NotOverdue for none.
const (
	NotOverdue       Overdue = ""
	OverdueNoScrape  Overdue = "no scrape"
	OverdueRateLimit Overdue = "waiting for rate limit"
	OverdueBackoff   Overdue = "backing off"
	OverdueReading   Overdue = "read under way"
)

// minOverdue is how long an endpoint may be due without being overdue, however short its interval is. Prometheus can
// scrape at intervals of up to five minutes without gaps in its graphs.
const minOverdue = 5 * time.Minute

// overdue returns since when the endpoint is due for a successful read, zero if it is not due, and why it is overdue by
// more than two intervals, NotOverdue if it is not. e.mu is held.
func (e *Endpoint) overdue(now time.Time) (since time.Time, why Overdue) {
	since = e.dueSince(now)
	if since.IsZero() || age(now, since) <= max(2*e.Settings().MinInterval, minOverdue) {
		return since, NotOverdue
	}
	_, err := e.cause()
	limited := transport.KindOf(err) == transport.Throttled || transport.KindOf(err) == transport.RateLimited
	switch {
	case e.refreshing != nil && e.account.client.RateLimited(), limited && e.backingOff(now):
		return since, OverdueRateLimit
	case e.refreshing != nil:
		return since, OverdueReading
	case e.backingOff(now):
		return since, OverdueBackoff
	}
	return since, OverdueNoScrape
}

// backingOff reports whether the endpoint backs off after a failure, so that a scrape at now reads nothing. e.mu is
// held.
func (e *Endpoint) backingOff(now time.Time) bool {
	_, err := e.cause()
	return err != nil && e.nextRead(now).After(now)
}

// dueSince returns since when the discovery or an item is due for a successful read, the earliest of them; zero if
// nothing is due at now. e.mu is held.
func (e *Endpoint) dueSince(now time.Time) time.Time {
	first := time.Time{}
	add := func(at time.Time) {
		if !at.After(now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	start := e.account.since.AsTime()
	switch {
	case e.discovery.upstream != nil: // then the upstream endpoint is overdue itself
	case e.discoverBackoff.err != nil:
		add(e.discoverBackoff.since)
	case !e.discovered:
		add(start)
	case !e.discovery.fixed:
		add(dueAt(e.discoveredAt, e.Settings().MinInterval))
	}
	day := e.day(now)
	for _, s := range e.items {
		switch r := s.result; {
		case s.Read == nil: // it is read after the discovery
		case s.err != nil:
			add(s.since)
		case r == nil:
			add(start)
		case r.day != day:
			add(metric.Today.At(now, e.account.Location).Start)
		case r.stable(now):
			add(s.attemptedAt.Add(stableInterval))
		default:
			add(dueAt(r.refreshedAt, e.Settings().MinInterval))
		}
	}
	return first
}
