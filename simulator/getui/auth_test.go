package getui_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestLogin(t *testing.T) {
	ms := func(d time.Duration) string { return strconv.FormatInt(simtest.Noon.Add(d).UnixMilli(), 10) }
	body := func(sign, timestamp, appKey string) string {
		return fmt.Sprintf(`{"sign":%s,"timestamp":%s,"appkey":%s}`, sign, timestamp, appKey)
	}
	signed := func(timestamp string) string {
		return body(quote(simtest.Sign(simtest.GetuiApp(), timestamp)), quote(timestamp), `"key"`)
	}
	const json = "application/json"
	for _, tc := range []struct {
		name, contentType, body string
		status, code            int
		message                 string
	}{
		{"correct", json, signed(ms(0)), 200, 0, "success"},
		{"correct, charset given", "application/json;charset=utf-8", signed(ms(0)), 200, 0, ""},
		{"timestamp as a number", json, body(quote(simtest.Sign(simtest.GetuiApp(), ms(0))), ms(0), `"key"`), 200, 0,
			""},
		{"unknown members", json, strings.Replace(signed(ms(0)), "{", `{"extra":[1],`, 1), 200, 0, ""},
		{"clock 10 minutes ahead", json, signed(ms(10 * time.Minute)), 200, 0, ""},
		{"clock 10 minutes behind", json, signed(ms(-10 * time.Minute)), 200, 0, ""},
		{"clock more than 10 minutes ahead", json, signed(ms(10*time.Minute + time.Millisecond)), 400, 20001,
			"timestamp is invalid"},
		{"clock more than 10 minutes behind", json, signed(ms(-10*time.Minute - time.Millisecond)), 400, 20001,
			"timestamp is invalid"},
		{"timestamp in seconds", json, signed(strconv.FormatInt(simtest.Noon.Unix(), 10)), 400, 20001,
			"timestamp is invalid"},
		{"timestamp no number", json, signed("17000000000ab"), 400, 20001, "timestamp is invalid"},
		{"timestamp with a sign", json, signed("+" + ms(0)[1:]), 400, 20001, "timestamp is invalid"},
		{"timestamp missing", json, `{"sign":"x","appkey":"key"}`, 400, 20001, "timestamp can not be empty"},
		{"timestamp of another type", json, body(`"x"`, `true`, `"key"`), 400, 20001, "timestamp type error"},
		{"sign missing", json, `{"timestamp":"1","appkey":"key"}`, 400, 20001, "sign can not be empty"},
		{"sign null", json, body(`null`, quote(ms(0)), `"key"`), 400, 20001, "sign can not be empty"},
		{"sign empty", json, body(`""`, quote(ms(0)), `"key"`), 400, 20001, "sign can not be empty"},
		{"sign of another type", json, body(`1`, quote(ms(0)), `"key"`), 400, 20001, "sign type error"},
		{"sign in upper case", json, body(quote(strings.ToUpper(simtest.Sign(simtest.GetuiApp(), ms(0)))), quote(ms(0)),
			`"key"`), 400, 20001, "sign is invalid"},
		{"sign of another time", json, body(quote(simtest.Sign(simtest.GetuiApp(), ms(time.Millisecond))), quote(ms(0)),
			`"key"`), 400, 20001, "sign is invalid"},
		{"appkey missing", json, `{"sign":"x","timestamp":"1"}`, 400, 20001, "appkey can not be empty"},
		{"appkey wrong", json, body(quote(simtest.Sign(simtest.GetuiApp(), ms(0))), quote(ms(0)), `"kee"`), 400, 20001,
			"appkey is invalid"},
		{"no content type", "", signed(ms(0)), 200, 1, ""},
		{"form content type", "application/x-www-form-urlencoded", signed(ms(0)), 200, 1, ""},
		{"another charset", "application/json;charset=gbk", signed(ms(0)), 200, 1, ""},
		{"no JSON", json, "sign=x", 200, 1, ""},
		{"an array", json, "[]", 200, 1, ""},
		{"more after the object", json, signed(ms(0)) + "{}", 200, 1, ""},
		{"nothing", json, "", 200, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, nil)
			got := b.Call("POST", "/app/auth", tc.body, "Content-Type", tc.contentType)
			got.WantRefusal(t, tc.status, tc.code, tc.message)
			if (got.Data != nil) != (tc.code == 0) {
				t.Errorf("data is %s", got.Data)
			}
		})
	}
}

func quote(s string) string { return strconv.Quote(s) }

func TestToken(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	var data struct {
		Token      string
		ExpireTime string `json:"expire_time"`
	}
	b.Login(simtest.LoginBody(b.App, simtest.Noon)).Decode(t, &data)
	if want := strconv.FormatInt(simtest.Noon.Add(24*time.Hour).UnixMilli(), 10); data.ExpireTime != want {
		t.Errorf("expire_time is %q, want %q, one day ahead", data.ExpireTime, want)
	}
	first, second := data.Token, b.Token()
	if len(first) != 64 || first == second {
		t.Errorf("tokens %q and %q: want 64 digits, each time others", first, second)
	}
	if again := simtest.NewGetui(t, nil).Token(); again != first {
		t.Errorf("same seed, same time: token is %q, then %q", first, again)
	}
	use := func(token string) simtest.Reply { return b.Call("GET", "/app/report/online_user", "", "token", token) }
	for _, token := range []string{first, second} {
		use(token).WantRefusal(t, 200, 0, "")
	}

	revoke := func(token string) simtest.Reply { return b.Call("DELETE", "/app/auth/"+token, "") }
	revoke(first).WantRefusal(t, 200, 0, "success")
	use(first).WantRefusal(t, 401, 10001, "")
	revoke(first).WantRefusal(t, 401, 10001, "")
	revoke("").WantRefusal(t, 400, 20001, "token can not be empty")
	use(second).WantRefusal(t, 200, 0, "")

	b.Clock.Advance(24*time.Hour - time.Millisecond)
	use(second).WantRefusal(t, 200, 0, "")
	b.Clock.Advance(time.Millisecond)
	use(second).WantRefusal(t, 401, 10001, "")
	revoke(second).WantRefusal(t, 401, 10001, "")

	use("").WantRefusal(t, 401, 10001, "")
	use("no such token").WantRefusal(t, 401, 10001, "")
}

func TestTokenLifetimeIsSet(t *testing.T) {
	b := simtest.NewGetui(t, func(app *getui.App) { app.TokenTTL = time.Minute })
	token := b.Token()
	b.Clock.Advance(time.Minute)
	b.Call("GET", "/app/report/online_user", "", "token", token).WantRefusal(t, 401, 10001, "")
}

func TestTokenOfAnotherApp(t *testing.T) {
	other := simtest.GetuiApp()
	other.AppID = "other"
	c := simtest.NewClock(simtest.Noon)
	s := simulator.New(simulator.Options{Now: c.Now,
		Vendors: []simulator.Vendor{getui.Vendor(simtest.GetuiApp(), other)}})
	b := &simtest.Getui{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, App: simtest.GetuiApp()}
	token := b.Token()
	b.Call("GET", "/other/report/online_user", "", "token", token).WantRefusal(t, 401, 10001, "")
}

func TestLoginLimit(t *testing.T) {
	t.Run("100 in any minute, refused ones too", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		for i := range 100 {
			body := simtest.LoginBody(b.App, b.Clock.Now())
			if i%2 == 0 {
				body = "{}"
			}
			if got := b.Login(body); string(got.Code) == "10003" {
				t.Fatalf("login %d is refused: %s", i+1, got.Body)
			}
			b.Clock.Advance(500 * time.Millisecond)
		}
		b.Login(simtest.LoginBody(b.App, b.Clock.Now())).WantRefusal(t, 401, 10003, "")
		b.Clock.Set(simtest.Noon.Add(time.Minute - 1))
		b.Login(simtest.LoginBody(b.App, b.Clock.Now())).WantRefusal(t, 401, 10003, "")
		b.Clock.Set(simtest.Noon.Add(time.Minute))
		b.Login(simtest.LoginBody(b.App, b.Clock.Now())).WantRefusal(t, 200, 0, "")
		b.Login(simtest.LoginBody(b.App, b.Clock.Now())).WantRefusal(t, 401, 10003, "")
	})
	t.Run("a day", func(t *testing.T) {
		b := simtest.NewGetui(t, func(app *getui.App) { app.AuthPerDay = 2 })
		b.Token()
		b.Clock.Advance(time.Hour)
		b.Token()
		b.Clock.Advance(time.Hour)
		b.Login(simtest.LoginBody(b.App, b.Clock.Now())).WantRefusal(t, 401, 10003, "")
		b.Clock.Set(simtest.Noon.Add(24 * time.Hour))
		b.Token()
	})
}

func TestClockToleranceIsSet(t *testing.T) {
	b := simtest.NewGetui(t, func(app *getui.App) { app.ClockTolerance = time.Second })
	b.Login(simtest.LoginBody(b.App, simtest.Noon.Add(2*time.Second))).WantRefusal(t, http.StatusBadRequest, 20001,
		"timestamp is invalid")
}
