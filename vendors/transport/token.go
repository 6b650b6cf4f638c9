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
	// maxLoginTime is how long one login may take with all its waits for limits, when nobody waits for it any more.
	maxLoginTime = 2 * time.Minute
	// renewBefore is how long before its expiry a token is replaced, if it lasts long; else a tenth of what it lasts.
	renewBefore = time.Hour
	// minTokenLife is the life of a token that is believed. A shorter one cannot be meant (a wrong clock, another
	// unit): to go by it would cost a login for each request.
	minTokenLife = time.Minute
	// renewalPause is how long a token that still lasts is used on after a renewal that failed.
	renewalPause = time.Minute
)

// Token is what a login returned. It never changes.
type Token struct {
	Value   string
	BaseURL string      // where it is valid; "" where that is nowhere else
	Expires time.Time   // zero = not known
	Secrets Fingerprint // of the credentials that it was got with

	sequence uint64    // counts the logins: a vendor may give the same value again
	renewAt  time.Time // zero = it is kept until it is refused
}

// TokenSource holds the token of one account, and logs in for it where there is none. It is safe for concurrent
// use.
type TokenSource struct {
	vendor string
	login  func(ctx context.Context) (Token, error)
	logins singleflight.Group

	mu       sync.Mutex
	token    *Token // nil = log in first
	sequence uint64

	replaced   uint64 // the token that was last to be replaced ([TokenSource.MayReplace])
	replacedAt time.Time
}

// NewTokenSource returns a source of tokens that login gets. One login is under way at a time.
func NewTokenSource(vendor string, login func(ctx context.Context) (Token, error)) *TokenSource {
	return &TokenSource{vendor: vendor, login: login}
}

// Get returns a token that came after the one given, which the vendor did not take; nil = any token will do. All
// callers that need a new one share one login. A caller whose ctx ends gives up; the login goes on for the others.
// endpoint is what the caller's own error names.
func (s *TokenSource) Get(ctx context.Context, endpoint string, after *Token) (*Token, error) {
	for {
		if t := s.usable(after); t != nil {
			return t, nil
		}
		login := s.logins.DoChan("", func() (any, error) {
			if s.usable(after) != nil {
				return nil, nil // a login has ended between our look and this one
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxLoginTime)
			defer cancel()
			return nil, s.renewSafely(ctx, after)
		})
		select {
		case result := <-login:
			if p, ok := errors.AsType[*panicked](result.Err); ok {
				panic(p.value)
			}
			if result.Err != nil {
				return nil, result.Err
			}
		case <-ctx.Done():
			return nil, s.waitError(ctx, endpoint)
		}
	}
}

// Newer returns the present token if it came after the one given; nil = it did not, or there is none.
func (s *TokenSource) Newer(than *Token) *Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil || s.token.sequence <= sequenceOf(than) {
		return nil
	}
	return s.token
}

// MayReplace reports whether a token that the vendor did not take should be replaced: it has been replaced already,
// or no other token was replaced in vain within the pause before. It is for vendors whose answers do not say for
// certain that the token is to blame.
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

// Replaced notes that the vendor took the token that replaced one, so that it was not replaced in vain.
func (s *TokenSource) Replaced() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replacedAt = time.Time{}
}

// Drop gives up a token that is of no use, unless it has been replaced.
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

// usable returns the present token if it came after the one given and need not be renewed yet.
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

// renewSafely keeps a panic for those who wait: it would end the process, for the login has a goroutine of its own.
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

// renew logs in. If that fails for another reason than the credentials, a token that still lasts is kept. If the
// credentials were refused, what was got with them is dropped.
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
	case s.postpone(after, max(renewalPause, e.RetryAfter)):
		return nil
	}
	return err
}

// keep takes the token of a login.
func (s *TokenSource) keep(t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence++
	t.sequence = s.sequence
	if left := time.Until(t.Expires); !t.Expires.IsZero() && left > minTokenLife {
		t.renewAt = t.Expires.Add(-min(renewBefore, left/10))
	}
	s.token = &t
}

// postpone puts the renewal of a token off that still lasts, and reports whether there is one that came after the
// one given.
func (s *TokenSource) postpone(after *Token, wait time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.token == nil || s.token.sequence <= sequenceOf(after) || !now.Before(s.token.Expires) {
		return false
	}
	t := *s.token // others are reading the one that is in use
	t.renewAt = now.Add(wait)
	if t.Expires.Before(t.renewAt) {
		t.renewAt = t.Expires
	}
	s.token = &t
	return true
}
