package collector

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// requestCounter counts what an account's client sends and how long it waited for its own budgets. It is the transport's observer.
type requestCounter struct {
	mu     sync.Mutex
	codes  map[string]uint64
	waited time.Duration
}

// RequestDone counts one HTTP request by the status of its answer, "error" where none came.
func (c *requestCounter) RequestDone(code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes == nil {
		c.codes = make(map[string]uint64)
	}
	c.codes[code]++
}

// ThrottleWaited adds a wait for the exporter's own budgets.
func (c *requestCounter) ThrottleWaited(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += d
}

// counts gives the codes in order with their counts, and the time waited.
func (c *requestCounter) counts() (codes []string, count map[string]uint64, waited time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.codes)), maps.Clone(c.codes), c.waited
}
