package transport

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// SerialLock allows only one of its requests to be in flight at a time, for APIs that a vendor does not want to be
// called concurrently. A client has one lock for all such requests of an account.
type SerialLock struct {
	slot *semaphore.Weighted
	why  string
}

// NewSerialLock returns a lock. why is the error of a request that gave up waiting for it, as a format for how
// long it waited.
func NewSerialLock(why string) *SerialLock {
	return &SerialLock{slot: semaphore.NewWeighted(1), why: why}
}

// cooldown is for how long the lock is held after a request was aborted, until the vendor has probably noticed.
const cooldown = time.Second

// brokeOff reports whether a request that ended with err was aborted before its answer was complete, so that the vendor
// may still be working on it.
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
// release is called with whether the request broke off. Then the lock is released after the cooldown: the vendor sees
// the end of the connection or stream a little later, and would find two requests in flight if the next came at once.
func (l *SerialLock) acquire(
	ctx context.Context, allowed Limits,
) (release func(brokeOff bool), waited time.Duration, err error) {
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
