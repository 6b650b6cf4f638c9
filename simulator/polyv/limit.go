package polyv

import (
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Polyv blocks a source that calls too often, whatever it calls.
const (
	maxCalls  = 1500
	callSpan  = 10 * time.Second
	blockTime = 5 * time.Minute
)

// callLimit blocks those who call too often. The zero value is ready.
type callLimit struct {
	mu      sync.Mutex
	sources map[string]*caller
}

type caller struct {
	calls        core.RateLimit
	blockedUntil time.Time
}

// admit says whether a call from a source is let in. One call too many blocks the source; calls while it is blocked
// do not prolong that.
func (l *callLimit) admit(name string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sources == nil {
		l.sources = make(map[string]*caller)
	}
	s, ok := l.sources[name]
	if !ok {
		s = &caller{calls: core.RateLimit{Requests: maxCalls, Span: callSpan}}
		l.sources[name] = s
	}
	if now.Before(s.blockedUntil) {
		return false
	}
	if !s.calls.Admit(now) {
		s.blockedUntil = now.Add(blockTime)
		return false
	}
	return true
}
