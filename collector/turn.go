package collector

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// take takes one turn, begun at now for day, and settles what follows from it.
func (e *endpoint) take(ctx context.Context, now time.Time, day Day) {
	ctx = transport.WithTimeout(ctx, e.settings.Timeout)
	began := time.Now()
	err := e.relist(ctx, now)
	if err == nil {
		err = e.readDue(ctx, now, day)
	}
	duration := time.Since(began)

	e.mu.Lock()
	e.turn = nil
	if ctx.Err() != nil { // the account is going away: that is nobody's failure
		e.mu.Unlock()
		return
	}
	e.account.observeTurn(e.spec.Name, duration)
	report := e.settle(err, duration)
	e.mu.Unlock()
	report()
}

// relist asks for the endpoint's items where that is due. Items that are still there keep their memory; those that are gone leave at once, with their samples.
func (e *endpoint) relist(ctx context.Context, now time.Time) error {
	e.mu.Lock()
	due := e.listDue(now)
	e.mu.Unlock()
	if !due {
		return nil
	}
	var items []Item
	err := e.isolate(func() (err error) {
		items, err = e.source.list(ctx)
		return err
	})

	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			e.results[transport.KindOf(err)]++
		}
		return err
	}
	known := make(map[string]*itemState, len(e.items))
	for _, s := range e.items {
		known[s.ID] = s
	}
	states := make([]*itemState, 0, len(items))
	listed := make(map[string]bool, len(items))
	for _, item := range items {
		if listed[item.ID] {
			continue
		}
		listed[item.ID] = true
		s := known[item.ID]
		if s == nil {
			s = &itemState{}
		}
		s.Item = item
		states = append(states, s)
	}
	e.items, e.listed, e.listedAt, e.dirty = states, true, now, true
	return nil
}

// readDue reads every item that is due, a few at a time, those first that have waited longest. It returns the failure that stopped the turn, if one did.
func (e *endpoint) readDue(ctx context.Context, now time.Time, day Day) error {
	e.mu.Lock()
	var due []*itemState
	for _, s := range e.items {
		if s.due(now, day, e.settings.MinInterval) {
			due = append(due, s)
		}
	}
	slices.SortStableFunc(due, func(a, b *itemState) int { return a.attemptedAt.Compare(b.attemptedAt) })
	e.mu.Unlock()

	var stopped atomic.Bool
	var group errgroup.Group
	group.SetLimit(max(1, e.account.maxConcurrentRequests))
	for _, s := range due {
		if stopped.Load() {
			break
		}
		group.Go(func() error {
			if stopped.Load() {
				return nil
			}
			err := e.readItem(ctx, s, now, day)
			if err == nil || !stopsTurn(transport.KindOf(err)) {
				return nil
			}
			stopped.Store(true)
			return err
		})
	}
	return group.Wait()
}

// readItem reads one item and keeps what came of it.
func (e *endpoint) readItem(ctx context.Context, s *itemState, turnAt time.Time, day Day) error {
	batch := newBatch(&e.account.name, e.account.maxSamples)
	readAt := time.Now()
	err := e.isolate(func() error { return s.Read(ctx, day, batch) })

	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return err
	}
	s.err = err
	if transport.KindOf(err) != transport.Throttled { // else nothing was sent: the item keeps its place in the queue
		s.attemptedAt = readAt
	}
	if err != nil {
		e.results[transport.KindOf(err)]++
		s.failures++
		s.retryAt = time.Now().Add(e.rest(s.failures, err))
		return err
	}
	e.successes++
	s.failures = 0
	s.part = &part{samples: batch.samples, dropped: batch.dropped, day: day, readAt: readAt, turnAt: turnAt}
	e.dirty = true
	return nil
}

// rest is how long whatever failed for the given number of times in a row is left alone.
func (e *endpoint) rest(failures int, err error) time.Duration {
	return backoff(e.settings.MinInterval, failures, err, e.account.random())
}

// settle keeps the outcome of a turn and returns what is to be logged of it, once the lock is free: that the endpoint broke, that it fails for another reason, that it
// recovered; nothing while things stay as they are. e.mu is held.
func (e *endpoint) settle(err error, duration time.Duration) (report func()) {
	before := e.reported

	e.finished, e.duration, e.err = true, duration, err
	if err != nil {
		e.failures++
		e.retryAt = time.Now().Add(e.rest(e.failures, err))
	} else {
		e.failures, e.retryAt = 0, time.Time{}
	}
	e.assemble()

	failing, after := e.cause()
	e.reported = after
	items, dropped, droppedBefore := len(e.items), e.snapshot.dropped, e.reportedDrops
	e.reportedDrops = dropped
	return func() {
		keyvals := []any{"duration_seconds", duration.Seconds()}
		if items > 1 || failing > 1 {
			keyvals = append(keyvals, "failing_items", failing, "items", items)
		}
		switch {
		case after != nil && before == nil:
			level.Warn(e.logger).Log(append(keyvals, "msg", "endpoint failing", "err", after)...)
		case after != nil && transport.KindOf(after) != transport.KindOf(before):
			level.Warn(e.logger).Log(append(keyvals, "msg", "endpoint failing for another reason", "err", after)...)
		case after != nil:
			level.Debug(e.logger).Log(append(keyvals, "msg", "endpoint still failing", "err", after)...)
		case before != nil:
			level.Info(e.logger).Log(append(keyvals, "msg", "endpoint recovered")...)
		default:
			level.Debug(e.logger).Log(append(keyvals, "msg", "endpoint read")...)
		}
		if dropped.total() > 0 && droppedBefore.total() == 0 {
			level.Warn(e.logger).Log("msg", "samples dropped", "over_limit", dropped.overLimit, "unusable", dropped.unusable, "duplicate", dropped.duplicates, "missing", dropped.missing)
		}
	}
}

// isolate runs a read so that a panic in it is this endpoint's failure alone. What a panic says may quote an answer, so only its kind and place are told.
func (e *endpoint) isolate(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			cause := fmt.Errorf("panic of type %T", p)
			if fault, ok := p.(runtime.Error); ok {
				cause = fmt.Errorf("panic: %w", fault)
			}
			level.Error(e.logger).Log("msg", "read panicked: please report this as a bug", "err", cause, "stack", string(debug.Stack()))
			err = &transport.Error{
				Vendor: e.account.vendor, Endpoint: e.spec.Source, Kind: transport.Malformed, Err: cause,
				Advice: "this is a bug of the exporter: please report it with the stack in the log",
			}
		}
	}()
	return read()
}
