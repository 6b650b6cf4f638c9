package transport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// breakerPause is for how long an account sends nothing after its credentials were rejected, plus jitter so that
	// accounts do not retry together. Vendors blacklist accounts that continue to log in.
	breakerPause  = 10 * time.Minute
	breakerJitter = time.Minute
	// resetPause is the pause that remains after a reset, so that repeated reloads do not get the account blacklisted.
	resetPause = time.Minute
	// probePause is the wait in the errors of other requests while one request probes the credentials.
	probePause = 10 * time.Second
	// checkWait is how long a scrape waits for the credentials to be read while the breaker is open.
	checkWait = 50 * time.Millisecond
)

// BreakerState is the state of an account's credentials breaker.
type BreakerState struct {
	// Open is true while no request is sent, because the vendor rejected the credentials or they cannot be read.
	Open bool
	// Until is when the next request may be sent, which probes the credentials; zero if the breaker is closed.
	Until time.Time
}

// OpenBreaker opens the breaker because the vendor rejected the credentials with that fingerprint. For ten minutes
// every [Client.Do] fails at once with err, to which it adds since when and for how long. After that one request probes
// the credentials, while other requests still fail. The breaker closes when the probe is answered with anything but
// another Auth, RateLimited or 5xx, by [Client.Reset], and as soon as the account has other credentials.
func (c *Client) OpenBreaker(err *Error, refused Fingerprint) { c.breaker.open(err, refused) }

// Reset closes the breaker, but not earlier than one minute after the credentials were rejected.
func (c *Client) Reset() { c.breaker.reset() }

// CarryOver sets the breaker to that of the client that this one replaces. It reads no credentials: whether they have
// changed since is found when they are next checked. It must be called before the first request.
func (c *Client) CarryOver(previous *Client) {
	c.credentials.last = previous.LastFingerprint()
	previous.breaker.mu.Lock()
	defer previous.breaker.mu.Unlock()
	if o := previous.breaker.current; o != nil {
		carried := *o
		carried.probing = false
		c.breaker.current = &carried
	}
}

// Breaker returns the state of the breaker.
func (c *Client) Breaker() BreakerState { return c.breaker.state() }

// CheckCredentials closes the breaker if the account's credentials are no longer those that were rejected, so that a
// changed secret is used at once. It reads them only while the breaker is open. If a file does not answer within
// checkWait it returns, and the check continues in the background.
func (c *Client) CheckCredentials() {
	if c.breaker.opened() == nil || !c.checking.CompareAndSwap(false, true) {
		return
	}
	checked := make(chan struct{})
	go func() {
		defer close(checked)
		defer c.checking.Store(false)
		_ = c.checkCredentials("")
	}()
	timer := time.NewTimer(checkWait)
	defer timer.Stop()
	select {
	case <-checked:
	case <-timer.C:
	}
}

// checkCredentials does the same without a limit in time. It returns an error if the credentials cannot be read.
func (c *Client) checkCredentials(endpoint string) error {
	opening := c.breaker.opened()
	if opening == nil || len(c.credentials.all) == 0 {
		return nil
	}
	secrets, err := c.readSecrets(endpoint)
	if err != nil {
		c.breaker.extend(opening)
		return err // it explains more than the earlier rejection
	}
	if secrets.Fingerprint() != opening.refused {
		c.breaker.close(opening)
	}
	return nil
}

// enterBreaker returns an error if no request may be sent. If it returns a probe, the request is the one that probes
// the credentials, and its outcome must be passed to [breaker.probed].
func (c *Client) enterBreaker(endpoint string) (probe *opening, err error) {
	if err := c.checkCredentials(endpoint); err != nil {
		return nil, err
	}
	return c.breaker.enter()
}

// breaker is the credentials breaker of one account: while it is open, requests fail without being sent.
type breaker struct {
	mu      sync.Mutex
	current *opening // nil = closed
}

// opening is a period in which the breaker is open.
type opening struct {
	err     *Error
	refused Fingerprint // of the rejected credentials
	since   time.Time   // of the first rejection
	last    time.Time   // of the last one
	until   time.Time
	closes  bool // at until, without a probe
	probing bool // the probe is in flight
}

func (b *breaker) open(err *Error, refused Fingerprint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	since := now
	if b.current != nil {
		since = b.current.since
	}
	b.current = &opening{
		err: err, refused: refused, since: since, last: now,
		until: now.Add(max(breakerPause, err.RetryAfter) + rand.N(breakerJitter)),
	}
}

// extend begins another pause if the current one is over, because the credentials cannot be read for a probe.
func (b *breaker) extend(o *opening) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); !now.Before(o.until) {
		o.until = now.Add(breakerPause)
	}
}

func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.current
	if o == nil {
		return
	}
	soon := o.last.Add(max(resetPause, o.err.RetryAfter))
	if o.refused == (Fingerprint{}) || !time.Now().Before(soon) {
		b.current = nil
		return
	}
	o.closes = true
	if soon.Before(o.until) {
		o.until = soon
	}
}

// close closes the breaker, unless it has been opened again since.
func (b *breaker) close(o *opening) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == o {
		b.current = nil
	}
}

// opened returns the current opening, nil if the breaker is closed.
func (b *breaker) opened() *opening {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	return b.current
}

// expire closes the breaker if a reset has set the time for that and it has come. b.mu is held.
func (b *breaker) expire() {
	if o := b.current; o != nil && o.closes && !time.Now().Before(o.until) {
		b.current = nil
	}
}

func (b *breaker) state() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	if b.current == nil {
		return BreakerState{}
	}
	until := b.current.until
	if soon := time.Now().Add(probePause); b.current.probing && until.Before(soon) {
		until = soon
	}
	return BreakerState{Open: true, Until: until}
}

func (b *breaker) enter() (probe *opening, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	switch now := time.Now(); {
	case b.current == nil:
		return nil, nil
	case now.Before(b.current.until):
		return nil, b.current.error(b.current.until.Sub(now))
	case b.current.probing:
		return nil, b.current.error(probePause)
	}
	b.current.probing = true
	return b.current, nil
}

// probed records the outcome of a request. probe is nil if the request was not the probe.
func (b *breaker) probed(probe *opening, err error) {
	if probe == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	probe.probing = false
	if b.current == probe && accepted(err) {
		b.current = nil
	}
}

// accepted reports whether the vendor accepted the credentials of a request that ended with err. A vendor that is down,
// or that is called too often, may not have checked them.
func accepted(err error) bool {
	if err == nil {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status != 0 && !e.ServerFailed() && e.Kind != Auth && e.Kind != RateLimited
}

// error returns the error of a request that is not sent: that of the rejected request, with the remaining time.
func (o *opening) error(left time.Duration) *Error {
	e := *o.err
	e.RetryAfter, e.NotSent = left, true
	text := fmt.Sprintf("refused since %s, no request is sent", o.since.UTC().Format(time.RFC3339))
	if e.Err != nil {
		text = e.Err.Error() + ", " + text
	}
	e.Err = withText(o.err, text)
	return &e
}
