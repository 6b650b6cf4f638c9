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
	slots      *slots      // one for each request in flight
	memory     *adjustable // bytes of answers that are held in memory as a whole
	kept       keptMemory  // bytes that are kept of lists that are decoded while they are read
	admissions admissionQueue
	retryAfter atomic.Int64 // the longest Retry-After that is obeyed; 0 = DefaultMaxRetryAfter
}

// DefaultMaxRetryAfter is the longest Retry-After that is obeyed, unless [Global.SetMaxRetryAfter] says otherwise.
const DefaultMaxRetryAfter = time.Hour

// mostInFlight is more than any process can have in flight. A multiple of it fits in an int of 32 bits.
const mostInFlight = math.MaxInt32 / 4

// NewGlobal returns a limit of maxInFlight requests, at least one. The memory for answers is not limited.
func NewGlobal(maxInFlight int) *Global {
	g := &Global{slots: newSlots(maxInFlight), memory: newAdjustable(unlimited, unlimited)}
	g.kept.set(unlimited)
	g.SetLimit(maxInFlight)
	return g
}

// SetLimit changes the limit of requests. A lower limit does not affect requests that are in flight or already wait for
// a slot, nor refreshes that are admitted.
func (g *Global) SetLimit(maxInFlight int) {
	maxInFlight = min(max(maxInFlight, 1), mostInFlight)
	g.slots.setLimit(maxInFlight)
	g.admissions.setLimit(maxInFlight + maxInFlight/4 + spareAdmissions)
}

// SetOneHost sets whether all requests go to one host, which may hold all slots then.
func (g *Global) SetOneHost(oneHost bool) {
	g.slots.setOneHost(oneHost)
	g.admissions.setOneHost(oneHost)
}

// SetResponseMemory changes how many bytes may be used together by answers: 3/4 of them by those that are held in memory
// as a whole, 1/4 by what is kept of lists that are decoded while they are read ([SizeLimit]). A lower limit does not
// affect answers that are being read.
func (g *Global) SetResponseMemory(bytes int64) {
	g.kept.set(bytes / 4)
	g.memory.set(bytes - bytes/4)
}

// SetMaxRetryAfter changes the longest Retry-After that is obeyed: a longer one is reduced to it.
func (g *Global) SetMaxRetryAfter(d time.Duration) { g.retryAfter.Store(int64(d)) }

func (g *Global) maxRetryAfter() time.Duration {
	return cmp.Or(time.Duration(g.retryAfter.Load()), DefaultMaxRetryAfter)
}

// Limits are the limits that a caller sets for the requests that a client sends for it. A zero value leaves the one of
// an outer context, or else that of the client's [Options].
type Limits struct {
	// Timeout is for each single request. It is no deadline for all of them together.
	Timeout time.Duration
	// WaitUntil is until when a request may wait for its serial lock and its limits. It may always wait for as long as
	// its timeout.
	WaitUntil time.Time
	// Admission is that of the refresh that the requests belong to.
	Admission *Admission
	// Progress is what the caller wants to know of each request.
	Progress Progress
}

// Progress observes the requests of a caller. Its methods are called concurrently. The zero value of [Limits] has none.
type Progress interface {
	// RequestWaits is called when a request begins to wait for its serial lock and its limits. locked says that it has
	// such a lock.
	RequestWaits(locked bool)
	// RequestLocked is called when a request that has a serial lock waits for it no longer.
	RequestLocked()
	// RequestPermitted is called to let the request go, once it has waited. It returns what promise returns, which it
	// calls: false if the request has to wait on.
	RequestPermitted(promise func() bool) bool
	// RequestSent is called when a part of it may have reached the vendor.
	RequestSent()
}

// noProgress is the progress of a caller that does not want to know it.
type noProgress struct{}

func (noProgress) RequestWaits(bool)                         {}
func (noProgress) RequestLocked()                            {}
func (noProgress) RequestPermitted(promise func() bool) bool { return promise() }
func (noProgress) RequestSent()                              {}

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
	if l.Progress == nil {
		l.Progress = before.Progress
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

// accountLimits is what a request has to acquire before it is sent: a slot of the account, a token of the account's
// rate limiter, a slot of the process.
type accountLimits struct {
	account     *semaphore.Weighted
	rateLimiter *rateLimiter
	global      *Global
	host        string // that shares the slots of the process with other hosts
}

func newAccountLimits(global *Global, host string, maxConcurrent int, rateLimiter *rateLimiter) accountLimits {
	if global == nil {
		global = NewGlobal(math.MaxInt)
	}
	return accountLimits{
		account:     semaphore.NewWeighted(int64(maxConcurrent)),
		rateLimiter: rateLimiter,
		global:      global,
		host:        host,
	}
}

// permit is what one request holds of the limits, until it is released.
type permit struct {
	limits   *accountLimits
	slot     slot
	sendings int // that have begun
}

// send is called each time before the request is sent, since net/http may send it again. The error is the reason why it
// must not be sent again; the first time it is nil.
func (p *permit) send() error {
	const closed = "the connection was closed before an answer came, and "
	switch limiter := p.limits.rateLimiter; {
	case p.sendings == 0:
		limiter.take()
	case p.sendings > 1:
		return errors.New(closed + "again when the request was sent once more")
	case !limiter.tryTake():
		return errors.New(closed + "the account has used all its requests of this minute")
	}
	p.sendings++
	return nil
}

func (p *permit) release() {
	if p.sendings == 0 {
		p.limits.rateLimiter.giveBack()
	}
	p.slot.release(true)
	p.limits.account.Release(1)
}

// acquire waits for the limits of one request, and returns how long it has waited, also if it fails. The request must
// be sent at once, and the permit released after it.
//
// It fails as Throttled in three cases: the wait for the rate limiter would last longer than maxWait or than ctx (then
// it fails at once); no slot becomes free within minSlotWait, or maxWait if that is longer; or the deadline of ctx
// passes. If ctx is cancelled, its error is returned as it is.
//
// The token of the rate limiter is promised last: no request waits for a slot with a token that others could use. But a
// request that waits for a token must not hold a slot of the process, which other accounts need. So the order is: wait
// until there is a token, acquire the slot, have the token promised; and again if another request was faster.
func (l *accountLimits) acquire(ctx context.Context, allowed Limits) (p *permit, waited time.Duration, err error) {
	maxWait := allowed.maxWait()
	slots := max(maxWait, minSlotWait)
	d, err := acquireSlot(ctx, l.account, slots, allowed.Admission.waitForAccount)
	waited += d
	if err != nil {
		return nil, waited, throttled(err, d, noAccountSlot)
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
					Err: fmt.Errorf("the account has no request left in this minute (requests_per_minute: %d)",
						l.rateLimiter.perMinute),
				}
			}
			over := allowed.Admission.waitForAccount()
			d, err := sleep(ctx, d)
			over()
			waited += d
			if err != nil {
				return nil, waited, throttled(err, d, "the account's rate limit left no room within %s (requests_per_minute)")
			}
		}
		slot, d, err := l.global.slots.take(ctx, l.host, slots)
		waited += d
		if err != nil {
			return nil, waited, throttled(err, d, noSlot)
		}
		if allowed.Progress.RequestPermitted(l.rateLimiter.tryPromise) {
			allowed.Admission.Release()
			return &permit{limits: l, slot: slot}, waited, nil
		}
		slot.release(false)
		untilToken = l.rateLimiter.timeToTokens(1)
	}
}

// noAccountSlot is the error of a request that waited for the concurrency limit of its account; %s is how long.
const noAccountSlot = "no request slot of this account became free within %s (max_concurrent_requests)"

// noSlot is the error of a request or a refresh that waited for the limit of the process; %s is how long.
const noSlot = "no request slot became free within %s (global.max_concurrent_requests)"

// minSlotWait is how long a request waits for a slot at least. Other requests hold them no longer than their timeout,
// but at the start with many accounts all requests need one at once. A longer wait is a failure and reported, since the
// endpoint has no values during that time.
const minSlotWait = time.Minute

// throttled returns the failure of a request whose deadline passed while it waited for a limit. why is a format for how
// long it waited.
func throttled(err error, waited time.Duration, why string) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Throttled, Err: withText(err, fmt.Sprintf(why, roundForText(waited)))}
	}
	return err
}

// acquireSlot acquires one slot of s and returns how long that has blocked. If it blocks, begin is called before, and
// the function that begin returns after; nil = none.
func acquireSlot(
	ctx context.Context, s *semaphore.Weighted, maxWait time.Duration, begin func() (over func()),
) (time.Duration, error) {
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

// sleep waits for d or until ctx is done, and returns how long it has waited.
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
