package collector

import (
	"context"
	"slices"
	"sync"

	"github.com/engage-exporter/engage_exporter/config"
)

// Reload builds the collectors of another configuration. Accounts that are configured as before are the same ones in both sets: with what they have read, their tokens, their
// budgets and the reads in flight. Nothing of the present set changes, also if it fails: once the new one is in use, Retire ends what is left over.
//
// A global setting that reaches into every account (the bounds on requests in flight, samples and answers) makes all of them new.
func (s *Set) Reload(cfg *config.Config) (*Set, error) { return build(cfg, s.options, s) }

// Retire ends the accounts that the set in use has no more, once the scrapes that are bound to this one have come to an end; who binds it later gets the set in use. It returns
// when all is done. What an account that goes on was refused with bad credentials is tried again: whoever reloads may have mended them.
func (s *Set) Retire(inUse *Set) {
	s.successor.Store(inUse)
	s.scrapes.closeAndWait()
	goesOn := make(map[*account]bool)
	for _, a := range inUse.accounts() {
		goesOn[a] = true
	}
	var ending sync.WaitGroup
	for _, a := range s.accounts() {
		if goesOn[a] {
			a.forgiveRefusals()
		} else {
			ending.Go(a.close)
		}
	}
	ending.Wait()
	for _, p := range s.pools {
		if !slices.Contains(inUse.pools, p) {
			p.closeIdle()
		}
	}
}

// enter gives the set that a scrape is to use: this one, whose accounts then last until ctx is done, or the one that has replaced it.
func (s *Set) enter(ctx context.Context) *Set {
	for !s.scrapes.begin() {
		s = s.successor.Load()
	}
	context.AfterFunc(ctx, s.scrapes.end)
	return s
}

// sameGlobals tells whether an account may go on under other global settings. Timeouts and http_client are part of each account's own.
func sameGlobals(a, b config.Global) bool {
	return a.MaxConcurrentRequests == b.MaxConcurrentRequests && a.MaxSamplesPerEndpoint == b.MaxSamplesPerEndpoint && a.MaxResponseBytes == b.MaxResponseBytes
}
