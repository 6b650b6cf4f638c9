package core

import (
	"sync"
	"time"
)

// RateLimit lets through a number of calls in any span of time. Those it turns away do not count.
type RateLimit struct {
	Requests int
	Span     time.Duration

	mu  sync.Mutex
	let []time.Time // oldest first
}

// Admit says whether a call at that time is within the limit, and counts it if so.
func (w *RateLimit) Admit(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := 0
	for old < len(w.let) && now.Sub(w.let[old]) >= w.Span {
		old++
	}
	w.let = w.let[old:]
	if len(w.let) >= w.Requests {
		return false
	}
	w.let = append(w.let, now)
	return true
}
