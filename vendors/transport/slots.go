package transport

import (
	"context"
	"sync"
	"time"
)

// slots are the requests that the process may have in flight. They know how long a request that comes now has to wait
// for its slot.
type slots struct {
	*adjustable

	mu       sync.Mutex
	waiting  int           // requests that wait for a slot
	held     int           // requests that have one
	heldFrom time.Duration // sum of when each of these got it, after the zero point
	zero     time.Time     // the zero point
	usual    time.Duration // how long a request holds its slot, as a moving mean
}

func newSlots(maxInFlight int64) *slots {
	return &slots{adjustable: newAdjustable(maxInFlight, mostInFlight), zero: time.Now()}
}

// take waits for a slot, and returns how long that blocked. The slot is given back by release.
func (s *slots) take(ctx context.Context, maxWait time.Duration) (release func(sent bool), waited time.Duration, err error) {
	s.mu.Lock()
	s.waiting++
	s.mu.Unlock()
	waited, err = acquireSlot(ctx, s.Weighted, maxWait, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
	if err != nil {
		return nil, waited, err
	}
	from := time.Since(s.zero)
	s.held++
	s.heldFrom += from
	return func(sent bool) { s.release(from, sent) }, waited, nil
}

// meanOf is the number of requests over which the mean moves.
const meanOf = 16

// release gives a slot back that was taken at from. sent reports whether it was used.
func (s *slots) release(from time.Duration, sent bool) {
	s.mu.Lock()
	s.held--
	s.heldFrom -= from
	if sent {
		took := time.Since(s.zero) - from
		if s.usual == 0 {
			s.usual = took
		}
		s.usual += (took - s.usual) / meanOf
	}
	s.mu.Unlock()
	s.Release(1)
}

// timeToSend returns how long it takes until n more requests have a slot, after those that wait for one, or as many as
// are known to be ahead. What is in flight for longer than usual is expected to last as long again.
func (s *slots) timeToSend(n, ahead int) time.Duration {
	limit := s.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	behind := int64(s.held+max(s.waiting, ahead)+n) - limit
	if behind <= 0 {
		return 0
	}
	each := s.usual
	if s.held > 0 {
		each = max(each, time.Since(s.zero)-s.heldFrom/time.Duration(s.held))
	}
	return time.Duration(float64(each) * float64(behind) / float64(limit))
}
