package collector

import "sync"

// group counts what is under way: turns of an account, scrapes of a set. Unlike a bare WaitGroup it may be asked to begin one more while it is being waited for: it then says no.
type group struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

func (g *group) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.running.Add(1)
	return true
}

func (g *group) end() { g.running.Done() }

func (g *group) closeAndWait() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}
