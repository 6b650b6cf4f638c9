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

// Reload builds the collectors of another configuration. Accounts that are configured as before, but for the times of
// their endpoints, are the same ones in both sets: with what they have read, their tokens, their rate limits and the
// reads in flight. The present set does not change, also if Reload fails: once the new one is in use, Retire gives the
// accounts their new times and ends what is left over.
//
// Other accounts are made anew. One that is the same account of the vendor keeps the waits that the vendor asked for, and
// what it has read if that does not follow from the settings that have changed. The global limits of samples and answers
// are part of every account: if one of them changes, all accounts are new.
func (s *Set) Reload(cfg *config.Config) (*Set, error) {
	return build(cfg, s.options, s)
}

// Retire ends the accounts that the current set no longer has, once the scrapes of this set and of those before it have
// ended; a scrape that begins later uses the current set. An account that another one replaces sends no more requests at
// once: scrapes of this set get what it has read so far. It returns when all is done, so sets that replace one another
// quickly are retired side by side. What fails in accounts that go on is tried again sooner: a reload may have
// corrected the cause.
func (s *Set) Retire(current *Set) {
	defer close(s.done)
	s.next.Store(current)
	current.globalLimit.SetLimit(current.global.MaxConcurrentRequests)
	current.globalLimit.SetResponseMemory(responseMemory(current.global))
	current.globalLimit.SetMaxRetryAfter(current.global.MaxRetryAfter)
	current.globalLimit.SetOneHost(current.hasOneHost())
	replacing := make(map[poll.Target]bool)
	for _, a := range current.accounts() {
		replacing[a.target()] = true
	}
	for _, a := range s.accounts() {
		if _, goesOn := current.configured[a]; !goesOn && replacing[a.target()] {
			a.Client().Cancel() // else it would send requests beside those of the account that replaces it
		}
	}
	s.scrapes.CloseAndWait()
	if s.previousDone != nil {
		<-s.previousDone
	}
	var ending sync.WaitGroup
	for _, a := range s.accounts() {
		if configured, goesOn := current.configured[a]; goesOn {
			a.SetTimes(configured.Common().Endpoints)
			a.ResetBackoff()
		} else {
			ending.Go(a.Close)
		}
	}
	ending.Wait()
	for _, p := range s.pools {
		if slices.Contains(current.pools, p) {
			p.renew(current.global.MaxConnectionAge)
		} else {
			p.closeIdle()
		}
	}
}

// retiredClient is the client of an account that is no longer configured. If the account comes back soon, its requests
// of the last minute still count.
type retiredClient struct {
	client    *transport.Client
	retiredAt time.Time
}

// retiredClientLifetime is how long a retired client is remembered: longer than the minute for which requests count.
const retiredClientLifetime = 2 * time.Minute

// retiredClientsAfter returns the clients to remember once next replaces this set.
func (s *Set) retiredClientsAfter(next *Set, now time.Time) map[poll.Target]retiredClient {
	retired := make(map[poll.Target]retiredClient)
	for target, c := range s.retiredClients {
		if since := now.Sub(c.retiredAt); since >= 0 && since < retiredClientLifetime {
			retired[target] = c
		}
	}
	for _, a := range s.accounts() {
		retired[a.target()] = retiredClient{a.Client(), now}
	}
	for _, a := range next.accounts() {
		delete(retired, a.target())
	}
	return retired
}

// scrapeView returns the set that a scrape uses: this one, whose accounts then last until ctx is done, or the one that
// has replaced it.
func (s *Set) scrapeView(ctx context.Context) *Set {
	for !s.scrapes.Begin() {
		s = s.next.Load()
	}
	context.AfterFunc(ctx, s.scrapes.End)
	return s
}

// sameGlobals reports whether accounts may go on under the other global settings. Timeouts and http_client are part of
// each account's own settings, and the limit of requests in flight is changed for all.
func sameGlobals(a, b config.Global) bool {
	return a.MaxSamplesPerEndpoint == b.MaxSamplesPerEndpoint && a.MaxResponseBytes == b.MaxResponseBytes
}
