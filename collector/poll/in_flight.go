package poll

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// inFlight is a refresh in flight, and what is known of the requests that it has yet to send.
type inFlight struct {
	endpoint       *Endpoint
	done           chan struct{} // closed when it ends
	missedDeadline atomic.Bool   // a scrape has waited for it until it had to answer without it

	// Of the requests, guarded by inFlights.mu:
	slotsBy time.Time // when the process's limit of requests in flight lets the last of them go, as it seems
	items   int       // that are not read yet; 1 until it is known what is due
	asked   int       // requests of the discovery, then of the items that are being read, that wait or have been sent
	sent    int       // of these, those that wait no longer
	inLine  int       // of these, those that wait for their serial lock, and not for the limits yet
}

// unknownRequests says that no item has been read yet, so that nobody knows how many requests that takes.
const unknownRequests = -1

// inFlights are the refreshes of an account in flight, in the order in which they began.
type inFlights struct {
	mu      sync.Mutex
	all     []*inFlight
	waiting []*waiter
}

// waiter is a scrape that waits for a refresh.
type waiter struct {
	refresh  *inFlight
	deadline time.Time     // of the scrape
	late     chan struct{} // closed once it is known that the refresh cannot end before that
}

// begin adds a refresh of an endpoint.
func (r *inFlights) begin(e *Endpoint) *inFlight {
	client := e.account.client
	f := &inFlight{endpoint: e, done: make(chan struct{}), items: 1}
	f.slotsBy = time.Now().Add(client.TimeToSlots(client.Context(), 1))
	f.change(func() { r.all = append(r.all, f) })
	return f
}

// change changes the refresh. It wakes up the scrapes that now wait in vain.
func (f *inFlight) change(change func()) {
	r := &f.endpoint.account.inFlights
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	r.waiting = slices.DeleteFunc(r.waiting, (*waiter).isLate)
}

// isLate closes w.late and returns true if the requests of the refresh cannot all be sent before the deadline.
// inFlights.mu is held.
func (w *waiter) isLate() bool {
	late := w.refresh.sentBy().After(w.deadline)
	if late {
		close(w.late)
	}
	return late
}

// plan sets how many items are to be read.
func (f *inFlight) plan(ctx context.Context, items int) {
	slotsBy := time.Now().Add(f.endpoint.account.client.TimeToSlots(ctx, items))
	f.change(func() { f.slotsBy, f.items, f.asked, f.sent = slotsBy, items, 0, 0 })
}

// end removes the refresh.
func (f *inFlight) end() {
	r := &f.endpoint.account.inFlights
	f.change(func() { r.all = slices.DeleteFunc(r.all, func(other *inFlight) bool { return other == f }) })
	close(f.done)
}

// remaining returns how many requests the refresh has yet to send, at least. Until an item has been read, each may take
// only one. inFlights.mu is held.
func (f *inFlight) remaining() int {
	ofEach := f.endpoint.fewestRequests
	if ofEach == unknownRequests {
		ofEach = 1
	}
	return max(f.items*ofEach, f.asked) - f.sent
}

// competing returns how many requests the refresh has yet to send while another one sends its own. In doubt it returns
// fewer, so that a scrape waits: only what waits for the limits is counted of a refresh that has asked for nothing yet,
// and of one whose requests wait for their serial lock, since they have to wait for the vendor's answers to each other.
// inFlights.mu is held.
func (f *inFlight) competing() int {
	if f.asked == 0 || f.inLine > 0 {
		return f.asked - f.sent - f.inLine
	}
	return f.remaining()
}

// sentBy returns the earliest time at which the last request of the refresh can be sent, as the limits of the account
// and of the process seem now. inFlights.mu is held.
//
// The requests of the account's refreshes are sent in turns. So before a refresh has sent its n requests, each other
// one has sent about as many, if it has so many.
func (f *inFlight) sentBy() time.Time {
	client, r := f.endpoint.account.client, &f.endpoint.account.inFlights
	n := f.remaining()
	if n == 0 {
		return time.Time{}
	}
	place, turns := n, n
	for _, other := range r.all {
		if other == f {
			turns = n - 1 // those that began later come later
			continue
		}
		place += min(turns, other.competing())
	}
	by := time.Now().Add(client.TimeToTokens(place))
	if f.slotsBy.After(by) {
		by = f.slotsBy
	}
	return by
}

// ended reports whether the refresh has ended.
func (f *inFlight) ended() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// tooLateFor reports whether it is known already that the refresh cannot end before the deadline of ctx.
func (f *inFlight) tooLateFor(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	r := &f.endpoint.account.inFlights
	r.mu.Lock()
	defer r.mu.Unlock()
	return bounded && f.sentBy().After(deadline)
}

// await waits until the refresh has ended, or until it is known that it cannot end before the deadline of ctx. It
// returns false if ctx is done before that.
func (f *inFlight) await(ctx context.Context) bool {
	if f.ended() {
		return true
	}
	w := &waiter{refresh: f, late: make(chan struct{})}
	if deadline, bounded := ctx.Deadline(); bounded {
		w.deadline = deadline
		r := &f.endpoint.account.inFlights
		f.change(func() { r.waiting = append(r.waiting, w) })
		defer f.change(func() { r.waiting = slices.DeleteFunc(r.waiting, func(other *waiter) bool { return other == w }) })
	}
	select {
	case <-f.done:
		return true
	case <-w.late:
		return true
	case <-ctx.Done():
		return false
	}
}

// reading is the discovery or one item of a refresh while it is read. It counts its requests.
type reading struct {
	refresh *inFlight
	sent    atomic.Bool // a part of a request may have reached the vendor

	asked, permitted int // requests that wait or have been sent, and those that wait no longer; inFlights.mu guards them
}

// RequestWaits implements [transport.Progress].
func (r *reading) RequestWaits(locked bool) {
	r.refresh.change(func() {
		if locked {
			r.refresh.inLine++
		}
		r.asked++
		r.refresh.asked++
	})
}

// RequestLocked implements [transport.Progress].
func (r *reading) RequestLocked() { r.refresh.change(func() { r.refresh.inLine-- }) }

// RequestPermitted implements [transport.Progress].
func (r *reading) RequestPermitted(promise func() bool) (permitted bool) {
	r.refresh.change(func() { // in one step: sentBy counts each request once
		if permitted = promise(); permitted {
			r.permitted++
			r.refresh.sent++
		}
	})
	return permitted
}

// RequestSent implements [transport.Progress].
func (r *reading) RequestSent() { r.sent.Store(true) }

// itemRead notes that an item has been read. Of a successful read it is known how many requests an item takes.
func (r *reading) itemRead(succeeded bool) {
	r.refresh.change(func() {
		r.refresh.items--
		r.refresh.asked -= r.asked
		r.refresh.sent -= r.permitted
		if fewest := &r.refresh.endpoint.fewestRequests; succeeded && (*fewest == unknownRequests || r.permitted < *fewest) {
			*fewest = r.permitted
		}
	})
}
