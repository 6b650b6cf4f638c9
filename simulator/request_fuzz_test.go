package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
)

// FuzzRequest takes any request for one to a vendor, or for the control of faults: each gets an answer,
// and no fault of the simulator's own.
func FuzzRequest(f *testing.F) {
	app, user, account := getui.DefaultApps()[0], polyv.DefaultUsers()[0], adspect.DefaultAccounts()[0]
	for _, seed := range [][5]string{
		{"GET", "/", "", "", ""}, {"POST", "/-/faults", "", "", "getui/push_quota=slow:1ns\n"},
		{"GET", "/-/faults", "", "", ""}, {"DELETE", "/-/faults", "", "", ""},
		{"POST", "/getui/v2/" + app.AppID + "/auth", "", "", `{"sign":"x","timestamp":"1700000000000","appkey":"y"}`},
		{"GET", "/getui/v2/" + app.AppID + "/report/push/task/a,b", "actionIdList=1", "token", ""},
		{"GET", "/getui/v2/" + app.AppID + "/report/push/date/2026-11-20", "", "token", ""},
		{"GET", "/polyv/v2/hourly/" + user.UserID, "dr=today&ptime=1700000000000&sign=A", "", ""},
		{"GET", "/adspect/v1/reports/funnel", "group_by=stream_id&metrics=clicks&date_from=1&date_to=2&country[]=x&asn=-1", "Basic " + account.APIKey, ""},
		{"GET", "/adspect/v1/streams", "page=0&per-page=-1", "Basic x", ""},
		{"HEAD", "/adspect/v1/reports", "", "", ""},
		{"GET", "/sensorsdata/api/v2/user_tags", "project=p&start=-1&count=1e9", "", ""},
		{"POST", "/sensorsdata/api/v2/reports/user_analytics/users", "project=p", "", `{"filter":{}}`},
		{"POST", "/quanshi/eventopenapi/token/create", "", "", `{"appKey":"x","timeStamp":1,"sign":"y"}`},
		{"POST", "/quanshi/eventopenapi/event/report/details", "", "", `{"token":"x","eventId":1}`},
		{"GET", "/quanshi/%2f%zz/..", "a=%zz;b", "\xff", "[[[["},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], []byte(seed[4]))
	}
	sim := simulator.New(simulator.Options{})
	f.Cleanup(sim.Close)
	f.Fuzz(func(t *testing.T, method, path, query, credentials string, body []byte) {
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(string(body)))
		r.Method, r.URL.Path, r.URL.RawQuery = method, "/"+strings.TrimPrefix(path, "/"), query
		r.Header = http.Header{"Token": {credentials}, "Authorization": {credentials},
			"Content-Type": {"application/json"}}
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		sim.ClearFaults() // a body may have put some in force, which hold up what follows
		if w.Code == http.StatusInternalServerError || w.Code < 200 || w.Code > 599 {
			t.Errorf("answered %d: %s", w.Code, w.Body)
		}
	})
}
