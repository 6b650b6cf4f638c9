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
	done   chan struct{} // closed when it ends
	inVain atomic.Bool   // a scrape has waited for it until it had to answer without it

	planned chan struct{} // closed once it is known what it has to read
	sentBy  time.Time     // when the account's rate limit lets the last of its requests go; set before planned is closed
}

func newInFlight() *inFlight {
	return &inFlight{done: make(chan struct{}), planned: make(chan struct{})}
}

// plan notes when the last request can be sent.
func (f *inFlight) plan(sentBy time.Time) {
	f.sentBy = sentBy
	close(f.planned)
}

// await waits until the refresh has ended or cannot end before the deadline of ctx, and returns false if ctx was done
// before that.
func (f *inFlight) await(ctx context.Context) bool {
	planned := f.planned
	for {
		select {
		case <-f.done:
			return true
		case <-planned:
			if deadline, ok := ctx.Deadline(); ok && f.sentBy.After(deadline) {
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
	now := time.Now()
	var refreshes Refreshes
	for _, a := range accounts {
		for _, e := range a.endpoints {
			if refresh := e.refreshIfDue(now); refresh != nil {
				refreshes = append(refreshes, refresh)
			}
		}
	}
	return refreshes
}

// checkCredentials lets the accounts whose breaker is open look for other credentials, all at a time: a file may take a
// while to answer.
func checkCredentials(accounts []*Account) {
	var checks sync.WaitGroup
	for _, a := range accounts {
		if a.client.Breaker().Open {
			checks.Go(a.client.CheckCredentials)
		}
	}
	checks.Wait()
}

// Wait waits until ctx is done or all refreshes have ended, but not for those that an earlier scrape has waited for in
// vain: what hangs delays one scrape, not each until it ends. Nor does it wait for those whose requests the account's
// rate limit does not let go before the deadline. Scrapes that overlap wait alike.
func (r Refreshes) Wait(ctx context.Context) {
	awaited := slices.DeleteFunc(slices.Clone(r), func(refresh *inFlight) bool { return refresh.inVain.Load() })
	for i, refresh := range awaited {
		if !refresh.await(ctx) {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return // the scraper has gone early: that says nothing of the refreshes
			}
			for _, left := range awaited[i:] {
				left.inVain.Store(true) // of no account if it has ended meanwhile
			}
			return
		}
	}
}
