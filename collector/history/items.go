package history

import (
	"context"
	"errors"
	"sync"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// historyAttempts is how often in a row an item may fail in ways that may pass, each time failing the whole day: afterwards it holds up the others no more.
const historyAttempts = 3

// Items reads the items of days and remembers which of them fail again and again.
type Items struct {
	mu       sync.Mutex
	failures map[string]int
}

// NewItems returns an Items that remembers no failure yet.
func NewItems() *Items { return &Items{failures: make(map[string]int)} }

// Each reads all items. One that fails for good is a gap, if another one succeeds; a failure that may pass, or would befall all of them, is the day's.
func (i *Items) Each(ctx context.Context, h *Batch, ids []string, read func(id string) error) error {
	var gaps []error
	for _, id := range ids {
		err := read(id)
		if ctx.Err() != nil {
			return err
		}
		if err != nil && !i.givenUp(id, err) {
			return err
		}
		if err == nil {
			i.succeeded(id)
		} else {
			gaps = append(gaps, err)
		}
	}
	if len(gaps) > 0 && len(gaps) == len(ids) {
		return gaps[0]
	}
	h.Day.Gaps = append(h.Day.Gaps, gaps...)
	return nil
}

// givenUp tells whether the item's failure need not be waited out.
func (i *Items) givenUp(id string, err error) bool {
	if IsPermanent(err) {
		return true
	}
	if kind := transport.KindOf(err); kind != transport.Timeout && kind != transport.HTTP { // it is not this item's alone
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.failures[id]++
	return i.failures[id] >= historyAttempts
}

func (i *Items) succeeded(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.failures, id)
}

// IsPermanent tells whether the same request would fail the same way again.
func IsPermanent(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return false
	}
	switch failure.Kind {
	case transport.Rejected, transport.Malformed, transport.TooLarge:
		return true
	case transport.HTTP:
		return failure.Status < 500 && failure.Status != 408
	default:
		return false
	}
}
