package transport

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"time"
)

// StoredError is an [*Error] in a form that can be stored. Its texts are safe to show, as those of the error.
type StoredError struct {
	Vendor, Endpoint, Kind string
	NotSent                bool   `json:",omitzero"`
	Status                 int    `json:",omitzero"`
	Code                   string `json:",omitzero"`
	Message                string `json:",omitzero"`
	RequestID              string `json:",omitzero"`
	RetryAfter             int64  `json:",omitzero"` // nanoseconds
	Advice                 string `json:",omitzero"`
	Cause                  string `json:",omitzero"`
}

// StoreError returns an error in a form that can be stored; nil for nil.
func StoreError(err error) *StoredError {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return &StoredError{Kind: KindOf(err).String(), Cause: err.Error()}
	}
	s := &StoredError{
		Vendor: e.Vendor, Endpoint: e.Endpoint, Kind: e.Kind.String(), NotSent: e.NotSent, Status: e.Status,
		Code: e.Code, Message: e.Message, RequestID: e.RequestID, RetryAfter: int64(e.RetryAfter), Advice: e.Advice,
	}
	if e.Err != nil {
		s.Cause = e.Err.Error()
	}
	return s
}

// Restore returns the error that was stored; nil for nil.
func (s *StoredError) Restore() error {
	if s == nil {
		return nil
	}
	return s.restore()
}

func (s *StoredError) restore() *Error {
	e := &Error{
		Vendor: s.Vendor, Endpoint: s.Endpoint, Kind: Kind(max(0, slices.Index(kindNames[:], s.Kind))),
		NotSent: s.NotSent, Status: s.Status, Code: s.Code, Message: s.Message, RequestID: s.RequestID,
		RetryAfter: time.Duration(s.RetryAfter), Advice: s.Advice,
	}
	if s.Cause != "" {
		e.Err = errors.New(s.Cause)
	}
	return e
}

// StoredBreaker is an open credentials breaker in a form that can be stored.
type StoredBreaker struct {
	Err StoredError
	// Refused is a salted hash of the fingerprint of the rejected credentials.
	Refused            []byte
	Since, Last, Until time.Time
	Closes             bool `json:",omitzero"`
}

// Fingerprint reads the account's credentials and returns their fingerprint, the zero value if it has none.
func (c *Client) Fingerprint() (Fingerprint, error) {
	if len(c.credentials.all) == 0 {
		return Fingerprint{}, nil
	}
	secrets, err := c.readSecrets("")
	if err != nil {
		return Fingerprint{}, err
	}
	return secrets.Fingerprint(), nil
}

// LastFingerprint returns the fingerprint of the credentials when they were last read; the zero value if they have not
// been read.
func (c *Client) LastFingerprint() Fingerprint {
	c.credentials.mu.Lock()
	defer c.credentials.mu.Unlock()
	return c.credentials.last
}

// Salted returns a hash of the fingerprint and the salt. Hashes with different salts cannot be compared.
func (f Fingerprint) Salted(salt []byte) []byte {
	h := hmac.New(sha256.New, salt)
	_, _ = h.Write(f[:])
	return h.Sum(nil)
}

// StoreBreaker returns the credentials breaker in a form that can be stored; nil if it is closed, or open because the
// credentials cannot be read.
func (c *Client) StoreBreaker(salt []byte) *StoredBreaker {
	o := c.breaker.opened()
	if o == nil || o.refused == (Fingerprint{}) {
		return nil
	}
	c.breaker.mu.Lock()
	defer c.breaker.mu.Unlock()
	return &StoredBreaker{
		Err: *StoreError(o.err), Refused: o.refused.Salted(salt),
		Since: o.since, Last: o.last, Until: o.until, Closes: o.closes,
	}
}

// RestoreBreaker opens the credentials breaker as it was stored, if the account's credentials are still the rejected
// ones.
func (c *Client) RestoreBreaker(stored *StoredBreaker, salt []byte) {
	if stored == nil {
		return
	}
	now, f := time.Now(), c.LastFingerprint()
	if !hmac.Equal(f.Salted(salt), stored.Refused) {
		return
	}
	o := &opening{
		err: stored.Err.restore(), refused: f,
		since: stored.Since, last: stored.Last, until: stored.Until, closes: stored.Closes,
	}
	if ahead := o.last.Sub(now); ahead > 0 { // the clock has been set back: wait as long from now as it was then
		o.since, o.last, o.until = now, now, o.until.Add(-ahead)
	}
	o.until = now.Add(o.until.Sub(now)) // with now's monotonic clock reading, so that a change of the clock has no effect
	c.breaker.mu.Lock()
	defer c.breaker.mu.Unlock()
	c.breaker.current = o
}

// Allowance is how many requests an account could send at a time At, within its limit per minute.
type Allowance struct {
	Requests  float64
	PerMinute int
	At        time.Time
}

// Allowance returns how many requests the account could send now.
func (c *Client) Allowance() Allowance { return c.limits.rateLimiter.allowance(time.Now()) }

// RestoreAllowance sets how many requests the account may send now to what they would be without the restart since a.
// If a is nil, which means not known, it may send none yet. It must be called before the first request.
func (c *Client) RestoreAllowance(a *Allowance) { c.limits.rateLimiter.restore(a, time.Now()) }
