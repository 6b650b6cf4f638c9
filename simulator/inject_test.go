package simulator_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

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
		{"getui=code:2", "/report/push/count", 200, "application/json;charset=utf-8",
			`{"code":2,"msg":"service is starting"}`},
		{"getui=code:404", "/report/push/count", 404, "application/json;charset=utf-8",
			`{"code":404,"msg":"url not found"}`},
		{"getui=code:405", "/report/push/count", 405, "application/json;charset=utf-8",
			`{"code":405,"msg":"method not supported"}`},
		{"getui=code:10002", "/report/push/count", 401, "application/json;charset=utf-8",
			`{"code":10002,"msg":"appid or ip is in blacklist"}`},
		{"getui=code:10005:slow down", "/report/push/count", 401, "application/json;charset=utf-8",
			`{"code":10005,"msg":"slow down"}`},
		{"getui=code:20001", "/report/push/count", 400, "application/json;charset=utf-8",
			`{"code":20001,"msg":"param is invalid"}`},
		{"getui=code:30018", "/report/push/count", 403, "application/json;charset=utf-8",
			`{"code":30018,"msg":"error"}`},
		{"getui=throttle", "/report/push/count", 401, "application/json;charset=utf-8",
			`{"code":10005,"msg":"call frequency exceeds limit per minute"}`},
		{"getui=throttle", "/auth", 401, "application/json;charset=utf-8",
			`{"code":10003,"msg":"auth frequency exceeds limit per minute"}`},
		{"getui=garbage", "/report/push/count", 200, "application/json;charset=utf-8", "\x1f\x8b{]not json\xff\xfe"},
		{"getui=empty", "/report/push/count", 200, "application/json;charset=utf-8", ""},
		{"getui=badshape", "/report/push/count", 200, "application/json;charset=utf-8",
			`{"code":0,"msg":"success","data":["unexpected"]}`},
	} {
		t.Run(tc.fault+" "+tc.endpoint, func(t *testing.T) {
			b := simtest.NewGetui(t, nil)
			b.AddFault(tc.fault)
			w := b.Raw("GET", "/getui/v2/app"+tc.endpoint)
			if w.Code != tc.status || w.Header().Get("Content-Type") != tc.contentType || w.Body.String() != tc.body {
				t.Errorf("answer is %d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
		})
	}
	t.Run("getui=html", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		b.AddFault("getui=html")
		w := b.Raw("GET", "/getui/v2/app/report/push/count")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") ||
			!strings.HasPrefix(w.Body.String(), "<!DOCTYPE html>") {
			t.Errorf("answer is %d %v %q", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("getui=redirect", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		b.AddFault("getui=redirect:https://elsewhere.example/login")
		w := b.Raw("GET", "/getui/v2/app/report/push/count")
		if w.Code != 302 || w.Header().Get("Location") != "https://elsewhere.example/login" {
			t.Errorf("answer is %d %v %q", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("getui=code:301", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		b.AddFault("getui=code:301")
		got := b.Call("GET", "/app/report/push/count", "")
		got.WantRefusal(t, 200, 301, "")
		if !strings.Contains(string(got.Data), `"https://cncrestapi.getui.com"`) {
			t.Errorf("data names no data centre: %s", got.Data)
		}
	})
	t.Run("getui=status:503:30", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		b.AddFault("getui=status:503:30")
		if got := b.Raw("GET", "/getui/v2/app/report/push/count").Header().Get("Retry-After"); got != "30" {
			t.Errorf("Retry-After is %q", got)
		}
	})
}

func TestFaultTargets(t *testing.T) {
	other := simtest.GetuiApp()
	other.AppID = "other"
	for _, tc := range []struct {
		fault string
		hit   []string
	}{
		{"getui=status:500", []string{"app/report/online_user", "app/report/push/count", "app/nothing",
			"other/report/online_user", "nobody/report/online_user"}},
		{"getui/online_users=status:500", []string{"app/report/online_user", "other/report/online_user",
			"nobody/report/online_user"}},
		{"getui/app/*=status:500", []string{"app/report/online_user", "app/report/push/count", "app/nothing"}},
		{"getui/app/online_users=status:500", []string{"app/report/online_user"}},
		{"getui/auth=status:500", nil},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			c := simtest.NewClock(simtest.Noon)
			b := &simtest.Getui{Client: &simtest.Client{T: t, Clock: c,
				Simulator: simulator.New(simulator.Options{Now: c.Now,
					Vendors: []simulator.Vendor{getui.Vendor(simtest.GetuiApp(), other)}})}}
			b.AddFault(tc.fault)
			var hit []string
			for _, path := range []string{"app/report/online_user", "app/report/push/count", "app/nothing",
				"other/report/online_user", "nobody/report/online_user"} {
				if b.Raw("GET", "/getui/v2/"+path).Code == 500 {
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
	b := simtest.NewGetui(t, nil)
	b.AddFault("getui/online_users#2=status:500")
	token := b.Token()
	var codes []int
	for range 4 {
		codes = append(codes, b.Status("/app/report/online_user", token))
		b.Status("/app/report/push/count", token) // does not count
	}
	if want := []int{500, 500, 200, 200}; !slices.Equal(codes, want) {
		t.Errorf("answers are %v, want %v", codes, want)
	}
	if left := b.Faults(); len(left) != 0 {
		t.Errorf("faults are left: %v", left)
	}
}

func TestFaultsAreRemoved(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	status := func() int { return b.Status("/app/report/online_user", "") }
	removeOld := b.AddFault("getui=status:500")
	removeNew := b.AddFault("getui/online_users=status:501")
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
	b.AddFault("getui=status:500")
	b.AddFault("getui=hang")
	b.ClearFaults()
	if got := status(); got != 401 || len(b.Faults()) != 0 {
		t.Errorf("answer is %d, want the vendor's; faults are %v", got, b.Faults())
	}
	removeOld() // of a list that has been cleared
}

func TestFaultToken(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	token := b.Token()
	remove := b.AddFault("getui/nobody/*=token")
	b.Call("GET", "/app/report/online_user", "", "token", token).WantRefusal(t, 200, 0, "")
	remove()
	b.AddFault("getui/app/*=token")
	b.Call("GET", "/app/report/online_user", "", "token", token).WantRefusal(t, 401, 10001, "")
	b.Get("/report/online_user").WantRefusal(t, 200, 0, "") // a new token is good
	if left := b.Faults(); len(left) != 0 {
		t.Errorf("faults are left: %v", left)
	}
}

func TestFaultExhausted(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	remove := b.AddFault("getui/app/push_quota=exhausted")
	answer := b.Get("/report/push/count").Body
	if !strings.Contains(answer, `"limit":true`) || strings.Contains(answer, `"limit":false`) ||
		!strings.Contains(answer, `"remain_num":0`) || !strings.Contains(answer, `"remain_num":"0"`) {
		t.Errorf("not all quotas are used up: %s", answer)
	}
	remove()
	if answer := b.Get("/report/push/count").Body; !strings.Contains(answer, `"limit":false`) {
		t.Errorf("all quotas are used up still: %s", answer)
	}
	for _, text := range []string{"getui=exhausted", "getui/tasks=exhausted", "polyv/playback_today=exhausted"} {
		if _, err := simulator.ParseFault(text); err == nil ||
			!strings.Contains(err.Error(), "its target is getui/push_quota") {
			t.Errorf("%s: %v, want what it is for", text, err)
		}
	}
}

func TestFaultClock(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	token := b.Token()
	b.AddFault("getui=clock:12h")
	b.Login(simtest.LoginBody(b.App, simtest.Noon)).WantRefusal(t, 400, 20001, "timestamp is invalid")
	b.Login(simtest.LoginBody(b.App, simtest.Noon.Add(12*time.Hour))).WantRefusal(t, 200, 0, "")
	// By the vendor's clock it is the 18th.
	got := b.Call("GET", "/app/report/push/date/2026-11-17", "", "token", token)
	got.WantRefusal(t, 200, 0, "")
	if date, want := got.Header.Get("Date"), simtest.Noon.Add(12*time.Hour).UTC().Format(http.TimeFormat); date != want {
		t.Errorf("Date is %q, want %q", date, want)
	}
	b.ClearFaults()
	b.Call("GET", "/app/report/push/date/2026-11-17", "", "token", token).WantRefusal(t, 400, 20001, "date is invalid")
}

func TestFaultsOfDifferentGroupsAddUp(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	b.AddFault("getui=code:10005")
	b.AddFault("getui=cut")
	w := b.Raw("GET", "/getui/v2/app/report/online_user")
	const whole = `{"code":10005,"msg":"call frequency exceeds limit per minute"}`
	if w.Code != 401 || w.Body.Len() >= len(whole) || !strings.HasPrefix(whole, w.Body.String()) {
		t.Errorf("answer is %d %q, want part of %s", w.Code, w.Body, whole)
	}
}

func TestResetInProcessPanics(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	b.AddFault("getui=reset")
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panic is %v, want http.ErrAbortHandler", err)
		}
	}()
	b.Raw("GET", "/getui/v2/app/report/online_user")
}

func TestCalls(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	token := b.Token()
	b.Status("/app/report/online_user", token)
	b.Status("/app/report/online_user", "wrong")
	b.Status("/app/report/push/task/task-1/detail", token)
	b.Status("/nobody/report/online_user", token)
	b.AddFault("getui=status:500")
	b.Status("/app/report/push/count", token)
	b.Raw("GET", "/-/faults")
	b.Raw("GET", "/nowhere")
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
	b := simtest.NewGetui(t, func(app *getui.App) { app.AuthPerMinute = 64 })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 8 {
				remove := b.Inject(simulator.Fault{Vendor: "getui", Endpoint: "tasks", Kind: simulator.FaultStatus, Status: 500 + i})
				token := b.Token()
				if got := b.Status("/app/report/push/task/task-1", token); got < 500 || got > 507 {
					t.Errorf("answer is %d, want that of a fault", got)
				}
				remove()
				b.Status(fmt.Sprintf("/app/report/push/date/2026-11-%02d", 9+n), token)
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
	simulator.New(simulator.Options{Vendors: []simulator.Vendor{getui.Vendor(simtest.GetuiApp(), simtest.GetuiApp())}})
}

func TestDefaultApps(t *testing.T) {
	c := simtest.NewClock(simtest.Noon)
	s := simulator.New(simulator.Options{Now: c.Now})
	for _, app := range getui.DefaultApps() {
		b := &simtest.Getui{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, App: app}
		for _, path := range []string{
			"/report/push/count", "/report/online_user", "/report/push/date/2026-11-16", "/report/user/date/2026-11-16",
			"/report/push/task/" + strings.Join(app.TaskIDs, ","), "/report/push/task/" + app.TaskIDs[0] + "/detail",
			"/report/push/task_group/" + app.TaskGroups[0],
		} {
			if got := simtest.Keys(t, b.Get(path).Data); len(got) == 0 {
				t.Errorf("%s: %s has no data", app.AppID, path)
			}
		}
	}
}

// vendorList returns the names of all vendors as errors list them.
func vendorList() string {
	var names []string
	for _, v := range simulator.Vendors() {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func TestOtherPaths(t *testing.T) {
	for _, tc := range []struct{ path, body string }{
		{"/nobody/v2/hourly", "no vendor here; the path begins with one of: " + vendorList() + "\n"},
		{"/-/nothing", "nothing here; the control of faults is at /-/faults\n"},
	} {
		t.Run(tc.path, func(t *testing.T) {
			w := simtest.NewGetui(t, nil).Raw("GET", tc.path)
			if w.Code != 404 || w.Body.String() != tc.body {
				t.Errorf("answer is %d %q, want 404 %q", w.Code, w.Body, tc.body)
			}
		})
	}
}

func TestIndexNamesVendorsAndAccounts(t *testing.T) {
	w := simtest.NewGetui(t, nil).Raw("GET", "/")
	for _, want := range []string{"/getui/  app\n", "/polyv/  fa4e000001, fa4e000002\n", "/adspect/  ", "/sensorsdata/  production, school\n", "/quanshi/  SimSchoolEventsKey0001, SimShopEventsKey0002\n", "/-/faults"} {
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("answer is %d %q, want %q in it", w.Code, w.Body, want)
		}
	}
}

func TestCheckKnowsTheAccounts(t *testing.T) {
	s := simtest.NewGetui(t, nil).Simulator
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
