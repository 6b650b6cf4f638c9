package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// uncountedBytes is how much memory an answer may use without a share of the memory for answers. Nearly all answers are
// smaller.
const uncountedBytes = 256 << 10

// adjustable is a semaphore with a limit that can be changed. The semaphore itself has the size max; the part above the
// limit is acquired and not used.
type adjustable struct {
	*semaphore.Weighted
	max int64

	mu    sync.Mutex
	limit int64
}

func newAdjustable(limit, highest int64) *adjustable {
	a := &adjustable{Weighted: semaphore.NewWeighted(highest), max: highest}
	a.limit = a.clamp(limit)
	a.TryAcquire(highest - a.limit)
	return a
}

func (a *adjustable) clamp(n int64) int64 { return min(max(n, 1), a.max) }

// set changes the limit and returns it. A lower limit does not affect those that hold a part or already wait for one.
func (a *adjustable) set(limit int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	more := a.clamp(limit) - a.limit
	a.limit += more
	switch {
	case more > 0:
		a.Release(more)
	case more < 0 && !a.TryAcquire(-more):
		// It waits until requests have ended, which they do at their timeouts at the latest. It cannot fail.
		go func() { _ = a.Acquire(context.Background(), -more) }()
	}
	return a.limit
}

func (a *adjustable) get() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limit
}

// share is the part of the memory for answers that one answer holds.
type share struct {
	account *semaphore.Weighted // only one answer of an account holds a share at a time
	memory  *adjustable
	bytes   int64 // 0 = none
}

// acquire waits for a share of so many bytes, or of all the memory for answers if that is less. It is called only once
// for an answer: two answers that hold a part and wait for more could wait for each other.
func (s *share) acquire(ctx context.Context, bytes int64) error {
	began := time.Now()
	if err := s.account.Acquire(ctx, 1); err != nil {
		return noMemory(err, began, "another large answer of this account is being read")
	}
	bytes = min(bytes, s.memory.get())
	if err := s.memory.Acquire(ctx, bytes); err != nil {
		s.account.Release(1)
		return noMemory(err, began, "other answers take up the memory for answers (global.max_response_memory)")
	}
	s.bytes = bytes
	return nil
}

// shrink releases the part of the share above so many bytes.
func (s *share) shrink(bytes int64) {
	if more := s.bytes - max(bytes, 1); more > 0 {
		s.memory.Release(more)
		s.bytes -= more
	}
}

// release releases the whole share.
func (s *share) release() {
	if s.bytes > 0 {
		s.memory.Release(s.bytes)
		s.account.Release(1)
		s.bytes = 0
	}
}

// noMemory returns the failure of an answer that got no share.
func noMemory(err error, began time.Time, why string) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	waited := roundForText(time.Since(began))
	return &Error{Kind: Timeout, Err: withText(err, fmt.Sprintf("gave up reading the answer after %s: %s", waited, why))}
}

// unlimited is the memory for answers if it is not limited.
const unlimited = math.MaxInt64

// elementBytes is the size that is assumed for one element of a list, without its texts.
const elementBytes = 256

const adviceTooLarge = "request less, or raise max_response_bytes"

// SizeLimit counts the bytes that are kept of one answer, or of all pages of one list, and limits them to
// [Options.MaxResponseBytes]. It is for answers that are decoded while they are read: only what is kept counts.
type SizeLimit struct {
	bytes, limit int64
}

// NewSizeLimit returns the limit for one answer or list.
func (c *Client) NewSizeLimit() *SizeLimit { return &SizeLimit{limit: c.maxResponseBytes} }

// Add counts one element of a list, with its texts. If the limit is exceeded it returns a TooLarge that names the list.
func (l *SizeLimit) Add(list string, texts ...string) error {
	return l.AddSized(list, elementBytes, texts...)
}

// Limit returns how many bytes may be kept.
func (l *SizeLimit) Limit() int64 { return l.limit }

// AddSized is Add for an element that uses so many bytes beside its texts.
func (l *SizeLimit) AddSized(list string, bytes int64, texts ...string) error {
	l.bytes += bytes
	for _, t := range texts {
		l.bytes += int64(len(t))
	}
	if l.bytes <= l.limit {
		return nil
	}
	return &Error{
		Kind: TooLarge,
		Err: fmt.Errorf("%s: too many elements, or too long ones: "+
			"each counts as %d bytes and its texts, all together may take %d", list, bytes, l.limit),
		Advice: adviceTooLarge,
	}
}
