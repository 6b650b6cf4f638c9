package quanshi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// userSearch is POST /user/search/email: {email} against the user's id.
func (s *server) userSearch(c *core.Call, body body) core.Answer {
	email, ok := body["email"].(string)
	switch {
	case !ok || !strings.Contains(email, "@"):
		return errorAnswer(apiError{badParameter, "Invalid parameter: email"}, c.Now)
	case s.app.UserEmail == "" || !strings.EqualFold(email, s.app.UserEmail):
		return errorAnswer(apiError{code: noUser}, c.Now)
	}
	return successAnswer(core.Object{{"userId", json.Number(s.app.UserID)}}, c.Now)
}

// tokenCreate is POST /token/create: {userId} against a token. The id may be a number or a text: the document leaves
// it open.
func (s *server) tokenCreate(c *core.Call, body body) core.Answer {
	var id string
	switch v := body["userId"].(type) {
	case json.Number:
		id = v.String()
	case string:
		id = v
	}
	switch {
	case id == "" || strings.Trim(id, "0123456789") != "":
		return errorAnswer(apiError{badParameter, "Invalid parameter: userId"}, c.Now)
	case id != s.app.UserID:
		return errorAnswer(apiError{code: noUser}, c.Now)
	}
	token := s.tokens.issue(c.Now)
	return successAnswer(core.Object{
		{"token", token}, {"createTime", c.Now.UnixMilli()}, {"expire", int64(s.app.TokenTTL / time.Second)},
		{"userId", json.Number(id)},
	}, c.Now)
}

// tokens are the tokens of an application. Several are valid at once; a new one ends none.
type tokens struct {
	seed uint64
	app  App

	mu      sync.Mutex
	issued  int
	ended   bool // the one that there was from the start
	expires map[string]time.Time
}

// issue makes a token: 32 hex digits as the vendor's.
func (t *tokens) issue(now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.expires, func(_ string, expires time.Time) bool { return !now.Before(expires) })
	if t.expires == nil {
		t.expires = make(map[string]time.Time)
	}
	t.issued++
	sum := sha256.Sum256(fmt.Appendf(nil, "quanshi token %d %s %d %d", t.seed, t.app.AppKey, now.UnixMilli(), t.issued))
	token := hex.EncodeToString(sum[:16])
	// The answer has milliseconds and whole seconds, and the token expires when the answer says.
	t.expires[token] = time.UnixMilli(now.UnixMilli()).Add(t.app.TokenTTL.Truncate(time.Second))
	return token
}

func (t *tokens) valid(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.app.Token != "" && !t.ended && core.Equal(token, t.app.Token) {
		return true
	}
	expires, ok := t.expires[token]
	return ok && now.Before(expires)
}

// forget ends all tokens.
func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	clear(t.expires)
}
