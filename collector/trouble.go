package collector

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// trouble is the memory of what may fail: an endpoint's list, one of its items, a turn as a whole. The zero value has not failed.
type trouble struct {
	err      error     // of the last attempt; nil after a success
	failures int       // in a row
	since    time.Time // of the first of them
	failedAt time.Time // of the last
	retryAt  time.Time
}

func (t *trouble) succeeded() { *t = trouble{} }

// failed notes a failure, after which nothing is attempted for as long as backoff says.
func (t *trouble) failed(err error, minInterval time.Duration, random float64) {
	t.err, t.failedAt = err, time.Now()
	if t.failures == 0 {
		t.since = t.failedAt
	}
	t.failures++
	t.retryAt = t.failedAt.Add(backoff(minInterval, t.failures, err, random))
}

// restUpTo lets the wait after the last failure go on doubling beyond backoffMax, up to another limit; but not where the client itself says when there is something to be gained.
func (t *trouble) restUpTo(limit, minInterval time.Duration, random float64) {
	if kind := transport.KindOf(t.err); kind == transport.Auth || kind == transport.Throttled {
		return
	}
	wait := doubled(minInterval, t.failures, limit)
	if later := t.failedAt.Add(time.Duration(float64(wait) * (1 - random/10))); later.After(t.retryAt) {
		t.retryAt = later
	}
}

// forgivenAuth is the least wait after bad credentials that a reload leaves: who reloads again and again must not get the account blacklisted.
const forgivenAuth = time.Minute

// forgive shortens the wait to what it is after a first failure. What the vendor, or our own budget, asked for stays.
func (t *trouble) forgive(minInterval time.Duration) {
	if t.err == nil {
		return
	}
	least := max(minInterval, backoffMin)
	if failure, ok := errors.AsType[*transport.Error](t.err); ok {
		switch {
		case failure.Kind == transport.Auth:
			least = forgivenAuth
		case failure.RetryAfter > 0:
			return
		}
	}
	if soon := t.failedAt.Add(least); soon.Before(t.retryAt) {
		t.retryAt = soon
	}
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

// reasons are the kinds of failure in force, sorted by their names, each once. e.mu is held.
func (e *endpoint) reasons() []transport.Kind {
	var reasons []transport.Kind
	for _, t := range e.troubles() {
		if t.err != nil {
			reasons = append(reasons, transport.KindOf(t.err))
		}
	}
	slices.SortFunc(reasons, func(a, b transport.Kind) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(reasons)
}

// noticeCredentials ends the rest of what was refused with other credentials than the account has now: who mends a secret should not have to wait. e.mu is held.
func (e *endpoint) noticeCredentials() {
	if !slices.ContainsFunc(e.troubles(), (*trouble).refused) || e.account.credentials() == e.refusedWith {
		return
	}
	for _, t := range e.troubles() {
		if t.refused() {
			t.retryAt = time.Time{}
		}
	}
}

// forgive lets what fails be tried again sooner, whatever the cause.
func (e *endpoint) forgive() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.troubles() {
		t.forgive(e.settings.MinInterval)
	}
}

func kindNames(kinds []transport.Kind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return names
}
