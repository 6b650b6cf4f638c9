package collector

import (
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// trouble is the memory of what may fail: an endpoint's list, one of its items, a turn as a whole. The zero value has not failed.
type trouble struct {
	err      error     // of the last attempt; nil after a success
	failures int       // in a row
	since    time.Time // of the first of them
	retryAt  time.Time
}

func (t *trouble) succeeded() { *t = trouble{} }

// failed notes a failure, after which nothing is attempted for as long as backoff says.
func (t *trouble) failed(err error, minInterval time.Duration, random float64) {
	t.err = err
	if t.failures == 0 {
		t.since = time.Now()
	}
	t.failures++
	t.retryAt = time.Now().Add(backoff(minInterval, t.failures, err, random))
}

// rests tells whether it is too early for another attempt.
func (t *trouble) rests(now time.Time) bool { return now.Before(t.retryAt) }

// refused tells whether the credentials are to blame.
func (t *trouble) refused() bool { return t.err != nil && transport.KindOf(t.err) == transport.Auth }

// troubles are all that may keep the endpoint from being up: what concerns it as a whole first, then its items in their order. e.mu is held.
func (e *endpoint) troubles() []*trouble {
	all := append(make([]*trouble, 0, 2+len(e.items)), &e.listing, &e.stopped)
	for _, s := range e.items {
		all = append(all, &s.trouble)
	}
	return all
}

// cause is the number of items that fail, and the first failure that keeps the endpoint from being up; nil if there is none. e.mu is held.
func (e *endpoint) cause() (failing int, err error) {
	for _, t := range e.troubles() {
		if err == nil {
			err = t.err
		}
	}
	for _, s := range e.items {
		if s.err != nil {
			failing++
		}
	}
	return failing, err
}

// reasons are the kinds of failure in force, sorted, each once. e.mu is held.
func (e *endpoint) reasons() []string {
	var reasons []string
	for _, t := range e.troubles() {
		if t.err != nil {
			reasons = append(reasons, transport.KindOf(t.err).String())
		}
	}
	slices.Sort(reasons)
	return slices.Compact(reasons)
}

// noticeCredentials ends the rest of what was refused with other credentials than the account has now: who mends a secret should not have to wait. e.mu is held.
func (e *endpoint) noticeCredentials() {
	if !slices.ContainsFunc(e.troubles(), (*trouble).refused) || e.account.credentials() == e.refusedWith {
		return
	}
	e.endRefusals()
}

// forgiveRefusals ends the rest of what was refused, whatever the credentials are.
func (e *endpoint) forgiveRefusals() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.endRefusals()
}

// endRefusals lets the next scrape try what was refused. e.mu is held.
func (e *endpoint) endRefusals() {
	for _, t := range e.troubles() {
		if t.refused() {
			t.retryAt = time.Time{}
		}
	}
}
