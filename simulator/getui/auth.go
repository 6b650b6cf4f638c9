package getui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// login is POST /auth: {sign, timestamp, appkey} against a token.
func (s *server) login(c *core.Call, _ string) core.Answer {
	if !s.loginsPerMinute.Admit(c.Arrived) || !s.loginsPerDay.Admit(c.Arrived) {
		return errorAnswer(tooManyLogins, "")
	}
	if !core.IsJSON(c.Request.Header.Get("Content-Type")) {
		return errorAnswer(failure, "content-type is not application/json")
	}
	body, ok := core.DecodeObject(c.Body)
	if !ok {
		return errorAnswer(failure, "body is not a json object")
	}
	sign, refusal, ok := parameter(body, "sign")
	if !ok {
		return refusal
	}
	appKey, refusal, ok := parameter(body, "appkey")
	if !ok {
		return refusal
	}
	timestamp, refusal, ok := parameter(body, "timestamp")
	if !ok {
		return refusal
	}
	if !core.Equal(appKey, s.app.AppKey) {
		return invalid("appkey")
	}
	if !s.inTime(timestamp, c.Now) {
		return invalid("timestamp")
	}
	sum := sha256.Sum256([]byte(appKey + timestamp + s.app.MasterSecret))
	if !core.Equal(sign, hex.EncodeToString(sum[:])) {
		return invalid("sign")
	}
	token, expires := s.tokens.issue(c.Now, s.app.TokenTTL)
	return successAnswer(core.Object{{"expire_time", strconv.FormatInt(expires.UnixMilli(), 10)}, {"token", token}})
}

// logout is DELETE /auth/TOKEN.
func (s *server) logout(c *core.Call, token string) core.Answer {
	if token == "" {
		return empty("token")
	}
	if !s.tokens.revoke(token, c.Now) {
		return errorAnswer(badToken, "")
	}
	return jsonAnswer(http.StatusOK, core.Object{{"code", codeOK}, {"msg", messages[codeOK]}})
}

// inTime says whether a timestamp is 13 digits of milliseconds that are not too far from now.
func (s *server) inTime(timestamp string, now time.Time) bool {
	if len(timestamp) != 13 || strings.Trim(timestamp, "0123456789") != "" {
		return false
	}
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && now.Sub(time.UnixMilli(ms)).Abs() <= s.app.ClockTolerance
}

// parameter reads a string from the body of a login, or returns the error. The timestamp may be a number as well.
func parameter(body map[string]any, name string) (value string, refusal core.Answer, ok bool) {
	switch v := body[name].(type) {
	case nil:
	case string:
		value = v
	case json.Number:
		if name != "timestamp" {
			return "", wrongType(name), false
		}
		value = v.String()
	default:
		return "", wrongType(name), false
	}
	if value == "" {
		return "", empty(name), false
	}
	return value, core.Answer{}, true
}

// tokens are the tokens of an application. Several are valid at once; a new one ends none.
type tokens struct {
	seed  uint64
	appID string

	mu      sync.Mutex
	issued  int
	expires map[string]time.Time
}

// issue makes a token: 64 hex digits as the vendor's, of the seed, the application, the time and how many there were
// before.
func (t *tokens) issue(now time.Time, ttl time.Duration) (token string, expires time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.expires, func(_ string, expires time.Time) bool { return !now.Before(expires) })
	if t.expires == nil {
		t.expires = make(map[string]time.Time)
	}
	t.issued++
	sum := sha256.Sum256(fmt.Appendf(nil, "token %d %s %d %d", t.seed, t.appID, now.UnixMilli(), t.issued))
	token = hex.EncodeToString(sum[:])
	// The answer has milliseconds, so the token expires at a whole millisecond.
	expires = time.UnixMilli(now.Add(ttl).UnixMilli())
	t.expires[token] = expires
	return token, expires
}

func (t *tokens) valid(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, ok := t.expires[token]
	return ok && now.Before(expires)
}

// revoke ends one token and says whether it was valid until then.
func (t *tokens) revoke(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, ok := t.expires[token]
	delete(t.expires, token)
	return ok && now.Before(expires)
}

// forget ends all tokens.
func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.expires)
}
