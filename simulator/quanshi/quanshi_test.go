package quanshi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestLogin(t *testing.T) {
	b := newTestApp(t, nil)
	var user struct{ UserID int64 }
	b.read("/user/search/email", `{"email":"User@mail.example"}`, &user)
	if user.UserID != 77 {
		t.Errorf("user is %d", user.UserID)
	}
	var login struct {
		Token      string
		CreateTime int64
		Expire     int64
	}
	b.read("/token/create", `{"userId":"77"}`, &login)
	if len(login.Token) != 32 || login.CreateTime != simtest.Noon.UnixMilli() || login.Expire != 86400 {
		t.Errorf("login is %+v", login)
	}
	if other := b.token(); other == login.Token {
		t.Error("two logins give one token")
	}
	body := fmt.Sprintf(`{"token":%q,"eventId":609768}`, login.Token)
	for _, tc := range []struct {
		after time.Duration
		code  int
	}{{0, 200}, {24*time.Hour - time.Millisecond, 200}, {24 * time.Hour, 40105}} {
		b.Clock.Set(simtest.Noon.Add(tc.after))
		if got := envelope(t, b.post("/event/report/details", body)); got.Code != tc.code {
			t.Errorf("after %s the code is %d, want %d", tc.after, got.Code, tc.code)
		}
	}
}

func TestReadyToken(t *testing.T) {
	b := newTestApp(t, func(app *quanshi.App) { app.Token = "ready" })
	b.Clock.Advance(1000 * time.Hour)
	body := `{"token":"ready","eventId":609768}`
	if got := envelope(t, b.post("/event/report/details", body)); got.Code != 200 {
		t.Errorf("code is %d", got.Code)
	}
	b.AddFault("quanshi=token")
	wantError(t, b.post("/event/report/details", body), 200, 40105, "The token is invalid or has expired")
}

func TestHeader(t *testing.T) {
	b := newTestApp(t, nil)
	const path, body = "/eventopenapi/token/create", `{"userId":77}`
	signed := func(nonce string, off time.Duration) map[string]string {
		return header(b.app, nonce, simtest.Noon.Add(off))
	}
	with := func(name, value string) map[string]string {
		h := signed("of "+name+value, 0)
		if value == "" {
			delete(h, name)
		} else {
			h[name] = value
		}
		return h
	}
	for _, tc := range []struct {
		name    string
		header  map[string]string
		code    int
		message string
	}{
		{"correct", signed("n", 0), 200, "Success"},
		{"same nonce", signed("n", 0), 40102, "Nonce has been used before"},
		{"no nonce", with("Nonce", ""), 40102, "Nonce is missing in the header"},
		{"nonce of 128", signed(strings.Repeat("n", 128), 0), 200, "Success"},
		{"nonce of 129", signed(strings.Repeat("n", 129), 0), 40102, "Nonce has more than 128 characters"},
		{"no key", with("AppKey", ""), 40101, "AppKey is missing in the header"},
		{"other key", with("AppKey", "other"), 40101, "Invalid AppKey"},
		{"no time", with("CurTime", ""), 40103, "CurTime is missing in the header"},
		{"seconds", with("CurTime", fmt.Sprint(simtest.Noon.Unix())), 40103, "CurTime is not the current time"},
		{"early", signed("early", -5*time.Minute), 200, "Success"},
		{"too early", signed("too early", -5*time.Minute-time.Millisecond), 40103, "CurTime is not the current time"},
		{"late", signed("late", 5*time.Minute), 200, "Success"},
		{"too late", signed("too late", 5*time.Minute+time.Millisecond), 40103, "CurTime is not the current time"},
		{"no sum", with("CheckSum", ""), 40104, "CheckSum is missing in the header"},
		{"upper case", with("CheckSum", strings.ToUpper(signed("of CheckSum", 0)["CheckSum"])), 40104,
			"CheckSum verification failed"},
		{"sum of another nonce", with("Nonce", "other"), 40104, "CheckSum verification failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := envelope(t, b.raw("POST", path, body, tc.header)); got.Code != tc.code || got.Msg != tc.message {
				t.Errorf("answer is %d %q, want %d %q", got.Code, got.Msg, tc.code, tc.message)
			}
		})
	}
	t.Run("a nonce can be used again after five minutes", func(t *testing.T) {
		for _, tc := range []struct {
			after time.Duration
			code  int
		}{{5*time.Minute - 1, 40102}, {5 * time.Minute, 200}} {
			b.Clock.Set(simtest.Noon.Add(tc.after))
			if got := envelope(t, b.raw("POST", path, body, signed("n", tc.after))); got.Code != tc.code {
				t.Errorf("after %s: %+v", tc.after, got)
			}
		}
	})
	t.Run("another header for the key", func(t *testing.T) {
		b := newTestApp(t, func(app *quanshi.App) { app.AppKeyHeader = "AppId" })
		h := b.header()
		wantError(t, b.raw("POST", path, body, h), 200, 40101, "AppId is missing in the header")
		h["AppId"] = h["AppKey"]
		if got := envelope(t, b.raw("POST", path, body, h)); got.Code != 200 {
			t.Errorf("answer is %+v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	b := newTestApp(t, nil)
	const (
		list, report = "/event/public/list", "/event/report/details"
		badToken     = "The token is invalid or has expired"
	)
	listWith := func(name, value string) string {
		members := map[string]string{"token": `"TOKEN"`, "listType": "2", "page": "0", "count": "10", "startTime": "1",
			"endTime": "2"}
		members[name] = value
		if value == "" {
			delete(members, name)
		}
		var parts []string
		for name, value := range members {
			parts = append(parts, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for _, tc := range []struct {
		name, path, body string
		code             int
		message          string
	}{
		{"no JSON", list, "{", 40001, "The body is not a JSON object"},
		{"null", list, "null", 40001, "The body is not a JSON object"},
		{"two objects", list, "{}{}", 40001, "The body is not a JSON object"},
		{"no token", list, "{}", 40105, badToken},
		{"token as a number", report, `{"token":1}`, 40105, badToken},
		{"other token", report, `{"token":"5d41c4ac806c6440eb6aa8e071115f2b","eventId":609768}`, 40105, badToken},

		{"no type", list, listWith("listType", ""), 40001, "listType is required"},
		{"other type", list, listWith("listType", "3"), 40001, "Invalid parameter: listType"},
		{"type as a text", list, listWith("listType", `"2"`), 40001, "Invalid parameter: listType"},
		{"no page", list, listWith("page", "null"), 40001, "page is required"},
		{"page", list, listWith("page", "-1"), 40001, "Invalid parameter: page"},
		{"no count", list, listWith("count", ""), 40001, "count is required"},
		{"count of nothing", list, listWith("count", "0"), 40001, "Invalid parameter: count"},
		{"large count", list, listWith("count", "1001"), 40001, "Invalid parameter: count"},
		{"no start", list, listWith("startTime", ""), 40001, "startTime is required"},
		{"no end", list, listWith("endTime", ""), 40001, "endTime is required"},
		{"milliseconds", list, listWith("endTime", "1666948293682"), 40001, "Invalid parameter: endTime"},
		{"span", list, listWith("startTime", "3"), 40001, "startTime is after endTime"},
		{"host", list, listWith("hostId", `"me"`), 40001, "Invalid parameter: hostId"},

		{"no event", report, `{"token":"TOKEN"}`, 40001, "eventId is required"},
		{"event as a text", report, `{"token":"TOKEN","eventId":"609768"}`, 40001, "Invalid parameter: eventId"},
		{"fraction of an event", report, `{"token":"TOKEN","eventId":1.5}`, 40001, "Invalid parameter: eventId"},
		{"unknown event", report, `{"token":"TOKEN","eventId":5}`, 40402, "The event does not exist: 5"},
		{"event long ago", report, `{"token":"TOKEN","eventId":4900000}`, 40402, "The event does not exist: 4900000"},
		{"live type", report, `{"token":"TOKEN","eventId":609768,"liveType":2}`, 40001, "Invalid parameter: liveType"},
		{"report span", report, `{"token":"TOKEN","eventId":609768,"startTime":3,"endTime":2}`, 40001,
			"startTime is after endTime"},
		{"report start", report, `{"token":"TOKEN","eventId":609768,"startTime":"3"}`, 40001,
			"Invalid parameter: startTime"},

		{"no user", "/token/create", `{}`, 40001, "Invalid parameter: userId"},
		{"user of another kind", "/token/create", `{"userId":true}`, 40001, "Invalid parameter: userId"},
		{"unknown user", "/token/create", `{"userId":78}`, 40401, "The user does not exist"},
		{"no address", "/user/search/email", `{"email":""}`, 40001, "Invalid parameter: email"},
		{"unknown address", "/user/search/email", `{"email":"other@mail.example"}`, 40401, "The user does not exist"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantError(t, b.post(tc.path, tc.body), 200, tc.code, tc.message)
		})
	}
	for _, tc := range []struct {
		name, method, path, contentType string
		status                          int
		message                         string
	}{
		{"GET", "GET", "/eventopenapi/event/public/list", "application/json", 405, "Method Not Allowed, use POST"},
		{"form", "POST", "/eventopenapi/token/create", "application/x-www-form-urlencoded", 415,
			"Content-Type must be application/json"},
		{"path", "POST", "/eventopenapi/event/report", "application/json", 404, "Not Found"},
		{"prefix", "POST", "/event/report/details", "application/json", 404, "Not Found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := b.header()
			h["Content-Type"] = tc.contentType
			wantError(t, b.raw(tc.method, tc.path, "{}", h), tc.status, tc.status, tc.message)
		})
	}
}

func TestFaults(t *testing.T) {
	envelope := func(code int, message string) string {
		return fmt.Sprintf(`{"timeStamp":1794888000000,"code":%d,"msg":%q,"data":null,"requestId":"198.18.85.69_20261117_120000_1794888000000"}`, code, message)
	}
	for _, tc := range []struct {
		fault  string
		status int
		body   string
	}{
		{"quanshi=throttle", 200, envelope(42901, "Requests are too frequent, please try again later")},
		{"quanshi/key/event_report=code:40105", 200, envelope(40105, "The token is invalid or has expired")},
		{"quanshi=code:500:系统繁忙", 200, envelope(500, "系统繁忙")},
		{"quanshi=code:7", 200, envelope(7, "error 7")},
		{"quanshi=badshape", 200, strings.Replace(envelope(200, "Success"), "null", `["unexpected"]`, 1)},
		{"quanshi=status:502", 502, "502 Bad Gateway\n"},
		{"quanshi=empty", 200, ""},
		{"quanshi=huge:70", 200, `{"code":200,"msg":"Success","data":{"padding":"` + strings.Repeat("x", 20) + `"}}`},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			b := newTestApp(t, nil)
			b.key = b.token()
			b.AddFault(tc.fault)
			if w := b.post("/event/report/details", `{"token":"TOKEN","eventId":609768}`); w.Code != tc.status ||
				w.Body.String() != tc.body {
				t.Errorf("answer is %d %s, want %d %s", w.Code, w.Body, tc.status, tc.body)
			}
		})
	}
	t.Run("clock", func(t *testing.T) {
		b := newTestApp(t, nil)
		b.AddFault("quanshi#1=clock:6m")
		wantError(t, b.post("/token/create", `{"userId":77}`), 200, 40103, "CurTime is not the current time")
		b.token()
	})
	t.Run("token", func(t *testing.T) {
		b := newTestApp(t, nil)
		const body = `{"token":"TOKEN","eventId":609768}`
		b.report(609768, "")
		b.AddFault("quanshi/key/*=token")
		wantError(t, b.post("/event/report/details", body), 200, 40105, "The token is invalid or has expired")
		b.key = ""
		b.report(609768, "")
	})
	t.Run("cut", func(t *testing.T) {
		b := newTestApp(t, nil)
		const body = `{"token":"TOKEN","eventId":600114}`
		whole := b.post("/event/report/details", body).Body.String()
		b.AddFault("quanshi/event_report=cut")
		w := b.post("/event/report/details", body)
		if w.Body.Len() != len(whole)/2 || !strings.HasPrefix(whole, w.Body.String()) ||
			w.Header().Get("Content-Length") != fmt.Sprint(len(whole)+1) {
			t.Errorf("%d bytes of %d, Content-Length %s", w.Body.Len(), len(whole), w.Header().Get("Content-Length"))
		}
	})
}

func TestCalls(t *testing.T) {
	b := newTestApp(t, nil)
	b.report(609768, "") // with a login
	b.list(simtest.Noon, simtest.Noon, 0, 10, "")
	b.list(simtest.Noon, simtest.Noon, 1, 10, "")
	b.post("/user/search/email", "{}")
	b.post("/event/report", "{}")
	b.raw("POST", "/eventopenapi/token/create", "{}", nil)
	for endpoint, want := range map[string]int{"": 6, "token_create": 1, "event_report": 1, "event_list": 2,
		"user_search": 1, "unknown": 1} {
		if got := b.Calls("quanshi", "key", endpoint); got != want {
			t.Errorf("%d calls of %q, want %d", got, endpoint, want)
		}
	}
	if got := b.Calls("quanshi", "unknown", "token_create"); got != 1 {
		t.Errorf("%d calls for an unknown application, want 1", got)
	}
}

func TestImpossibleApps(t *testing.T) {
	app := func(change func(*quanshi.App)) []quanshi.App {
		a := quanshi.App{AppKey: "k", AppSecret: "s"}
		change(&a)
		return []quanshi.App{a}
	}
	for want, apps := range map[string][]quanshi.App{
		`two Quanshi applications have the key "x"`: {{AppKey: "x",
			AppSecret: "s"}, {AppKey: "x", AppSecret: "s"}},
		`the Quanshi application "k": it has no key or no secret`:                   app(func(a *quanshi.App) { a.AppSecret = "" }),
		`the Quanshi application "k": its user "me" is not a number`:                app(func(a *quanshi.App) { a.UserID = "me" }),
		`the Quanshi application "k": two events have the id 5`:                     app(func(a *quanshi.App) { a.RoomID, a.ArchiveID = 5, 5 }),
		`the Quanshi application "k": event 1000000 has not an id from 1 to 999999`: app(func(a *quanshi.App) { a.RoomID = 1_000_000 }),
		fmt.Sprintf(`the Quanshi application "k": its scale %d is not from 1 to 1000000`,
			int64(-1)): app(func(a *quanshi.App) { a.Scale = -1 }),
		fmt.Sprintf(`the Quanshi application "k": its scale %d is not from 1 to 1000000`,
			int64(2<<20)): app(func(a *quanshi.App) { a.Scale = 2 << 20 }),
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, want) {
					t.Errorf("panic is %v", r)
				}
			}()
			simulator.New(simulator.Options{Vendors: []simulator.Vendor{quanshi.Vendor(apps...)}})
		})
	}
}
