package collector

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// endpoint is the life of one vendor API read for one account: when it is due, the turn in flight that scrapes join, what is kept of it and for how long, and how
// long it rests after a failure. A turn lists the endpoint's items where they can change, and reads those that are due.
//
// What a scrape needs is decided under mu without waiting. Turns run in goroutines of their own and outlive the scrape that began them.
type endpoint struct {
	spec     *metric.Spec
	settings config.Endpoint
	source   source
	account  *account
	labels   []*dto.LabelPair // of its own samples
	logger   log.Logger

	mu       sync.Mutex
	turn     chan struct{} // closed when the turn in flight ends; nil while there is none
	finished bool          // a turn has ended
	listing  trouble       // of the list
	listed   bool          // it has succeeded once
	listedAt time.Time
	askedAt  time.Time // when it was last asked for
	items    []*itemState
	stopped  trouble // what ended the last turn before its end
	// turnsWith are the credentials that the account had when the last turn began, refusedWith those with which a read was refused.
	turnsWith, refusedWith fingerprint
	duration               time.Duration // of the last turn
	// reported and reportedDrops are what the log last said of the endpoint.
	reported      error
	reportedDrops metric.DropCounts

	snapshot  snapshot  // see current
	dirty     bool      // the items' parts have changed since the snapshot was made of them
	servedAt  time.Time // when the oldest of what was last served was read; zero before the first
	successes uint64    // reads, by outcome
	failures  [transport.KindCount]uint64
}

// source is what an endpoint reads for one account.
type source struct {
	// list gives the items, in the order in which they are served. Where it fails it may give the items that are to be read all the same; nil leaves those that are known.
	list func(ctx context.Context) ([]Item, error)
	// remembers says that list knows itself when the vendor may be asked again after a failure, which it gives again until then. It is asked for its items as if it succeeded.
	remembers bool
	// fixed says that the list is always the same, so that it is asked for only once.
	fixed bool
}

// single is the source of an endpoint that reads one thing.
func single(read func(ctx context.Context, day metric.Day, b *metric.Batch) error) source {
	return fixedItems([]Item{{Read: read}})
}

// fixedItems is the source of an endpoint whose items stand in the configuration.
func fixedItems(items []Item) source {
	return source{fixed: true, list: func(context.Context) ([]Item, error) { return items, nil }}
}

// join gives the turn that a scrape should wait for at now: the one in flight, or a new one if anything is due. It gives nil where what is kept is fresh, and where
// the endpoint rests after a failure.
func (e *endpoint) join(now time.Time) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turn != nil {
		return e.turn
	}
	day := e.day(now)
	e.noticeCredentials()
	if !e.due(now, day) || !e.account.turns.begin() {
		return nil
	}
	turn := make(chan struct{})
	e.turn = turn
	e.account.sender.Admit(e.spec.Source, func(admission *transport.Admission) {
		defer e.account.turns.end()
		defer close(turn)
		if admission.Err != nil {
			e.giveUp(e.account.ctx, admission.Waited, admission.Err)
			return
		}
		e.take(transport.WithLimits(e.account.ctx, transport.Limits{Admission: admission}), now, day)
	})
	return turn
}

// day is the one that the endpoint's window means at now.
func (e *endpoint) day(now time.Time) metric.Day { return e.spec.Window.At(now, e.account.location) }

// due tells whether a turn would have anything to do. e.mu is held.
func (e *endpoint) due(now time.Time, day metric.Day) bool {
	if e.stopped.rests(now) {
		return false
	}
	return e.listDue(now) || slices.ContainsFunc(e.items, func(s *itemState) bool { return s.due(now, day, e.settings.MinInterval) })
}

func (e *endpoint) listDue(now time.Time) bool {
	switch {
	case e.listing.err == nil:
	case e.source.remembers:
		return isDue(now, e.askedAt, e.settings.MinInterval) || e.listing.retryAt.IsZero()
	default:
		return !e.listing.rests(now)
	}
	return !e.listed || !e.source.fixed && isDue(now, e.listedAt, e.settings.MinInterval)
}

// up tells whether the last turn succeeded and no item is failing. e.mu is held.
func (e *endpoint) up() bool {
	return e.finished && e.listing.err == nil && e.stopped.err == nil && !slices.ContainsFunc(e.items, func(s *itemState) bool { return s.err != nil || s.part == nil })
}
