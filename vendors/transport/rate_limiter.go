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
//
// A token is promised before a connection is opened, and taken when the request is sent over it: so it does not matter
// how long it takes to connect. A promised token is still there when it is taken, because no other request gets it.
type rateLimiter struct {
	limiter   *rate.Limiter
	perMinute int

	mu       sync.Mutex
	queued   int // callers in the queue: no token is promised to them yet
	promised int // tokens that are not taken yet
}

// refillTime is the minute, and a little more, for two reasons. The limiter counts in floats and rounds its waits to
// nanoseconds; that must not allow one request too many. And the minute is measured at the vendor: a request
// arrives later than its token was taken.
const refillTime = time.Minute + arrivalMargin + time.Millisecond

// arrivalMargin is how much longer one request may take to arrive over its connection than another.
const arrivalMargin = 2 * time.Second

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
	for range o.Previous.limits.rateLimiter.notTaken() {
		l.limiter.Reserve()
	}
	return l
}

// enqueue adds the caller to the queue for tokens, and returns how long it takes until there are tokens for the caller
// and all before it. The caller leaves the queue by a successful tryPromise, or by dequeue.
//
// No future token is reserved: with reservations that are used late or cancelled, more requests than the limit could be sent in
// one minute, or fewer.
func (l *rateLimiter) enqueue() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued++
	return l.timeUntil(l.queued)
}

// timeToMore returns how long it takes until there are tokens for all in the queue and for one more.
func (l *rateLimiter) timeToMore() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(l.queued + 1)
}

// timeToTokens returns how long it takes until there are n tokens.
func (l *rateLimiter) timeToTokens(n int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(n)
}

// timeUntil returns how long it takes until there are n tokens that are not promised. l.mu is held.
func (l *rateLimiter) timeUntil(n int) time.Duration {
	missing := float64(n+l.promised) - l.limiter.Tokens()
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(l.limiter.Limit()) * float64(time.Second)))
}

// tryPromise promises a token to the caller and removes it from the queue; it returns false if there is no token. The
// promise ends with take or giveBack.
func (l *rateLimiter) tryPromise() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timeUntil(1) > 0 {
		return false
	}
	l.queued--
	l.promised++
	return true
}

// take takes the token that is promised to the caller.
func (l *rateLimiter) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promised--
	l.limiter.Reserve()
}

// tryTake takes a token that is promised to no request; it returns false if there is none.
func (l *rateLimiter) tryTake() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timeUntil(1) == 0 && l.limiter.Allow()
}

// giveBack ends a promise without taking the token.
func (l *rateLimiter) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promised--
}

// notTaken returns how many promised tokens are not taken yet.
func (l *rateLimiter) notTaken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.promised
}

// dequeue removes the caller from the queue without a token.
func (l *rateLimiter) dequeue() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
}

// allowance returns how many tokens there are now that are not promised.
func (l *rateLimiter) allowance(now time.Time) Allowance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Allowance{Requests: l.limiter.TokensAt(now) - float64(l.promised), PerMinute: l.perMinute, At: now}
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
