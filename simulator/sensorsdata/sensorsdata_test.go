package sensorsdata_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

func TestAuthentication(t *testing.T) {
	for _, tc := range []struct {
		name, path string
		status     int
		message    string
	}{
		{"no token", "user_tags?project=shop", 401, "token is required"},
		{"an empty token", "user_tags?project=shop&token=", 401, "token is required"},
		{"another token", "user_tags?project=shop&token=Secret", 401, "token is invalid"},
		{"a token of another project", "user_tags?project=other&token=secret", 401, "token is invalid"},
		{"unknown project", "user_tags?project=nobody&token=secret", 404, "project not found"},
		{"no project is the default one", "user_tags?token=secret", 404, "project not found"},
		{"unknown path", "user_groups?project=shop&token=secret", 404, "Not Found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := simulator.New(simulator.Options{Vendors: []simulator.Vendor{sensorsdata.Vendor(sensorsdata.Project{Project: "shop", APISecret: "secret"}, sensorsdata.Project{Project: "other", APISecret: "other secret"})}})
			r := httptest.NewRequest("GET", "/sensorsdata/api/v2/"+tc.path, nil)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			wantError(t, w, tc.status, tc.message)
		})
	}
	for _, tc := range []struct {
		name, query, token, project string
		status                      int
		message                     string
	}{
		{"the token in a header", "?project=shop", "secret", "", 200, ""},
		{"token and project in headers", "", "secret", "shop", 200, ""},
		{"the token in both", "?project=shop&token=secret", "secret", "", 200, ""},
		{"another token in a header", "?project=shop", "Secret", "", 401, "token is invalid"},
		{"an empty token in a header", "?project=shop", "", "", 401, "token is required"},
		{"an unknown project in a header", "", "secret", "nobody", 404, "project not found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := simulator.New(simulator.Options{Vendors: []simulator.Vendor{sensorsdata.Vendor(sensorsdata.Project{Project: "shop", APISecret: "secret"})}})
			r := httptest.NewRequest("GET", "/sensorsdata/api/v2/user_tags/dirs"+tc.query, nil)
			r.Header.Set("sensorsdata-token", tc.token)
			r.Header.Set("sensorsdata-project", tc.project)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if tc.status != 200 {
				wantError(t, w, tc.status, tc.message)
			} else if w.Code != 200 || s.Calls("sensorsdata", "shop", "tag_directories") != 1 {
				t.Errorf("answer is %d %s", w.Code, w.Body)
			}
		})
	}
	t.Run("a project called default needs no name", func(t *testing.T) {
		s := simulator.New(simulator.Options{Vendors: []simulator.Vendor{sensorsdata.Vendor(sensorsdata.Project{APISecret: "secret"})}})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/sensorsdata/api/v2/user_tags?token=secret", nil))
		if w.Code != 200 || s.Calls("sensorsdata", "default", "tags") != 1 {
			t.Errorf("answer is %d, %d calls", w.Code, s.Calls("sensorsdata", "default", "tags"))
		}
	})
}

func TestRefusals(t *testing.T) {
	const users, persona = "/reports/user_analytics/users", "/persona_info/user_tags"
	condition := func(field string) string {
		return `{"filter":{"conditions":[{"field":"` + field + `","function":"isSet"}]}}`
	}
	b := newTestProject(t, nil)
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		message                  string
	}{
		{"creates", "PUT", "/user_tags", "", 405, "Method Not Allowed"},
		{"deletes", "DELETE", "/user_tags/21", "", 405, "Method Not Allowed"},
		{"computes", "POST", "/user_tags/21/execute", "", 404, "Not Found"},
		{"report by GET", "GET", "/user_tags/21/report", "", 405, "Method Not Allowed"},
		{"too long a path", "GET", "/user_tags/21/status/x", "", 404, "Not Found"},

		{"unknown parameter", "GET", "/user_tags?page=1", "", 400, "unknown parameter: page"},
		{"parameter twice", "GET", "/user_tags?start=1&start=2", "", 400, "parameter given twice: start"},
		{"start no number", "GET", "/user_tags?start=x", "", 400, "invalid value of start"},
		{"count of nothing", "GET", "/user_tags?count=0", "", 400, "invalid value of count"},
		{"invisible no boolean", "GET", "/user_tags?invisible=1", "", 400, "invalid value of invisible"},
		{"tag no number", "GET", "/user_tags/x", "", 400, "invalid id of a tag"},
		{"no such tag", "GET", "/user_tags/99", "", 404, "tag not found: 99"},

		{"need_user_tag", "GET", "/user_tags/dirs?need_user_tag=no", "", 400, "invalid value of need_user_tag"},
		{"tag_status", "GET", "/user_tags/dirs?tag_status=running", "", 400, "invalid value of tag_status"},
		{"unit", "GET", "/user_tags/dirs?unit=WEEK", "", 400, "invalid value of unit"},
		{"is_routine", "GET", "/user_tags/dirs?is_routine=true", "", 400, "invalid value of is_routine"},

		{"from alone", "GET", "/user_tags/21/partitions?from_date=2026-11-01", "", 400,
			"from_date and to_date are required together"},
		{"to alone", "GET", "/user_tags/21/partitions?to_date=2026-11-01", "", 400,
			"from_date and to_date are required together"},
		{"from after to", "GET", "/user_tags/21/partitions?from_date=2026-11-02&to_date=2026-11-01", "", 400,
			"from_date is after to_date"},
		{"no date", "GET", "/user_tags/21/partitions?from_date=20261102&to_date=2026-11-01", "", 400,
			"invalid value of from_date"},
		{"start counts from 1", "GET", "/user_tags/21/partitions?start=0", "", 400, "invalid value of start"},
		{"order", "GET", "/user_tags/21/partitions?order=down", "", 400, "invalid value of order"},
		{"partitions of no tag", "GET", "/user_tags/99/partitions", "", 404, "tag not found: 99"},
		{"status of no day", "GET", "/user_tags/21/status", "", 400, "invalid value of base_time_list"},
		{"status of no tag", "GET", "/user_tags/99/status?base_time_list=2026-11-16", "", 404, "tag not found: 99"},

		{"report without a body", "POST", "/user_tags/21/report", "", 400, "invalid body: EOF"},
		{"report of no day", "POST", "/user_tags/21/report", "{}", 400, "invalid value of from_date"},
		{"report to no day", "POST", "/user_tags/21/report", `{"from_date":"2026-11-16"}`, 400,
			"invalid value of to_date"},
		{"report with a time", "POST", "/user_tags/21/report",
			`{"from_date":"2026-11-16 00:00:00","to_date":"2026-11-16"}`, 400, "invalid value of from_date"},
		{"report backwards", "POST", "/user_tags/21/report", `{"from_date":"2026-11-17","to_date":"2026-11-16"}`, 400,
			"from_date is after to_date"},
		{"report with a limit below 0", "POST", "/user_tags/21/report",
			`{"from_date":"2026-11-16","to_date":"2026-11-16","limit":-1}`, 400, "invalid value of limit"},
		{"report with another key", "POST", "/user_tags/21/report", `{"date":"2026-11-16"}`, 400,
			`invalid body: json: unknown field "date"`},
		{"report with another type", "POST", "/user_tags/21/report", `{"from_date":20261116}`, 400,
			"invalid type of from_date"},
		{"more than one value", "POST", "/user_tags/21/report", `{} {}`, 400, "invalid body: more than one value"},
		{"report of no tag", "POST", "/user_tags/99/report", `{}`, 404, "tag not found: 99"},

		{"no filter", "POST", users, "{}", 400, "filter is required"},
		{"no conditions", "POST", users, `{"filter":{}}`, 400, "filter has no conditions"},
		{"relation", "POST", users, `{"filter":{"relation":"xor","conditions":[{"field":"user.city","function":"isSet"}]}}`, 400, "invalid value of relation"},
		{"field of an event", "POST", users, condition("event.buy"), 400, "invalid value of field: event.buy"},
		{"no function", "POST", users, `{"filter":{"conditions":[{"field":"user.city"}]}}`, 400,
			"function is required"},
		{"unknown tag", "POST", users, condition("user.user_tag_x"), 400, "unknown field: user.user_tag_x"},
		{"day of a tag", "POST", users, condition("user.user_tag_rfm@yesterday"), 400,
			"invalid time in field: user.user_tag_rfm@yesterday"},
		{"day on which a tag was not computed", "POST", users, condition("user.user_tag_rfm@2026-11-18"), 400,
			"tag has not been computed: user.user_tag_rfm"},
		{"tag that was never computed", "POST", users, condition("user.user_tag_zhibo"), 400,
			"tag has not been computed: user.user_tag_zhibo"},
		{"users a page", "POST", users, strings.Replace(condition("user.city"), "{", `{"num_per_page":0,`, 1), 400,
			"invalid value of num_per_page"},
		{"page", "POST", users, strings.Replace(condition("user.city"), "{", `{"page":-1,`, 1), 400,
			"invalid value of page"},
		{"limit", "POST", users, strings.Replace(condition("user.city"), "{", `{"limit":0,`, 1), 400,
			"invalid value of limit"},
		{"profiles", "POST", users, strings.Replace(condition("user.city"), "{", `{"profiles":["city"],`, 1), 400,
			"invalid value of profiles: city"},
		{"CSV", "POST", users + "/csv", "{}", 404, "Not Found"},

		{"no user", "POST", persona, `{"user_tag_ids":[1]}`, 400, "invalid value of user_id"},
		{"user as a number", "POST", persona, `{"user_id":1,"user_tag_ids":[1]}`, 400, "invalid type of user_id"},
		{"no tags", "POST", persona, `{"user_id":"1"}`, 400, "user_tag_ids takes 1 to 20 ids"},
		{"21 tags", "POST", persona, `{"user_id":"1","user_tag_ids":[1` + strings.Repeat(",1", 20) + `]}`, 400,
			"user_tag_ids takes 1 to 20 ids"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantError(t, b.send(tc.method, tc.path, tc.body), tc.status, tc.message)
		})
	}
	t.Run("no content type", func(t *testing.T) {
		w := b.Raw("POST", "/sensorsdata/api/v2"+persona+"?project=shop&token=secret")
		wantError(t, w, 415, "Content-Type must be application/json")
	})
}

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		fault  string
		status int
		body   string
	}{
		{"sensorsdata=throttle", 429, `{"error":"too many concurrent queries"}`},
		{"sensorsdata/shop/tag_values=code:500", 500, `{"error":"Internal Server Error"}`},
		{"sensorsdata=code:403:no permission", 403, `{"error":"no permission"}`},
		{"sensorsdata=code:7", 400, `{"error":"error 7"}`},
		{"sensorsdata=badshape", 200, `[["unexpected"]]`},
		{"sensorsdata=status:502", 502, "502 Bad Gateway\n"},
		{"sensorsdata=empty", 200, ""},
		{"sensorsdata=huge:20", 200, `["xxxxxxxxxxxxxxxx"]`},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			b := newTestProject(t, nil)
			b.AddFault(tc.fault)
			for range 2 { // a fault holds no place
				if w := b.send("POST", "/user_tags/21/report", "{}"); w.Code != tc.status ||
					w.Body.String() != tc.body {
					t.Errorf("answer is %d %s, want %d %s", w.Code, w.Body, tc.status, tc.body)
				}
			}
			b.ClearFaults()
			wantError(t, b.send("POST", "/user_tags/21/report", "{}"), 400, "invalid value of from_date")
		})
	}
	t.Run("clock", func(t *testing.T) {
		b := newTestProject(t, nil)
		b.AddFault("sensorsdata=clock:24h")
		if got := b.tag("21").Last.Base; got != "2026-11-18 00:00:00" {
			t.Errorf("newest partition is of %s", got)
		}
	})
	t.Run("cut", func(t *testing.T) {
		b := newTestProject(t, nil)
		whole := b.send("GET", "/user_tags", "").Body.String()
		b.AddFault("sensorsdata/tags=cut")
		w := b.send("GET", "/user_tags", "")
		if w.Body.Len() != len(whole)/2 || !strings.HasPrefix(whole, w.Body.String()) ||
			w.Header().Get("Content-Length") != fmt.Sprint(len(whole)+1) {
			t.Errorf("%d bytes of %d, Content-Length %s", w.Body.Len(), len(whole), w.Header().Get("Content-Length"))
		}
	})
	if err := (simulator.Fault{Vendor: "sensorsdata", Kind: simulator.FaultToken}).Validate(); err == nil {
		t.Error("there are tokens to end")
	}
}

// TestOneAtATime holds up a read that must be alone and sends each other one meanwhile.
func TestOneAtATime(t *testing.T) {
	const day = `{"from_date":"2026-11-16","to_date":"2026-11-17"}`
	requests := []struct {
		endpoint, method, path, body string
		alone                        bool
	}{
		{"tag_values", "POST", "/user_tags/21/report", day, true},
		{"tag_values", "POST", "/user_tags/19/report", day, true},
		{"segments", "POST", "/reports/user_analytics/users",
			`{"filter":{"conditions":[{"field":"user.city","function":"isSet"}]}}`, true},
		{"persona_tags", "POST", "/persona_info/user_tags", `{"user_id":"-1","user_tag_ids":[21]}`, true},
		{"tags", "GET", "/user_tags", "", false},
		{"tag_partitions", "GET", "/user_tags/21/partitions", "", false},
	}
	for _, first := range requests {
		for _, second := range requests {
			t.Run(first.path+" "+second.path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newTestProject(t, nil)
					b.AddFault("sensorsdata/" + first.endpoint + "#1=slow:5s")
					var group sync.WaitGroup
					group.Go(func() {
						if w := b.send(first.method, first.path, first.body); w.Code != 200 {
							t.Errorf("the first answer is %d %s", w.Code, w.Body)
						}
					})
					time.Sleep(time.Second)
					w := b.send(second.method, second.path, second.body)
					if first.alone && second.alone {
						wantError(t, w, 429, "too many concurrent queries")
					} else if w.Code != 200 {
						t.Errorf("answer is %d %s", w.Code, w.Body)
					}
					group.Wait()
					if w := b.send(second.method, second.path, second.body); w.Code != 200 {
						t.Errorf("after the first, answer is %d %s", w.Code, w.Body)
					}
				})
			})
		}
	}
	t.Run("a client that goes takes its read with it", func(t *testing.T) {
		b := newTestProject(t, nil)
		b.AddFault("sensorsdata#1=hang")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequestWithContext(ctx, "POST",
			"/sensorsdata/api/v2/user_tags/21/report?token=secret&project=shop", strings.NewReader(day))
		r.Header.Set("Content-Type", "application/json")
		b.ServeHTTP(httptest.NewRecorder(), r)
		if w := b.send("POST", "/user_tags/21/report", day); w.Code != 200 {
			t.Errorf("answer is %d %s", w.Code, w.Body)
		}
	})
	t.Run("projects do not hinder each other", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := simulator.New(simulator.Options{Vendors: []simulator.Vendor{sensorsdata.Vendor(sensorsdata.Project{Project: "a", APISecret: "s"}, sensorsdata.Project{Project: "b", APISecret: "s"})}})
			s.Inject(simulator.Fault{Vendor: "sensorsdata", Account: "a", Kind: simulator.FaultSlow,
				Duration: time.Second})
			var group sync.WaitGroup
			for _, project := range []string{"a", "b"} {
				group.Go(func() {
					r := httptest.NewRequest("POST", "/sensorsdata/api/v2/user_tags/21/report?token=s&project="+project,
						strings.NewReader(day))
					r.Header.Set("Content-Type", "application/json")
					w := httptest.NewRecorder()
					s.ServeHTTP(w, r)
					if w.Code != 200 {
						t.Errorf("%s: answer is %d %s", project, w.Code, w.Body)
					}
				})
			}
			group.Wait()
		})
	})
}

func TestCalls(t *testing.T) {
	b := newTestProject(t, nil)
	for _, path := range []string{"/user_tags", "/user_tags/21", "/user_tags/dirs", "/user_tags/21/partitions",
		"/user_tags/99/partitions", "/user_tags/21/status", "/nothing"} {
		b.send("GET", path, "")
	}
	for _, path := range []string{"/user_tags/21/report", "/reports/user_analytics/users", "/persona_info/user_tags"} {
		b.send("POST", path, "{}")
	}
	b.Raw("GET", "/sensorsdata/api/v2/user_tags?project=nobody&token=x")
	b.Raw("GET", "/sensorsdata/v2/user_tags?project=shop&token=secret")
	for endpoint, want := range map[string]int{
		"": 11, "tags": 1, "tag": 1, "tag_directories": 1, "tag_partitions": 2, "tag_status": 1, "tag_values": 1,
		"segments": 1, "persona_tags": 1, "unknown": 2,
	} {
		if got := b.Calls("sensorsdata", "shop", endpoint); got != want {
			t.Errorf("%d calls of %q, want %d", got, endpoint, want)
		}
	}
	if got := b.Calls("sensorsdata", "unknown", "tags"); got != 1 {
		t.Errorf("%d calls for an unknown project, want 1", got)
	}
}

func TestImpossibleProjects(t *testing.T) {
	type (
		project   = sensorsdata.Project
		tag       = sensorsdata.Tag
		directory = sensorsdata.Directory
	)
	for _, tc := range []struct {
		want     string
		projects []project
	}{
		{`two Sensors Data projects have the name "x"`,
			[]project{{Project: "x", APISecret: "s"}, {Project: "x", APISecret: "s"}}},
		{`the Sensors Data project "default": it has no secret`, []project{{}}},
		{`it gives -1 tags a page`, []project{{APISecret: "s", MaxTagsPerPage: -1}}},
		{`two directories have the id 1`, []project{{APISecret: "s", Directories: []directory{{ID: 1}, {ID: 1}}}}},
		{`directory 1 lies in 2, which does not come before it`,
			[]project{{APISecret: "s", Directories: []directory{{ID: 1, Parent: 2}, {ID: 2}}}}},
		{`two tags have the id 3`, []project{{APISecret: "s", Tags: []tag{{ID: 3}, {ID: 3}}}}},
		{`two tags have the name "n"`, []project{{APISecret: "s",
			Tags: []tag{{ID: 3, Name: "n"}, {ID: 4, Name: "n"}}}}},
		{`tag 3 lies in directory 7, which does not exist`,
			[]project{{APISecret: "s", Tags: []tag{{ID: 3, Directory: 7}}}}},
		{`tag 3 has the unknown data type "TEXT"`, []project{{APISecret: "s", Tags: []tag{{ID: 3, DataType: "TEXT"}}}}},
		{`tag 3 has no values, or one of them twice`,
			[]project{{APISecret: "s", Tags: []tag{{ID: 3, Values: []string{"a", "b", "a"}}}}}},
		{`tag 3 takes 13h0m0s to compute, not at most 12 hours`,
			[]project{{APISecret: "s", Tags: []tag{{ID: 3, Takes: 13 * time.Hour}}}}},
	} {
		t.Run(tc.want, func(t *testing.T) {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, tc.want) {
					t.Errorf("panic is %v", r)
				}
			}()
			simulator.New(simulator.Options{Vendors: []simulator.Vendor{sensorsdata.Vendor(tc.projects...)}})
		})
	}
}
