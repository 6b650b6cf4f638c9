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
	watched  bool          // a timer is going to look at them
}

type pendingTurn struct {
	since time.Time
	begin func(waited time.Duration)
}

// startPatience is how long a turn waits to begin. What waits longer has no figures meanwhile, and must tell.
const startPatience = mostPatience

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

// start runs a turn in a goroutine of its own, as soon as there is room, and tells it how long it had to wait for that: startPatience or more if there was none in all that time. The turn
// must call leave when it queues no longer, and may call it again.
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
	s.watch()
}

// watch lets those that are pending give up in time. s.mu is held.
func (s *starts) watch() {
	if len(s.pending) > 0 && !s.watched {
		s.watched = true
		time.AfterFunc(startPatience-time.Since(s.pending[0].since), s.expire)
	}
}

// expire begins those that have waited too long, for them to end at once.
func (s *starts) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) > 0 && time.Since(s.pending[0].since) >= startPatience {
		s.startFirst()
	}
	s.watched = false
	s.watch()
}

// startPending starts as many as there is room for. s.mu is held.
func (s *starts) startPending() {
	for s.queueing < s.limit && len(s.pending) > 0 {
		s.startFirst()
	}
}

// startFirst starts the first that is pending. s.mu is held.
func (s *starts) startFirst() {
	s.queueing++
	next := s.pending[0]
	go next.begin(time.Since(next.since))
	s.pending[0] = pendingTurn{}
	s.pending = s.pending[1:]
}

func (s *starts) left() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueing--
	s.startPending()
}
