package quanshi

import (
	"crypto/sha1" //nolint:gosec // the document asks for it
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// maxNonce is how long a Nonce may be.
const maxNonce = 128

// signed checks the header of a call: a Nonce that was not used before, the time, and the check sum of both with the
// secret.
func (s *server) signed(c *core.Call) error {
	h := c.Request.Header
	for _, missing := range []apiError{
		{badNonce, "Nonce"}, {badTime, "CurTime"}, {badCheckSum, "CheckSum"},
	} {
		if h.Get(missing.message) == "" {
			return apiError{missing.code, missing.message + " is missing in the header"}
		}
	}
	nonce, curTime := h.Get("Nonce"), h.Get("CurTime")
	if len(nonce) > maxNonce {
		return apiError{badNonce, "Nonce has more than 128 characters"}
	}
	if !s.inTime(curTime, c.Now) {
		return apiError{code: badTime}
	}
	sum := sha1.Sum([]byte(s.app.AppSecret + nonce + curTime)) //nolint:gosec // as above
	if !core.Equal(h.Get("CheckSum"), hex.EncodeToString(sum[:])) {
		return apiError{code: badCheckSum}
	}
	if !s.nonces.use(nonce, c.Arrived, s.app.ClockTolerance) {
		return apiError{badNonce, "Nonce has been used before"}
	}
	return nil
}

// inTime says whether a text is 13 digits of milliseconds that are not too far from now.
func (s *server) inTime(text string, now time.Time) bool {
	if len(text) != 13 || strings.Trim(text, "0123456789") != "" {
		return false
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	return err == nil && now.Sub(time.UnixMilli(ms)).Abs() <= s.app.ClockTolerance
}

// nonces are those that were used not long ago. The zero value is ready.
type nonces struct {
	mu    sync.Mutex
	known map[string]bool
	order []usedNonce // oldest first
}

type usedNonce struct {
	nonce string
	at    time.Time
}

// use says whether a nonce is new, and remembers it for a while.
func (n *nonces) use(nonce string, now time.Time, keep time.Duration) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	old := 0
	for old < len(n.order) && now.Sub(n.order[old].at) >= keep {
		delete(n.known, n.order[old].nonce)
		old++
	}
	n.order = n.order[old:]
	if n.known[nonce] {
		return false
	}
	if n.known == nil {
		n.known = make(map[string]bool)
	}
	n.known[nonce] = true
	n.order = append(n.order, usedNonce{nonce, now})
	return true
}
