package poll

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Refresh starts the refreshes that are due for the accounts, and waits for those in flight until ctx is done.
func Refresh(ctx context.Context, accounts ...*Account) {
	Start(accounts...).Wait(ctx)
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
// it wait for one whose requests cannot all be sent before the deadline ([inFlight.sentBy]). Overlapping scrapes wait for
// the same refreshes.
func (r Refreshes) Wait(ctx context.Context) {
	began := time.Now()
	awaited := slices.DeleteFunc(slices.Clone(r), func(refresh *inFlight) bool { return refresh.missedDeadline.Load() })
	late := make([]bool, len(awaited)) // as it seems now: at its turn each is looked at again
	for i, refresh := range awaited {
		late[i] = refresh.tooLateFor(ctx)
	}
	for i, refresh := range awaited {
		if !refresh.await(ctx) {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) || time.Since(began) < minMissedWait {
				return // the scraper closed its connection early, or wanted an answer at once: the refreshes are not at fault
			}
			for j, pending := range awaited[i:] {
				if !late[i+j] {
					pending.missedDeadline.Store(true) // has no effect on one that has just ended
				}
			}
			return
		}
	}
}
