package quanshi

import (
	"sync"
	"time"
)

const (
	// servedLately is for how long after a call was answered its token counts as good.
	servedLately = time.Minute
	// loginPause is for how long after a login that changed nothing there is no other one for
	// the same refusals, unless a call is answered meanwhile.
	loginPause = 10 * time.Minute
	// peculiarPause is for how long a call that alone is refused gets no other login.
	peculiarPause = time.Hour
	// maxPeculiar bounds how many such calls are known at one time.
	maxPeculiar = 10_000
)

// trust is what the calls of an account have found out about its token. Quanshi does not document
// its codes: an answer that speaks of a token or a login may be about the token, or about the one
// event that was asked for. What other calls are answered tells the two apart.
type trust struct {
	mu       sync.Mutex
	served   [2]served            // the last call that was answered, and the last other one
	vainAt   time.Time            // when a new token was last refused; zero = a call has been answered since
	suspects map[string]bool      // calls that were refused to the end since one was last answered
	peculiar map[string]time.Time // calls that were refused while others were answered, and when that was known or a login last tried
}

type served struct {
	call string
	at   time.Time
}

// serves notes that a call was answered.
func (t *trust) serves(call string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.served[0].call != call {
		t.served[1] = t.served[0]
	}
	t.served[0] = served{call, now}
	t.vainAt = time.Time{}
	for suspect := range t.suspects {
		t.becomesPeculiar(suspect, now)
	}
	t.suspects = nil
	delete(t.peculiar, call)
}

func (t *trust) becomesPeculiar(call string, now time.Time) {
	if t.peculiar == nil || len(t.peculiar) >= maxPeculiar {
		t.peculiar = map[string]time.Time{}
	}
	t.peculiar[call] = now
}

// needsLogin reports whether another token may help a call that was refused.
func (t *trust) needsLogin(call string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if since, ok := t.peculiar[call]; ok && now.Sub(since) < peculiarPause {
		return false
	}
	return t.vainAt.IsZero() || now.Sub(t.vainAt) >= loginPause
}

// blames notes that a call was refused to the end, and reports whether the token is to blame for
// it, rather than what was asked for. refusal says how sure the answer itself is; afterLogin, that
// the token was new.
func (t *trust) blames(call string, r refusal, afterLogin bool, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if afterLogin {
		t.vainAt = now
	}
	if _, ok := t.peculiar[call]; ok {
		if afterLogin {
			t.peculiar[call] = now
		}
		return false
	}
	others := len(t.suspects)
	if t.suspects[call] {
		others--
	}
	if t.suspects == nil || len(t.suspects) >= maxPeculiar {
		t.suspects = map[string]bool{}
	}
	t.suspects[call] = true
	var otherServed, lately bool
	for _, s := range t.served {
		if s.call != call && !s.at.IsZero() {
			otherServed, lately = true, lately || now.Sub(s.at) < servedLately
		}
	}
	switch {
	case lately, r == refusedPerhaps:
		return false
	case others > 0:
		return true
	case r == refusedByCode:
		return !otherServed
	default: // it is the only call that this account makes, and was answered before
		return !otherServed && t.served[0].call == call
	}
}
