package poll

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Refresh starts the refreshes that are due for the accounts, and waits for those in flight until ctx is done.
func Refresh(ctx context.Context, accounts ...*Account) {
	Start(accounts...).Wait(ctx)
}

// inFlight is a refresh in flight.
type inFlight struct {
	done           chan struct{} // closed when it ends
	missedDeadline atomic.Bool   // a scrape has waited for it until it had to answer without it

	begins  time.Time     // when its first request can be sent
	planned chan struct{} // closed once it is known what it has to read
	sentBy  time.Time     // when the last of its requests can be sent; set before planned is closed
}

// newInFlight returns a refresh whose first request can be sent at begins.
func newInFlight(begins time.Time) *inFlight {
	return &inFlight{done: make(chan struct{}), begins: begins, planned: make(chan struct{})}
}

// plan sets sentBy and closes planned.
func (f *inFlight) plan(sentBy time.Time) {
	f.sentBy = sentBy
	close(f.planned)
}

// await waits until the refresh has ended, or until it is known that it cannot end before the deadline of ctx. It
// returns false if ctx is done before that.
func (f *inFlight) await(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	if bounded && f.begins.After(deadline) {
		return true
	}
	planned := f.planned
	for {
		select {
		case <-f.done:
			return true
		case <-planned:
			if bounded && f.sentBy.After(deadline) {
				return true
			}
			planned = nil
		case <-ctx.Done():
			return false
		}
	}
}

// Refreshes are refreshes in flight.
type Refreshes []*inFlight

// Start starts the refreshes that are due for the accounts and returns all that are in flight for them.
func Start(accounts ...*Account) Refreshes {
	checkCredentials(accounts)
	var refreshes Refreshes
	for _, a := range accounts {
		for _, e := range a.endpoints {
			if refresh := e.refreshIfDue(); refresh != nil {
				refreshes = append(refreshes, refresh)
			}
		}
	}
	return refreshes
}

// checkCredentials lets the accounts whose credentials breaker is open check whether their secrets have changed. It
// checks them concurrently, since reading a secret file may take a while.
func checkCredentials(accounts []*Account) {
	var checks sync.WaitGroup
	for _, a := range accounts {
		if a.client.Breaker().Open {
			checks.Go(a.client.CheckCredentials)
		}
	}
	checks.Wait()
}

// minMissedWait is how long a scrape has to wait for a refresh in vain until later scrapes do not wait for it. A client
// that allows less time than most answers take must not keep others from waiting.
const minMissedWait = time.Second

// Wait waits until all refreshes have ended or ctx is done. It does not wait for a refresh for which an earlier scrape
// has waited until its deadline, and for a second at least, so that a vendor that hangs delays only one scrape. Nor does
// it wait for one whose requests cannot all be sent before the deadline, because of the account's rate limit or the
// limit of requests in flight. Overlapping scrapes wait for the same refreshes.
func (r Refreshes) Wait(ctx context.Context) {
	began := time.Now()
	awaited := slices.DeleteFunc(slices.Clone(r), func(refresh *inFlight) bool { return refresh.missedDeadline.Load() })
	for i, refresh := range awaited {
		if !refresh.await(ctx) {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) || time.Since(began) < minMissedWait {
				return // the scraper closed its connection early, or wanted an answer at once: the refreshes are not at fault
			}
			for _, pending := range awaited[i:] {
				pending.missedDeadline.Store(true) // has no effect on one that has just ended
			}
			return
		}
	}
}
