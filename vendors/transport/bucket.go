package transport

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bucket holds an account to its requests per minute: never more than that in any half-open
// window of a minute, wherever it begins.
//
// A bucket of b tokens, refilled with r a minute, can give b + r within one: the full bucket
// and what flows in. So the two must share the allowance n. b is a sixth of n, enough for
// the endpoints of one scrape to go out together; r is n − b + 1, where the one is free: the
// last token to flow in is whole only when the minute is over.
type bucket struct {
	limiter   *rate.Limiter
	perMinute int

	mu     sync.Mutex
	queued int // callers that joined and have not left
}

// window is the minute, and a little more: the limiter counts in floats and rounds its waits
// to nanoseconds, which must not let the one token too many in.
const window = time.Minute + time.Millisecond

func newBucket(perMinute int) *bucket {
	burst := max(1, perMinute/6)
	refill := rate.Limit(float64(perMinute-burst+1) / window.Seconds())
	return &bucket{limiter: rate.NewLimiter(refill, burst), perMinute: perMinute}
}

// join enters the queue for tokens and returns how many stand ahead.
func (b *bucket) join() (ahead int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queued++
	return b.queued - 1
}

func (b *bucket) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queued--
}

// wait returns how long it takes until there is a token for one more than those ahead.
// Nothing is reserved: a reservation that is used late, or given back, lets more through
// in one minute than it should, or less.
func (b *bucket) wait(ahead int) time.Duration {
	missing := float64(ahead+1) - b.limiter.Tokens()
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(b.limiter.Limit()) * float64(time.Second)))
}

// take takes a token, if there is one.
func (b *bucket) take() bool { return b.limiter.Allow() }
