package simulator_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

func TestGetuiLogin(t *testing.T) {
	ms := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).UnixMilli(), 10) }
	body := func(sign, timestamp, appKey string) string {
		return fmt.Sprintf(`{"sign":%s,"timestamp":%s,"appkey":%s}`, sign, timestamp, appKey)
	}
	signed := func(timestamp string) string {
		return body(quote(sign(testApp(), timestamp)), quote(timestamp), `"key"`)
	}
	const json = "application/json"
	for _, tc := range []struct {
		name, contentType, body string
		status, code            int
		message                 string
	}{
		{"correct", json, signed(ms(0)), 200, 0, "success"},
		{"correct, charset given", "application/json;charset=utf-8", signed(ms(0)), 200, 0, ""},
		{"timestamp as a number", json, body(quote(sign(testApp(), ms(0))), ms(0), `"key"`), 200, 0, ""},
		{"unknown members", json, strings.Replace(signed(ms(0)), "{", `{"extra":[1],`, 1), 200, 0, ""},
		{"clock 10 minutes ahead", json, signed(ms(10 * time.Minute)), 200, 0, ""},
		{"clock 10 minutes behind", json, signed(ms(-10 * time.Minute)), 200, 0, ""},
		{"clock more than 10 minutes ahead", json, signed(ms(10*time.Minute + time.Millisecond)), 400, 20001, "timestamp is invalid"},
		{"clock more than 10 minutes behind", json, signed(ms(-10*time.Minute - time.Millisecond)), 400, 20001, "timestamp is invalid"},
		{"timestamp in seconds", json, signed(strconv.FormatInt(noon.Unix(), 10)), 400, 20001, "timestamp is invalid"},
		{"timestamp no number", json, signed("17000000000ab"), 400, 20001, "timestamp is invalid"},
		{"timestamp with a sign", json, signed("+" + ms(0)[1:]), 400, 20001, "timestamp is invalid"},
		{"timestamp missing", json, `{"sign":"x","appkey":"key"}`, 400, 20001, "timestamp can not be empty"},
		{"timestamp of another type", json, body(`"x"`, `true`, `"key"`), 400, 20001, "timestamp type error"},
		{"sign missing", json, `{"timestamp":"1","appkey":"key"}`, 400, 20001, "sign can not be empty"},
		{"sign null", json, body(`null`, quote(ms(0)), `"key"`), 400, 20001, "sign can not be empty"},
		{"sign empty", json, body(`""`, quote(ms(0)), `"key"`), 400, 20001, "sign can not be empty"},
		{"sign of another type", json, body(`1`, quote(ms(0)), `"key"`), 400, 20001, "sign type error"},
		{"sign in upper case", json, body(quote(strings.ToUpper(sign(testApp(), ms(0)))), quote(ms(0)), `"key"`), 400, 20001, "sign is invalid"},
		{"sign of another time", json, body(quote(sign(testApp(), ms(time.Millisecond))), quote(ms(0)), `"key"`), 400, 20001, "sign is invalid"},
		{"appkey missing", json, `{"sign":"x","timestamp":"1"}`, 400, 20001, "appkey can not be empty"},
		{"appkey wrong", json, body(quote(sign(testApp(), ms(0))), quote(ms(0)), `"kee"`), 400, 20001, "appkey is invalid"},
		{"no content type", "", signed(ms(0)), 200, 1, ""},
		{"form content type", "application/x-www-form-urlencoded", signed(ms(0)), 200, 1, ""},
		{"another charset", "application/json;charset=gbk", signed(ms(0)), 200, 1, ""},
		{"no JSON", json, "sign=x", 200, 1, ""},
		{"an array", json, "[]", 200, 1, ""},
		{"more after the object", json, signed(ms(0)) + "{}", 200, 1, ""},
		{"nothing", json, "", 200, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, nil)
			got := b.call("POST", "/app/auth", tc.body, "Content-Type", tc.contentType)
			got.wantRefusal(t, tc.status, tc.code, tc.message)
			if (got.Data != nil) != (tc.code == 0) {
				t.Errorf("data is %s", got.Data)
			}
		})
	}
}

func quote(s string) string { return strconv.Quote(s) }

func TestGetuiToken(t *testing.T) {
	b := newBench(t, nil)
	var data struct {
		Token      string
		ExpireTime string `json:"expire_time"`
	}
	b.login(loginBody(b.app, noon)).data(t, &data)
	if want := strconv.FormatInt(noon.Add(24*time.Hour).UnixMilli(), 10); data.ExpireTime != want {
		t.Errorf("expire_time is %q, want %q, one day ahead", data.ExpireTime, want)
	}
	first, second := data.Token, b.token()
	if len(first) != 64 || first == second {
		t.Errorf("tokens %q and %q: want 64 digits, each time others", first, second)
	}
	if again := newBench(t, nil).token(); again != first {
		t.Errorf("same seed, same time: token is %q, then %q", first, again)
	}
	use := func(token string) reply { return b.call("GET", "/app/report/online_user", "", "token", token) }
	for _, token := range []string{first, second} {
		use(token).wantRefusal(t, 200, 0, "")
	}

	revoke := func(token string) reply { return b.call("DELETE", "/app/auth/"+token, "") }
	revoke(first).wantRefusal(t, 200, 0, "success")
	use(first).wantRefusal(t, 401, 10001, "")
	revoke(first).wantRefusal(t, 401, 10001, "")
	revoke("").wantRefusal(t, 400, 20001, "token can not be empty")
	use(second).wantRefusal(t, 200, 0, "")

	b.clock.advance(24*time.Hour - time.Millisecond)
	use(second).wantRefusal(t, 200, 0, "")
	b.clock.advance(time.Millisecond)
	use(second).wantRefusal(t, 401, 10001, "")
	revoke(second).wantRefusal(t, 401, 10001, "")

	use("").wantRefusal(t, 401, 10001, "")
	use("no such token").wantRefusal(t, 401, 10001, "")
}

func TestGetuiTokenLifetimeIsSet(t *testing.T) {
	b := newBench(t, func(app *simulator.GetuiApp) { app.TokenTTL = time.Minute })
	token := b.token()
	b.clock.advance(time.Minute)
	b.call("GET", "/app/report/online_user", "", "token", token).wantRefusal(t, 401, 10001, "")
}

func TestGetuiTokenOfAnotherApp(t *testing.T) {
	other := testApp()
	other.AppID = "other"
	c := &clock{now: noon}
	s := simulator.New(simulator.Options{Now: c.Now, Vendors: []simulator.Vendor{simulator.GetuiVendor(testApp(), other)}})
	b := &bench{t: t, Simulator: s, clock: c, app: testApp()}
	token := b.token()
	b.call("GET", "/other/report/online_user", "", "token", token).wantRefusal(t, 401, 10001, "")
}

func TestGetuiLoginLimit(t *testing.T) {
	t.Run("100 in any minute, refused ones too", func(t *testing.T) {
		b := newBench(t, nil)
		for i := range 100 {
			body := loginBody(b.app, b.clock.Now())
			if i%2 == 0 {
				body = "{}"
			}
			if got := b.login(body); string(got.Code) == "10003" {
				t.Fatalf("login %d is refused: %s", i+1, got.body)
			}
			b.clock.advance(500 * time.Millisecond)
		}
		b.login(loginBody(b.app, b.clock.Now())).wantRefusal(t, 401, 10003, "")
		b.clock.set(noon.Add(time.Minute - 1))
		b.login(loginBody(b.app, b.clock.Now())).wantRefusal(t, 401, 10003, "")
		b.clock.set(noon.Add(time.Minute))
		b.login(loginBody(b.app, b.clock.Now())).wantRefusal(t, 200, 0, "")
		b.login(loginBody(b.app, b.clock.Now())).wantRefusal(t, 401, 10003, "")
	})
	t.Run("a day", func(t *testing.T) {
		b := newBench(t, func(app *simulator.GetuiApp) { app.AuthPerDay = 2 })
		b.token()
		b.clock.advance(time.Hour)
		b.token()
		b.clock.advance(time.Hour)
		b.login(loginBody(b.app, b.clock.Now())).wantRefusal(t, 401, 10003, "")
		b.clock.set(noon.Add(24 * time.Hour))
		b.token()
	})
}

func TestGetuiClockToleranceIsSet(t *testing.T) {
	b := newBench(t, func(app *simulator.GetuiApp) { app.ClockTolerance = time.Second })
	b.login(loginBody(b.app, noon.Add(2*time.Second))).wantRefusal(t, http.StatusBadRequest, 20001, "timestamp is invalid")
}
