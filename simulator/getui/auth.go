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
func (s *getuiServer) login(c *core.Call, _ string) core.Answer {
	if !s.loginsPerMinute.Admit(c.Arrived) || !s.loginsPerDay.Admit(c.Arrived) {
		return getuiRefusal(getuiTooManyLogins, "")
	}
	if !core.IsJSON(c.Request.Header.Get("Content-Type")) {
		return getuiRefusal(getuiFailure, "content-type is not application/json")
	}
	body, ok := core.DecodeObject(c.Body)
	if !ok {
		return getuiRefusal(getuiFailure, "body is not a json object")
	}
	sign, refusal, ok := getuiParameter(body, "sign")
	if !ok {
		return refusal
	}
	appKey, refusal, ok := getuiParameter(body, "appkey")
	if !ok {
		return refusal
	}
	timestamp, refusal, ok := getuiParameter(body, "timestamp")
	if !ok {
		return refusal
	}
	if !core.Equal(appKey, s.app.AppKey) {
		return getuiInvalid("appkey")
	}
	if !s.inTime(timestamp, c.Now) {
		return getuiInvalid("timestamp")
	}
	sum := sha256.Sum256([]byte(appKey + timestamp + s.app.MasterSecret))
	if !core.Equal(sign, hex.EncodeToString(sum[:])) {
		return getuiInvalid("sign")
	}
	token, expires := s.tokens.issue(c.Now, s.app.TokenTTL)
	return getuiSuccess(core.Object{{"expire_time", strconv.FormatInt(expires.UnixMilli(), 10)}, {"token", token}})
}

// logout is DELETE /auth/TOKEN.
func (s *getuiServer) logout(c *core.Call, token string) core.Answer {
	if token == "" {
		return getuiEmpty("token")
	}
	if !s.tokens.revoke(token, c.Now) {
		return getuiRefusal(getuiBadToken, "")
	}
	return getuiAnswer(http.StatusOK, core.Object{{"code", getuiOK}, {"msg", getuiMessages[getuiOK]}})
}

// inTime says whether a timestamp is 13 digits of milliseconds that are not too far from now.
func (s *getuiServer) inTime(timestamp string, now time.Time) bool {
	if len(timestamp) != 13 || strings.Trim(timestamp, "0123456789") != "" {
		return false
	}
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && now.Sub(time.UnixMilli(ms)).Abs() <= s.app.ClockTolerance
}

// getuiParameter reads a string from the body of a login, or gives the refusal. The timestamp may be a number as well.
func getuiParameter(body map[string]any, name string) (value string, refusal core.Answer, ok bool) {
	switch v := body[name].(type) {
	case nil:
	case string:
		value = v
	case json.Number:
		if name != "timestamp" {
			return "", getuiWrongType(name), false
		}
		value = v.String()
	default:
		return "", getuiWrongType(name), false
	}
	if value == "" {
		return "", getuiEmpty(name), false
	}
	return value, core.Answer{}, true
}

// getuiTokens are the tokens of an application. Several are valid at once; a new one ends none.
type getuiTokens struct {
	seed  uint64
	appID string

	mu      sync.Mutex
	issued  int
	expires map[string]time.Time
}

// issue makes a token: 64 hex digits as the vendor's, of the seed, the application, the time and how many there were before.
func (t *getuiTokens) issue(now time.Time, ttl time.Duration) (token string, expires time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.expires, func(_ string, expires time.Time) bool { return !now.Before(expires) })
	if t.expires == nil {
		t.expires = make(map[string]time.Time)
	}
	t.issued++
	sum := sha256.Sum256(fmt.Appendf(nil, "token %d %s %d %d", t.seed, t.appID, now.UnixMilli(), t.issued))
	token = hex.EncodeToString(sum[:])
	// The answer tells milliseconds: what it tells is what holds.
	expires = time.UnixMilli(now.Add(ttl).UnixMilli())
	t.expires[token] = expires
	return token, expires
}

func (t *getuiTokens) valid(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, ok := t.expires[token]
	return ok && now.Before(expires)
}

// revoke ends one token and says whether it was valid until then.
func (t *getuiTokens) revoke(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, ok := t.expires[token]
	delete(t.expires, token)
	return ok && now.Before(expires)
}

// forget ends all tokens.
func (t *getuiTokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.expires)
}
