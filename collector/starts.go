package collector

import (
	"sync"
	"time"
)

// starts bounds how many turns queue for their first request. Thousands may be due at once, of which the process sends a few at a time: to let all of them begin would only fill the memory
// with goroutines that wait. A turn counts from its start until its first request is sent, or one of its account's waits for something that is the account's own (see queueing); so whoever waits long is in nobody's way.
type starts struct {
	mu       sync.Mutex
	queueing int
	limit    int
	pending  []pendingTurn // the next ones to begin, in their order
}

type pendingTurn struct {
	since time.Time
	begin func(waited time.Duration)
}

// startsPerRequest is how many turns may queue for each request that may be in flight: enough for the queue never to run dry, also where many of them wait for the login of one account.
const startsPerRequest = 8

func newStarts(maxConcurrentRequests int) *starts {
	return &starts{limit: startsPerRequest * maxConcurrentRequests}
}

// setLimit changes the bound.
func (s *starts) setLimit(maxConcurrentRequests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = startsPerRequest * maxConcurrentRequests
	s.startPending()
}

// start runs a turn in a goroutine of its own, as soon as there is room, and tells it how long it had to wait for that. The turn must call leave when it queues no longer, and may call it
// again.
func (s *starts) start(turn func(waited time.Duration, leave func())) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := func(waited time.Duration) {
		leave := sync.OnceFunc(s.left)
		defer leave()
		turn(waited, leave)
	}
	if s.queueing < s.limit {
		s.queueing++
		go begin(0)
		return
	}
	s.pending = append(s.pending, pendingTurn{time.Now(), begin})
}

// startPending starts as many as there is room for. s.mu is held.
func (s *starts) startPending() {
	for s.queueing < s.limit && len(s.pending) > 0 {
		s.queueing++
		next := s.pending[0]
		go next.begin(time.Since(next.since))
		s.pending[0] = pendingTurn{}
		s.pending = s.pending[1:]
	}
}

func (s *starts) left() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueing--
	s.startPending()
}
