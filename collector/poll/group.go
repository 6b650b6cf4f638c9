package poll

import "sync"

// Group counts running operations: refreshes of an account, scrapes of a set. It is a [sync.WaitGroup] that can be
// closed: Begin may be called while CloseAndWait waits, and then returns false. The zero value is ready to use.
type Group struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// Begin counts one more operation. It returns false, and counts nothing, if the group is closed.
func (g *Group) Begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.running.Add(1)
	return true
}

// End ends an operation that Begin has counted.
func (g *Group) End() { g.running.Done() }

// CloseAndWait closes the group and waits until all running operations have ended.
func (g *Group) CloseAndWait() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}
