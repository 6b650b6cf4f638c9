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

// uncountedBytes is how much each answer may hold without a share of the memory for answers. It is more than nearly
// all of them have.
const uncountedBytes = 256 << 10

// adjustable is a semaphore of which the limit may change. It has room for more than the limit; what is beyond it is
// taken and never used.
type adjustable struct {
	*semaphore.Weighted
	most int64 // that the limit may be

	mu    sync.Mutex
	limit int64
}

func newAdjustable(limit, most int64) *adjustable {
	a := &adjustable{Weighted: semaphore.NewWeighted(most), most: most}
	a.limit = a.clamp(limit)
	a.TryAcquire(most - a.limit)
	return a
}

func (a *adjustable) clamp(n int64) int64 { return min(max(n, 1), a.most) }

// set changes the limit and returns it. Where it is lowered, those that have a part or wait for one already go by the
// limit before.
func (a *adjustable) set(limit int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	more := a.clamp(limit) - a.limit
	a.limit += more
	switch {
	case more > 0:
		a.Release(more)
	case more < 0 && !a.TryAcquire(-more):
		// Until requests end, which all do by their timeouts: it cannot fail.
		go func() { _ = a.Acquire(context.Background(), -more) }()
	}
	return a.limit
}

func (a *adjustable) get() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limit
}

// share is the part of the memory for answers that one answer has.
type share struct {
	account *semaphore.Weighted // one answer of the account at a time has a share
	memory  *adjustable
	bytes   int64 // 0 = none
}

// take waits for a share of so many bytes, of which it may get fewer: as many as there are for all answers together. It
// is called once for an answer: one that had a part and waited for more could wait for another that does the same.
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

// keep gives up what is beyond so many bytes.
func (s *share) shrink(bytes int64) {
	if more := s.bytes - max(bytes, 1); more > 0 {
		s.memory.Release(more)
		s.bytes -= more
	}
}

// release gives up all.
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

// unlimited is the memory for answers where there is no limit.
const unlimited = math.MaxInt64

// elementBytes is what one element of a list counts as beside its texts.
const elementBytes = 256

const adviceTooLarge = "ask for less, or raise max_response_bytes"

// SizeLimit counts what is kept of one answer, or of all pages of one list, and bounds it by
// [Options.MaxResponseBytes]. What an answer holds and nobody keeps does not count.
type SizeLimit struct {
	bytes, limit int64
}

// NewSizeLimit returns a count that begins at nothing.
func (c *Client) NewSizeLimit() *SizeLimit { return &SizeLimit{limit: c.maxResponseBytes} }

// Add counts one element of a list, with its texts. The error is TooLarge and names the list.
func (l *SizeLimit) Add(list string, texts ...string) error {
	return l.AddSized(list, elementBytes, texts...)
}

// Limit returns how many bytes may be kept.
func (l *SizeLimit) Limit() int64 { return l.limit }

// AddSized counts one element of a list that takes so many bytes beside its texts.
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
		Err: fmt.Errorf("%s: too many elements, or too long ones: each counts as %d bytes and its texts, all together may take %d",
			list, bytes, l.limit),
		Advice: adviceTooLarge,
	}
}
