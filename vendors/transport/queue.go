package transport

import "context"

type queueKey struct{}

// WithQueue returns a context for someone who has come to queue for a slot of the process, and has no other business yet. leave is called once a request under the context has its slot,
// or must wait for something else: its turn in a [Line], a slot or the requests per minute of its account. It may be called several times, by any goroutine.
func WithQueue(ctx context.Context, leave func()) context.Context {
	return context.WithValue(ctx, queueKey{}, leave)
}

// leaveQueue tells that whoever came with ctx does not queue for the process's slot any longer.
func leaveQueue(ctx context.Context) {
	if leave, ok := ctx.Value(queueKey{}).(func()); ok {
		leave()
	}
}
