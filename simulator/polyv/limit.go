package polyv

import (
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Polyv blocks a source that calls too often, whatever it calls.
const (
	polyvMaxCalls  = 1500
	polyvCallSpan  = 10 * time.Second
	polyvBlockTime = 5 * time.Minute
)

// polyvLimit blocks those who call too often. The zero value is ready.
type polyvLimit struct {
	mu      sync.Mutex
	sources map[string]*polyvSource
}

type polyvSource struct {
	calls        core.RateLimit
	blockedUntil time.Time
}

// admit says whether a call from a source is let in. One call too many blocks the source; calls while it is blocked do not prolong that.
func (l *polyvLimit) admit(name string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sources == nil {
		l.sources = make(map[string]*polyvSource)
	}
	s, ok := l.sources[name]
	if !ok {
		s = &polyvSource{calls: core.RateLimit{Requests: polyvMaxCalls, Span: polyvCallSpan}}
		l.sources[name] = s
	}
	if now.Before(s.blockedUntil) {
		return false
	}
	if !s.calls.Admit(now) {
		s.blockedUntil = now.Add(polyvBlockTime)
		return false
	}
	return true
}
