package poll

import "sync"

// Group counts what is under way: refreshes of an account, scrapes of a set. Unlike a bare WaitGroup it may be asked to
// begin one more while it is being waited for: it then says no. The zero value is ready to use.
type Group struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// Begin counts one more, and returns false if the group is closed.
func (g *Group) Begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.running.Add(1)
	return true
}

// End counts one less.
func (g *Group) End() { g.running.Done() }

// CloseAndWait lets nothing begin any more, and waits for what is under way.
func (g *Group) CloseAndWait() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}
