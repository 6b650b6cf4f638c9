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
	unanswered            // it was sent, and no good answer came
	limited               // the vendor says that it is called too often
	rejected              // the vendor understood it and said no
	rowCount
)

// wait is how long nothing is attempted after a failure: first after the first one, then twice as long after each
// further one of the same row, up to limit.
type wait struct{ first, limit time.Duration }

// waits returns the waits of what is read once per minInterval while all is well, and once per stableInterval if it is
// stable. One that stays down is asked no more often than one that is well, or once in ten minutes where that is more
// often.
//
// Two kinds of wait are not in the table: a vendor that says when it may be asked again is obeyed, and after refused
// credentials the wait is that of the account's credentials breaker.
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

// unsentGrace is for how long what is never sent does not double its wait: a vendor that was away for less is read by
// the next scrape but one, however often scrapes come.
const unsentGrace = 30 * time.Second

// rowOf returns the row of a failure. sent reports whether something of the read reached the vendor, also if that was
// not the request that failed.
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
// The zero value has not failed.
type backoff struct {
	err      error         // of the last attempt; nil after a success
	failures [rowCount]int // since the last success
	since    time.Time     // of the first of them
	failedAt time.Time     // of the last
	retryAt  time.Time
	// asked: the vendor asked for the wait.
	asked bool
	// breaker: the account's credentials breaker says when it may be retried; see followBreaker.
	breaker bool
}

// succeeded ends the backoff.
func (b *backoff) succeeded() { *b = backoff{} }

// failed records a failure, after which nothing is attempted for as long as the table of waits says. sent is as for
// rowOf, random in [0, 1).
//
// Jitter shortens a wait by a tenth at most: as much as a fresh answer may come early, so that a wait as long as the
// scrape interval skips no scrape. It lengthens what the vendor, or a limit of our own, asks for.
func (b *backoff) failed(err error, sent bool, waits [rowCount]wait, random float64) {
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
			left = least // our own limits know exactly
		}
	}
	b.asked, b.breaker = r == limited || asked > 0 && !failure.NotSent, false
	b.retryAt = b.failedAt.Add(left)
}

// backingOff reports whether it is too early for another attempt.
func (b *backoff) backingOff(now time.Time) bool { return now.Before(b.retryAt) }

// reset lets the next scrape retry as after a first failure. What the vendor asked for stays.
func (b *backoff) reset() {
	if b.asked {
		return
	}
	b.retryAt, b.failures = time.Time{}, [rowCount]int{}
}

// backoffs returns all that may keep the endpoint from being up: what concerns it as a whole first, then its items in
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

// reasons returns the kinds of failure in force, sorted by their names, each once. e.mu is held.
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

// followBreaker sets the waits after refused credentials to what the account's credentials breaker says now: none once
// it has closed, so that a corrected secret is tried at once. e.mu is held.
func (e *Endpoint) followBreaker() {
	for _, b := range e.backoffs() {
		if b.breaker {
			b.retryAt = e.account.client.Breaker().Until
		}
	}
}

// resetBackoff lets the next scrape retry what fails.
func (e *Endpoint) resetBackoff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.backoffs() {
		b.reset()
	}
	e.unsaved = true
}
