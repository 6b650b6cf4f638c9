package poll

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// row is a kind of failure by how soon it is retried: a row of the table that waits returns.
type row int

const (
	unsent     row = iota // nothing reached the vendor
	unanswered            // it was sent, but no usable answer came
	limited               // the vendor says that it is called too often
	rejected              // the vendor understood the request and rejected it
	rowCount
)

// wait is how long nothing is attempted after a failure: first after the first failure, then twice as long after each
// further failure of the same row, up to limit.
type wait struct{ first, limit time.Duration }

// waits returns the table of waits for an endpoint or item that is read once per minInterval, or once per
// stableInterval if it is stable. While it fails it is read no more often than while it succeeds, or once in ten
// minutes if that is more often.
//
// Two waits are not in the table: the one that a vendor asks for (Retry-After), and after rejected credentials that of
// the account's credentials breaker.
func waits(minInterval time.Duration, stable bool) [rowCount]wait {
	again, longest := minInterval, 10*time.Minute
	if stable {
		again, longest = max(minInterval, stableInterval), stableInterval
	}
	interval := min(max(again, time.Minute), longest)
	return [rowCount]wait{
		unsent:     {time.Second, time.Minute},
		unanswered: {10 * time.Second, interval},
		limited:    {interval, longest},
		rejected:   {max(minInterval, time.Second), time.Hour}, // soon as rare as a stable item is read
	}
}

// unsentGrace is for how long the wait of requests that cannot be sent does not double: after a shorter outage the
// vendor is read again by the second scrape at the latest, however often scrapes come.
const unsentGrace = 30 * time.Second

// rowOf returns the row of a failure. sent reports whether any request of the read reached the vendor, not only the one
// that failed.
func rowOf(err error, sent bool) row {
	failure, ok := errors.AsType[*transport.Error](err)
	switch {
	case ok && failure.NotSent && !sent:
		return unsent
	case ok && failure.Kind == transport.RateLimited:
		return limited
	case ok && failure.Kind == transport.Rejected:
		return rejected
	}
	return unanswered
}

// backoff remembers the failures of a discovery, of an item, or of a refresh as a whole, and when it may be retried.
// The zero value has not failed. It is small, since every endpoint and item of every account has one.
type backoff struct {
	err     error // of the last attempt; nil after a success
	*outage       // nil if err is nil
}

// outage is the time since the last success of what fails.
type outage struct {
	failures [rowCount]int
	since    time.Time // of the first failure
	failedAt time.Time // of the last
	retryAt  time.Time
	// asked: the vendor asked for this wait.
	asked bool
	// breaker: retryAt is that of the account's credentials breaker; see followBreaker.
	breaker bool
}

// succeeded ends the backoff.
func (b *backoff) succeeded() { *b = backoff{} }

// failed records a failure, after which nothing is attempted for as long as the table of waits says. sent is as for
// rowOf, random in [0, 1).
//
// Jitter shortens a wait by a tenth at most, as isDue does for an interval, so that a wait as long as the scrape
// interval skips no scrape. A wait that the vendor, or a limit of our own, asks for is lengthened instead.
func (b *backoff) failed(err error, sent bool, waits [rowCount]wait, random float64) {
	if b.outage == nil {
		b.outage = new(outage)
	}
	b.err, b.failedAt = err, time.Now()
	if b.since.IsZero() {
		b.since = b.failedAt
	}
	r := rowOf(err, sent)
	b.failures[r]++
	if r == unsent && b.failedAt.Sub(b.since) < unsentGrace {
		b.failures[r] = 1
	}
	w := waits[r]
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		failure = &transport.Error{}
	}
	asked := failure.RetryAfter
	if r == limited && asked > 0 {
		w = wait{first: asked, limit: w.first}
	}
	left := w.first
	for i := 1; i < b.failures[r] && left < w.limit; i++ {
		left = min(2*left, w.limit)
	}
	left = time.Duration(float64(left) * (1 - random/10))
	if asked > 0 {
		least := time.Duration(float64(asked) * (1 + random/10))
		if left = max(left, least); failure.Kind == transport.Throttled && r == unsent {
			left = least // our own limits know the time exactly
		}
	}
	// A login that the vendor limits is not sent again for other endpoints either.
	b.asked, b.breaker = r == limited || asked > 0 && (!failure.NotSent || failure.Kind == transport.RateLimited), false
	b.retryAt = b.failedAt.Add(left)
}

// backingOff reports whether it is too early for another attempt.
func (b *backoff) backingOff(now time.Time) bool { return b.err != nil && now.Before(b.retryAt) }

// reset lets the next scrape retry as after a first failure, unless the vendor asked for the wait.
func (b *backoff) reset() {
	if b.err == nil || b.asked {
		return
	}
	b.retryAt, b.failures = time.Time{}, [rowCount]int{}
}

// backoffs returns all backoffs of the endpoint: of its discovery and of the whole endpoint first, then of its items in
// their order. e.mu is held.
func (e *Endpoint) backoffs() []*backoff {
	all := append(make([]*backoff, 0, 2+len(e.items)), &e.discoverBackoff, &e.aborted)
	for _, s := range e.items {
		all = append(all, &s.backoff)
	}
	return all
}

// cause returns the number of items that fail, and the first failure that keeps the endpoint from being up; nil if
// there is none. e.mu is held.
func (e *Endpoint) cause() (failing int, err error) {
	for _, b := range e.backoffs() {
		if err == nil {
			err = b.err
		}
	}
	for _, s := range e.items {
		if s.err != nil {
			failing++
		}
	}
	return failing, err
}

// reasons returns the kinds of the current failures, sorted by name, each once. e.mu is held.
func (e *Endpoint) reasons() []transport.Kind {
	var reasons []transport.Kind
	for _, b := range e.backoffs() {
		if b.err != nil {
			reasons = append(reasons, transport.KindOf(b.err))
		}
	}
	slices.SortFunc(reasons, func(a, b transport.Kind) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(reasons)
}

// followBreaker sets the waits after rejected credentials to the current state of the account's credentials breaker. If
// it has closed there is no wait, so that a corrected secret is used at once. e.mu is held.
func (e *Endpoint) followBreaker() {
	for _, b := range e.backoffs() {
		if b.err != nil && b.breaker {
			b.retryAt = e.account.client.Breaker().Until
		}
	}
}

// resetBackoff lets the next scrape retry everything that fails, as [Account.ResetBackoff] says.
func (e *Endpoint) resetBackoff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.backoffs() {
		b.reset()
	}
	e.changedState()
}
