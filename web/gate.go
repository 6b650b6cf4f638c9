package web

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// WriteTimeout is how long a client may take to read an answer. One that takes longer loses its connection.
	WriteTimeout = 30 * time.Second
	// maxPages is how many pages for people and lists of targets may be prepared at a time. They have a limit of their
	// own, so that they take no scrape's place.
	maxPages = 10
	// minAnswers is how many answers may be under way to clients that read slowly before the slowest is cut off.
	minAnswers = 50
	// stallTime is how long a client may read nothing before its answer may be cut off for another one.
	stallTime = time.Second
)

// gate bounds the requests that are worked on at a time. A request counts until its answer is ready. From then on it is
// one of the answers that are being read, so that clients that read slowly take nobody's place.
type gate struct {
	slots   *semaphore.Weighted // nil for no limit
	full    string              // what a request beyond the limit is answered
	answers *answers
}

// newGate returns a gate for a number of requests at a time, 0 for no limit. what says of what there are so many.
func newGate(most int, what string, answers *answers) *gate {
	g := &gate{full: fmt.Sprintf("%d %s", most, what), answers: answers}
	if most > 0 {
		g.slots = semaphore.NewWeighted(int64(most))
	}
	return g
}

// handler answers 503 to requests beyond the limit, for a client that sends requests without end must not fill the
// memory.
func (g *gate) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.slots != nil && !g.slots.TryAcquire(1) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, g.full, http.StatusServiceUnavailable)
			return
		}
		a := &answer{ResponseWriter: w, gate: g}
		defer a.end()
		next.ServeHTTP(a, r)
	})
}

// leave frees a request's place.
func (g *gate) leave() {
	if g.slots != nil {
		g.slots.Release(1)
	}
}

// answer is the answer to a request that a gate has let in. It is ready at its first byte.
type answer struct {
	http.ResponseWriter
	gate       *gate
	ready      bool
	progressed time.Time // when the client last took a piece; guarded by answers.mu
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.begin()
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.begin()
	n, err := a.ResponseWriter.Write(p)
	a.gate.answers.progress(a)
	return n, err
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// begin frees the request's place. The time to read the answer starts now, however long the answer took.
func (a *answer) begin() {
	if a.ready {
		return
	}
	a.ready = true
	a.gate.leave()
	a.gate.answers.add(a)
}

func (a *answer) end() {
	if a.ready {
		a.gate.answers.remove(a)
	} else {
		a.gate.leave()
	}
}

// setDeadline ends the answer if the client has not read it by then. What is no connection, such as a test's recorder,
// has no deadline.
func (a *answer) setDeadline(t time.Time) {
	_ = http.NewResponseController(a.ResponseWriter).SetWriteDeadline(t)
}

// answers are those that are being read by clients. Each holds buffers, so there is a bound on them.
type answers struct {
	most    int
	timeout time.Duration

	mu   sync.Mutex
	open map[*answer]struct{}
}

func newAnswers(maxRequests int, timeout time.Duration) *answers {
	return &answers{most: max(minAnswers, maxRequests), timeout: timeout, open: make(map[*answer]struct{})}
}

// add adds an answer that is ready. If there are too many, the slowest is cut off: one that has stalled, or any if
// there are twice too many.
func (s *answers) add(a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if len(s.open) >= s.most {
		var slowest *answer
		for other := range s.open {
			if slowest == nil || other.progressed.Before(slowest.progressed) {
				slowest = other
			}
		}
		if now.Sub(slowest.progressed) >= stallTime || len(s.open) >= 2*s.most {
			slowest.setDeadline(now)
			delete(s.open, slowest)
		}
	}
	a.progressed = now
	s.open[a] = struct{}{}
	a.setDeadline(now.Add(s.timeout))
}

func (s *answers) progress(a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.progressed = time.Now()
}

func (s *answers) remove(a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, a)
}

// within ends a connection whose answer is not read in time. work returns how long the answer may take until it is
// ready.
func (o Options) within(work func(*http.Request) time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What is no connection, such as a test's recorder, has no deadline.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(work(r) + o.WriteTimeout))
		next.ServeHTTP(w, r)
	})
}

// atOnce is the work on a page.
func atOnce(*http.Request) time.Duration { return 0 }

// reloading is the work on a reload: with thousands of accounts it takes seconds.
func reloading(*http.Request) time.Duration { return time.Minute }

// profiling is the work on a profile: as long as is asked for, or net/http/pprof's 30 s.
func profiling(r *http.Request) time.Duration {
	const byDefault = 30 * time.Second
	seconds, err := strconv.ParseFloat(r.URL.Query().Get("seconds"), 64)
	if err != nil || !(seconds > 0) {
		return byDefault
	}
	return time.Duration(min(seconds, maxProfileSeconds) * float64(time.Second))
}
