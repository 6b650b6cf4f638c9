package transport

import (
	"context"
	"sync"
	"time"
)

// slots are the requests that the process may have in flight. They know how long a request that comes now has to wait
// for its slot.
type slots struct {
	shares

	times    sync.Mutex    // guards what follows
	held     int           // requests that have a slot
	heldFrom time.Duration // sum of when each of these got it, after the zero point
	zero     time.Time     // the zero point
	usual    time.Duration // how long a request holds its slot, as a moving mean
}

func newSlots(maxInFlight int) *slots {
	s := &slots{zero: time.Now()}
	s.setLimit(maxInFlight)
	return s
}

// take waits for a slot, and returns how long that blocked. The slot is given back by release.
func (s *slots) take(ctx context.Context, host string, maxWait time.Duration) (
	release func(sent bool), waited time.Duration, err error,
) {
	admitted := make(chan struct{})
	w := s.enter(host, func() { close(admitted) })
	if waited, err = s.await(ctx, w, admitted, maxWait); err != nil {
		return nil, waited, err
	}
	s.times.Lock()
	defer s.times.Unlock()
	from := time.Since(s.zero)
	s.held++
	s.heldFrom += from
	return func(sent bool) { s.release(host, from, sent) }, waited, nil
}

// await waits until w is admitted. If it returns an error, no slot is held.
func (s *slots) await(ctx context.Context, w *waiter, admitted <-chan struct{}, maxWait time.Duration) (time.Duration, error) {
	began := time.Now()
	select {
	case <-admitted:
		return 0, nil
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case <-admitted:
		return time.Since(began), nil
	case <-ctx.Done():
		if !s.cancel(w) {
			s.leave(w.host)
		}
		return time.Since(began), ctx.Err()
	}
}

// meanOf is the number of requests over which the mean moves.
const meanOf = 16

// release gives a slot back that was taken at from. sent reports whether it was used.
func (s *slots) release(host string, from time.Duration, sent bool) {
	s.times.Lock()
	s.held--
	s.heldFrom -= from
	if sent {
		took := time.Since(s.zero) - from
		if s.usual == 0 {
			s.usual = took
		}
		s.usual += (took - s.usual) / meanOf
	}
	s.times.Unlock()
	s.leave(host)
}

// timeToSend returns how long it takes until n more requests to a host have a slot, after those that wait for one, or as
// many as are known to be ahead. What is in flight for longer than usual is expected to last as long again.
func (s *slots) timeToSend(host string, n, ahead int) time.Duration {
	places, held, waiting := s.state(host)
	behind := held + max(waiting, ahead) + n - places
	if behind <= 0 {
		return 0
	}
	s.times.Lock()
	defer s.times.Unlock()
	each := s.usual
	if s.held > 0 {
		each = max(each, time.Since(s.zero)-s.heldFrom/time.Duration(s.held))
	}
	return time.Duration(float64(each) * float64(behind) / float64(max(places, 1)))
}
