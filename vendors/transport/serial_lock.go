package transport

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// SerialLock lets one of its requests at a time be under way: for what a vendor does not want to be
// asked concurrently. A client has one lock for all such requests of an account.
type SerialLock struct {
	slot *semaphore.Weighted
	why  string
}

// NewSerialLock returns a lock. why is the reason in the error of a request that gave up waiting for it: what is
// asked for one at a time, and by whose wish.
func NewSerialLock(why string) *SerialLock {
	return &SerialLock{slot: semaphore.NewWeighted(1), why: why}
}

// cooldown is how long a vendor has to notice that a request has been given up.
const cooldown = time.Second

// brokeOff reports whether a request that ended with err did so before its answer, at a vendor that
// may have begun with it.
func (x *exchange) brokeOff(err error) bool {
	if !x.reached {
		return false
	}
	switch KindOf(err) {
	case Timeout, TooLarge, Network: // or cancelled
		return true
	}
	return false
}

// acquire waits for the lock, as acquireSlot does. A request without a lock does not wait.
//
// release takes whether the request broke off. The vendor learns that from the end of the connection or stream,
// which takes its time: if the next request were sent at once, the vendor would find two under way.
func (l *SerialLock) acquire(ctx context.Context, allowed Limits) (release func(brokeOff bool), waited time.Duration, err error) {
	if l == nil {
		return func(bool) {}, 0, nil
	}
	waited, err = acquireSlot(ctx, l.slot, max(allowed.maxWait(), minSlotWait), allowed.Admission.waitForAccount)
	if err != nil {
		return nil, waited, throttled(err, waited, l.why)
	}
	return func(brokeOff bool) {
		if brokeOff {
			time.AfterFunc(cooldown, func() { l.slot.Release(1) })
		} else {
			l.slot.Release(1)
		}
	}, waited, nil
}
