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

// slot is the slot of one request.
type slot struct {
	of   *slots
	host string
	from time.Duration // when it was taken, after the zero point
}

// take waits for a slot, and returns how long that blocked.
func (s *slots) take(ctx context.Context, host string, maxWait time.Duration) (_ slot, waited time.Duration, err error) {
	if !s.tryEnter(host) {
		if waited, err = s.await(ctx, host, maxWait); err != nil {
			return slot{}, waited, err
		}
	}
	s.times.Lock()
	defer s.times.Unlock()
	from := time.Since(s.zero)
	s.held++
	s.heldFrom += from
	return slot{s, host, from}, waited, nil
}

// await waits for a slot. If it returns an error, no slot is held.
func (s *slots) await(ctx context.Context, host string, maxWait time.Duration) (time.Duration, error) {
	began := time.Now()
	admitted := make(chan struct{})
	w := s.enter(host, func() { close(admitted) })
	select {
	case <-admitted:
		return 0, nil
	default:
	}
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	err := context.DeadlineExceeded
	select {
	case <-admitted:
		return time.Since(began), nil
	case <-timer.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if !s.cancel(w) {
		s.leave(w.host)
	}
	return time.Since(began), err
}

// meanOf is the number of requests over which the mean moves.
const meanOf = 16

// release gives the slot back. sent reports whether it was used.
func (taken slot) release(sent bool) {
	s := taken.of
	s.times.Lock()
	s.held--
	s.heldFrom -= taken.from
	if sent {
		took := time.Since(s.zero) - taken.from
		if s.usual == 0 {
			s.usual = took
		}
		s.usual += (took - s.usual) / meanOf
	}
	s.times.Unlock()
	s.leave(taken.host)
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
