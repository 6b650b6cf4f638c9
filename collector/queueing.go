package collector

import "sync"

// queueing is the turns of one account that queue for their first request. While one of them waits for something that is the account's own, the others wait for the same or may wait for
// it, as for a login that waits for the account's requests per minute: none of them counts any longer, nor does one that begins meanwhile.
type queueing struct {
	mu    sync.Mutex
	turns map[*queuedTurn]struct{}
	waits int
}

// queuedTurn is one of them. It implements transport.Queue.
type queuedTurn struct {
	of    *queueing
	leave func()
}

// begin takes a turn that begins; leave is starts'.
func (q *queueing) begin(leave func()) *queuedTurn {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &queuedTurn{q, leave}
	if q.waits > 0 {
		leave()
		return t
	}
	if q.turns == nil {
		q.turns = make(map[*queuedTurn]struct{})
	}
	q.turns[t] = struct{}{}
	return t
}

// Leave lets the turn queue no longer.
func (t *queuedTurn) Leave() {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	delete(t.of.turns, t)
	t.leave()
}

// Wait lets no turn of the account queue any longer, until over is called.
func (t *queuedTurn) Wait() (over func()) {
	q := t.of
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waits++
	t.leave()
	for other := range q.turns {
		other.leave()
	}
	clear(q.turns)
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.waits--
	})
}
