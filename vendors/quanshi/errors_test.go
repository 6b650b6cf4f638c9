package quanshi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// requests are all that the client can be asked for.
// listCalls is how many pages of a list without events are asked for: page 0, and page 1, which may be the first.
const listCalls = 2

var requests = []struct {
	name, path string
	calls      int // if none fails
	do         func(context.Context, *quanshi.Client) error
}{
	{"list", listPath, listCalls, list},
	{"report", reportPath, 1, report},
	{"stats", statsPath, 1, stats},
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		code   string
		msg    string
		kind   transport.Kind
		calls  int // 2 = after a login
		advice string
	}{
		{"unknown", 200, "1", "操作失败", transport.Rejected, 1, ""},
		{"failed server", 200, "500", "系统异常", transport.HTTP, 1, ""},
		{"failed server in a text", 200, `"503"`, "system error", transport.HTTP, 1, ""},
		{"code above those of HTTP", 200, "50001", "event", transport.Rejected, 1, ""},
		{"code in words", 200, `"E_EVENT"`, "event not found", transport.Rejected, 1, ""},
		{"parameter", 200, "400", "参数校验失败", transport.Rejected, 1, ""},
		{"parser", 200, "400", "Unexpected token < in JSON", transport.Rejected, 2, "user_id"},
		{"checksum", 200, "401", "CheckSum error", transport.Auth, 1, "app_secret"},
		{"signature", 200, "1", "签名错误", transport.Auth, 1, "app_secret"},
		{"app key", 200, "1", "AppKey鉴权失败", transport.Auth, 1, "app_key_header"},
		{"app id", 200, "1", "header AppId is missing", transport.Auth, 1, "AppId"},
		{"clock", 200, "1", "CurTime is too old", transport.Rejected, 1, "clock"},
		{"frequent", 200, "1", "请求过于频繁", transport.RateLimited, 1, ""},
		{"limited", 200, "1", "触发限流", transport.RateLimited, 1, ""},
		{"too frequent logins", 200, "1", "token requests are too frequent", transport.RateLimited, 1, ""},
		{"429", 200, "429", "later", transport.RateLimited, 1, ""},
		{"token in English", 200, "1", "Invalid Token", transport.Rejected, 2, "user_id"},
		{"token in Chinese", 200, "1", "令牌已过期", transport.Rejected, 2, "user_id"},
		{"not logged in", 200, "1", "请重新登录", transport.Rejected, 2, "user_id"},
		{"authentication", 200, "1", "统一鉴权失败", transport.Rejected, 2, "user_id"},
		{"a viewer's session", 200, "40302", "会话不存在", transport.Rejected, 1, ""},
		{"a viewer's login", 200, "40302", "no login record for this event", transport.Rejected, 1, ""},
		{"right to an event", 200, "40302", "鉴权失败: 无权查看该会议", transport.Rejected, 2, "app_secret"},
		{"401", 200, "401", "Unauthorized", transport.Rejected, 2, "user_id"},
		{"token by status", 401, "1", "token expired", transport.Rejected, 2, "user_id"},
		{"forbidden", 403, "7", "no right", transport.Rejected, 1, "app_key"},
		{"429 by status", 429, "7", "later", transport.RateLimited, 1, ""},
		{"server", 503, "7", "busy", transport.HTTP, 1, ""},
		{"bad request", 400, "7", "eventId", transport.Rejected, 1, ""},
	} {
		for _, request := range requests {
			t.Run(test.name+"/"+request.name, func(t *testing.T) {
				v := newVendor()
				v.onCall = always(request.path, test.status, fmt.Sprintf(`{"timeStamp":1,"code":%s,"msg":%q,"data":null,"requestId":"request-9\u0000 %s"}`, test.code, test.msg, strings.Repeat("x", 500)))
				e := failure(t, request.do(t.Context(), client(v)), test.kind)
				if e.Code != strings.Trim(test.code, `"`) || e.Message != test.msg || e.Status != test.status || e.Endpoint != "POST "+request.path {
					t.Errorf("got %v", e)
				}
				if !strings.HasPrefix(e.RequestID, "request-9??xxx") || utf8.RuneCountInString(e.RequestID) > 128 {
					t.Errorf("the request id is %q", e.RequestID)
				}
				if !strings.Contains(e.Advice, test.advice) || (test.advice == "") != (e.Advice == "") {
					t.Errorf("the advice is %q, want it to speak of %q", e.Advice, test.advice)
				}
				v.expect(t, test.calls, test.calls)
			})
		}
	}
}

func TestStatuses(t *testing.T) {
	for _, test := range []struct {
		status int
		kind   transport.Kind
	}{
		{302, transport.HTTP}, {400, transport.Rejected}, {401, transport.Rejected}, {403, transport.Rejected}, {404, transport.Rejected},
		{405, transport.Rejected}, {418, transport.HTTP}, {429, transport.RateLimited}, {500, transport.HTTP}, {502, transport.HTTP},
	} {
		for body, page := range map[string]string{"page": "<html>planted", "nothing": "", "success": `{"code":200,"data":{}}`} {
			for _, request := range requests {
				t.Run(fmt.Sprint(test.status, body, request.name), func(t *testing.T) {
					v := newVendor()
					v.onCall = always(request.path, test.status, page)
					e := failure(t, request.do(t.Context(), client(v)), test.kind)
					if e.Status != test.status || strings.Contains(e.Error(), "planted") {
						t.Errorf("got %v", e)
					}
				})
			}
		}
	}
}

func TestWrongClockIsReported(t *testing.T) {
	for skew, want := range map[time.Duration]string{time.Hour: "behind", -time.Hour: "ahead", 0: ""} {
		v := newVendor()
		v.onCall = func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
			fail(w, 1, "CheckSum error")
			return true
		}
		e := failure(t, list(t.Context(), readyClient(v)), transport.Auth)
		if !strings.Contains(e.Advice, want) || (want == "") == strings.Contains(e.Advice, "clock") {
			t.Errorf("of a clock that is off by %s: %v", skew, e)
		}
	}
}

func TestForbiddenIsOfOneEndpoint(t *testing.T) {
	v := newVendor()
	v.onCall = always(reportPath, 403, ``)
	c := client(v)
	failure(t, report(t.Context(), c), transport.Rejected)
	if err := list(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// TestBare401 takes an HTTP 401 without an envelope for a token that is over.
func TestBare401(t *testing.T) {
	for _, request := range requests {
		t.Run(request.name, func(t *testing.T) {
			v := newVendor()
			c := client(v)
			if err := request.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			refuse := func(w http.ResponseWriter) {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprint(w, `{"timestamp":"x","status":401,"error":"Unauthorized"}`)
			}
			v.With(func() {
				v.onCall = func(w http.ResponseWriter, path string) bool {
					if path == tokenPath || v.bodies[len(v.bodies)-1]["token"] == "planted-token-2" {
						return false
					}
					refuse(w)
					return true
				}
			})
			if err := request.do(t.Context(), c); err != nil {
				t.Error(err)
			}
			v.expect(t, 2, request.calls+1+request.calls)

			v.With(func() { v.onCall = always(request.path, http.StatusUnauthorized, "") })
			e := failure(t, request.do(t.Context(), c), transport.Rejected)
			for _, key := range []string{"token", "app_key", "app_secret", "user_id"} {
				if !strings.Contains(e.Advice, key) {
					t.Errorf("the advice does not name %s: %s", key, e.Advice)
				}
			}
			v.expect(t, 3, 2*request.calls+3)
		})
	}
}
