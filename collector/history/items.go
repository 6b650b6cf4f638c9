package history

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// maxAttempts is how many transient failures in a row of an item make it a gap. Earlier ones fail the whole day, which
// is then read again.
const maxAttempts = 3

// Items reads the items of days, and counts the failures in a row of each item.
type Items struct {
	mu       sync.Mutex
	failures map[string]int
}

// NewItems returns an Items without failures.
func NewItems() *Items { return &Items{failures: make(map[string]int)} }

// Each reads all items. A permanent failure of an item is a gap, if another item succeeds. A transient failure, or one
// that would occur for every item, is returned and fails the day.
func (i *Items) Each(ctx context.Context, h *Batch, ids []string, read func(id string) error) error {
	var gaps []error
	for _, id := range ids {
		err := read(id)
		if ctx.Err() != nil {
			return err
		}
		if err != nil && !i.isGap(id, err) {
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

// isGap reports whether the item's failure is a gap: it is permanent, or has occurred maxAttempts times in a row.
func (i *Items) isGap(id string, err error) bool {
	if IsPermanent(err) {
		return true
	}
	switch transport.KindOf(err) {
	case transport.Timeout, transport.HTTP, transport.Malformed:
	default: // every item would have it
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.failures[id]++
	return i.failures[id] >= maxAttempts
}

func (i *Items) succeeded(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.failures, id)
}

// IsPermanent reports whether the same request would fail in the same way again.
func IsPermanent(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return false
	}
	switch failure.Kind {
	case transport.Rejected, transport.TooLarge:
		return true
	case transport.Malformed:
		return !wasCut(err)
	case transport.HTTP:
		return !failure.ServerFailed()
	default:
		return false
	}
}

// wasCut reports whether an answer ended early, perhaps on its way.
func wasCut(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }

// Failures counts the cut answers of items that are read once for all days.
type Failures struct{ cut map[string]int }

// Final reports whether a failure of the item need not be tried again on another day: it is permanent, or the answer has
// been cut maxAttempts times.
func (f *Failures) Final(id string, err error) bool {
	if !wasCut(err) {
		return IsPermanent(err)
	}
	if f.cut == nil {
		f.cut = make(map[string]int)
	}
	f.cut[id]++
	return f.cut[id] >= maxAttempts
}
