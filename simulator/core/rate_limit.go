package core

import (
	"sync"
	"time"
)

// RateLimit admits a number of calls in any span of time. Calls that it does not admit do not count.
type RateLimit struct {
	Requests int
	Span     time.Duration

	mu       sync.Mutex
	admitted []time.Time // oldest first
}

// Admit reports whether a call at that time is within the limit, and counts it if so.
func (l *RateLimit) Admit(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := 0
	for old < len(l.admitted) && now.Sub(l.admitted[old]) >= l.Span {
		old++
	}
	l.admitted = l.admitted[old:]
	if len(l.admitted) >= l.Requests {
		return false
	}
	l.admitted = append(l.admitted, now)
	return true
}
