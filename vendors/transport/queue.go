package transport

import "context"

// Queue is told how someone fares who has come to queue for a slot of the process, and has no other business yet. Its methods may be called several times, by any goroutine.
type Queue interface {
	// Leave tells that a request has its slot.
	Leave()
	// Wait tells that a request must wait for something that is its account's own: its turn in a [SerialLock], a slot or the requests per minute of its account. over ends that.
	Wait() (over func())
}

type queueKey struct{}

// WithQueue returns a context for requests of someone who queues.
func WithQueue(ctx context.Context, q Queue) context.Context {
	return context.WithValue(ctx, queueKey{}, q)
}

// leaveQueue tells that a request under ctx has its slot.
func leaveQueue(ctx context.Context) {
	if q, ok := ctx.Value(queueKey{}).(Queue); ok {
		q.Leave()
	}
}

// waitForOwn tells that a request under ctx waits for something of its account's own until over is called.
func waitForOwn(ctx context.Context) (over func()) {
	if q, ok := ctx.Value(queueKey{}).(Queue); ok {
		return q.Wait()
	}
	return func() {}
}
