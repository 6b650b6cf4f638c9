package collector

import (
	"maps"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// state is what a scrape shows of an endpoint at one instant.
type state struct {
	up       bool
	finished bool // a turn has ended
	duration time.Duration
	// servedAt is when the oldest of what is served was read; where nothing is served, of what was last served. Zero before the first success.
	servedAt time.Time
	parts    []*part
	samples  int
	dropped  int
	// reasons are the kinds of failure that keep the endpoint from being up, sorted, each once.
	reasons   []string
	successes uint64
	results   map[transport.Kind]uint64
}

// state gives what is to be shown at now: the parts that are neither too old nor of a day gone by, and how the endpoint fares.
func (e *endpoint) state(now time.Time) state {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.assemble() // items that a turn still in flight has read are served at once
	s := state{
		up: e.up(), finished: e.finished, duration: e.duration,
		dropped: e.snapshot.dropped.total(), reasons: e.reasons(),
		successes: e.successes, results: maps.Clone(e.results),
	}
	day := e.day(now)
	var oldest time.Time
	for _, p := range e.snapshot.parts {
		if !p.live(now, day, e.settings.MaxStale) {
			continue
		}
		s.parts = append(s.parts, p)
		s.samples += len(p.samples)
		if oldest.IsZero() || p.readAt.Before(oldest) {
			oldest = p.readAt
		}
	}
	switch {
	case !oldest.IsZero():
		e.servedAt = oldest
	case e.listed && len(e.items) == 0: // an empty list is an answer too
		e.servedAt = e.listedAt
	}
	s.servedAt = e.servedAt
	return s
}

// reasons are the kinds of failure in force. e.mu is held.
func (e *endpoint) reasons() []string {
	var reasons []string
	if e.err != nil {
		reasons = append(reasons, transport.KindOf(e.err).String())
	}
	for _, s := range e.items {
		if s.err != nil {
			reasons = append(reasons, transport.KindOf(s.err).String())
		}
	}
	slices.Sort(reasons)
	return slices.Compact(reasons)
}
