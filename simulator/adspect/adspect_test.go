package adspect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
)

func TestAuthentication(t *testing.T) {
	for _, tc := range []struct {
		name, key, password, contentType string
		status                           int
	}{
		{"key alone", "key", "", "application/json", 200},
		{"with a charset", "key", "", "application/json; charset=utf-8", 200},
		{"another key", "kez", "", "application/json", 401},
		{"key as password", "", "key", "application/json", 401},
		{"a password", "key", "x", "application/json", 401},
		{"nothing", "", "", "application/json", 401},
		{"no content type", "key", "", "", 415},
		{"another content type", "key", "", "text/plain", 415},
		{"XML", "key", "", "application/xml", 415},
		{"no key comes first", "", "", "", 401},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(tc.name+", "+method, func(t *testing.T) {
				b := newTestAccount(t, nil)
				r := httptest.NewRequest(method, "/adspect/v1/reports", nil)
				if tc.key != "" || tc.password != "" {
					r.SetBasicAuth(tc.key, tc.password)
				}
				if tc.contentType != "" {
					r.Header.Set("Content-Type", tc.contentType)
				}
				w := httptest.NewRecorder()
				b.ServeHTTP(w, r)
				if w.Code != tc.status {
					t.Errorf("status is %d, want %d: %s", w.Code, tc.status, w.Body)
				}
				if tc.status == 401 {
					wantError(t, w, 401, "Your request was made with invalid credentials.")
				}
				if known := b.Calls("adspect", "account", "saved_queries") == 1; known != (tc.status != 401) {
					t.Errorf("the account is known: %t", known)
				}
			})
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	b := newTestAccount(t, nil)
	for _, tc := range []struct {
		method, path, endpoint string
		status                 int
	}{
		{"GET", "", "unknown", 404},
		{"GET", "/nothing", "unknown", 404},
		{"GET", "/streams/nobody", "streams", 404},
		{"GET", "/streams/" + adspect.DefaultStreams()[0].StreamID, "streams", 200},
		{"POST", "/streams", "streams", 405},
		{"DELETE", "/streams/x", "streams", 405},
		{"GET", "/reports/nobody", "saved_queries", 404},
		{"POST", "/reports", "saved_queries", 405},
		{"HEAD", "/reports/funnel", "funnel_other", 405},
		{"POST", "/reports/log", "click_log", 405},
		{"HEAD", "/account", "account", 405},
		{"GET", "/account?x=1", "account", 400},
		{"GET", "/collections/nothing", "collections", 404},
		{"GET", "/collections/os?x=1", "collections", 400},
	} {
		before := b.Calls("adspect", "account", tc.endpoint)
		if got := b.send(tc.method, tc.path); got.Code != tc.status {
			t.Errorf("%s %s answers %d, want %d: %s", tc.method, tc.path, got.Code, tc.status, got.Body)
		}
		if got := b.Calls("adspect", "account", tc.endpoint) - before; got != 1 {
			t.Errorf("%s %s counts %d times as %s", tc.method, tc.path, got, tc.endpoint)
		}
	}
}

func TestStreams(t *testing.T) {
	b := newTestAccount(t, func(a *adspect.Account) { a.Streams = manyStreams(45) })
	type stream struct {
		StreamID    string `json:"stream_id"`
		AccountID   string `json:"account_id"`
		Name, Mode  string
		FilterLevel json.RawMessage `json:"filter_level"`
	}
	read := func(query string) (names []string, h http.Header) {
		t.Helper()
		w := b.send("GET", "/streams"+query)
		var list []stream
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || list == nil {
			t.Fatalf("%s: %v: %s", query, err, w.Body)
		}
		for _, s := range list {
			names = append(names, s.Name)
			if s.AccountID != "account" || s.Mode != "Filter" || s.StreamID == "" {
				t.Errorf("stream is %+v", s)
			}
		}
		return names, w.Header()
	}
	var all []string
	for page, want := range []int{20, 20, 5, 0} {
		names, h := read(fmt.Sprintf("?page=%d", page+1))
		if len(names) != want {
			t.Errorf("page %d has %d streams, want %d", page+1, len(names), want)
		}
		all = append(all, names...)
		for name, value := range map[string]string{"Total-Count": "45", "Page-Count": "3",
			"Current-Page": fmt.Sprint(page + 1), "Per-Page": "20"} {
			if got := h.Get("X-Pagination-" + name); got != value {
				t.Errorf("X-Pagination-%s is %q, want %q", name, got, value)
			}
		}
	}
	if !slices.IsSorted(all) || len(all) != 45 {
		t.Errorf("streams are not by name: %v", all)
	}
	if names, h := read("?per-page=100"); !slices.Equal(names, all) || h.Get("X-Pagination-Page-Count") != "1" {
		t.Errorf("one page of 100 is %v", names)
	}
	if names, h := read("?name=sTREAM+01&per-page=4&page=2"); !slices.Equal(names, []string{"Stream 014", "Stream 015", "Stream 016", "Stream 017"}) || h.Get("X-Pagination-Total-Count") != "10" {
		t.Errorf("names with 01 are %v %v", names, h)
	}
	if names, _ := read("?name=nobody"); len(names) != 0 {
		t.Errorf("names with nobody are %v", names)
	}
	for _, query := range []string{"per-page=0", "per-page=101", "per-page=x", "per-page=", "page=0", "page=x", "page=-1"} {
		name, _, _ := strings.Cut(query, "=")
		wantError(t, b.send("GET", "/streams?"+query), 400, "invalid value of "+name)
	}
	wantError(t, b.send("GET", "/streams?perpage=100"), 400, "unknown parameter: perpage")

	levels := make(map[string]bool)
	for i := range 45 {
		var s stream
		b.decode(fmt.Sprintf("/streams/id-%03d", i), &s)
		levels[string(s.FilterLevel)] = true
	}
	for _, level := range []string{`0`, `1`, `2`, `3`, `4`, `"Off"`, `"Low"`, `"Medium"`, `"High"`, `"Paranoid"`} {
		if !levels[level] {
			t.Errorf("no stream has the level %s", level)
		}
	}
}

func TestHead(t *testing.T) {
	b := newTestAccount(t, func(a *adspect.Account) { a.Streams = manyStreams(45) })
	s := httptest.NewServer(b.Simulator)
	defer s.Close()
	for _, tc := range []struct{ path, total, pages string }{
		{"/streams", "45", "3"},
		{"/streams?per-page=100", "45", "1"},
		{"/reports", "23", "2"},
		{"/reports?per-page=1", "23", "23"},
	} {
		r, err := http.NewRequest("HEAD", s.URL+"/adspect/v1"+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("key", "")
		r.Header.Set("Content-Type", "application/json")
		got, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || len(body) > 0 || got.StatusCode != 200 || got.ContentLength > 0 {
			t.Errorf("%s: %d %q, length %d (%v)", tc.path, got.StatusCode, body, got.ContentLength, err)
		}
		if total, pages := got.Header.Get("X-Pagination-Total-Count"), got.Header.Get("X-Pagination-Page-Count"); total != tc.total || pages != tc.pages {
			t.Errorf("%s: %s in %s pages, want %s in %s", tc.path, total, pages, tc.total, tc.pages)
		}
	}
	for _, path := range []string{"/streams?page=1", "/streams?name=x", "/reports?per-page=101"} {
		if got := b.send("HEAD", path).Code; got != 400 {
			t.Errorf("HEAD %s answers %d", path, got)
		}
	}
}

func TestSavedQueries(t *testing.T) {
	b := newTestAccount(t, nil)
	type query struct {
		QueryID  string   `json:"query_id"`
		OwnerID  string   `json:"owner_id"`
		StreamID []string `json:"stream_id"`
	}
	var list, rest []query
	b.decode("/reports", &list)
	b.decode("/reports?page=2", &rest)
	if len(list) != 20 || len(rest) != 3 || list[0].OwnerID != "account" || len(list[0].StreamID) != 1 {
		t.Fatalf("queries are %+v and %+v", list, rest)
	}
	var one query
	b.decode("/reports/"+rest[2].QueryID, &one)
	if one.QueryID != rest[2].QueryID {
		t.Errorf("query is %+v, want %+v", one, rest[2])
	}
	const what = "&group_by[]=stream_id&metrics[]=clicks"
	rows := b.rows("/reports/funnel?query_id=" + list[1].QueryID + what)
	if len(rows) != 1 || rows[0][0] != list[1].StreamID[0] {
		t.Errorf("saved query gives %v, want stream %v", rows, list[1].StreamID)
	}
	if rows := b.rows("/reports/funnel?query_id=" + list[1].QueryID + "&stream_id[]=" + list[0].StreamID[0] + what); len(rows) != 0 {
		t.Errorf("saved query of another stream gives %v", rows)
	}
	wantError(t, b.send("GET", "/reports/funnel?query_id=x"+what), 404, "object not found: x")
	many := newTestAccount(t, func(a *adspect.Account) { a.SavedQueries = 1000 })
	if got := many.send("HEAD", "/reports").Header().Get("X-Pagination-Total-Count"); got != "100" {
		t.Errorf("%s saved queries, want at most 100", got)
	}
}

func TestAccount(t *testing.T) {
	b := newTestAccount(t, nil)
	var comsign [3]int64
	read := func() (balance string, expires int64) {
		var got struct {
			AccountID string `json:"account_id"`
			Timezone  string
			Balance   string
			Expires   int64
			Until     int64 `json:"expires_comsign"`
			Limit     int64 `json:"comsign_limit"`
			Extra     int64 `json:"comsign_extra_limit"`
		}
		b.decode("/account", &got)
		if got.AccountID != "account" || got.Timezone != "UTC" {
			t.Errorf("account is %+v", got)
		}
		comsign = [3]int64{got.Until, got.Limit, got.Extra}
		return got.Balance, got.Expires
	}
	balance, expires := read()
	if balance != "252.50" || expires != time.Date(2026, time.December, 3, 0, 0, 0, 0, time.UTC).Unix() {
		t.Errorf("balance is %s, expires %d", balance, expires)
	}
	if want := [3]int64{time.Date(2027, time.January, 3, 0, 0, 0, 0, time.UTC).Unix(), 50, 0}; comsign != want {
		t.Errorf("comsign is %v, want %v", comsign, want)
	}
	b.Clock.Advance(time.Hour)
	if later, _ := read(); later >= balance {
		t.Errorf("balance was %s, is %s", balance, later)
	}
}

func TestCollections(t *testing.T) {
	b := newTestAccount(t, nil)
	for name, size := range map[string]int{
		"query-group-by": 13, "query-funnel-metrics": 22, "query-log-columns": 17, "stream-modes": 4, "stream-actions": 15,
		"presets": 0, "os": 0, "browsers": 0, "engines": 0, "time-zones": 0,
	} {
		var names []string
		b.decode("/collections/"+name, &names)
		if len(names) == 0 || (size > 0 && len(names) != size) {
			t.Errorf("collection %s is %v", name, names)
		}
	}
	for _, name := range []string{"countries", "languages"} {
		var names map[string]string
		b.decode("/collections/"+name, &names)
		if len(names) == 0 {
			t.Errorf("collection %s is empty", name)
		}
	}
}

const reportPath = "/reports/funnel?group_by[]=sub_id&metrics[]=clicks&date_from=yesterday&date_to=today"

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		fault  string
		status int
		body   string
	}{
		{"adspect=throttle", 429, `{"name":"Too Many Requests","message":"Rate limit exceeded.","code":0,"status":429}`},
		{"adspect/account/funnel_yesterday=code:422:no", 422, `{"name":"Unprocessable Entity","message":"no","code":0,"status":422}`},
		{"adspect=code:403", 403, `{"name":"Forbidden","message":"Forbidden","code":0,"status":403}`},
		{"adspect=code:17", 400, `{"name":"Bad Request","message":"Bad Request","code":17,"status":400}`},
		{"adspect=badshape", 200, `[[["unexpected"]]]`},
		{"adspect=empty", 200, ""},
		{"adspect=status:503", 503, "503 Service Unavailable\n"},
		{"adspect=huge:20", 200, `["` + strings.Repeat("x", 15) + `"]` + "\n"},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			b := newTestAccount(t, nil)
			b.AddFault(tc.fault)
			w := b.send("GET", reportPath)
			if w.Code != tc.status || w.Body.String() != tc.body {
				t.Errorf("answer is %d %s, want %d %s", w.Code, w.Body, tc.status, tc.body)
			}
			if got := w.Header().Get("Retry-After"); (got == "30") != (tc.status == 429) {
				t.Errorf("Retry-After is %q", got)
			}
		})
	}
	t.Run("clock", func(t *testing.T) {
		b := newTestAccount(t, nil)
		b.AddFault("adspect=clock:-12h")
		if rows := b.rows("/reports/funnel?metrics[]=clicks&date_from=today"); count(t, rows[0][0]) > 1 {
			t.Errorf("at midnight there are %v clicks", rows)
		}
	})
}

// TestFaultsOfAStream breaks an answer that has no length of its own.
func TestFaultsOfAStream(t *testing.T) {
	for _, tc := range []struct {
		fault string
		err   error
	}{
		{"adspect=drip:1us", nil},
		{"adspect=cut", io.ErrUnexpectedEOF},
		{"adspect=reset", syscall.ECONNRESET},
		{"", nil},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			b := newTestAccount(t, nil)
			plain := b.send("GET", reportPath).Body.String()
			if tc.fault != "" {
				b.AddFault(tc.fault)
			}
			s := httptest.NewServer(b.Simulator)
			defer s.Close()
			r, err := http.NewRequest("GET", s.URL+"/adspect/v1"+reportPath, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.SetBasicAuth("key", "")
			r.Header.Set("Content-Type", "application/json")
			answer, err := s.Client().Do(r)
			body := []byte{}
			if err == nil {
				body, err = io.ReadAll(answer.Body)
				answer.Body.Close()
			}
			if !errors.Is(err, tc.err) {
				t.Errorf("error is %v, want %v", err, tc.err)
			}
			if whole := string(body) == plain; whole != (tc.err == nil) || !strings.HasPrefix(plain, string(body)) {
				t.Errorf("%d bytes of %d", len(body), len(plain))
			}
		})
	}
}

func TestAccountsThatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		accounts []adspect.Account
		want     string
	}{
		{[]adspect.Account{{AccountID: "a", APIKey: "1"}, {AccountID: "a", APIKey: "2"}}, `simulator: two Adspect accounts have the id "a"`},
		{[]adspect.Account{{AccountID: "a", APIKey: "1"}, {AccountID: "b", APIKey: "1"}}, `simulator: the Adspect accounts "a" and "b" have the same key`},
		{[]adspect.Account{{AccountID: "a", Streams: []adspect.Stream{{Name: "s", FilterLevel: 5}}}}, `simulator: the Adspect stream "s" has filter level 5, not 0 to 4`},
		{[]adspect.Account{{AccountID: "a", Streams: []adspect.Stream{{Name: "s", Tags: make([]string, 33)}}}}, `simulator: the Adspect stream "s" has 33 tags, more than 32`},
	} {
		func() {
			defer func() {
				if r := recover(); r != tc.want {
					t.Errorf("panic is %v, want %s", r, tc.want)
				}
			}()
			simulator.New(simulator.Options{Vendors: []simulator.Vendor{adspect.Vendor(tc.accounts...)}})
		}()
	}
}

// The document has the totals for HEAD alone; its reports are cut at a number of rows that it does not say.
func TestTotalsAndCuts(t *testing.T) {
	b := newTestAccount(t, func(a *adspect.Account) { a.TotalsInHeadOnly, a.MaxReportRows = true, 3 })
	if h := b.send("GET", "/streams").Header(); h.Get("X-Pagination-Total-Count") != "" || h.Get("X-Pagination-Page-Count") != "" {
		t.Errorf("the headers of GET are %v", h)
	}
	if h := b.send("HEAD", "/streams").Header(); h.Get("X-Pagination-Total-Count") != "8" || h.Get("X-Pagination-Page-Count") != "1" {
		t.Errorf("the headers of HEAD are %v", h)
	}
	for _, path := range []string{reportPath, "/reports/log?columns[]=timestamp"} {
		if rows := b.rows(path); len(rows) != 3 {
			t.Errorf("%s has %d rows, want 3", path, len(rows))
		}
	}
}

func TestStreamTags(t *testing.T) {
	b := newTestAccount(t, nil)
	var list []struct {
		Name string
		Tags []string
	}
	b.decode("/streams", &list)
	tags := map[string]string{}
	for _, s := range list {
		tags[s.Name] = fmt.Sprint(s.Tags)
	}
	for name, want := range map[string]string{"Search, Gulf": "[search gulf]", "Native": "[simulated]", "On hold": "[]"} {
		if tags[name] != want {
			t.Errorf("the tags of %s are %s, want %s", name, tags[name], want)
		}
	}
}

func TestWithoutStreams(t *testing.T) {
	b := newTestAccount(t, func(a *adspect.Account) { a.Streams = []adspect.Stream{} })
	if w := b.send("GET", "/streams"); w.Body.String() != "[]" {
		t.Errorf("streams are %s", w.Body)
	}
	if rows := b.rows(reportPath); len(rows) != 0 {
		t.Errorf("rows are %v", rows)
	}
}
