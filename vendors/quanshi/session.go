package quanshi

import (
	"sync"
	"time"
)

// token is what a login gave.
type token struct {
	value   string
	serial  uint64 // counts the logins: Quanshi may give the same value again
	expires time.Time
	renewAt time.Time // zero = keep it until it is refused
}

// session is what logins have found out.
type session struct {
	mu     sync.Mutex
	token  *token // nil = log in first
	serial uint64
	userID string // found by e-mail; "" = not yet
}

// usable returns the token, if there is one that came after the one with the serial stale and
// need not be renewed yet.
func (s *session) usable(stale uint64, now time.Time) *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.token
	if t == nil || t.serial <= stale || !t.renewAt.IsZero() && !now.Before(t.renewAt) {
		return nil
	}
	return t
}

// opened takes the token of a login.
func (s *session) opened(value string, life time.Duration, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	t := &token{value: value, serial: s.serial}
	// A life that is nearly over cannot be meant: to go by it would cost a login for each request.
	if life >= minLife {
		t.expires = now.Add(life)
		t.renewAt = t.expires.Add(-min(renewBefore, life/10))
	}
	s.token = t
}

// keep puts the renewal of a token off that still lasts, and reports whether there is one newer
// than stale. It is for a login that failed but was not refused.
func (s *session) keep(stale uint64, until, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil || s.token.serial <= stale || !now.Before(s.token.expires) {
		return false
	}
	t := *s.token // others are reading the one that is in use
	t.renewAt = until
	if t.expires.Before(until) {
		t.renewAt = t.expires
	}
	s.token = &t
	return true
}

// forget drops the token with that serial, unless it has been replaced.
func (s *session) forget(serial uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != nil && s.token.serial == serial {
		s.token = nil
	}
}

func (s *session) user() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.userID
}

// found keeps the id of the user; "" makes the next login look for it again.
func (s *session) found(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.userID = userID
}
