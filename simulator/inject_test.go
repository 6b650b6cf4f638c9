package simulator_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// inject puts a fault in force that is written down.
func (b *bench) inject(text string) (remove func()) {
	b.t.Helper()
	f, err := simulator.ParseFault(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Inject(f)
}

// raw sends a request without looking at the answer.
func (b *bench) raw(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestFaultAnswers(t *testing.T) {
	for _, tc := range []struct {
		fault, endpoint string // endpoint is the path below the application
		status          int
		contentType     string
		body            string // "" = none
	}{
		{"getui=status:503", "/report/push/count", 503, "text/plain; charset=utf-8", "503 Service Unavailable\n"},
		{"getui=status:204", "/report/push/count", 204, "text/plain; charset=utf-8", ""},
		{"getui=code:1", "/report/push/count", 200, "application/json;charset=utf-8", `{"code":1,"msg":"fail"}`},
		{"getui=code:2", "/report/push/count", 200, "application/json;charset=utf-8", `{"code":2,"msg":"service is starting"}`},
		{"getui=code:404", "/report/push/count", 404, "application/json;charset=utf-8", `{"code":404,"msg":"url not found"}`},
		{"getui=code:405", "/report/push/count", 405, "application/json;charset=utf-8", `{"code":405,"msg":"method not supported"}`},
		{"getui=code:10002", "/report/push/count", 401, "application/json;charset=utf-8", `{"code":10002,"msg":"appid or ip is in blacklist"}`},
		{"getui=code:10005:slow down", "/report/push/count", 401, "application/json;charset=utf-8", `{"code":10005,"msg":"slow down"}`},
		{"getui=code:20001", "/report/push/count", 400, "application/json;charset=utf-8", `{"code":20001,"msg":"param is invalid"}`},
		{"getui=code:30018", "/report/push/count", 403, "application/json;charset=utf-8", `{"code":30018,"msg":"error"}`},
		{"getui=throttle", "/report/push/count", 401, "application/json;charset=utf-8", `{"code":10005,"msg":"call frequency exceeds limit per minute"}`},
		{"getui=throttle", "/auth", 401, "application/json;charset=utf-8", `{"code":10003,"msg":"auth frequency exceeds limit per minute"}`},
		{"getui=garbage", "/report/push/count", 200, "application/json;charset=utf-8", "\x1f\x8b{]not json\xff\xfe"},
		{"getui=empty", "/report/push/count", 200, "application/json;charset=utf-8", ""},
		{"getui=badshape", "/report/push/count", 200, "application/json;charset=utf-8", `{"code":0,"msg":"success","data":["unexpected"]}`},
	} {
		t.Run(tc.fault+" "+tc.endpoint, func(t *testing.T) {
			b := newBench(t, nil)
			b.inject(tc.fault)
			w := b.raw("GET", "/getui/v2/app"+tc.endpoint)
			if w.Code != tc.status || w.Header().Get("Content-Type") != tc.contentType || w.Body.String() != tc.body {
				t.Errorf("answer is %d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
		})
	}
	t.Run("getui=html", func(t *testing.T) {
		b := newBench(t, nil)
		b.inject("getui=html")
		w := b.raw("GET", "/getui/v2/app/report/push/count")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || !strings.HasPrefix(w.Body.String(), "<!DOCTYPE html>") {
			t.Errorf("answer is %d %v %q", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("getui=redirect", func(t *testing.T) {
		b := newBench(t, nil)
		b.inject("getui=redirect:https://elsewhere.example/login")
		w := b.raw("GET", "/getui/v2/app/report/push/count")
		if w.Code != 302 || w.Header().Get("Location") != "https://elsewhere.example/login" {
			t.Errorf("answer is %d %v %q", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("getui=code:301", func(t *testing.T) {
		b := newBench(t, nil)
		b.inject("getui=code:301")
		got := b.call("GET", "/app/report/push/count", "")
		got.wantRefusal(t, 200, 301, "")
		if !strings.Contains(string(got.Data), `"https://cncrestapi.getui.com"`) {
			t.Errorf("data names no data centre: %s", got.Data)
		}
	})
	t.Run("getui=status:503:30", func(t *testing.T) {
		b := newBench(t, nil)
		b.inject("getui=status:503:30")
		if got := b.raw("GET", "/getui/v2/app/report/push/count").Header().Get("Retry-After"); got != "30" {
			t.Errorf("Retry-After is %q", got)
		}
	})
}

func TestFaultTargets(t *testing.T) {
	other := testApp()
	other.AppID = "other"
	for _, tc := range []struct {
		fault string
		hit   []string
	}{
		{"getui=status:500", []string{"app/report/online_user", "app/report/push/count", "app/nothing", "other/report/online_user", "nobody/report/online_user"}},
		{"getui/online_users=status:500", []string{"app/report/online_user", "other/report/online_user", "nobody/report/online_user"}},
		{"getui/app/*=status:500", []string{"app/report/online_user", "app/report/push/count", "app/nothing"}},
		{"getui/app/online_users=status:500", []string{"app/report/online_user"}},
		{"getui/auth=status:500", nil},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			c := &clock{now: noon}
			b := &bench{t: t, clock: c, Simulator: simulator.New(simulator.Options{Now: c.Now, Vendors: []simulator.Vendor{simulator.GetuiVendor(testApp(), other)}})}
			b.inject(tc.fault)
			var hit []string
			for _, path := range []string{"app/report/online_user", "app/report/push/count", "app/nothing", "other/report/online_user", "nobody/report/online_user"} {
				if b.raw("GET", "/getui/v2/"+path).Code == 500 {
					hit = append(hit, path)
				}
			}
			if !slices.Equal(hit, tc.hit) {
				t.Errorf("the fault hits %v, want %v", hit, tc.hit)
			}
		})
	}
}

func TestFaultsOfSomeRequests(t *testing.T) {
	b := newBench(t, nil)
	b.inject("getui/online_users#2=status:500")
	token := b.token()
	var codes []int
	for range 4 {
		codes = append(codes, b.status("/app/report/online_user", token))
		b.status("/app/report/push/count", token) // does not count
	}
	if want := []int{500, 500, 200, 200}; !slices.Equal(codes, want) {
		t.Errorf("answers are %v, want %v", codes, want)
	}
	if left := b.Faults(); len(left) != 0 {
		t.Errorf("faults are left: %v", left)
	}
}

// status gives the status of a GET below /getui/v2.
func (b *bench) status(path, token string) int {
	return b.raw("GET", "/getui/v2"+path, "token", token).Code
}

func TestFaultsAreRemoved(t *testing.T) {
	b := newBench(t, nil)
	status := func() int { return b.status("/app/report/online_user", "") }
	removeOld := b.inject("getui=status:500")
	removeNew := b.inject("getui/online_users=status:501")
	if got := status(); got != 501 {
		t.Errorf("answer is %d, want that of the newest fault", got)
	}
	removeNew()
	removeNew()
	if got := status(); got != 500 {
		t.Errorf("answer is %d, want that of the older fault", got)
	}
	removeOld()
	if got := status(); got != 401 {
		t.Errorf("answer is %d, want the vendor's", got)
	}
	b.inject("getui=status:500")
	b.inject("getui=hang")
	b.ClearFaults()
	if got := status(); got != 401 || len(b.Faults()) != 0 {
		t.Errorf("answer is %d, want the vendor's; faults are %v", got, b.Faults())
	}
	removeOld() // of a list that has been cleared
}

func TestFaultToken(t *testing.T) {
	b := newBench(t, nil)
	token := b.token()
	remove := b.inject("getui/nobody/*=token")
	b.call("GET", "/app/report/online_user", "", "token", token).wantRefusal(t, 200, 0, "")
	remove()
	b.inject("getui/app/*=token")
	b.call("GET", "/app/report/online_user", "", "token", token).wantRefusal(t, 401, 10001, "")
	b.get("/report/online_user").wantRefusal(t, 200, 0, "") // a new token is good
	if left := b.Faults(); len(left) != 0 {
		t.Errorf("faults are left: %v", left)
	}
}

func TestFaultExhausted(t *testing.T) {
	b := newBench(t, nil)
	remove := b.inject("getui/app/push_quota=exhausted")
	answer := b.get("/report/push/count").body
	if !strings.Contains(answer, `"limit":true`) || strings.Contains(answer, `"limit":false`) || !strings.Contains(answer, `"remain_num":0`) || !strings.Contains(answer, `"remain_num":"0"`) {
		t.Errorf("not all quotas are used up: %s", answer)
	}
	remove()
	if answer := b.get("/report/push/count").body; !strings.Contains(answer, `"limit":false`) {
		t.Errorf("all quotas are used up still: %s", answer)
	}
	for _, text := range []string{"getui=exhausted", "getui/tasks=exhausted", "polyv/playback_today=exhausted"} {
		if _, err := simulator.ParseFault(text); err == nil || !strings.Contains(err.Error(), "its target is getui/push_quota") {
			t.Errorf("%s: %v, want what it is for", text, err)
		}
	}
}

func TestFaultClock(t *testing.T) {
	b := newBench(t, nil)
	token := b.token()
	b.inject("getui=clock:12h")
	b.login(loginBody(b.app, noon)).wantRefusal(t, 400, 20001, "timestamp is invalid")
	b.login(loginBody(b.app, noon.Add(12*time.Hour))).wantRefusal(t, 200, 0, "")
	// By the vendor's clock it is the 18th.
	got := b.call("GET", "/app/report/push/date/2026-11-17", "", "token", token)
	got.wantRefusal(t, 200, 0, "")
	if date, want := got.header.Get("Date"), noon.Add(12*time.Hour).UTC().Format(http.TimeFormat); date != want {
		t.Errorf("Date is %q, want %q", date, want)
	}
	b.ClearFaults()
	b.call("GET", "/app/report/push/date/2026-11-17", "", "token", token).wantRefusal(t, 400, 20001, "date is invalid")
}

func TestFaultsOfDifferentGroupsAddUp(t *testing.T) {
	b := newBench(t, nil)
	b.inject("getui=code:10005")
	b.inject("getui=cut")
	w := b.raw("GET", "/getui/v2/app/report/online_user")
	const whole = `{"code":10005,"msg":"call frequency exceeds limit per minute"}`
	if w.Code != 401 || w.Body.Len() >= len(whole) || !strings.HasPrefix(whole, w.Body.String()) {
		t.Errorf("answer is %d %q, want part of %s", w.Code, w.Body, whole)
	}
}

func TestResetInProcessPanics(t *testing.T) {
	b := newBench(t, nil)
	b.inject("getui=reset")
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panic is %v, want http.ErrAbortHandler", err)
		}
	}()
	b.raw("GET", "/getui/v2/app/report/online_user")
}

func TestCalls(t *testing.T) {
	b := newBench(t, nil)
	token := b.token()
	b.status("/app/report/online_user", token)
	b.status("/app/report/online_user", "wrong")
	b.status("/app/report/push/task/task-1/detail", token)
	b.status("/nobody/report/online_user", token)
	b.inject("getui=status:500")
	b.status("/app/report/push/count", token)
	b.raw("GET", "/-/faults")
	b.raw("GET", "/nowhere")
	for _, tc := range []struct {
		vendor, account, endpoint string
		want                      int
	}{
		{"", "", "", 6},
		{"getui", "", "", 6},
		{"getui", "app", "", 5},
		{"getui", "unknown", "", 1},
		{"getui", "app", "auth", 1},
		{"getui", "app", "online_users", 2},
		{"getui", "", "online_users", 3},
		{"getui", "app", "task_losses", 1},
		{"getui", "app", "push_quota", 1},
		{"getui", "app", "tasks", 0},
		{"polyv", "", "", 0},
	} {
		if got := b.Calls(tc.vendor, tc.account, tc.endpoint); got != tc.want {
			t.Errorf("calls of %q %q %q are %d, want %d", tc.vendor, tc.account, tc.endpoint, got, tc.want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	b := newBench(t, func(app *simulator.GetuiApp) { app.AuthPerMinute = 64 })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 8 {
				remove := b.Inject(simulator.Fault{Vendor: "getui", Endpoint: "tasks", Kind: simulator.FaultStatus, Status: 500 + i})
				token := b.token()
				if got := b.status("/app/report/push/task/task-1", token); got < 500 || got > 507 {
					t.Errorf("answer is %d, want that of a fault", got)
				}
				remove()
				b.status(fmt.Sprintf("/app/report/push/date/2026-11-%02d", 9+n), token)
				b.Calls("", "", "")
				b.Faults()
			}
		})
	}
	group.Wait()
	if got, want := b.Calls("getui", "app", ""), 8*8*3; got != want {
		t.Errorf("%d calls are counted, want %d", got, want)
	}
}

func TestTwoAppsWithOneID(t *testing.T) {
	defer func() {
		if r := recover(); !strings.Contains(fmt.Sprint(r), `two GeTui applications have the id "app"`) {
			t.Errorf("panic is %v", r)
		}
	}()
	simulator.New(simulator.Options{Vendors: []simulator.Vendor{simulator.GetuiVendor(testApp(), testApp())}})
}

func TestDefaultApps(t *testing.T) {
	c := &clock{now: noon}
	s := simulator.New(simulator.Options{Now: c.Now})
	for _, app := range simulator.DefaultGetuiApps() {
		b := &bench{t: t, Simulator: s, clock: c, app: app}
		for _, path := range []string{
			"/report/push/count", "/report/online_user", "/report/push/date/2026-11-16", "/report/user/date/2026-11-16",
			"/report/push/task/" + strings.Join(app.TaskIDs, ","), "/report/push/task/" + app.TaskIDs[0] + "/detail",
			"/report/push/task_group/" + app.TaskGroups[0],
		} {
			if got := keys(t, b.get(path).Data); len(got) == 0 {
				t.Errorf("%s: %s has no data", app.AppID, path)
			}
		}
	}
}

func TestOtherPaths(t *testing.T) {
	for _, tc := range []struct{ path, body string }{
		{"/nobody/v2/hourly", "no vendor here; the path begins with one of: adspect, getui, polyv, quanshi, sensorsdata\n"},
		{"/-/nothing", "nothing here; the control of faults is at /-/faults\n"},
	} {
		t.Run(tc.path, func(t *testing.T) {
			w := newBench(t, nil).raw("GET", tc.path)
			if w.Code != 404 || w.Body.String() != tc.body {
				t.Errorf("answer is %d %q, want 404 %q", w.Code, w.Body, tc.body)
			}
		})
	}
}

func TestIndexNamesVendorsAndAccounts(t *testing.T) {
	w := newBench(t, nil).raw("GET", "/")
	for _, want := range []string{"/getui/  app\n", "/polyv/  fa4e000001, fa4e000002\n", "/adspect/  ", "/sensorsdata/  production, school\n", "/quanshi/  SimSchoolEventsKey0001, SimShopEventsKey0002\n", "/-/faults"} {
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("answer is %d %q, want %q in it", w.Code, w.Body, want)
		}
	}
}

func TestCheckKnowsTheAccounts(t *testing.T) {
	s := newBench(t, nil).Simulator
	for text, want := range map[string]string{
		"getui/app/push_quota=hang":    "",
		"getui/push_quota=hang":        "",
		"polyv/fa4e000001/*=reset":     "",
		"getui/shop/push_quota=hang":   `fault getui/shop/push_quota=hang: getui has no account "shop" here, but app`,
		"polyv/fa4e000003/*#2=slow:1s": `fault polyv/fa4e000003/*#2=slow:1s: polyv has no account "fa4e000003" here, but fa4e000001, fa4e000002`,
	} {
		fault, err := simulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(fault); fmt.Sprint(err) != want && (err != nil || want != "") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
