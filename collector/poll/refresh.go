package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A refresh asks for more than a minute's requests at times: the rest of them come a little later, and that is no
// failure. So its requests may wait for the rate limit until the next refresh would start, but within these bounds: no
// shorter than it takes until a spent limit has recovered, and not as long as values last.
const (
	minMaxWait = 2 * time.Minute
	maxMaxWait = 5 * time.Minute
)

// maxWait returns how long the endpoint's requests may wait for the rate limit.
func (e *Endpoint) maxWait() time.Duration {
	return min(max(e.Settings().MinInterval, minMaxWait), maxMaxWait)
}

// refresh discovers the items where that is due and reads those that are due. startedAt is when the scrape asked for
// it, day the day of the window then. A discovery that fails leaves the items that are known: they are read all the
// same.
func (e *Endpoint) refresh(admission *transport.Admission, startedAt time.Time, day metric.Day) {
	began := time.Now() // later than startedAt where many refreshes start at once
	ctx := e.account.ctx
	if admission.Err != nil { // it must send nothing
		e.mu.Lock()
		e.failures[transport.KindOf(admission.Err)]++
		e.mu.Unlock()
		e.end(ctx, admission.Err, admission.Waited)
		return
	}
	ctx = e.Context(transport.WithLimits(ctx, transport.Limits{Admission: admission}))
	abort := e.discover(ctx, startedAt)
	if abort == nil {
		abort = e.readDue(ctx, startedAt, day)
	}
	e.end(ctx, abort, time.Since(began))
}

// end records how a refresh ended that took the given time. abort is what ended it early, nil if nothing did.
func (e *Endpoint) end(ctx context.Context, abort error, duration time.Duration) {
	e.mu.Lock()
	e.refreshing = nil
	if ctx.Err() != nil { // the account is closing: that is nobody's failure
		e.mu.Unlock()
		return
	}
	if e.account.ObserveRefresh != nil {
		e.account.ObserveRefresh(e.spec.Name, duration)
	}
	e.finished, e.duration, e.unsaved = true, duration, true
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

// failed records the failure of something of the endpoint. sent reports whether something of it reached the vendor,
// stable whether it is read seldom while all is well. e.mu is held.
func (e *Endpoint) failed(b *backoff, err error, sent, stable bool) {
	b.failed(err, sent, waits(e.Settings().MinInterval, stable), e.account.random())
	if breaker := e.account.client.Breaker(); breaker.Open && transport.KindOf(err) == transport.Auth {
		b.breaker, b.retryAt = true, breaker.Until
	}
}

// discover asks for the endpoint's items where that is due. It returns the failure that aborts the refresh, if one
// does.
func (e *Endpoint) discover(ctx context.Context, startedAt time.Time) (abort error) {
	e.mu.Lock()
	if e.discovery.upstream != nil {
		e.discoverFromUpstream(time.Now())
		e.mu.Unlock()
		return nil
	}
	due := e.discoveryDue(startedAt)
	known := e.known()
	e.mu.Unlock()
	if !due {
		return nil
	}
	var items []Item
	var sent atomic.Bool
	err := e.Isolate(func() (err error) {
		items, err = e.discovery.list(transport.WithLimits(ctx, transport.Limits{Sent: &sent}), known)
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
		e.discovered, e.discoveredAt = true, startedAt
		return nil
	}
	e.failures[transport.KindOf(err)]++
	e.failed(&e.discoverBackoff, err, sent.Load(), false)
	return aborting(err)
}

// discoverFromUpstream makes the items of what the upstream endpoint has read. e.mu is held.
func (e *Endpoint) discoverFromUpstream(now time.Time) {
	kept, err := e.discovery.upstream.kept(now)
	e.setItems(e.discovery.items(kept, now))
	if err != nil {
		if e.discoverBackoff.err == nil {
			e.discoverBackoff.since = now
		}
		e.discoverBackoff.err = err // when it is retried is up to the upstream endpoint
		return
	}
	e.discoverBackoff.succeeded()
	if kept != nil {
		e.discovered, e.discoveredAt = true, now
	}
}

// setItems makes these items the endpoint's. Items that are still there keep their results; those that are gone leave
// at once, with their samples. e.mu is held.
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
		changed = s.become(item) || changed
		states = append(states, s)
	}
	if !changed && slices.Equal(states, e.items) {
		return
	}
	e.items, e.changed, e.unsaved = states, true, true
}

// readDue reads every item that is due, a few at a time, those that have waited longest first. It returns the failure
// that aborted the refresh, if one did.
func (e *Endpoint) readDue(ctx context.Context, startedAt time.Time, day metric.Day) (abort error) {
	e.mu.Lock()
	var due []*itemState
	for _, s := range e.items {
		if s.due(startedAt, day, e.Settings().MinInterval) {
			due = append(due, s)
		}
	}
	slices.SortStableFunc(due, func(a, b *itemState) int { return a.attemptedAt.Compare(b.attemptedAt) })
	e.refreshing.plan(time.Now().Add(e.account.client.TimeToSend(len(due))))
	e.mu.Unlock()

	if len(due) == 1 { // most endpoints read one thing: a goroutine more for each would be felt
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

// aborting returns the failure of a discovery or of an item if it ends the refresh, else nil: every further request of
// the endpoint would meet it as well.
func aborting(err error) error {
	switch transport.KindOf(err) {
	case transport.Auth, transport.RateLimited, transport.Throttled:
		return err
	}
	return nil
}

// abortingItem is aborting for an item. It also ends the refresh where there is no way to the vendor: a discovery may
// fail so because of a file.
func abortingItem(err error) error {
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.NotSent {
		return err
	}
	return aborting(err)
}

// readItem reads one item and keeps what came of it. A read of which a family lost every value has failed; its other
// families are served all the same. Where nothing else came, the last good result stays.
func (e *Endpoint) readItem(ctx context.Context, s *itemState, startedAt time.Time, day metric.Day) error {
	batch := e.NewBatch()
	batch.SetKept(s.kept) // nothing else changes it while the item is read
	readAt := time.Now()
	var sent atomic.Bool
	reading := transport.WithLimits(ctx, transport.Limits{Sent: &sent})
	err := e.Isolate(func() error { return s.Read(reading, day, batch) })
	var lost error // the other families of the answer are served all the same
	if err == nil {
		lost = e.LostFamily(batch)
	}

	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return err
	}
	s.kept, e.unsaved = batch.Kept(), true
	if transport.KindOf(err) != transport.Throttled { // else nothing was sent: the item keeps its place in the queue
		s.attemptedAt = readAt
	}
	if err := cmp.Or(err, lost); err != nil {
		e.failures[transport.KindOf(err)]++
		e.failed(&s.backoff, err, sent.Load(), s.result.stable(readAt))
		if lost != nil && len(batch.Samples()) > 0 {
			s.result, e.changed = newResult(batch, day, readAt, startedAt, s.result), true
		}
		return err
	}
	e.successes++
	s.succeeded()
	s.result, e.changed = newResult(batch, day, readAt, startedAt, s.result), true
	return nil
}

// NewBatch returns an empty batch for a read of the endpoint.
func (e *Endpoint) NewBatch() *metric.Batch {
	return metric.NewBatch(e.account.label, e.account.MaxSamples)
}

// LostFamily returns the failure of a read that was answered, but of which a family lost every value as unusable; nil
// if none did. It makes the texts of the batch's dropped values safe to show.
func (e *Endpoint) LostFamily(b *metric.Batch) error {
	if !b.HasDroppedTexts() {
		return nil // most reads drop nothing, and need no secrets for that
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

// Isolate runs a read so that a panic in it is a failure of this endpoint alone. The text of a panic may quote an
// answer, so only its type and place are reported.
func (e *Endpoint) Isolate(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			cause := fmt.Errorf("panic of type %T", p)
			if fault, ok := p.(runtime.Error); ok {
				cause = fmt.Errorf("panic: %w", fault)
			}
			level.Error(e.logger).Log("msg", "read panicked: please report this as a bug", "err", cause, "stack", string(debug.Stack()))
			err = &transport.Error{
				Vendor: e.account.Vendor, Endpoint: e.spec.Source, Kind: transport.Malformed, Err: cause,
				Advice: "this is a bug of the exporter: please report it with the stack in the log",
			}
		}
	}()
	return read()
}
