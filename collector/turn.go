package collector

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A turn asks for more than a minute's budget at times: the rest of it comes a little later, and is no failure. So its requests may wait for their budget until the next turn
// would begin, but within these bounds: no shorter than it takes until a spent budget is back, and not as long as figures last.
const (
	leastPatience = 2 * time.Minute
	mostPatience  = 5 * time.Minute
)

// patience is how long the endpoint's requests may wait for their budget.
func (e *endpoint) patience() time.Duration {
	return min(max(e.settings.MinInterval, leastPatience), mostPatience)
}

// take takes one turn, begun at now for day. A list that fails leaves the items that are known: they are read all the same.
func (e *endpoint) take(ctx context.Context, now time.Time, day metric.Day) {
	began := time.Now() // which is later than now where many turns begin at once
	ctx = transport.WithLimits(ctx, transport.Limits{Timeout: e.settings.Timeout, WaitUntil: began.Add(e.patience())})
	e.mu.Lock()
	e.turnsWith = e.account.credentials() // before the clients read them: a change meanwhile is one to be noticed
	e.mu.Unlock()
	stop := e.relist(ctx, now)
	if stop == nil {
		stop = e.readDue(ctx, now, day)
	}
	e.end(ctx, stop, time.Since(began))
}

// giveUp ends a turn that could not begin.
func (e *endpoint) giveUp(ctx context.Context, waited time.Duration, err error) {
	e.mu.Lock()
	e.failures[transport.Throttled]++
	e.mu.Unlock()
	e.end(ctx, err, waited)
}

// end notes how a turn ended that took the given time; stop is what ended it early, nil if nothing did.
func (e *endpoint) end(ctx context.Context, stop error, duration time.Duration) {
	e.mu.Lock()
	e.turn = nil
	if ctx.Err() != nil { // the account is going away: that is nobody's failure
		e.mu.Unlock()
		return
	}
	e.account.observeTurn(e.spec.Name, duration)
	e.finished, e.duration = true, duration
	if stop != nil {
		e.failed(&e.stopped, stop)
	} else {
		e.stopped.succeeded()
	}
	log := e.report(duration)
	e.mu.Unlock()
	log()
}

// failed notes the failure of something of the endpoint's. e.mu is held.
func (e *endpoint) failed(t *trouble, err error) {
	t.failed(err, e.settings.MinInterval, e.account.random())
	if t.refused() {
		e.refusedWith = e.turnsWith
	}
}

// relist asks for the endpoint's items where that is due. Items that are still there keep their memory; those that are gone leave at once, with their samples. It returns
// the failure that stops the turn, if one does.
func (e *endpoint) relist(ctx context.Context, now time.Time) (stop error) {
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
	if ctx.Err() != nil {
		return err
	}
	e.askedAt = now
	if err == nil || items != nil {
		e.list(items)
	}
	switch {
	case err == nil:
		e.listing.succeeded()
		e.listed, e.listedAt = true, now
	case e.source.remembers && errors.Is(err, e.listing.err): // the very same: nothing was asked for
	default:
		kind := transport.KindOf(err)
		e.failures[kind]++
		e.failed(&e.listing, err)
		if stopsTurn(kind) {
			return err
		}
	}
	return nil
}

// list makes these items the endpoint's. e.mu is held.
func (e *endpoint) list(items []Item) {
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
		s.become(item)
		states = append(states, s)
	}
	e.items, e.dirty = states, true
}

// readDue reads every item that is due, a few at a time, those first that have waited longest. It returns the failure that stopped the turn, if one did.
func (e *endpoint) readDue(ctx context.Context, now time.Time, day metric.Day) (stop error) {
	e.mu.Lock()
	var due []*itemState
	for _, s := range e.items {
		if s.due(now, day, e.settings.MinInterval) {
			due = append(due, s)
		}
	}
	slices.SortStableFunc(due, func(a, b *itemState) int { return a.attemptedAt.Compare(b.attemptedAt) })
	e.mu.Unlock()

	if len(due) == 1 { // most endpoints read one thing: a goroutine more for each would be felt
		return stopping(e.readItem(ctx, due[0], now, day))
	}
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
			err := stopping(e.readItem(ctx, s, now, day))
			if err != nil {
				stopped.Store(true)
			}
			return err
		})
	}
	return group.Wait()
}

// stopping is the failure of an item if it stops the turn.
func stopping(err error) error {
	if err == nil || !stopsTurn(transport.KindOf(err)) {
		return nil
	}
	return err
}

// readItem reads one item and keeps what came of it. A read that lost a family, every value of it being unusable, has failed; its other families are served all the same. Where
// nothing else came, the last good part stays.
func (e *endpoint) readItem(ctx context.Context, s *itemState, turnAt time.Time, day metric.Day) error {
	batch := metric.NewBatch(e.account.label, e.account.maxSamples)
	readAt := time.Now()
	err := e.isolate(func() error { return s.Read(ctx, day, batch) })
	var lost error // what the good families of the answer are served beside
	if err == nil {
		redact(batch, e.account.sender)
		lost = lossFailure(batch, e.account.vendor, e.spec.Source)
	}

	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return err
	}
	if transport.KindOf(err) != transport.Throttled { // else nothing was sent: the item keeps its place in the queue
		s.attemptedAt = readAt
	}
	if err := cmp.Or(err, lost); err != nil {
		e.failures[transport.KindOf(err)]++
		e.failed(&s.trouble, err)
		if lost != nil && len(batch.Samples()) > 0 {
			e.keep(s, batch, day, readAt, turnAt)
		}
		if s.part.settled(s.failedAt) { // what is not asked for often while all is well must not be while it fails
			s.restUpTo(settledInterval, e.settings.MinInterval, e.account.random())
		}
		return err
	}
	e.successes++
	s.succeeded()
	e.keep(s, batch, day, readAt, turnAt)
	return nil
}

// keep makes what a read gave the item's part. e.mu is held.
func (e *endpoint) keep(s *itemState, batch *metric.Batch, day metric.Day, readAt, turnAt time.Time) {
	if batch.ReadTime().Before(turnAt) && !batch.ReadTime().IsZero() {
		readAt, turnAt = batch.ReadTime(), batch.ReadTime()
	}
	s.part = newPart(batch, day, readAt, turnAt, s.part)
	e.dirty = true
}
