package transport

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// Line lets one of its requests at a time be under way: for what a vendor does not want to be
// asked concurrently. A client has one line for all such requests of an account.
type Line struct {
	slot *semaphore.Weighted
	why  string
}

// NewLine returns a line. why is told of a request that gives up waiting in it: what is asked
// for one at a time, and by whose wish.
func NewLine(why string) *Line { return &Line{slot: semaphore.NewWeighted(1), why: why} }

// linePause is how long a vendor has to notice that a request has been given up.
const linePause = time.Second

// brokeOff tells whether a request that ended with err did so before its answer, at a vendor that
// may have begun with it.
func (x *exchange) brokeOff(err error) bool {
	if x.sent.At.IsZero() || x.unconnected {
		return false
	}
	switch KindOf(err) {
	case Timeout, TooLarge, Network: // or cancelled
		return true
	}
	return false
}

// acquire waits for the request's turn, as takeSlot does. A request without a line has none to
// wait for.
//
// leave takes whether the request broke off. That is told to the vendor by the end of its connection
// or stream, which takes its time: sent at once, the next one would find it still under way.
func (l *Line) acquire(ctx context.Context, patience time.Duration) (leave func(brokeOff bool), waited time.Duration, err error) {
	if l == nil {
		return func(bool) {}, 0, nil
	}
	waited, err = takeSlot(ctx, l.slot, max(patience, slotPatience), waitForOwn)
	if err != nil {
		return nil, waited, throttled(err, waited, l.why)
	}
	return func(brokeOff bool) {
		if brokeOff {
			time.AfterFunc(linePause, func() { l.slot.Release(1) })
		} else {
			l.slot.Release(1)
		}
	}, waited, nil
}
