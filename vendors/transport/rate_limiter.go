package transport

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rateLimiter limits an account to its requests per minute: never more than that in any half-open minute, whenever it
// begins.
//
// A token bucket of b tokens, refilled with r tokens per minute, allows b + r requests within a minute: the full bucket
// and the tokens that are added. So b + r must not exceed the limit n. b is a sixth of n, enough for the endpoints of
// one scrape to send together. r is n − b + 1; the one more is safe, because the last token that is added is complete
// only when the minute is over.
type rateLimiter struct {
	limiter   *rate.Limiter
	perMinute int

	mu     sync.Mutex
	queued int // callers in the queue: they have no token yet
}

// refillTime is the minute, and a little more, for two reasons. The limiter counts in floats and rounds its waits to
// nanoseconds; that must not allow one request too many. And the minute is measured at the vendor: a request that first
// opens a connection arrives later after its token was acquired than the requests that follow it.
const refillTime = time.Minute + setUpMargin + time.Millisecond

// setUpMargin is how much longer one request may take to arrive than another.
const setUpMargin = 2 * time.Second

func newRateLimiter(perMinute int) *rateLimiter {
	burst := max(1, perMinute/6)
	refill := rate.Limit(float64(perMinute-burst+1) / refillTime.Seconds())
	return &rateLimiter{limiter: rate.NewLimiter(refill, burst), perMinute: perMinute}
}

// rateLimiterOf returns a client's rate limiter. When settings change, no more requests may be sent in a minute than
// the old or the new limit allows: so the rate limiter of the previous client is used if its rate is the same, else a
// new one begins without tokens.
func rateLimiterOf(o Options) *rateLimiter {
	if o.Previous == nil {
		return newRateLimiter(o.RequestsPerMinute)
	}
	if before := o.Previous.limits.rateLimiter; before.perMinute == o.RequestsPerMinute {
		return before
	}
	l := newRateLimiter(o.RequestsPerMinute)
	l.limiter.AllowN(time.Now(), l.limiter.Burst())
	return l
}

// enqueue adds the caller to the queue for tokens, and returns how long it takes until there are tokens for the caller
// and all before it. The caller leaves the queue by a successful tryAcquire, or by dequeue.
//
// Nothing is reserved: with reservations that are used late or cancelled, more requests than the limit could be sent in
// one minute, or fewer.
func (l *rateLimiter) enqueue() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued++
	return l.timeUntil(l.queued)
}

// timeToSend returns how long it takes until there are tokens for all in the queue and for n more.
func (l *rateLimiter) timeToSend(n int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(l.queued + n)
}

// timeToNext returns how long it takes until there is one token.
func (l *rateLimiter) timeToNext() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(1)
}

// timeUntil returns how long it takes until there are n tokens. l.mu is held.
func (l *rateLimiter) timeUntil(n int) time.Duration {
	missing := float64(n) - l.limiter.Tokens()
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(l.limiter.Limit()) * float64(time.Second)))
}

// tryAcquire acquires a token and removes the caller from the queue; it returns false if there is no token.
func (l *rateLimiter) tryAcquire() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limiter.Allow() {
		return false
	}
	l.queued--
	return true
}

// dequeue removes the caller from the queue without a token.
func (l *rateLimiter) dequeue() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
}

// allowance returns how many tokens there are now.
func (l *rateLimiter) allowance(now time.Time) Allowance {
	return Allowance{Requests: l.limiter.TokensAt(now), PerMinute: l.perMinute, At: now}
}

// restore sets the tokens of a full limiter to those that an earlier one would have now: to none if a is nil, if it is
// of another rate, or if its time is in the future.
func (l *rateLimiter) restore(a *Allowance, now time.Time) {
	tokens := 0.0
	if a != nil && a.PerMinute == l.perMinute && !a.At.After(now) {
		tokens = a.Requests + now.Sub(a.At).Seconds()*float64(l.limiter.Limit())
	}
	burst := l.limiter.Burst()
	l.limiter.AllowN(now, burst-min(burst, max(0, int(tokens))))
}
