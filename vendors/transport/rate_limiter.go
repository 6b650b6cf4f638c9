package transport

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rateLimiter holds an account to its requests per minute: never more than that in any half-open
// window of a minute, wherever it begins.
//
// A bucket of b tokens, refilled with r a minute, can give b + r within one: the full bucket
// and what flows in. So the two must share the allowance n. b is a sixth of n, enough for
// the endpoints of one scrape to go out together; r is n − b + 1, where the one is free: the
// last token to flow in is whole only when the minute is over.
type rateLimiter struct {
	limiter   *rate.Limiter
	perMinute int

	mu     sync.Mutex
	queued int // callers that joined and have no token yet
}

// window is the minute, and a little more: the limiter counts in floats and rounds its waits
// to nanoseconds, which must not let the one token too many in. And the minute that counts is
// the vendor's: a request for which a connection is opened first arrives later than its token
// was taken, and then those that follow arrive sooner after it.
const window = time.Minute + setUpMargin + time.Millisecond

// setUpMargin is how much longer one request may take to arrive than another.
const setUpMargin = 2 * time.Second

func newRateLimiter(perMinute int) *rateLimiter {
	burst := max(1, perMinute/6)
	refill := rate.Limit(float64(perMinute-burst+1) / window.Seconds())
	return &rateLimiter{limiter: rate.NewLimiter(refill, burst), perMinute: perMinute}
}

// rateLimiterOf returns a client's rate limiter. Settings that change must not let more through in a minute
// than either allows: that of the previous client goes on if its rate is the same, else a new one
// begins empty.
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

// join enters the queue for tokens and returns how long it takes until those ahead and the
// caller can have theirs. It ends with a successful take, or with leave.
//
// Nothing is reserved: a reservation that is used late, or given back, lets more through in
// one minute than it should, or less.
func (l *rateLimiter) enqueue() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued++
	return l.timeUntil(l.queued)
}

// timeToSend returns how long it takes until those in the queue and n more can have their tokens.
func (l *rateLimiter) timeToSend(n int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(l.queued + n)
}

// wait returns how long it takes until there is a token, for a caller in the queue whose
// turn has come.
func (l *rateLimiter) timeToNext() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(1)
}

// until returns how long it takes until there are n tokens.
func (l *rateLimiter) timeUntil(n int) time.Duration {
	missing := float64(n) - l.limiter.Tokens()
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(l.limiter.Limit()) * float64(time.Second)))
}

// take takes a token, if there is one, and leaves the queue with it.
func (l *rateLimiter) tryAcquire() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limiter.Allow() {
		return false
	}
	l.queued--
	return true
}

// leave leaves the queue without a token.
func (l *rateLimiter) dequeue() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
}

// allowance returns how many tokens there are now.
func (l *rateLimiter) allowance(now time.Time) Allowance {
	return Allowance{Requests: l.limiter.TokensAt(now), PerMinute: l.perMinute, At: now}
}

// restore takes as many tokens off a limiter that is full as an earlier one lacks by now; all of them if nothing is
// known of that, if it had another rate, or if it is of a time to come.
func (l *rateLimiter) restore(a *Allowance, now time.Time) {
	there := 0.0
	if a != nil && a.PerMinute == l.perMinute && !a.At.After(now) {
		there = a.Requests + now.Sub(a.At).Seconds()*float64(l.limiter.Limit())
	}
	burst := l.limiter.Burst()
	l.limiter.AllowN(now, burst-min(burst, max(0, int(there))))
}
