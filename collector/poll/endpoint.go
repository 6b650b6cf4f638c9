package poll

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Endpoint is one vendor API that is read for one account. It decides when a read is due, shares a refresh among
// concurrent scrapes, keeps the results of its items, and backs off after failures.
//
// What a scrape needs is decided under mu, which is never held while something is waited for. Refreshes run in
// goroutines of their own and outlive the scrape that started them.
type Endpoint struct {
	spec      *metric.Spec
	settings  atomic.Pointer[config.Endpoint]
	discovery Discovery
	account   *Account
	logger    log.Logger

	mu         sync.Mutex
	refreshing *inFlight     // nil while there is none
	finished   bool          // a refresh has ended
	duration   time.Duration // of the last refresh
	past       PastRefreshes

	discoverBackoff backoff
	discovered      bool      // discovery has succeeded once
	discoveredAt    time.Time // when it last did
	items           []*itemState
	aborted         backoff // what ended the last refresh early, for all items

	logged loggedState // what the log last said of the endpoint

	snapshot  snapshot  // see currentSnapshot
	changed   bool      // the items' results have changed since the snapshot was built
	servedAt  time.Time // when the oldest result last served was read; zero before the first
	successes uint64    // reads that succeeded
	failures  [transport.KindCount]uint64

	unsaved    bool                 // something has changed since the state was stored
	savedItems map[string]savedItem // what was stored of the items in records of their own, by ID
}

func newEndpoint(a *Account, spec *metric.Spec, d Discovery) *Endpoint {
	e := &Endpoint{spec: spec, discovery: d, account: a, logger: log.With(a.Logger, "endpoint", spec.Name)}
	settings := a.Settings[spec.Name]
	e.settings.Store(&settings)
	return e
}

// Spec returns what the catalogue says of the endpoint.
func (e *Endpoint) Spec() *metric.Spec { return e.spec }

// Settings returns how the endpoint is configured now.
func (e *Endpoint) Settings() config.Endpoint { return *e.settings.Load() }

// setTimes changes how often the endpoint is read, how long its results are kept, and the timeout of its requests.
func (e *Endpoint) setTimes(settings config.Endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	settings.Enabled = e.Settings().Enabled
	e.settings.Store(&settings)
	e.changed = true // a result may be kept for longer than before, or no longer
}

// Account returns the account that the endpoint is read for.
func (e *Endpoint) Account() *Account { return e.account }

// refreshIfDue starts a refresh if anything is due at now, and returns the refresh in flight. It returns nil if what is
// kept is fresh, and while the endpoint backs off after a failure.
func (e *Endpoint) refreshIfDue(now time.Time) *inFlight {
	var upstream *inFlight
	if e.discovery.upstream != nil {
		upstream = e.discovery.upstream.refreshIfDue(now)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refreshing != nil {
		return e.refreshing
	}
	if e.discovery.upstream != nil && upstream == nil {
		e.discoverFromUpstream(now)
	}
	e.followBreaker()
	day := e.day(now)
	if upstream == nil && !e.due(now, day) || !e.account.refreshes.Begin() {
		return nil
	}
	refresh := newInFlight()
	e.refreshing = refresh
	start := func() {
		e.account.client.Admit(e.spec.Source, func(admission *transport.Admission) {
			defer e.account.refreshes.End()
			defer close(refresh.done)
			e.refresh(admission, now, day)
		})
	}
	if upstream == nil {
		start()
		return refresh
	}
	go func() {
		select {
		case <-upstream.done:
		case <-e.account.ctx.Done():
		}
		start() // only now: it must not take the place of the refresh that it waits for
	}()
	return refresh
}

// day returns the day that the endpoint's window means at now.
func (e *Endpoint) day(now time.Time) metric.Day { return e.spec.Window.At(now, e.account.Location) }

// due reports whether a refresh would have anything to do. e.mu is held.
func (e *Endpoint) due(now time.Time, day metric.Day) bool {
	if e.aborted.backingOff(now) {
		return false
	}
	return e.discoveryDue(now) ||
		slices.ContainsFunc(e.items, func(s *itemState) bool { return s.due(now, day, e.Settings().MinInterval) })
}

// discoveryDue reports whether the vendor, or a file, is to be asked for the items. e.mu is held.
func (e *Endpoint) discoveryDue(now time.Time) bool {
	switch {
	case e.discovery.upstream != nil:
		return false // the other endpoint's refreshes decide
	case e.discoverBackoff.err != nil:
		return !e.discoverBackoff.backingOff(now)
	}
	return !e.discovered || !e.discovery.fixed && isDue(now, e.discoveredAt, e.Settings().MinInterval)
}

// up reports whether the last refresh succeeded and no item fails. e.mu is held.
func (e *Endpoint) up() bool {
	return e.finished && e.discoverBackoff.err == nil && e.aborted.err == nil &&
		!slices.ContainsFunc(e.items, func(s *itemState) bool { return s.err != nil || s.result == nil })
}

// kept returns what the endpoint's last read kept, nil if its last good result is not fresh enough at now, and why the
// endpoint fails, nil if it does not.
func (e *Endpoint) kept(now time.Time) (kept metric.Kept, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	day := e.day(now)
	for _, s := range e.items {
		if s.result != nil && s.result.fresh(now, day, e.Settings().MaxStale) {
			kept = s.kept
		}
	}
	_, err = e.cause()
	return kept, err
}

// isDue reports whether a tenth less than the interval has passed since then: scrapes come a little early at times, and
// must not then skip a read. A time in the future means that the clock was set back: better to read once more than to
// wait for it.
func isDue(now, since time.Time, interval time.Duration) bool {
	passed := age(now, since)
	return passed < 0 || passed >= interval-interval/10
}

// dueAt returns the time at which isDue begins to hold.
func dueAt(since time.Time, interval time.Duration) time.Time {
	return since.Add(interval - interval/10)
}

// within reports whether less than the interval has passed since then.
func within(now, since time.Time, interval time.Duration) bool {
	passed := age(now, since)
	return passed >= 0 && passed < interval
}

// age returns the time from then to now by the wall clock: the monotonic clock stands still while a machine sleeps, and
// values grow old all the same.
func age(now, then time.Time) time.Duration { return now.Round(0).Sub(then.Round(0)) }

// Context returns a context for requests of the endpoint that start now: with its timeout, and with how long they may
// wait for the account's limits.
func (e *Endpoint) Context(ctx context.Context) context.Context {
	return transport.WithLimits(ctx, transport.Limits{Timeout: e.Settings().Timeout, WaitUntil: time.Now().Add(e.maxWait())})
}
