package getui

import (
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// renewBefore is how long before its expiry a token is replaced, as GeTui's own SDK does.
const renewBefore = time.Hour

// token is what a login gave.
type token struct {
	value  string
	base   string                // where it is valid
	serial uint64                // counts the logins: GeTui may give the same value again
	secret transport.Fingerprint // of the secret that it was got with

	expires time.Time // zero = not told, or unusable
	renewAt time.Time // zero = keep it until it is refused
}

// session is where requests go and with which token.
type session struct {
	mu     sync.Mutex
	base   string // current base URL, without the app id
	token  *token // nil = log in first
	serial uint64
}

func (s *session) baseURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// usable returns the token, if there is one that came after the one with the serial stale
// and need not be renewed yet.
func (s *session) usable(stale uint64, now time.Time) *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.token
	if t == nil || t.serial <= stale || !t.renewAt.IsZero() && !now.Before(t.renewAt) {
		return nil
	}
	return t
}

// opened takes the token of a login, unless the base has changed since that began.
func (s *session) opened(t token, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.base != s.base {
		return
	}
	// An expiry that is already near cannot be meant (a wrong clock, another unit): to go
	// by it would cost a login for each request.
	if renewAt := t.expires.Add(-renewBefore); !t.expires.IsZero() && renewAt.After(now) {
		t.renewAt = renewAt
	}
	s.serial++
	t.serial = s.serial
	s.token = &t
}

// keep puts the renewal of a token off that still lasts, and reports whether there is one
// newer than stale. It is for a login that failed but was not refused.
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

// move changes the base from one to another and reports whether it is another one than from
// now. A token is of no use elsewhere.
func (s *session) move(from, to string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base == from {
		s.base, s.token = to, nil
	}
	return s.base != from
}

// forget drops the token.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = nil
}

// superseded reports whether there is a newer token than the one with that serial.
func (s *session) superseded(serial uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token != nil && s.token.serial > serial
}
