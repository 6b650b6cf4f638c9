package adspect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// streamDocument is the example of Adspect's document; its list of members holds one twice.
const streamDocument = `{
  "stream_id": "1eacc6d0-875f-6f5c-bff8-00162501c2b4",
  "account_id": "1eaa2ce5-d4dd-63ec-b8a4-00162501c2b4",
  "name": "Example Stream",
  "tags": ["Tag1", "Tag2"],
  "mode": "Filter",
  "notes": "This is an example comment.",
  "money_pages": [
    {
      "page": "https://example.com/offer1?clid={clickid}",
      "action": "302",
      "arg_passthru": true,
      "weight": 10,
      "enabled": true
    }
  ],
  "rotator": "Split",
  "filter_level": "High",
  "enable_fp": true,
  "allow_apps": false,
  "allow_apps": true,
  "countries": ["AE", "HK"],
  "timezones": [-5, -6, -7],
  "schedule": [
    {
      "days": ["Sun", "Sat"],
      "since": "15:30:00",
      "till": "22:15:00"
    }
  ]
}`

// listing answers GET /streams with one body for each page, and the number of streams in the header.
func listing(total string, pages ...string) *vendor {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		if total != "" {
			w.Header().Set("X-Pagination-Total-Count", total)
		}
		if page, _ := strconv.Atoi(r.URL.Query().Get("page")); page > 0 && page <= len(pages) {
			fmt.Fprint(w, pages[page-1])
		} else if page > 0 {
			fmt.Fprint(w, "[]")
		}
		return true
	}
	return v
}

func TestStreams(t *testing.T) {
	for _, test := range []struct {
		name  string
		total string
		body  string
		want  adspect.StreamList
	}{
		{"none", "0", `[]`, adspect.StreamList{}},
		{"documented", "1", "[" + streamDocument + "]", adspect.StreamList{Streams: []adspect.Stream{
			{ID: "1eacc6d0-875f-6f5c-bff8-00162501c2b4", Name: "Example Stream", Mode: "Filter", FilterLevel: "high", Tags: []string{"Tag1", "Tag2"}},
		}}},
		{
			"filter levels", "12",
			`[{"stream_id":"a","filter_level":0},{"stream_id":"b","filter_level":"1"},{"stream_id":"c","filter_level":2},
				{"stream_id":"d","filter_level":"High"},{"stream_id":"e","filter_level":"PARANOID"},{"stream_id":"f","filter_level":4},
				{"stream_id":"g","filter_level":5},{"stream_id":"h","filter_level":" Off "},{"stream_id":"i","filter_level":-1},{"stream_id":"j","filter_level":"Insane"},
				{"stream_id":"k","filter_level":2.0},{"stream_id":"l","filter_level":1.5}]`,
			adspect.StreamList{
				Streams: []adspect.Stream{
					{ID: "a", FilterLevel: "off"}, {ID: "b", FilterLevel: "low"}, {ID: "c", FilterLevel: "medium"},
					{ID: "d", FilterLevel: "high"}, {ID: "e", FilterLevel: "paranoid"}, {ID: "f", FilterLevel: "paranoid"},
					{ID: "g", FilterLevel: "5"}, {ID: "h", FilterLevel: "off"}, {ID: "i", FilterLevel: "-1"}, {ID: "j", FilterLevel: "insane"},
					{ID: "k", FilterLevel: "medium"}, {ID: "l", FilterLevel: "1.5"},
				},
				Absent: []string{"name", "mode", "tags"},
			},
		},
		{
			"missing, null, unusable", "3",
			`[{"stream_id":7},{"stream_id":"b","name":null,"mode":{"x":1},"filter_level":[3]},{"stream_id":"c","name":"","mode":"white"}]`,
			adspect.StreamList{
				Streams: []adspect.Stream{{ID: "7"}, {ID: "b", Unusable: []adspect.Unusable{{"mode", `{"x":1}`}, {"filter_level", `[3]`}}}, {ID: "c", Mode: "White"}},
				Absent:  []string{"tags"},
			},
		},
		{
			"tags", "5",
			`[{"stream_id":"a","tags":null},{"stream_id":"b","tags":"one"},{"stream_id":"c","tags":["x",7,null,{},""," "]},{"stream_id":"d","tags":[]},{"stream_id":"e","tags":{"0":"x"}}]`,
			adspect.StreamList{
				Streams: []adspect.Stream{
					{ID: "a"}, {ID: "b", Unusable: []adspect.Unusable{{"tags", `"one"`}}},
					{ID: "c", Tags: []string{"x", "7"}, Unusable: []adspect.Unusable{{"tags", `null`}, {"tags", `{}`}, {"tags", `""`}, {"tags", `" "`}}},
					{ID: "d"}, {ID: "e", Unusable: []adspect.Unusable{{"tags", `{"0":"x"}`}}},
				},
				Absent: []string{"name", "mode", "filter_level"},
			},
		},
		{
			"one twice", "3", `[{"stream_id":"a","name":"1"},{"stream_id":"b"},{"stream_id":"a","name":"2"}]`,
			adspect.StreamList{
				Streams: []adspect.Stream{{ID: "a", Name: "1"}, {ID: "b"}}, Repeated: 1, Absent: []string{"mode", "filter_level", "tags"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := listing(test.total, test.body)
			got, err := client(v).Streams(t.Context())
			if err != nil || !reflect.DeepEqual(got, test.want) {
				// An empty list of streams may be nil or not.
				if err != nil || len(got.Streams)+len(test.want.Streams) > 0 {
					t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
				}
			}
			if !slices.Equal(v.Calls, []string{"GET api.adspect.net/v1/streams?page=1&per-page=100"}) {
				t.Errorf("got %q", v.Calls)
			}
		})
	}
}

func TestListsThatAreNone(t *testing.T) {
	digits := strings.Repeat("7", 60)
	for _, test := range []struct{ name, body, want string }{
		{"object", `{"items":[]}`, "want an array, got object"},
		{"null", `null`, "want an array, got null"},
		{"page", `<html>`, "want JSON, got an HTML page"},
		{"empty", ``, "want JSON, got an empty answer"},
		{"cut", `[{"stream_id":"a"},`, "unexpected EOF"},
		{"no id", `[{"stream_id":"a"},{"name":"b"}]`, "/1/stream_id: want an id, got none"},
		{"id is null", `[{"stream_id":null}]`, "/0/stream_id: want an id, got none"},
		{"id is empty", `[{"stream_id":""}]`, "/0/stream_id: want an id, got none"},
		{"id is a fraction", `[{"stream_id":2.0}]`, "/0/stream_id: want an id, got another value"},
		{"id is a fraction in quotes", `[{"stream_id":"2.0"}]`, "/0/stream_id: want an id, got another value"},
		{"id with an exponent", `[{"stream_id":1e3}]`, "/0/stream_id: want an id, got another value"},
		{"id of 60 digits", `[{"stream_id":` + digits + `}]`, "/0/stream_id: want an id, got another value"},
		{"id of 400 digits", `[{"stream_id":"` + strings.Repeat("7", 400) + `"}]`, "/0/stream_id: want an id, got another value"},
		{"id is a list", `[{"stream_id":["a"]}]`, "/0/stream_id: want an id, got none"},
		{"stream is null", `[null]`, "/0/stream_id: want an id, got none"},
		{"stream is a string", `["a"]`, "/0: unexpected string"},
		{"streams one level too deep", `[[{"stream_id":"a"}]]`, "/0: unexpected array"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(listing("1", test.body)).Streams(t.Context())
			if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.want) || got.Streams != nil {
				t.Errorf("got %v, %v, want %q", got, e, test.want)
			}
		})
	}
}

// paged answers with pages of streams.
type paged struct {
	page func(pass, number int) (first, count int)

	// The headers of a page, "" for none. head answers HEAD.
	total, pages func(pass, number int) string
	head         string
}

func (p paged) vendor() *vendor {
	v := newVendor()
	pass := 0
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		set := func(name, value string) {
			if value != "" {
				w.Header().Set(name, value)
			}
		}
		if r.Method == http.MethodHead {
			set("X-Pagination-Total-Count", p.head)
			return true
		}
		number, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if number == 1 {
			pass++
		}
		if p.total != nil {
			set("X-Pagination-Total-Count", p.total(pass, number))
		}
		if p.pages != nil {
			set("X-Pagination-Page-Count", p.pages(pass, number))
		}
		first, count := p.page(pass, number)
		streams := make([]string, count)
		for i := range streams {
			streams[i] = fmt.Sprintf(`{"stream_id":"s%d","name":"n","mode":"Filter","filter_level":1,"tags":[]}`, first+i)
		}
		fmt.Fprintf(w, "[%s]", strings.Join(streams, ","))
		return true
	}
	return v
}

// of returns the pages of a list of streams.
func of(total, perPage int) func(pass, number int) (first, count int) {
	return func(_, number int) (int, int) {
		first := min((number-1)*perPage, total)
		return first, min(perPage, total-first)
	}
}

// says returns the same header in every answer.
func says(value string) func(int, int) string { return func(int, int) string { return value } }

func TestPagesOfStreams(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers paged
		streams int    // of a list that is complete
		problem string // of one that is not
		absent  string
		calls   int
	}{
		{name: "one, not full", answers: paged{page: of(99, 100), total: says("99")}, streams: 99, calls: 1},
		{name: "one that is full", answers: paged{page: of(100, 100), total: says("100")}, streams: 100, calls: 1},
		{name: "three", answers: paged{page: of(250, 100), total: says("250"), pages: says("3")}, streams: 250, calls: 3},
		{name: "three full ones", answers: paged{page: of(300, 100), total: says("300"), pages: says("3")}, streams: 300, calls: 3},
		{name: "smaller pages than asked for", answers: paged{page: of(250, 20), total: says("250"), pages: says("13")}, streams: 250, calls: 13},
		{name: "smaller pages, and no number of pages", answers: paged{page: of(45, 20), total: says("45")}, streams: 45, calls: 3},
		{name: "no streams", answers: paged{page: of(0, 100), total: says("0"), pages: says("0")}, streams: 0, calls: 1},
		{name: "no streams on one page", answers: paged{page: of(0, 100), total: says("0"), pages: says("1")}, streams: 0, calls: 1},
		{name: "a number of pages that is none", answers: paged{page: of(250, 100), total: says("250"), pages: says("many")}, streams: 250, calls: 3},
		{name: "too few pages", answers: paged{page: of(250, 100), total: says("250"), pages: says("1")}, streams: 250, calls: 3},
		{name: "too many pages", answers: paged{page: of(250, 100), total: says("250"), pages: says("100")}, streams: 250, calls: 4},
		{name: "a hundred pages", answers: paged{page: of(10000, 100), total: says("10000"), pages: says("100")}, streams: 10000, calls: 100},
		{name: "the number of streams on the first page alone", answers: paged{page: of(150, 100), total: func(_, number int) string {
			if number == 1 {
				return "150"
			}
			return ""
		}}, streams: 150, calls: 2},

		// The documented header stands in the answer to HEAD.
		{name: "the number of streams from HEAD", answers: paged{page: of(150, 100), head: "150"}, streams: 150, calls: 3},
		{name: "more streams by HEAD", answers: paged{page: of(150, 100), head: "170"}, problem: "want 170 streams, got 150 on 3 pages", calls: 8},
		{name: "no number of streams", answers: paged{page: of(150, 100)}, streams: 150, absent: "X-Pagination-Total-Count", calls: 4},
		{name: "no number of streams, and small pages", answers: paged{page: of(45, 20)}, streams: 45, absent: "X-Pagination-Total-Count", calls: 5},
		{name: "numbers of streams that are none", answers: paged{page: of(150, 100), total: says("-1"), head: "many"}, streams: 150, absent: "X-Pagination-Total-Count", calls: 4},

		{name: "the parameter page has no effect", answers: paged{page: func(int, int) (int, int) { return 0, 20 }, total: says("45"), pages: says("3")}, problem: "want 45 streams, got 20; page 2 repeats earlier ones", calls: 4},
		{name: "fewer streams than the header says", answers: paged{page: of(249, 100), total: says("250"), pages: says("3")}, problem: "want 250 streams, got 249 on 4 pages", calls: 8},
		{name: "more streams than the header says", answers: paged{page: of(3, 100), total: says("2"), pages: says("1")}, problem: "want 2 streams, got 3 on 1 pages", calls: 2},
		{name: "none of the streams that the header says", answers: paged{page: of(0, 100), total: says("5"), pages: says("1")}, problem: "want 5 streams, got 0 on 1 pages", calls: 2},
		{name: "the last page again", answers: paged{page: func(_, number int) (int, int) { return 100 * min(number-1, 1), 100 }, total: says("300")}, problem: "want 300 streams, got 200; page 3 repeats earlier ones", calls: 6},
		{name: "the last page again after all of them", answers: paged{page: func(_, number int) (int, int) { return 100 * min(number-1, 1), 100 }, total: says("200"), pages: says("9")}, streams: 200, calls: 3},

		{name: "a stream more meanwhile", answers: paged{page: func(pass, number int) (int, int) {
			if pass > 1 {
				return of(151, 100)(pass, number)
			}
			if number == 1 {
				return 0, 100
			}
			return 99, 51
		}, total: func(pass, number int) string {
			if pass == 1 && number == 1 {
				return "150"
			}
			return "151"
		}}, streams: 151, calls: 4},
		{name: "a stream less meanwhile", answers: paged{page: func(pass, number int) (int, int) {
			if pass == 1 && number == 2 {
				return 101, 49 // what was the first of this page has moved to the one before
			}
			return of(149, 100)(pass, number)
		}, total: func(pass, number int) string {
			if pass == 1 && number == 1 {
				return "150"
			}
			return "149"
		}}, streams: 149, calls: 4},
		{name: "a list that never stays the same", answers: paged{page: of(250, 100), total: func(_, number int) string { return strconv.Itoa(250 - number) }}, problem: "there were 249 streams at first, and 248 at page 2 of the list", calls: 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := test.answers.vendor()
			list, err := client(v).Streams(t.Context())
			v.ExpectCalls(t, test.calls)
			if test.problem != "" {
				e := failure(t, err, transport.Malformed)
				if want := "adspect GET /streams: malformed: " + test.problem + "; the list was read twice; if this lasts, ask Adspect"; e.Error() != want || list.Streams != nil {
					t.Errorf("got  %d streams, %v\nwant %s", len(list.Streams), e, want)
				}
				return
			}
			if err != nil || len(list.Streams) != test.streams || strings.Join(list.Absent, " ") != test.absent {
				t.Fatalf("got %d streams, %v absent, %v; want %d, %s absent", len(list.Streams), list.Absent, err, test.streams, test.absent)
			}
			for i, s := range list.Streams {
				if s.ID != fmt.Sprintf("s%d", i) {
					t.Fatalf("stream %d is %s", i, s.ID)
				}
			}
		})
	}
}

func TestPagesWithoutEnd(t *testing.T) {
	for _, test := range []struct {
		name  string
		pages string
		calls int
	}{
		{"no number of pages", "", 101}, // one is HEAD
		{"a number of pages", "101", 1},
		{"a large number of pages", "4294967295", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged{page: func(_, number int) (int, int) { return number * 100, 100 }, pages: says(test.pages)}.vendor()
			got, err := client(v).Streams(t.Context())
			e := failure(t, err, transport.TooLarge)
			if want := "adspect GET /streams: too_large: answered 200: the account has more than 100 pages of streams"; e.Error() != want || got.Streams != nil {
				t.Errorf("got  %d streams, %v\nwant %s", len(got.Streams), e, want)
			}
			v.ExpectCalls(t, test.calls)
		})
	}
}

func TestPageThatFails(t *testing.T) {
	for _, test := range []struct {
		name, method, page string
		calls              int
	}{
		{"the second page", "GET", "2", 3},
		{"the number of streams", "HEAD", "", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged{page: func(_, number int) (int, int) { return number * 100, 100 }, head: "300"}.vendor()
			full := v.onCall
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == test.method && r.URL.Query().Get("page") == test.page {
					return vendortest.Always(503, "")(w, r)
				}
				return full(w, r)
			}
			got, err := client(v).Streams(t.Context())
			failure(t, err, transport.HTTP)
			if got.Streams != nil {
				t.Errorf("got %d streams beside the error", len(got.Streams))
			}
			v.ExpectCalls(t, test.calls)
		})
	}
}

func TestSavedQueries(t *testing.T) {
	for _, test := range []struct {
		header string
		want   float64 // −1 = Malformed
	}{
		{"0", 0}, {"7", 7}, {"100", 100}, {" 12 ", 12}, {"101", 101},
		{"", -1}, {"many", -1}, {"-1", -1}, {"1.5", -1}, {"1e2", -1}, {"0x10", -1}, {"99999999999999999999", -1},
	} {
		t.Run(test.header, func(t *testing.T) {
			v := newVendor()
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("X-Pagination-Total-Count", test.header)
				w.Header().Set("Content-Length", "99999999") // the length that GET would give
				return true
			}
			got, err := client(v).SavedQueries(t.Context())
			if test.want < 0 {
				e := failure(t, err, transport.Malformed)
				if want := "adspect HEAD /reports: malformed: answered 200: header X-Pagination-Total-Count: want a count, got none"; e.Error() != want {
					t.Errorf("got  %s\nwant %s", e, want)
				}
			} else if err != nil || got != n(test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
			if !slices.Equal(v.Calls, []string{"HEAD api.adspect.net/v1/reports"}) {
				t.Errorf("got %q", v.Calls)
			}
		})
	}
}

func TestSavedQueriesAndTheirPages(t *testing.T) {
	for _, test := range []struct {
		total, pages []string
		problem      string
	}{
		{[]string{"97"}, []string{"5"}, ""},
		{[]string{"97"}, []string{"1"}, ""},
		{[]string{"0"}, []string{"0"}, ""},
		{[]string{"0"}, []string{"1"}, ""},
		{[]string{"97"}, []string{"many"}, ""},
		{[]string{"97"}, []string{"0"}, "header X-Pagination-Page-Count: 0 pages do not fit 97 queries"},
		{[]string{"0"}, []string{"5"}, "header X-Pagination-Page-Count: 5 pages do not fit 0 queries"},
		{[]string{"3"}, []string{"4"}, "header X-Pagination-Page-Count: 4 pages do not fit 3 queries"},
		{[]string{"250"}, []string{"2"}, "header X-Pagination-Page-Count: 2 pages do not fit 250 queries"},
		{[]string{"7", "7"}, nil, ""},
		{[]string{"7", "8"}, nil, "header X-Pagination-Total-Count: want a count, got none"},
		{[]string{"7, 7"}, nil, "header X-Pagination-Total-Count: want a count, got none"},
	} {
		t.Run(fmt.Sprint(test.total, test.pages), func(t *testing.T) {
			v := newVendor()
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				w.Header()["X-Pagination-Total-Count"], w.Header()["X-Pagination-Page-Count"] = test.total, test.pages
				return true
			}
			got, err := client(v).SavedQueries(t.Context())
			if test.problem != "" {
				if e := failure(t, err, transport.Malformed); !strings.HasSuffix(e.Error(), test.problem) {
					t.Errorf("got  %s\nwant %s", e, test.problem)
				}
				return
			}
			if want, _ := strconv.Atoi(test.total[0]); err != nil || got != n(float64(want)) {
				t.Errorf("got %v, %v, want %d", got, err, want)
			}
		})
	}
}

func TestHeadOverTheNetwork(t *testing.T) {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("X-Pagination-Total-Count", "42")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", "1234")
		return true
	}
	s := httptest.NewServer(v)
	defer s.Close()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	c := client(rt, func(o *adspect.Options) { o.BaseURL = s.URL + "/v1/" })
	for range 3 { // the connection stays of use
		if got, err := c.SavedQueries(t.Context()); err != nil || got != n(42) {
			t.Errorf("got %v, %v, want 42", got, err)
		}
	}
	v.onCall = vendortest.Always(401, "")
	failure(t, func() error { _, err := c.SavedQueries(t.Context()); return err }(), transport.Auth)
}

func TestAccount(t *testing.T) {
	const noComsign = `,"expires_comsign":null,"comsign_limit":null,"comsign_extra_limit":null}`
	for _, test := range []struct {
		name string
		body string
		want adspect.Account
	}{
		{
			"as it is documented", `{"account_id":"x","timezone":"UTC","balance":"12.50","expires":1795305600,"expires_comsign":1795392000,"comsign_limit":50,"comsign_extra_limit":"5"}`,
			adspect.Account{Balance: n(12.5), Expires: n(1795305600), ComsignExpires: n(1795392000), ComsignLimit: n(50), ComsignExtraLimit: n(5)},
		},
		{"without comsign", `{"balance":"12.50","expires":1795305600}`, adspect.Account{
			Balance: n(12.5), Expires: n(1795305600), Absent: []string{"expires_comsign", "comsign_limit", "comsign_extra_limit"},
		}},
		{"below zero", `{"balance":"-3","expires":"1795305600"` + noComsign, adspect.Account{Balance: n(-3), Expires: n(1795305600)}},
		{"never expires", `{"balance":0,"expires":null` + noComsign, adspect.Account{Balance: n(0)}},
		{"no balance", `{"expires":5` + noComsign, adspect.Account{Expires: n(5), Absent: []string{"balance"}}},
		{"odd", `{"balance":"a lot","expires":"2026-11-22"` + noComsign, adspect.Account{Balance: odd("a lot"), Expires: odd("2026-11-22")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /account", test.body)
			got, err := client(v).Account(t.Context())
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
			if !slices.Equal(v.Calls, []string{"GET api.adspect.net/v1/account"}) {
				t.Errorf("got %q", v.Calls)
			}
		})
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"account":{"balance":1}}`, `<html>`} {
		_, err := client(reporting("GET /account", body)).Account(t.Context())
		failure(t, err, transport.Malformed)
	}
}

func TestCollections(t *testing.T) {
	for _, test := range []struct {
		name string
		body string
		want []string // empty for an answer that is malformed
	}{
		{"names", `["date","stream_id","date"]`, []string{"date", "stream_id", "date"}},
		{"numbers", `[301,"302"]`, []string{"301", "302"}},
		{"objects with ids", `[{"id":"date","name":"Дата"},{"name":"Поток","id":"stream_id"}]`, []string{"date", "stream_id"}},
		{"objects with numbers for ids", `[{"id":1,"name":"date"},{"id":2,"name":"stream_id"}]`, []string{"date", "stream_id"}},
		{"objects with names", `[{"name":"date"},{"title":"x","name":"stream_id"}]`, []string{"date", "stream_id"}},
		{"objects with other names for ids", `[{"key":"date"},{"value":"stream_id","name":"x"},{"code":"os","id":null}]`, []string{"date", "stream_id", "os"}},
		{"object by name", `{"date":"Дата","stream_id":{"x":1}}`, []string{"date", "stream_id"}},

		{"none", `[]`, nil},
		{"none by name", `{}`, nil},
		{"null", `null`, nil},
		{"text", `"date"`, nil},
		{"list of lists", `[["date"]]`, nil},
		{"empty name", `["date",""]`, nil},
		{"object without a name", `[{"title":"date"}]`, nil},
		{"nulls", `[null]`, nil},
		{"page", `<html>`, nil},
		{"empty", ``, nil},
		{"cut", `["date",`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /collections/query-group-by", test.body)
			got, err := client(v).Collection(t.Context(), adspect.QueryGroupBy)
			if test.want == nil {
				failure(t, err, transport.Malformed)
			} else if err != nil {
				t.Error(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEveryCollectionIsAskedFor(t *testing.T) {
	for _, name := range []string{
		"presets", "os", "browsers", "engines", "countries", "languages", "time-zones", "stream-modes", "stream-actions",
		adspect.QueryGroupBy, adspect.QueryFunnelMetrics, "query-log-columns",
	} {
		v := reporting("GET /collections/"+name, `["x"]`)
		if got, err := client(v).Collection(t.Context(), name); err != nil || len(got) != 1 {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestAnswersHeldWholeAreBounded(t *testing.T) {
	long := strings.Repeat(" ", 9<<20) // the bound of these clients is 8 MiB
	for _, request := range requests[2:] {
		if strings.HasPrefix(request.call, "HEAD") {
			continue
		}
		v := reporting(request.call, long+request.answer)
		failure(t, request.do(t.Context(), client(v)), transport.TooLarge)
	}
}
