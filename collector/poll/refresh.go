package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/internal/panics"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A refresh may need more requests than the account may send in a minute. The requests beyond the limit are sent later;
// that is no failure. So a request may wait for the rate limit until the next refresh would be due, within these
// bounds: at least as long as a used-up limit needs to recover, and less than values are served (max_stale).
const (
	minMaxWait = 2 * time.Minute
	maxMaxWait = 5 * time.Minute
)

// maxWait returns how long the endpoint's requests may wait for the rate limit.
func (e *Endpoint) maxWait() time.Duration {
	return min(max(e.Settings().MinInterval, minMaxWait), maxMaxWait)
}

// refresh discovers the items if that is due, and then reads the items that are due. startedAt is the time of the
// scrape that started it, day the day of the window at that time. If the discovery fails, the current items are read.
func (e *Endpoint) refresh(admission *transport.Admission, startedAt time.Time, day metric.Day) {
	began := time.Now() // later than startedAt if the refresh had to wait for its admission
	ctx := e.account.client.Context()
	if admission.Err != nil { // not admitted: it must send nothing
		e.mu.Lock()
		e.failures[transport.KindOf(admission.Err)]++
		e.mu.Unlock()
		e.end(ctx, admission.Err, admission.Waited)
		return
	}
	ctx = e.Context(ctx, admission)
	abort := e.discover(ctx, startedAt)
	if abort == nil {
		abort = e.readDue(ctx, startedAt, day)
	}
	e.end(ctx, abort, time.Since(began))
}

// end records the outcome of a refresh that took the given time. abort is the failure that ended it early, nil if none
// did.
func (e *Endpoint) end(ctx context.Context, abort error, duration time.Duration) {
	e.mu.Lock()
	e.refreshing = nil
	if ctx.Err() != nil { // the account is closing: not a failure
		e.mu.Unlock()
		return
	}
	if e.account.ObserveRefresh != nil {
		e.account.ObserveRefresh(e.spec.Name, duration)
	}
	e.finished, e.duration = true, duration
	e.changedState()
	if abort != nil {
		e.failed(&e.aborted, abort, false, false)
	} else {
		e.aborted.succeeded()
	}
	_, failure := e.cause()
	e.past.add(PastRefresh{time.Now(), duration, transport.KindOf(failure)})
	write := e.logChanges(duration)
	e.mu.Unlock()
	write()
}

// failed records a failure of the endpoint's discovery, of an item or of a whole refresh, in its backoff. sent reports
// whether any part of it reached the vendor, stable whether the item was stable. e.mu is held.
func (e *Endpoint) failed(b *backoff, err error, sent, stable bool) {
	b.failed(err, sent, waits(e.Settings().MinInterval, stable), e.account.random())
	if breaker := e.account.client.Breaker(); breaker.Open && transport.KindOf(err) == transport.Auth {
		b.breaker, b.retryAt = true, breaker.Until
	}
}

// discover discovers the endpoint's items if that is due. It returns a failure only if that ends the refresh.
func (e *Endpoint) discover(ctx context.Context, startedAt time.Time) (abort error) {
	e.mu.Lock()
	if e.discovery.upstream != nil {
		e.discoverFromUpstream(time.Now())
		e.mu.Unlock()
		return nil
	}
	if !e.discoveryDue(startedAt) {
		e.mu.Unlock()
		return nil
	}
	known := e.known()
	reading := &reading{refresh: e.refreshing}
	e.mu.Unlock()
	var items []Item
	credentials := e.account.client.CredentialsVersion()
	err := e.Isolate(func() (err error) {
		items, err = e.discovery.list(transport.WithLimits(ctx, transport.Limits{Progress: reading}), known)
		return err
	})

	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return err
	}
	if err == nil || items != nil {
		e.setItems(items)
	}
	if err == nil {
		e.discoverBackoff.succeeded()
		e.discovered, e.discoveredAt, e.discoveredWith = true, startedAt, credentials
		return nil
	}
	e.failures[transport.KindOf(err)]++
	e.failed(&e.discoverBackoff, err, reading.sent.Load(), false)
	return aborting(err)
}

// discoverFromUpstream sets the items that follow from what the upstream endpoint has read. e.mu is held.
func (e *Endpoint) discoverFromUpstream(now time.Time) {
	kept, err := e.discovery.upstream.kept(now)
	var items []Item
	panicked := e.Isolate(func() error {
		items = e.discovery.items(kept, now)
		return nil
	})
	if panicked == nil {
		e.setItems(items)
	} else {
		err = panicked // the current items stay
	}
	if err != nil {
		if e.discoverBackoff.err == nil {
			e.discoverBackoff.outage = &outage{since: now}
		}
		e.discoverBackoff.err = err // without a time: the upstream endpoint decides when it is retried
		return
	}
	e.discoverBackoff.succeeded()
	if kept != nil {
		e.discovered, e.discoveredAt = true, now
	}
}

// setItems replaces the endpoint's items. Items that stay keep their results; items that are gone are removed at once,
// with their samples. e.mu is held.
func (e *Endpoint) setItems(items []Item) {
	known := make(map[string]*itemState, len(e.items))
	for _, s := range e.items {
		known[s.ID] = s
	}
	states := make([]*itemState, 0, len(items))
	seen := make(map[string]bool, len(items))
	changed := false
	for _, item := range items {
		if seen[item.ID] {
			continue
		}
		seen[item.ID] = true
		s := known[item.ID]
		if s == nil {
			s, changed = &itemState{}, true
		}
		changed = s.update(item) || changed
		states = append(states, s)
	}
	if !changed && slices.Equal(states, e.items) {
		return
	}
	e.items, e.changed = states, true
	e.changedState()
}

// readDue reads the items that are due, at most MaxConcurrentRequests at a time, those whose last attempt is oldest
// first. It returns a failure only if that ended the refresh.
func (e *Endpoint) readDue(ctx context.Context, startedAt time.Time, day metric.Day) (abort error) {
	e.mu.Lock()
	var due []*itemState
	for _, s := range e.items {
		if e.itemDue(s, startedAt, day) {
			due = append(due, s)
		}
	}
	slices.SortStableFunc(due, func(a, b *itemState) int { return a.attemptedAt.Compare(b.attemptedAt) })
	e.refreshing.plan(ctx, len(due))
	e.mu.Unlock()

	if len(due) == 1 { // most endpoints have one item: this saves a goroutine for each of them
		return abortingItem(e.readItem(ctx, due[0], startedAt, day))
	}
	var aborted atomic.Bool
	var group errgroup.Group
	group.SetLimit(max(1, e.account.MaxConcurrentRequests))
	for _, s := range due {
		if aborted.Load() {
			break
		}
		group.Go(func() error {
			if aborted.Load() {
				return nil
			}
			err := abortingItem(e.readItem(ctx, s, startedAt, day))
			if err != nil {
				aborted.Store(true)
			}
			return err
		})
	}
	return group.Wait()
}

// aborting returns the failure of a discovery or of an item if it ends the refresh, because every further request of
// the endpoint would fail in the same way; else nil.
func aborting(err error) error {
	switch transport.KindOf(err) {
	case transport.Auth, transport.RateLimited, transport.Throttled:
		return err
	}
	return nil
}

// abortingItem is aborting for an item. It also ends the refresh if the request could not be sent: then there is no
// connection to the vendor. For a discovery that does not follow, since it may read a file instead.
func abortingItem(err error) error {
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.NotSent {
		return err
	}
	return aborting(err)
}

// readItem reads one item and records the outcome. A read in which every value of a family was dropped has failed, but
// its other families are served; if it has no others, the last successful result stays.
func (e *Endpoint) readItem(ctx context.Context, s *itemState, startedAt time.Time, day metric.Day) error {
	readAt := time.Now()
	e.mu.Lock()
	reading := &reading{refresh: e.refreshing}
	e.mu.Unlock()
	limited := transport.WithLimits(ctx, transport.Limits{Progress: reading})
	batch, credentials, lost, err := e.readWithSameCredentials(limited, s, day)

	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return err
	}
	reading.itemRead(err == nil)
	if kept := batch.Kept(); err == nil || len(kept) > 0 { // else what is served still follows from what was kept before
		s.kept, s.keptWith = kept, credentials
	}
	e.changedState()
	if transport.KindOf(err) != transport.Throttled { // else nothing was sent, and the item comes first next time
		s.attemptedAt = readAt
	}
	if err := cmp.Or(err, lost); err != nil {
		e.failures[transport.KindOf(err)]++
		e.failed(&s.backoff, err, reading.sent.Load(), s.result.stable(readAt))
		if lost != nil && len(batch.Samples()) > 0 {
			s.result, e.changed = newResult(batch, day, credentials, readAt, startedAt, s.result), true
		}
		return err
	}
	e.successes++
	s.succeeded()
	s.result, e.changed = newResult(batch, day, credentials, readAt, startedAt, s.result), true
	return nil
}

// readWithSameCredentials reads an item. If the account's credentials change during the read, the answers may be those of
// two accounts: it reads once more, and fails if they change again. lost is the failure of a lost family.
func (e *Endpoint) readWithSameCredentials(
	ctx context.Context, s *itemState, day metric.Day,
) (batch *metric.Batch, credentials transport.CredentialsVersion, lost, err error) {
	client := e.account.client
	for again := false; ; again = true {
		credentials = client.CredentialsVersion()
		batch, lost = e.NewBatch(), nil
		if s.keptWith == credentials {
			batch.SetKept(s.kept) // needs no lock: only readItem changes it
		}
		err = e.Isolate(func() error {
			err := s.Read(ctx, day, batch)
			if err == nil {
				lost = e.LostFamily(batch)
			}
			return err
		})
		now := client.CredentialsVersion()
		switch {
		case now == credentials:
			return batch, credentials, lost, err
		case err != nil || again:
			err = cmp.Or(err, error(&transport.Error{
				Vendor: e.account.Vendor, Endpoint: e.spec.Source, Kind: transport.Malformed,
				Err:    errors.New("the credentials changed twice while it was read: the answers may be of different accounts"),
				Advice: "it is read again soon; check what writes the account's secrets",
			}))
			return e.NewBatch(), now, nil, err
		}
	}
}

// NewBatch returns an empty batch for a read of the endpoint.
func (e *Endpoint) NewBatch() *metric.Batch {
	b := metric.NewBatch(e.account.Name, e.account.MaxSamples)
	b.HideInLabels(e.account.client.LabelRedactor)
	return b
}

// LostFamily returns the failure of a read in which every value of a family was dropped as unusable; nil if there is no
// such family. It makes the texts of the batch's dropped values safe to show.
func (e *Endpoint) LostFamily(b *metric.Batch) error {
	if !b.HasDroppedTexts() {
		return nil // most reads drop nothing: do not read the secrets that Redact needs
	}
	b.Redact(e.account.client.Redactor())
	lost, ok := b.Lost()
	if !ok {
		return nil
	}
	return &transport.Error{
		Vendor: e.account.Vendor, Endpoint: e.spec.Source, Kind: transport.Malformed,
		Err:    fmt.Errorf("no value of %s can be used, the first is %s", lost.Family, lost),
		Advice: "if the vendor has changed its format, please report it",
	}
}

// Isolate runs a read so that a panic in it is a failure of this endpoint only. The text of a panic may quote an
// answer, so only the type and the stack are reported.
func (e *Endpoint) Isolate(read func() error) error {
	err := panics.Catch(read)
	stack, panicked := panics.Stack(err)
	if !panicked {
		return err
	}
	level.Error(e.logger()).Log("msg", "read panicked: please report this as a bug", "err", err, "stack", stack)
	return &transport.Error{
		Vendor: e.account.Vendor, Endpoint: e.spec.Source, Kind: transport.Malformed, Err: err,
		Advice: "this is a bug of the exporter: please report it with the stack in the log",
	}
}
