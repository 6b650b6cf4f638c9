package getui_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestCodes(t *testing.T) {
	for _, test := range []struct {
		code   int
		status int
		kind   transport.Kind
	}{
		{1, 200, transport.Rejected},
		{2, 200, transport.HTTP},
		{404, 404, transport.Rejected},
		{405, 405, transport.Rejected},
		{10003, 401, transport.RateLimited},
		{10004, 401, transport.Rejected},
		{10005, 401, transport.RateLimited},
		{20001, 400, transport.Rejected},
		{30000, 403, transport.Rejected},
		{30018, 403, transport.RateLimited},
		{30019, 403, transport.HTTP},
		{30028, 403, transport.Rejected},
		{77777, 403, transport.Rejected},
		{77777, 500, transport.HTTP},
		{1, 500, transport.HTTP},
		{2, 503, transport.HTTP},
		{10004, 500, transport.Rejected},
		{10005, 503, transport.RateLimited},
		{1, 599, transport.HTTP},
		{-1, 200, transport.Rejected},
		{1, 429, transport.RateLimited},
	} {
		for _, form := range []string{`%d`, `"%d"`, `" %d "`} {
			t.Run(fmt.Sprintf(form+" with %d", test.code, test.status), func(t *testing.T) {
				v := reporting()
				v.onCall = vendortest.Always(test.status, `{"data":[],"msg":"说明","code":`+fmt.Sprintf(form, test.code)+`}`)
				c := client(v)
				for range 2 { // it is no reason to log in again, nor to stop asking
					e := failure(t, users(t.Context(), c), test.kind)
					if e.Code != fmt.Sprint(test.code) || e.Message != "说明" || e.Status != test.status {
						t.Errorf("got %v", e)
					}
				}
				v.expect(t, 1, 2)
			})
		}
	}
}

func TestCodesThatAreNoNumbers(t *testing.T) {
	v := reporting()
	v.onCall = vendortest.Always(200, `{"code":"E-`+strings.Repeat("7", 1000)+`","msg":{}}`)
	e := failure(t, users(t.Context(), client(v)), transport.Rejected)
	if len([]rune(e.Code)) != 200 || e.Message != "" {
		t.Errorf("got %v", e)
	}
}

func TestRateLimited(t *testing.T) {
	// The whole of it: HTTP 401, as for a token that ran out, but nobody must log in.
	v := reporting()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Retry-After", "30")
		return vendortest.Always(401, `{"code":10005,"msg":"请求过于频繁"}`)(w, r)
	}
	e := failure(t, users(t.Context(), client(v)), transport.RateLimited)
	if want := "getui GET /report/online_user: rate_limited: answered 401, code 10005 (请求过于频繁); retry after 30s"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	v.expect(t, 1, 1)
}

func TestNoPermission(t *testing.T) {
	for code, advice := range map[int]string{
		10004: "ask GeTui to enable message detail for this app, or disable the endpoint",
		30017: "ask GeTui to enable message detail for this app, or disable the endpoint",
		30023: "ask GeTui to enable this report for this app, or disable the endpoint",
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			v := reporting()
			v.onCall = vendortest.Always(403, fmt.Sprintf(`{"code":%d,"msg":"no permission"}`, code))
			_, _, err := client(v).TaskLosses(t.Context(), []string{"T"})
			if e := failure(t, err, transport.Rejected); e.Advice != advice {
				t.Errorf("advice %q, want %q", e.Advice, advice)
			}
		})
	}
}

func TestStatusWithoutEnvelope(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		kind   transport.Kind
	}{
		{401, ``, transport.HTTP},
		{401, `{"error":"who are you"}`, transport.HTTP},
		{403, `<html>`, transport.HTTP},
		{429, `slow down`, transport.RateLimited},
		{502, `<html>`, transport.HTTP},
		{503, `{"code":`, transport.HTTP},
		{302, ``, transport.HTTP},
		{301, `<a href="https://evil.test">`, transport.HTTP},
	} {
		t.Run(fmt.Sprint(test.status, test.body), func(t *testing.T) {
			v := reporting()
			v.onCall = vendortest.Always(test.status, test.body)
			e := failure(t, users(t.Context(), client(v)), test.kind)
			if e.Status != test.status || strings.Contains(e.Error(), "evil") {
				t.Errorf("got %v", e)
			}
			v.expect(t, 1, 1)
		})
	}
}

func TestCodeCountsMoreThanTheStatus(t *testing.T) {
	v := reporting()
	v.onCall = vendortest.Always(500, `{"code":"0","data":{"online_statics":{"1700000000000":4}}}`)
	points, _, err := client(v).OnlineUsers(t.Context())
	if err != nil || len(points) != 1 {
		t.Errorf("got %v, %v, want the point", points, err)
	}
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		c := client(v)
		users(t.Context(), c)
		v.Delay = time.Minute
		vendortest.ExpectTimeout(t, "getui", vendortest.Request{
			Endpoint: "GET /report/online_user", Do: func(ctx context.Context) error { return users(ctx, c) },
		})
	})
}
