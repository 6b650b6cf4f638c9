package transport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// refusalPause is for how long an account whose credentials were refused sends nothing.
// Vendors blacklist those who hammer; a minute of jitter keeps accounts apart.
const (
	refusalPause  = 10 * time.Minute
	refusalJitter = time.Minute
	// probePause is after how long to ask again while another request tries the credentials.
	probePause = 10 * time.Second
)

// Refuse notes that the vendor refused the account's credentials for good: for ten minutes
// every [Client.Do] fails with err at once, telling since when and how long still. After
// that one request tries, while the others go on failing; if its answer is anything but
// another Auth, all may pass again.
func (c *Client) Refuse(err *Error) { c.refusals.refuse(err) }

// Reset forgets the refusal: the credentials have changed, or the user wants to know.
func (c *Client) Reset() { c.refusals.reset() }

type refusals struct {
	mu      sync.Mutex
	current *refusal // nil = requests may pass
}

type refusal struct {
	err     *Error
	since   time.Time
	until   time.Time
	probing bool // the one request after until is under way
}

func (r *refusals) refuse(err *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	since := now
	if r.current != nil {
		since = r.current.since
	}
	r.current = &refusal{err: err, since: since, until: now.Add(refusalPause + rand.N(refusalJitter))}
}

func (r *refusals) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = nil
}

// enter returns an error if requests may not pass, and the refusal that this request is to
// probe, if it is the one. The caller passes it on to leave.
func (r *refusals) enter() (probed *refusal, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch now := time.Now(); {
	case r.current == nil:
		return nil, nil
	case now.Before(r.current.until):
		return nil, r.current.error(r.current.until.Sub(now))
	case r.current.probing:
		return nil, r.current.error(probePause)
	}
	r.current.probing = true
	return r.current, nil
}

// leave takes the outcome of a request.
func (r *refusals) leave(probed *refusal, err error) {
	if probed == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	probed.probing = false
	if r.current == probed && accepted(err) {
		r.current = nil
	}
}

// accepted reports whether a request that ended with err got past the check of credentials.
func accepted(err error) bool {
	if err == nil {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status != 0 && e.Kind != Auth
}

func (r *refusal) error(left time.Duration) *Error {
	e := *r.err
	e.RetryAfter, e.NotSent = left, true
	text := fmt.Sprintf("refused since %s, no request is sent", r.since.UTC().Format(time.RFC3339))
	if e.Err != nil {
		text = e.Err.Error() + ", " + text
	}
	e.Err = because(r.err, text)
	return &e
}
