package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Global bounds the requests in flight of the whole process, all accounts together.
type Global struct {
	// slots has room for many more than the limit; those beyond it are taken and never used.
	slots *semaphore.Weighted
	mu    sync.Mutex
	limit int64
}

// mostInFlight is more than any process can have in flight.
const mostInFlight = math.MaxInt32

// NewGlobal returns a bound of maxInFlight requests, at least one.
func NewGlobal(maxInFlight int) *Global {
	g := &Global{slots: semaphore.NewWeighted(mostInFlight), limit: clampInFlight(maxInFlight)}
	g.slots.TryAcquire(mostInFlight - g.limit)
	return g
}

func clampInFlight(n int) int64 { return int64(min(max(n, 1), mostInFlight)) }

// SetLimit changes the bound. Where it is lowered, requests that are in flight or wait for a slot
// already go by the bound before.
func (g *Global) SetLimit(maxInFlight int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	more := clampInFlight(maxInFlight) - g.limit
	g.limit += more
	switch {
	case more > 0:
		g.slots.Release(more)
	case more < 0 && !g.slots.TryAcquire(-more):
		go func() { _ = g.slots.Acquire(context.Background(), -more) }() // until requests end, which all do by their timeouts; it cannot fail
	}
}

// budget is what a request needs before it is sent: a slot of the account, a token of the
// account's bucket, a slot of the process.
type budget struct {
	account *semaphore.Weighted
	bucket  *bucket
	global  *Global
}

func newBudget(global *Global, maxConcurrent int, bucket *bucket) budget {
	if global == nil {
		global = NewGlobal(math.MaxInt)
	}
	return budget{
		account: semaphore.NewWeighted(int64(maxConcurrent)),
		bucket:  bucket,
		global:  global,
	}
}

// acquire waits for the budgets of one request and returns how long it was kept waiting,
// also if it gave up. The request must be sent at once, and release called after it.
//
// A wait for the bucket that would outlast patience, or ctx, is not begun: it fails as
// Throttled. So do a slot that does not come free within slotPatience (or patience, if that is
// longer), and a deadline of ctx that passes; its cancellation is returned as it is.
//
// The token is taken last, so that none is used later than the bucket reckons with. But
// whoever waits for one must not keep the process's slot from other accounts: so the wait
// comes first, then the slot, then the token, and if that is gone meanwhile, all over again.
func (b *budget) acquire(ctx context.Context, patience time.Duration) (release func(), waited time.Duration, err error) {
	slots := max(patience, slotPatience)
	d, err := takeSlot(ctx, b.account, slots, waitForOwn)
	waited += d
	if err != nil {
		return nil, waited, throttled(err, d, "all requests that this account may have in flight (max_concurrent_requests) are")
	}
	untilToken := b.bucket.join()
	defer func() {
		if err != nil {
			b.bucket.leave()
			b.account.Release(1)
		}
	}()

	var forToken time.Duration
	for {
		if d := untilToken; d > 0 {
			forToken += d
			if deadline, ok := ctx.Deadline(); forToken > patience || ok && time.Until(deadline) < d {
				return nil, waited, &Error{
					Kind:       Throttled,
					RetryAfter: d,
					Err:        fmt.Errorf("the account's budget of %d requests a minute is spent", b.bucket.perMinute),
				}
			}
			over := waitForOwn(ctx)
			d, err := sleep(ctx, d)
			over()
			waited += d
			if err != nil {
				return nil, waited, throttled(err, d, "the account's requests of this minute are spent")
			}
		}
		d, err := takeSlot(ctx, b.global.slots, slots, nil)
		waited += d
		if err != nil {
			return nil, waited, throttled(err, d, "all requests that may be in flight (global.max_concurrent_requests) are")
		}
		if b.bucket.take() {
			leaveQueue(ctx)
			return func() {
				b.global.slots.Release(1)
				b.account.Release(1)
			}, waited, nil
		}
		b.global.slots.Release(1)
		untilToken = b.bucket.wait()
	}
}

// slotPatience is how long a request waits for a slot at least: other requests hold them no
// longer than their timeout, and after a start with many accounts all want one at once. What
// waits longer must be told, for it has no figures meanwhile.
const slotPatience = time.Minute

// throttled tells that a deadline passed while waiting for a budget.
func throttled(err error, waited time.Duration, why string) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Throttled, Err: because(err, fmt.Sprintf("gave up after %s: %s", roundForText(waited), why))}
	}
	return err
}

// takeSlot takes one slot of s and returns how long that blocked. begin is called before it does, and
// what that returns when it does no longer; nil = nothing is.
func takeSlot(ctx context.Context, s *semaphore.Weighted, patience time.Duration, begin func(context.Context) (over func())) (time.Duration, error) {
	if ctx.Err() == nil && s.TryAcquire(1) {
		return 0, nil
	}
	if begin != nil {
		defer begin(ctx)()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
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
