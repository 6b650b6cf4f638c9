package transport

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// maxLoginTime is how long one login may take, with all its waits for limits.
	maxLoginTime = 2 * time.Minute
	// renewBefore is how long before its expiry a token is renewed, or a tenth of its lifetime if that is shorter.
	renewBefore = time.Hour
	// minTokenLife is the shortest lifetime that is believed. A shorter one is probably a mistake (a wrong clock,
	// another unit), and would need a login for each request.
	minTokenLife = time.Minute
	// renewalPause is for how long a token that has not expired is used after its renewal has failed, and for how long
	// there is no login after one that was rate limited, if the vendor does not say.
	renewalPause = time.Minute
	// firstLoginPause is for how long there is no login after one that has failed for another reason, twice as long after
	// each further one, up to longestLoginPause. They are nine tenths of the waits of an endpoint that has failed with the
	// login, so that it finds the pause over.
	firstLoginPause   = 9 * time.Second
	longestLoginPause = 54 * time.Second
)

// Token is what a login returned. It never changes.
type Token struct {
	Value   string
	BaseURL string      // where it is valid; "" = at the account's own base URL
	Expires time.Time   // zero = not known
	Secrets Fingerprint // of the credentials of the login

	sequence uint64    // number of the login: a vendor may return the same value again
	renewAt  time.Time // zero = it is used until the vendor rejects it
}

// TokenSource holds the token of one account, and logs in if it has none. It is safe for concurrent use.
type TokenSource struct {
	vendor string
	login  func(ctx context.Context) (Token, error)
	logins singleflight.Group

	mu       sync.Mutex
	token    *Token // nil = log in first
	sequence uint64
	waiting  int // callers that wait for a login

	failed      *Error // the last login, if nobody may log in until pausedUntil; nil = it has not failed
	pausedUntil time.Time
	failures    int // logins in a row that reached the vendor and failed

	replaced   uint64 // sequence of the token for which MayReplace last returned true
	replacedAt time.Time
}

// NewTokenSource returns a source of the tokens that login returns. It calls login at most once at a time.
func NewTokenSource(vendor string, login func(ctx context.Context) (Token, error)) *TokenSource {
	return &TokenSource{vendor: vendor, login: login}
}

// Get returns a token that is newer than after, which the vendor rejected; after = nil means any token. All callers
// that need a new token share one login. If a caller's ctx is done, Get returns an error that names endpoint, and the
// login continues for the others.
func (s *TokenSource) Get(ctx context.Context, endpoint string, after *Token) (*Token, error) {
	for {
		if t := s.usable(after); t != nil {
			return t, nil
		}
		if err := s.loginPaused(); err != nil {
			return nil, err
		}
		if err := s.logIn(ctx, endpoint, after); err != nil {
			return nil, err
		}
	}
}

// logIn waits for the login that is in flight, and starts one if there is none. A refresh that waits for the login of
// another one gives its admission back: it is not ready to send.
func (s *TokenSource) logIn(ctx context.Context, endpoint string, after *Token) error {
	if s.addWaiting(1) > 1 {
		limitsIn(ctx).Admission.Release()
	}
	defer s.addWaiting(-1)
	login := s.logins.DoChan("", func() (any, error) {
		if s.usable(after) != nil {
			return nil, nil // a login has ended since the caller looked for a token
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxLoginTime)
		defer cancel()
		return nil, s.renewSafely(WithLimits(ctx, Limits{Progress: loginProgress{caller: limitsIn(ctx).Progress}}), after)
	})
	select {
	case result := <-login:
		if p, ok := errors.AsType[*panicked](result.Err); ok {
			panic(p.value)
		}
		return result.Err
	case <-ctx.Done():
		return s.waitError(ctx, endpoint)
	}
}

// addWaiting adds to the number of callers that wait for a login, and returns it.
func (s *TokenSource) addWaiting(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting += n
	return s.waiting
}

// Newer returns the current token if it is newer than the given one, else nil.
func (s *TokenSource) Newer(than *Token) *Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil || s.token.sequence <= sequenceOf(than) {
		return nil
	}
	return s.token
}

// MayReplace reports whether a rejected token should be replaced by a new login: it has been replaced already, or no
// other token was replaced without success during the last pause. It is for vendors whose answer does not say clearly
// that the token is the reason.
func (s *TokenSource) MayReplace(t *Token, pause time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.token != nil && s.token.sequence > t.sequence:
		return true
	case s.replaced != t.sequence && !s.replacedAt.IsZero() && now.Sub(s.replacedAt) < pause:
		return false
	}
	s.replaced, s.replacedAt = t.sequence, now
	return true
}

// Replaced records that the vendor accepted the token of the last replacement, so that MayReplace needs no pause.
func (s *TokenSource) Replaced() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replacedAt = time.Time{}
}

// Drop removes a token that cannot be used, unless it has been replaced already.
func (s *TokenSource) Drop(t *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != nil && s.token.sequence <= sequenceOf(t) {
		s.token = nil
	}
}

func sequenceOf(t *Token) uint64 {
	if t == nil {
		return 0
	}
	return t.sequence
}

// usable returns the current token if it is newer than after and need not be renewed yet, else nil.
func (s *TokenSource) usable(after *Token) *Token {
	t := s.Newer(after)
	if t == nil || !t.renewAt.IsZero() && !time.Now().Before(t.renewAt) {
		return nil
	}
	return t
}

// waitError returns the error of a caller whose ctx ended while it waited for a login.
func (s *TokenSource) waitError(ctx context.Context, endpoint string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{
			Vendor: s.vendor, Endpoint: endpoint, Kind: Timeout,
			Err: fmt.Errorf("no token before the deadline of the whole read: %w", ctx.Err()),
		}
	}
	return fmt.Errorf("%s %s: %w", s.vendor, endpoint, ctx.Err())
}

// loginProgress is the progress of a login for a caller: it is not one of the caller's own requests, all of which need
// the token.
type loginProgress struct {
	noProgress
	caller Progress // nil = none
}

func (p loginProgress) RequestSent() {
	if p.caller != nil {
		p.caller.RequestSent()
	}
}

// renewSafely returns a panic of the login as an error, which Get turns into a panic of its caller. The login has its
// own goroutine, in which a panic would end the process.
func (s *TokenSource) renewSafely(ctx context.Context, after *Token) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value}
		}
	}()
	return s.renew(ctx, after)
}

type panicked struct{ value any }

func (*panicked) Error() string { return "the login panicked" }

// renew logs in. If the credentials are rejected, the current token is dropped. If the login fails for another reason,
// a token that has not expired is kept. If there is no such token, nobody logs in for a while, however many endpoints and
// items need a token; after a rate limit, not until the vendor allows it.
func (s *TokenSource) renew(ctx context.Context, after *Token) error {
	before := s.Newer(nil)
	t, err := s.login(ctx)
	if err == nil {
		s.keep(t)
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
	case e.Kind == Auth:
		s.Drop(before)
	case e.Kind == RateLimited:
		s.pauseLogins(e) // also when the current token has ended
		if s.postpone(after, max(renewalPause, e.RetryAfter)) {
			return nil
		}
	case s.postpone(after, max(renewalPause, e.RetryAfter)):
		return nil
	case !e.NotSent:
		s.pauseLogins(e)
	}
	return err
}

// pauseLogins lets nobody log in for a while after a failed login, at least as long as the vendor asks for.
func (s *TokenSource) pauseLogins(err *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause := renewalPause
	if err.Kind != RateLimited {
		pause = min(firstLoginPause<<min(s.failures, 10), longestLoginPause)
	}
	s.failures++
	s.failed, s.pausedUntil = err, time.Now().Add(max(pause, err.RetryAfter))
}

// loginPaused returns the failure of the last login, with the time that is left, while nobody may log in.
func (s *TokenSource) loginPaused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := time.Until(s.pausedUntil)
	if s.failed == nil || left <= 0 {
		return nil
	}
	err := *s.failed
	err.NotSent, err.RetryAfter = true, left
	return &err
}

// keep makes the token of a login the current one.
func (s *TokenSource) keep(t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed, s.failures = nil, 0
	s.sequence++
	t.sequence = s.sequence
	if left := time.Until(t.Expires); !t.Expires.IsZero() && left > minTokenLife {
		t.renewAt = t.Expires.Add(-min(renewBefore, left/10))
	}
	s.token = &t
}

// postpone postpones the renewal of the current token. It returns false if there is none, it has expired, or it is not
// newer than after.
func (s *TokenSource) postpone(after *Token, wait time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.token == nil || s.token.sequence <= sequenceOf(after) || !now.Before(s.token.Expires) {
		return false
	}
	t := *s.token // a copy: the current one may be in use
	t.renewAt = now.Add(wait)
	if t.Expires.Before(t.renewAt) {
		t.renewAt = t.Expires
	}
	s.token = &t
	return true
}
