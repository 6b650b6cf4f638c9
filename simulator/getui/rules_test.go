package getui_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestParameters(t *testing.T) {
	ids := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("t%d", i)
		}
		return strings.Join(list, ",")
	}
	for _, tc := range []struct {
		name, path   string
		status, code int
		message      string
	}{
		{"push day, yesterday", "/report/push/date/2026-11-16", 200, 0, ""},
		{"push day, today", "/report/push/date/2026-11-17", 400, 20001, "date is invalid"},
		{"push day, tomorrow", "/report/push/date/2026-11-18", 400, 20001, "date is invalid"},
		{"push day, 90 days back", "/report/push/date/2026-08-19", 200, 0, ""},
		{"push day, 91 days back", "/report/push/date/2026-08-18", 400, 20001, "date is invalid"},
		{"push day, digits missing", "/report/push/date/2026-11-6", 400, 20001, "date is invalid"},
		{"push day, another format", "/report/push/date/20261116", 400, 20001, "date is invalid"},
		{"push day, no such day", "/report/push/date/2026-02-30", 400, 20001, "date is invalid"},
		{"push day, none", "/report/push/date/", 400, 20001, "date is invalid"},
		{"push day, brands", "/report/push/date/2026-11-16?needGetuiByBrand=true", 200, 0, ""},
		{"push day, brands neither true nor false", "/report/push/date/2026-11-16?needGetuiByBrand=1", 400, 20001,
			"needGetuiByBrand type error"},
		{"user day, yesterday", "/report/user/date/2026-11-16", 200, 0, ""},
		{"user day, today", "/report/user/date/2026-11-17", 400, 20001, "date is invalid"},
		{"user day, 90 days back", "/report/user/date/2026-08-19", 200, 0, ""},
		{"user day, 91 days back", "/report/user/date/2026-08-18", 400, 20001, "date is invalid"},
		{"tasks, 200", "/report/push/task/" + ids(200), 200, 0, ""},
		{"tasks, 201", "/report/push/task/" + ids(201), 400, 20001, "taskid is invalid, more than 200"},
		{"tasks, none", "/report/push/task/", 400, 20001, "taskid can not be empty"},
		{"tasks, an empty one", "/report/push/task/a,,b", 400, 20001, "taskid can not be empty"},
		{"tasks, an empty one at the end", "/report/push/task/a,", 400, 20001, "taskid can not be empty"},
		{"tasks, brands neither true nor false", "/report/push/task/a?needGetuiByBrand=yes", 400, 20001,
			"needGetuiByBrand type error"},
		{"losses, 200", "/report/push/task/" + ids(200) + "/detail", 200, 0, ""},
		{"losses, 201", "/report/push/task/" + ids(201) + "/detail", 400, 20001, ""},
		{"losses, none", "/report/push/task//detail", 400, 20001, "taskid can not be empty"},
		{"group", "/report/push/task_group/group", 200, 0, ""},
		{"group, none", "/report/push/task_group/", 400, 20001, "group_name can not be empty"},
		{"group, brands neither true nor false", "/report/push/task_group/group?needGetuiByBrand=x", 400, 20001,
			"needGetuiByBrand type error"},
		{"group, days", "/report/push/task_group/group?startDate=2026-11-01&endDate=2026-11-17", 200, 0, ""},
		{"group, one day", "/report/push/task_group/group?startDate=2026-11-01&endDate=2026-11-01", 200, 0, ""},
		{"group, from 70 days back", "/report/push/task_group/group?startDate=2026-09-08", 200, 0, ""},
		{"group, from 71 days back", "/report/push/task_group/group?startDate=2026-09-07", 400, 20001,
			"startDate is invalid"},
		{"group, from tomorrow", "/report/push/task_group/group?startDate=2026-11-18", 400, 20001,
			"startDate is invalid"},
		{"group, to tomorrow", "/report/push/task_group/group?endDate=2026-11-18", 400, 20001, "endDate is invalid"},
		{"group, end before start", "/report/push/task_group/group?startDate=2026-11-02&endDate=2026-11-01", 400, 20001,
			"endDate is invalid"},
		{"group, no date", "/report/push/task_group/group?startDate=yesterday", 400, 20001, "startDate is invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := simtest.NewGetui(t, nil).Get(tc.path)
			if tc.code == 0 {
				got.Decode(t, new(map[string]any))
				return
			}
			got.WantRefusal(t, tc.status, tc.code, tc.message)
		})
	}
}

func TestDaysAreOfTheApplicationsZone(t *testing.T) {
	// 23:00 of the 16th in UTC is 07:00 of the 17th in Shanghai.
	at := time.Date(2026, time.November, 16, 23, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name     string
		location *time.Location
		code     int
	}{
		{"Shanghai by default", nil, 0},
		{"UTC", time.UTC, 20001},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, func(app *getui.App) { app.Location = tc.location })
			b.Clock.Set(at)
			if got := b.Get("/report/push/date/2026-11-16"); string(got.Code) != fmt.Sprint(tc.code) {
				t.Errorf("code is %s, want %d", got.Code, tc.code)
			}
		})
	}
}

func TestPathsAndMethods(t *testing.T) {
	for _, tc := range []struct {
		name, method, path string
		status, code       int
		endpoint           string
	}{
		{"no endpoint", "GET", "/app", 404, 404, "unknown"},
		{"no such endpoint", "GET", "/app/report/push", 404, 404, "unknown"},
		{"tasks without a slash", "GET", "/app/report/push/task", 404, 404, "unknown"},
		{"slash at the end", "GET", "/app/report/push/count/", 404, 404, "unknown"},
		{"more after it", "GET", "/app/report/push/date/2026-11-16/detail", 404, 404, "unknown"},
		{"POST where GET is due", "POST", "/app/report/push/count", 405, 405, "push_quota"},
		{"HEAD where GET is due", "HEAD", "/app/report/online_user", 405, 405, "online_users"},
		{"GET where POST is due", "GET", "/app/auth", 405, 405, "auth"},
		{"DELETE without a token", "DELETE", "/app/auth", 405, 405, "auth"},
		{"GET where DELETE is due", "GET", "/app/auth/token", 405, 405, "auth"},
		{"without a token", "GET", "/app/report/push/count", 401, 10001, "push_quota"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, nil)
			b.Call(tc.method, tc.path, "").WantRefusal(t, tc.status, tc.code, "")
			if n := b.Calls("getui", "app", tc.endpoint); n != 1 {
				t.Errorf("%d calls of %s are counted, want 1", n, tc.endpoint)
			}
		})
	}
	t.Run("another version", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("GET", "/getui/v3/app/report/push/count", nil))
		if w.Code != 404 || !strings.Contains(w.Body.String(), `"code":404`) {
			t.Errorf("answer is %d %s", w.Code, w.Body)
		}
		if n := b.Calls("getui", "unknown", "unknown"); n != 1 {
			t.Errorf("%d calls are counted as unknown, want 1", n)
		}
	})
}

func TestAppThatIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name         string
		change       func(*getui.App)
		path         string
		status, code int
		message      string
	}{
		{"not known", nil, "/nobody", 400, 20001, "appid is invalid"},
		{"blacklisted", func(app *getui.App) { app.Blacklisted = true }, "/app", 401, 10002, ""},
		{"in another data centre", func(app *getui.App) {
			app.RegionHosts = []string{"https://nz.example",
				"https://cnc.example"}
		}, "/app", 200, 301, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, tc.change)
			b.Call("POST", tc.path+"/auth", simtest.LoginBody(b.App, simtest.Noon), "Content-Type",
				"application/json").WantRefusal(t, tc.status, tc.code, tc.message)
			b.Call("GET", tc.path+"/report/push/count", "", "token", "x").WantRefusal(t, tc.status, tc.code, tc.message)
		})
	}
	t.Run("data centre's hosts", func(t *testing.T) {
		hosts := []string{"https://nz.example", "https://cnc.example"}
		b := simtest.NewGetui(t, func(app *getui.App) { app.RegionHosts = hosts })
		var data struct {
			HostList []struct {
				DomainList  []string
				PriorityGap int
			}
			DomainHash string
		}
		if err := json.Unmarshal(b.Login(simtest.LoginBody(b.App, simtest.Noon)).Data, &data); err != nil {
			t.Fatal(err)
		}
		if len(data.HostList) != 1 || !slices.Equal(data.HostList[0].DomainList, hosts) || data.DomainHash == "" {
			t.Errorf("data is %+v, want the hosts %v", data, hosts)
		}
	})
}

func TestPermissions(t *testing.T) {
	for _, tc := range []struct {
		name, path   string
		change       func(*getui.App)
		status, code int
	}{
		{"loss details, as documented", "/report/push/task/task-1/detail",
			func(app *getui.App) { app.DetailRefusal = 10004 }, 401, 10004},
		{"loss details, as seen", "/report/push/task/task-1/detail", func(app *getui.App) { app.DetailRefusal = 30017 },
			403, 30017},
		{"push quotas", "/report/push/count", func(app *getui.App) { app.QuotaRefusal = 30023 }, 403, 30023},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, tc.change)
			b.Get(tc.path).WantRefusal(t, tc.status, tc.code, "")
			b.Get("/report/push/task/task-1").Decode(t, new(any))
		})
	}
}

func TestPushCountIsLimited(t *testing.T) {
	b := simtest.NewGetui(t, func(app *getui.App) { app.PushCountPerMinute = 2 })
	token := b.Token()
	read := func() simtest.Reply { return b.Call("GET", "/app/report/push/count", "", "token", token) }
	read().WantRefusal(t, 200, 0, "")
	b.Clock.Advance(30 * time.Second)
	read().WantRefusal(t, 200, 0, "")
	read().WantRefusal(t, 401, 10005, "")
	b.Call("GET", "/app/report/online_user", "", "token", token).WantRefusal(t, 200, 0, "")
	b.Clock.Advance(30 * time.Second)
	read().WantRefusal(t, 200, 0, "") // the first one is a minute old
	read().WantRefusal(t, 401, 10005, "")

	t.Run("by default two exporters may read once a minute", func(t *testing.T) {
		b := simtest.NewGetui(t, nil)
		token := b.Token()
		for range 10 {
			for range 2 {
				b.Call("GET", "/app/report/push/count", "", "token", token).WantRefusal(t, 200, 0, "")
			}
			b.Clock.Advance(time.Minute)
		}
	})
}
