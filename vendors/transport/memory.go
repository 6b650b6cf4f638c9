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

// keptMemory is the memory for what is kept of answers that are decoded while they are read. Nobody waits for it: two
// lists that hold a part and wait for more could wait for each other. An account may hold at most 4/5 of what no other
// account holds, so that one hostile vendor leaves some to others.
type keptMemory struct {
	mu    sync.Mutex
	limit int64
	held  int64
}

func (m *keptMemory) set(limit int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limit = limit
}

// take adds so many bytes to those that an account holds. It returns false if there is no room.
func (m *keptMemory) take(account *int64, bytes int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	free := m.limit - m.held + *account
	if *account+bytes > free-free/5 {
		return false
	}
	*account += bytes
	m.held += bytes
	return true
}

func (m *keptMemory) release(account *int64, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*account -= bytes
	m.held -= bytes
}

// keptStep is by how much at least the part of a list in the memory for answers grows.
const keptStep = 64 << 10

// SizeLimit counts the bytes that are kept of one answer, or of all pages of one list, and limits them to
// [Options.MaxResponseBytes]. It is for answers that are decoded while they are read: only what is kept counts. What is
// kept above 256 KiB also takes a part of the memory for answers, until Release.
type SizeLimit struct {
	bytes, limit int64
	client       *Client
	held         int64 // of the memory for answers
}

// NewSizeLimit returns the limit for one answer or list. The caller must release it.
func (c *Client) NewSizeLimit() *SizeLimit { return &SizeLimit{limit: c.maxResponseBytes, client: c} }

// Release gives the memory for answers back: nothing more is read, and what was kept is in use for a short time only.
func (l *SizeLimit) Release() {
	if l.held > 0 {
		l.client.limits.global.kept.release(&l.client.keptBytes, l.held)
		l.held = 0
	}
}

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
	switch missing := l.bytes - uncountedBytes - l.held; {
	case l.bytes > l.limit:
		return &Error{
			Kind: TooLarge,
			Err: fmt.Errorf("%s: too many elements, or too long ones: "+
				"each counts as %d bytes and its texts, all together may take %d", list, bytes, l.limit),
			Advice: adviceTooLarge,
		}
	case missing > 0:
		missing = max(missing, keptStep)
		if !l.client.limits.global.kept.take(&l.client.keptBytes, missing) {
			return &Error{
				Kind: TooLarge,
				Err: fmt.Errorf("%s: more than %d bytes of it do not fit in the memory for all lists, "+
					"a quarter of global.max_response_memory", list, l.held+uncountedBytes),
				Advice: "request less, or raise global.max_response_memory",
			}
		}
		l.held += missing
	}
	return nil
}
