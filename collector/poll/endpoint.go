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
// mu guards all fields below it and is held only for short computations, never during a request or a wait. Refreshes
// run in their own goroutines and outlive the scrape that started them.
type Endpoint struct {
	spec      *metric.Spec
	settings  atomic.Pointer[config.Endpoint]
	discovery Discovery
	account   *Account
	labels    metric.Labels

	fewestRequests int // that the successful read of an item has taken; inFlights.mu guards it

	mu         sync.Mutex
	refreshing *inFlight     // nil = no refresh is in flight
	duration   time.Duration // of the last refresh
	past       PastRefreshes
	finished   bool // at least one refresh has ended
	discovered bool // the discovery has succeeded at least once
	changed    bool // the items' results have changed since the snapshot was built
	unsaved    bool // the state has changed since it was stored

	discoverBackoff backoff   // of the discovery
	discoveredAt    time.Time // when it last succeeded
	discoveredWith  transport.CredentialsVersion
	items           []*itemState
	aborted         backoff // of the whole endpoint: the failure that ended the last refresh early

	logged loggedState // the state that the log last reported

	snapshot  snapshot  // see currentSnapshot
	servedAt  time.Time // see Status.ServedAt
	successes uint64    // reads that succeeded
	failures  [transport.KindCount]uint64

	savedItems map[string]savedItem // what is stored of items that have their own record, by ID
}

func newEndpoint(a *Account, spec *metric.Spec, d Discovery) *Endpoint {
	e := &Endpoint{
		spec: spec, discovery: d, account: a, fewestRequests: unknownRequests,
		labels: metric.NewLabels(metric.AccountLabel, a.Name, EndpointLabel, spec.Name),
	}
	settings := a.Settings[spec.Name]
	e.settings.Store(&settings)
	return e
}

// Spec returns the endpoint's description in the catalogue.
func (e *Endpoint) Spec() *metric.Spec { return e.spec }

// Settings returns the endpoint's current configuration.
func (e *Endpoint) Settings() config.Endpoint { return *e.settings.Load() }

// setTimes changes how often the endpoint is read, how long its results are kept, and the timeout of its requests.
func (e *Endpoint) setTimes(settings config.Endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	settings.Enabled = e.Settings().Enabled
	e.settings.Store(&settings)
	e.changed = true // with another max_stale, other results are fresh
}

// Account returns the account that the endpoint is read for.
func (e *Endpoint) Account() *Account { return e.account }

// logger returns the logger of the endpoint. It is not kept, since thousands of endpoints hardly ever log.
func (e *Endpoint) logger() log.Logger {
	return log.With(e.account.Logger, "vendor", e.account.Vendor, "account", e.account.Name, "endpoint", e.spec.Name)
}

// EndpointLabel is the label with an endpoint's name.
const EndpointLabel = "api_endpoint"

// Labels returns the account and the endpoint, which all samples about the endpoint have.
func (e *Endpoint) Labels() metric.Labels { return e.labels }

// refreshIfDue returns the refresh in flight; it starts one if anything is due. It returns nil if nothing is due: the
// results are fresh, or the endpoint backs off after a failure.
func (e *Endpoint) refreshIfDue() *inFlight {
	var upstream *inFlight
	if e.discovery.upstream != nil {
		upstream = e.discovery.upstream.refreshIfDue()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now() // not when the scrape began: what another scrape has read since then would seem to be of the future
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
	refresh := e.account.inFlights.begin(e)
	e.refreshing = refresh
	if upstream == nil {
		e.start(refresh, now, day)
		return refresh
	}
	go func() {
		select {
		case <-upstream.done:
		case <-e.account.client.Context().Done():
		}
		// Not earlier: a refresh that waits must not hold the admission that the upstream refresh may need.
		e.start(refresh, now, day)
	}()
	return refresh
}

// start runs a refresh when it is admitted.
func (e *Endpoint) start(refresh *inFlight, startedAt time.Time, day metric.Day) {
	e.account.client.Admit(e.spec.Source, func(admission *transport.Admission) {
		defer e.account.refreshes.End()
		defer refresh.end()
		e.refresh(admission, startedAt, day)
	})
}

// day returns the day that the endpoint's window means at now.
func (e *Endpoint) day(now time.Time) metric.Day { return e.spec.Window.At(now, e.account.Location) }

// due reports whether a refresh at now would read or discover anything. e.mu is held.
func (e *Endpoint) due(now time.Time, day metric.Day) bool {
	if e.aborted.backingOff(now) {
		return false
	}
	return e.discoveryDue(now) || slices.ContainsFunc(e.items, func(s *itemState) bool { return e.itemDue(s, now, day) })
}

// itemDue reports whether an item should be read at now, in a refresh for day. e.mu is held.
func (e *Endpoint) itemDue(s *itemState, now time.Time, day metric.Day) bool {
	return s.due(now, day, e.Settings().MinInterval, e.account.client.CredentialsVersion())
}

// discoveryDue reports whether the items should be discovered at now. e.mu is held.
func (e *Endpoint) discoveryDue(now time.Time) bool {
	switch {
	case e.discovery.upstream != nil:
		return false // the items follow from the upstream endpoint's refreshes
	case e.discoverBackoff.err != nil:
		return !e.discoverBackoff.backingOff(now)
	}
	return !e.discovered || !e.discovery.fixed && (isDue(now, e.discoveredAt, e.Settings().MinInterval) ||
		e.discoveredWith != e.account.client.CredentialsVersion())
}

// up reports whether the last refresh succeeded and no item fails. An item that was discovered since then has not been
// read yet: that is no failure. e.mu is held.
func (e *Endpoint) up() bool {
	_, err := e.cause()
	return e.finished && err == nil
}

// kept returns the value that the endpoint's last read kept, nil if no result is fresh at now, and the failure that
// keeps the endpoint from being up, nil if it is up.
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

// isDue reports whether at least nine tenths of the interval have passed since the given time. Scrapes do not come at
// exact intervals: with the whole interval, a scrape that comes a little early would skip a read. A time in the future
// means that the clock was set back; then a read is due, since nobody knows how much time has passed.
func isDue(now, since time.Time, interval time.Duration) bool {
	passed := age(now, since)
	return passed < 0 || passed >= interval-interval/10
}

// dueAt returns the earliest time at which isDue returns true.
func dueAt(since time.Time, interval time.Duration) time.Time {
	return since.Add(interval - interval/10)
}

// within reports whether less than the interval has passed since the given time.
func within(now, since time.Time, interval time.Duration) bool {
	passed := age(now, since)
	return passed >= 0 && passed < interval
}

// age returns the time from then to now by the wall clock: values get older while a machine sleeps, but the monotonic
// clock stops.
func age(now, then time.Time) time.Duration { return now.Round(0).Sub(then.Round(0)) }

// Context returns a context for requests of the endpoint that start now. It carries the endpoint's timeout, how long
// requests may wait for the account's limits, and the admission of their refresh (nil = none).
func (e *Endpoint) Context(ctx context.Context, admission *transport.Admission) context.Context {
	return transport.WithLimits(ctx, transport.Limits{
		Timeout: e.Settings().Timeout, WaitUntil: time.Now().Add(e.maxWait()), Admission: admission,
	})
}
