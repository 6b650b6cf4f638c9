package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Global bounds the requests in flight of the whole process, all accounts together, and the memory for their answers.
type Global struct {
	slots      *adjustable
	memory     *adjustable    // bytes of answers that are held whole
	admissions admissionQueue // of the refreshes that begin
	retryAfter atomic.Int64   // the longest Retry-After that is obeyed; 0 = DefaultMaxRetryAfter
}

// DefaultMaxRetryAfter is the longest Retry-After that is obeyed, unless [Global.SetMaxRetryAfter] says otherwise.
const DefaultMaxRetryAfter = time.Hour

// mostInFlight is more than any process can have in flight.
const mostInFlight = math.MaxInt32

// NewGlobal returns a bound of maxInFlight requests, at least one. The memory for answers has no limit yet.
func NewGlobal(maxInFlight int) *Global {
	g := &Global{slots: newAdjustable(int64(maxInFlight), mostInFlight), memory: newAdjustable(unlimited, unlimited)}
	g.admissions.setLimit(g.slots.get())
	return g
}

// SetLimit changes the bound of requests. Where it is lowered, requests that are in flight or wait for a slot
// already go by the bound before, and so do refreshes that have begun.
func (g *Global) SetLimit(maxInFlight int) { g.admissions.setLimit(g.slots.set(int64(maxInFlight))) }

// SetResponseMemory changes how many bytes the answers that are held whole may take together. Where it is lowered,
// answers that are being read go by the bound before.
func (g *Global) SetResponseMemory(bytes int64) { g.memory.set(bytes) }

// SetMaxRetryAfter changes how long a vendor can keep accounts from asking again: a longer Retry-After is cut to it.
func (g *Global) SetMaxRetryAfter(d time.Duration) { g.retryAfter.Store(int64(d)) }

func (g *Global) maxRetryAfter() time.Duration {
	return cmp.Or(time.Duration(g.retryAfter.Load()), DefaultMaxRetryAfter)
}

// Limits are what a caller allows the requests that a client makes for it. Zero values leave what the context
// has already, or else the client's own [Options].
type Limits struct {
	// Timeout is that of each request. It sets no deadline for all of them together.
	Timeout time.Duration
	// WaitUntil is until when a request may wait for its serial lock and its limits, if that is longer than its
	// timeout. Without it the timeout is the limit.
	WaitUntil time.Time
	// Admission is the refresh that the requests belong to.
	Admission *Admission
	// Sent is set once something of a request may have reached the vendor.
	Sent *atomic.Bool
}

type limitsKey struct{}

// WithLimits returns a context for requests under these limits.
func WithLimits(ctx context.Context, l Limits) context.Context {
	before := limitsIn(ctx)
	if l.Timeout <= 0 {
		l.Timeout = before.Timeout
	}
	if l.WaitUntil.IsZero() {
		l.WaitUntil = before.WaitUntil
	}
	if l.Admission == nil {
		l.Admission = before.Admission
	}
	if l.Sent == nil {
		l.Sent = before.Sent
	}
	return context.WithValue(ctx, limitsKey{}, l)
}

func limitsIn(ctx context.Context) Limits {
	l, _ := ctx.Value(limitsKey{}).(Limits)
	return l
}

// maxWait returns how long a request may wait for its serial lock and its limits. l.Timeout is set.
func (l Limits) maxWait() time.Duration {
	if l.WaitUntil.IsZero() {
		return l.Timeout
	}
	return max(l.Timeout, time.Until(l.WaitUntil))
}

// accountLimits is what a request needs before it is sent: a slot of the account, a token of the
// account's rate limiter, a slot of the process.
type accountLimits struct {
	account     *semaphore.Weighted
	rateLimiter *rateLimiter
	global      *Global
}

func newAccountLimits(global *Global, maxConcurrent int, rateLimiter *rateLimiter) accountLimits {
	if global == nil {
		global = NewGlobal(math.MaxInt)
	}
	return accountLimits{
		account:     semaphore.NewWeighted(int64(maxConcurrent)),
		rateLimiter: rateLimiter,
		global:      global,
	}
}

// acquire waits for the limits of one request and returns how long it was kept waiting,
// also if it gave up. The request must be sent at once, and release called after it.
//
// A wait for the rate limiter that would outlast maxWait, or ctx, is not begun: it fails as
// Throttled. So do a slot that does not come free within minSlotWait (or maxWait, if that is
// longer), and a deadline of ctx that passes; its cancellation is returned as it is.
//
// The token is taken last, so that none is used later than the rate limiter assumes. But
// whoever waits for one must not keep the process's slot from other accounts: so the wait
// comes first, then the slot, then the token, and if that is gone meanwhile, all over again.
func (l *accountLimits) acquire(ctx context.Context, allowed Limits) (release func(), waited time.Duration, err error) {
	maxWait := allowed.maxWait()
	slots := max(maxWait, minSlotWait)
	d, err := acquireSlot(ctx, l.account, slots, allowed.Admission.waitForAccount)
	waited += d
	if err != nil {
		return nil, waited, throttled(err, d, "all requests that this account may have in flight (max_concurrent_requests) are")
	}
	untilToken := l.rateLimiter.enqueue()
	defer func() {
		if err != nil {
			l.rateLimiter.dequeue()
			l.account.Release(1)
		}
	}()

	var forToken time.Duration
	for {
		if d := untilToken; d > 0 {
			forToken += d
			if deadline, ok := ctx.Deadline(); forToken > maxWait || ok && time.Until(deadline) < d {
				return nil, waited, &Error{
					Kind:       Throttled,
					RetryAfter: d,
					Err:        fmt.Errorf("the account's budget of %d requests a minute is spent", l.rateLimiter.perMinute),
				}
			}
			over := allowed.Admission.waitForAccount()
			d, err := sleep(ctx, d)
			over()
			waited += d
			if err != nil {
				return nil, waited, throttled(err, d, "the account's requests of this minute are spent")
			}
		}
		d, err := acquireSlot(ctx, l.global.slots.Weighted, slots, nil)
		waited += d
		if err != nil {
			return nil, waited, throttled(err, d, allInFlight)
		}
		if l.rateLimiter.tryAcquire() {
			allowed.Admission.Release()
			return func() {
				l.global.slots.Release(1)
				l.account.Release(1)
			}, waited, nil
		}
		l.global.slots.Release(1)
		untilToken = l.rateLimiter.timeToNext()
	}
}

// allInFlight is why a request or a refresh that waits for the process is not sent.
const allInFlight = "all requests that may be in flight (global.max_concurrent_requests) are"

// minSlotWait is how long a request waits for a slot at least: other requests hold them no
// longer than their timeout, and after a start with many accounts all want one at once. What
// waits longer must be reported, since it has no values meanwhile.
const minSlotWait = time.Minute

// throttled returns the failure of a request whose deadline passed while it waited for a limit.
func throttled(err error, waited time.Duration, why string) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Throttled, Err: withText(err, fmt.Sprintf("gave up after %s: %s", roundForText(waited), why))}
	}
	return err
}

// acquireSlot takes one slot of s and returns how long that blocked. begin is called before it blocks, and what
// begin returned when it no longer does; nil = nothing is called.
func acquireSlot(ctx context.Context, s *semaphore.Weighted, maxWait time.Duration, begin func() (over func())) (time.Duration, error) {
	if ctx.Err() == nil && s.TryAcquire(1) {
		return 0, nil
	}
	if begin != nil {
		defer begin()()
	}
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	began := time.Now()
	err := s.Acquire(ctx, 1)
	return time.Since(began), err
}

// sleep waits for d or until ctx is done, and returns how long it did.
func sleep(ctx context.Context, d time.Duration) (time.Duration, error) {
	began := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return time.Since(began), nil
	case <-ctx.Done():
		return time.Since(began), ctx.Err()
	}
}
