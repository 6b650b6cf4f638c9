package transport

import (
	"slices"
	"sync"
	"time"
)

// shares divides places among the hosts that requests go to. While all requests to one host hang, it must not hold every
// place: a host may hold at most 4/5 of the places that no other host holds, rounded up. So 1/5 of all places stays
// free, or, if n hosts hang, about 1/(4n+1). Hosts that wait for a place get one in turn. "" is a host that may hold all
// places, and so is one that is the only one.
type shares struct {
	mu      sync.Mutex
	limit   int
	oneHost bool // no requests go to another host
	held    int
	hosts   map[string]*hostShare
	queue   []*hostShare // those with waiters, the one that is next first
}

// hostShare is what one host holds and waits for. It exists only while it holds or waits for any.
type hostShare struct {
	name    string
	held    int
	waiting []*waiter
}

// waiter waits for a place.
type waiter struct {
	host  string
	since time.Time
	// admit is called once, with shares.mu held, when there is a place.
	admit func()
}

// setLimit changes the number of places. A lower one does not affect those that are held.
func (s *shares) setLimit(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = max(limit, 1)
	s.admitWaiting()
}

// setOneHost sets whether all requests go to one host.
func (s *shares) setOneHost(oneHost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oneHost = oneHost
	s.admitWaiting()
}

// enter calls admit as soon as there is a place for the host, which may be at once. The place is held until leave.
func (s *shares) enter(host string, admit func()) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.share(host)
	w := &waiter{host, time.Now(), admit}
	h.waiting = append(h.waiting, w)
	if len(h.waiting) == 1 {
		s.queue = append(s.queue, h)
	}
	s.admitWaiting()
	return w
}

// tryEnter takes a place for the host, and returns false if it would have to wait for one. It overtakes nobody: while a
// place is free, those that wait are of hosts that may hold no more.
func (s *shares) tryEnter(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.share(host)
	if s.held >= s.limit || h.held >= s.of(h) {
		s.forget(h)
		return false
	}
	h.held++
	s.held++
	return true
}

// share returns the share of a host. s.mu is held.
func (s *shares) share(host string) *hostShare {
	h := s.hosts[host]
	if h == nil {
		h = &hostShare{name: host}
		if s.hosts == nil {
			s.hosts = make(map[string]*hostShare)
		}
		s.hosts[host] = h
	}
	return h
}

// leave gives a place back.
func (s *shares) leave(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[host]
	h.held--
	s.held--
	s.forget(h)
	s.admitWaiting()
}

// cancel ends a wait. It returns false if the waiter has been admitted.
func (s *shares) cancel(w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[w.host]
	if h == nil {
		return false
	}
	at := slices.Index(h.waiting, w)
	if at < 0 {
		return false
	}
	h.waiting = slices.Delete(h.waiting, at, at+1)
	s.dequeueIdle(h)
	s.forget(h)
	return true
}

// admitWaiting admits as many as there are places for. s.mu is held.
func (s *shares) admitWaiting() {
	for full := 0; s.held < s.limit && full < len(s.queue); {
		h := s.queue[0]
		s.queue = append(s.queue[1:], h)
		if h.held >= s.of(h) {
			full++
			continue
		}
		full = 0
		s.admitFirst(h)
	}
}

// waitingSince returns when the one that waits longest began; zero if none waits.
func (s *shares) waitingSince() (first time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.queue {
		if since := h.waiting[0].since; first.IsZero() || since.Before(first) {
			first = since
		}
	}
	return first
}

// admitBefore admits all that have waited since then or longer, whether there are places or not.
func (s *shares) admitBefore(then time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range slices.Clone(s.queue) {
		for len(h.waiting) > 0 && !h.waiting[0].since.After(then) {
			s.admitFirst(h)
		}
	}
}

// admitFirst admits the first waiter of a host. s.mu is held.
func (s *shares) admitFirst(h *hostShare) {
	first := h.waiting[0]
	h.waiting[0] = nil
	h.waiting = h.waiting[1:]
	h.held++
	s.held++
	s.dequeueIdle(h)
	first.admit()
}

// dequeueIdle removes a host without waiters from the queue. s.mu is held.
func (s *shares) dequeueIdle(h *hostShare) {
	if at := slices.Index(s.queue, h); at >= 0 && len(h.waiting) == 0 {
		s.queue = slices.Delete(s.queue, at, at+1)
	}
}

// forget removes a host that neither holds nor waits for a place. s.mu is held.
func (s *shares) forget(h *hostShare) {
	if h.held == 0 && len(h.waiting) == 0 {
		delete(s.hosts, h.name)
	}
}

// of returns how many places a host may hold now, of those that no other host holds. s.mu is held.
func (s *shares) of(h *hostShare) int {
	free := max(s.limit-s.held, 0) + h.held
	if h.name == "" || s.oneHost {
		return free
	}
	return free - free/5
}

// state returns how many places a host may hold now, how many it holds, and how many of its requests wait.
func (s *shares) state(host string) (places, held, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[host]
	if h == nil {
		h = &hostShare{name: host}
	}
	return s.of(h), h.held, len(h.waiting)
}
