package poll

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// backoff remembers the failures of a discovery, of an item, or of a refresh as a whole, and when it may be retried.
// The zero value has not failed.
type backoff struct {
	err      error     // of the last attempt; nil after a success
	failures int       // in a row
	since    time.Time // of the first of them
	failedAt time.Time // of the last
	retryAt  time.Time
	// breakerClosed is how often the account's credentials breaker had closed when the failed refresh started.
	breakerClosed uint64
}

// succeeded ends the backoff.
func (b *backoff) succeeded() { *b = backoff{} }

// failed records a failure, after which nothing is attempted for as long as backoffWait returns.
func (b *backoff) failed(err error, minInterval time.Duration, random float64) {
	b.err, b.failedAt = err, time.Now()
	if b.failures == 0 {
		b.since = b.failedAt
	}
	b.failures++
	b.retryAt = b.failedAt.Add(backoffWait(minInterval, b.failures, err, random))
}

// extendTo lets the wait after the last failure go on doubling beyond backoffMax, up to another limit; but not where
// the client itself says when to retry.
func (b *backoff) extendTo(limit, minInterval time.Duration, random float64) {
	if kind := transport.KindOf(b.err); kind == transport.Auth || kind == transport.Throttled {
		return
	}
	wait := doubled(minInterval, b.failures, limit)
	if later := b.failedAt.Add(time.Duration(float64(wait) * (1 - random/10))); later.After(b.retryAt) {
		b.retryAt = later
	}
}

// backingOff reports whether it is too early for another attempt.
func (b *backoff) backingOff(now time.Time) bool { return now.Before(b.retryAt) }

// refused reports whether the vendor refused the credentials.
func (b *backoff) refused() bool { return b.err != nil && transport.KindOf(b.err) == transport.Auth }

// authResetWait is how long a reload still waits after refused credentials: reloads must not get an account
// blacklisted.
const authResetWait = time.Minute

// reset shortens the wait to what it is after a first failure. What the vendor, or our own limit, asked for stays.
func (b *backoff) reset(minInterval time.Duration) {
	if b.err == nil {
		return
	}
	least := max(minInterval, backoffMin)
	if failure, ok := errors.AsType[*transport.Error](b.err); ok {
		switch {
		case failure.Kind == transport.Auth:
			least = authResetWait
		case failure.RetryAfter > 0:
			return
		}
	}
	if soon := b.failedAt.Add(least); soon.Before(b.retryAt) {
		b.retryAt = soon
	}
}

const (
	// backoffMin stands in for a min_interval of 0, whose doubling would stay 0.
	backoffMin = time.Second
	// backoffMax is the longest wait that doubling leads to, unless min_interval is longer.
	backoffMax = 10 * time.Minute
	// backoffAuth is the wait after refused credentials: vendors blacklist clients that keep trying.
	backoffAuth = 10 * time.Minute
	// retryAfterMax bounds what a vendor may ask for: a header with a typo must not silence an endpoint for years.
	retryAfterMax = 24 * time.Hour
)

// backoffWait returns how long to wait after the given number of failures in a row. random is in [0, 1).
//
// The wait doubles from the minimum interval up to backoffMax, and is never shorter than the minimum interval, but for
// a tenth of jitter at most: as much as a fresh answer may come early, so that a wait as long as the scrape interval
// skips no scrape. What the vendor asks for, and the wait after refused credentials, jitter only lengthens.
func backoffWait(minInterval time.Duration, failures int, err error, random float64) time.Duration {
	wait := doubled(minInterval, failures, backoffMax)
	wait = time.Duration(float64(wait) * (1 - random/10))

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return wait
	}
	least := time.Duration(float64(min(failure.RetryAfter, retryAfterMax)) * (1 + random/10))
	switch {
	case failure.Kind == transport.Auth && least == 0:
		return time.Duration(float64(backoffAuth) * (1 + random/10))
	case failure.Kind == transport.Auth, failure.Kind == transport.Throttled && least > 0:
		// Nothing was sent: the client itself says when a retry makes sense.
		return least
	}
	return max(wait, least)
}

// doubled returns the minimum interval, doubled with each failure but the first up to a limit.
func doubled(minInterval time.Duration, failures int, limit time.Duration) time.Duration {
	wait := max(minInterval, backoffMin)
	for i := 1; i < failures && wait < limit; i++ {
		wait = min(2*wait, limit)
	}
	return wait
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

// retryAfterBreakerClosed ends the backoff after refused credentials if the account's breaker has closed since: a
// corrected secret is tried at once. e.mu is held.
func (e *Endpoint) retryAfterBreakerClosed() {
	for _, b := range e.backoffs() {
		if b.refused() && e.account.client.Breaker().Closed > b.breakerClosed {
			b.retryAt = time.Time{}
		}
	}
}

// resetBackoff lets what fails be retried soon, whatever the cause.
func (e *Endpoint) resetBackoff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range e.backoffs() {
		b.reset(e.settings.MinInterval)
	}
}
