package collector

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Reload builds the collectors of another configuration. Accounts that are configured as before are the same ones in
// both sets: with what they have read, their tokens, their budgets and the reads in flight. Nothing of the present set
// changes, also if it fails: once the new one is in use, Retire ends what is left over.
//
// The global bounds on samples and answers reach into every account: another one makes all of them new.
func (s *Set) Reload(cfg *config.Config) (*Set, error) { return build(cfg, s.options, s) }

// Retire ends the accounts that the set in use has no more, once the scrapes that are bound to this set and to those
// before it have come to an end; who binds it later gets the set in use. It returns when all is done, so sets that
// replace one another quickly are retired side by side. What fails in accounts that go on is tried again sooner:
// whoever reloads may have corrected the cause.
func (s *Set) Retire(inUse *Set) {
	defer close(s.retired)
	s.successor.Store(inUse)
	inUse.bound.SetLimit(inUse.global.MaxConcurrentRequests)
	s.scrapes.CloseAndWait()
	if s.predecessorRetired != nil {
		<-s.predecessorRetired
	}
	goesOn := make(map[*account]bool)
	for _, a := range inUse.accounts() {
		goesOn[a] = true
	}
	var ending sync.WaitGroup
	for _, a := range s.accounts() {
		if goesOn[a] {
			a.ResetBackoff()
		} else {
			ending.Go(a.Close)
		}
	}
	ending.Wait()
	for _, p := range s.pools {
		if !slices.Contains(inUse.pools, p) {
			p.closeIdle()
		}
	}
}

// departed are the clients of accounts that are no longer configured. One that comes back soon must not have its
// requests of the minute anew.
type departed map[poll.Target]departedClient

type departedClient struct {
	client *transport.Client
	at     time.Time
}

// budgetMemory is how long a client that has gone is remembered: longer than the minute for which requests count.
const budgetMemory = 2 * time.Minute

// departing gives the clients to remember where a set replaces this one.
func (s *Set) departing(next *Set, now time.Time) departed {
	d := make(departed)
	for target, c := range s.departed {
		if since := now.Sub(c.at); since >= 0 && since < budgetMemory {
			d[target] = c
		}
	}
	for _, a := range s.accounts() {
		d[a.target()] = departedClient{a.Client(), now}
	}
	for _, a := range next.accounts() {
		delete(d, a.target())
	}
	return d
}

// enter gives the set that a scrape is to use: this one, whose accounts then last until ctx is done, or the one that
// has replaced it.
func (s *Set) enter(ctx context.Context) *Set {
	for !s.scrapes.Begin() {
		s = s.successor.Load()
	}
	context.AfterFunc(ctx, s.scrapes.End)
	return s
}

// sameGlobals reports whether an account may go on under other global settings. Timeouts and http_client are part of
// each account's own, and the bound on requests in flight is changed for all.
func sameGlobals(a, b config.Global) bool {
	return a.MaxSamplesPerEndpoint == b.MaxSamplesPerEndpoint && a.MaxResponseBytes == b.MaxResponseBytes
}
