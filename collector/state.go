package collector

import (
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// state is what a scrape shows of an endpoint at one instant.
type state struct {
	snapshot
	up       bool
	finished bool // a turn has ended
	duration time.Duration
	// servedAt is when the oldest of what is served was read; where nothing is served, of what was last served. Zero before the first success.
	servedAt time.Time
	// reasons are the kinds of failure that keep the endpoint from being up.
	reasons   []transport.Kind
	successes uint64
	failures  [transport.KindCount]uint64
}

// state gives what is to be shown at now. Items that a turn still in flight has read are in it already.
func (e *endpoint) state(now time.Time) state {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := state{
		snapshot: e.current(now), up: e.up(), finished: e.finished, duration: e.duration,
		reasons: e.reasons(), successes: e.successes, failures: e.failures,
	}
	s.servedAt = e.servedAt
	return s
}
