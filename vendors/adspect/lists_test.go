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
	"github.com/engage-exporter/engage_exporter/vendors/wire"
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

func TestStreams(t *testing.T) {
	for _, test := range []struct {
		name string
		body string
		want []adspect.Stream
	}{
		{"none", `[]`, nil},
		{"documented", "[" + streamDocument + "]", []adspect.Stream{
			{ID: "1eacc6d0-875f-6f5c-bff8-00162501c2b4", Name: "Example Stream", Mode: "Filter", FilterLevel: "high"},
		}},
		{
			"filter levels", `[{"stream_id":"a","filter_level":0},{"stream_id":"b","filter_level":"1"},{"stream_id":"c","filter_level":2},
				{"stream_id":"d","filter_level":"High"},{"stream_id":"e","filter_level":"PARANOID"},{"stream_id":"f","filter_level":4},
				{"stream_id":"g","filter_level":5},{"stream_id":"h","filter_level":" Off "},{"stream_id":"i","filter_level":-1},{"stream_id":"j","filter_level":"Insane"}]`,
			[]adspect.Stream{
				{ID: "a", FilterLevel: "off"}, {ID: "b", FilterLevel: "low"}, {ID: "c", FilterLevel: "medium"},
				{ID: "d", FilterLevel: "high"}, {ID: "e", FilterLevel: "paranoid"}, {ID: "f", FilterLevel: "paranoid"},
				{ID: "g", FilterLevel: "5"}, {ID: "h", FilterLevel: "off"}, {ID: "i", FilterLevel: "-1"}, {ID: "j", FilterLevel: "insane"},
			},
		},
		{
			"missing, null, odd", `[{"stream_id":7},{"stream_id":"b","name":null,"mode":{"x":1},"filter_level":[3]},{"stream_id":"c","name":"","mode":"white"}]`,
			[]adspect.Stream{{ID: "7"}, {ID: "b"}, {ID: "c", Mode: "white"}},
		},
		{"one twice", `[{"stream_id":"a","name":"1"},{"stream_id":"b"},{"stream_id":"a","name":"2"}]`, []adspect.Stream{{ID: "a", Name: "1"}, {ID: "b"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /streams", test.body)
			got, err := client(v).Streams(t.Context())
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %v, %v\nwant %v", got, err, test.want)
			}
			if !slices.Equal(v.calls, []string{"GET api.adspect.net/v1/streams?page=1&per-page=100"}) {
				t.Errorf("got %q", v.calls)
			}
		})
	}
}

func TestListsThatAreNone(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"object", `{"items":[]}`, "unexpected object"},
		{"null", `null`, "want an array, got null"},
		{"page", `<html>`, "want JSON, got an HTML page"},
		{"empty", ``, "want JSON, got an empty answer"},
		{"cut", `[{"stream_id":"a"},`, "unexpected EOF"},
		{"no id", `[{"stream_id":"a"},{"name":"b"}]`, "/1/stream_id: want an id, got none"},
		{"id is null", `[{"stream_id":null}]`, "/0/stream_id: want an id, got none"},
		{"id is empty", `[{"stream_id":""}]`, "/0/stream_id: want an id, got none"},
		{"stream is null", `[null]`, "/0/stream_id: want an id, got none"},
		{"stream is a string", `["a"]`, "/0: unexpected string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(reporting("GET /streams", test.body)).Streams(t.Context())
			if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.want) || got != nil {
				t.Errorf("got %v, %v, want %q", got, e, test.want)
			}
		})
	}
}

// paged answers with pages of streams: page gives the numbers of those on one.
func paged(pages string, page func(number int) (first, count int)) *vendor {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		number, _ := strconv.Atoi(r.URL.Query().Get("page"))
		first, count := page(number)
		streams := make([]string, count)
		for i := range streams {
			streams[i] = fmt.Sprintf(`{"stream_id":"s%d"}`, first+i)
		}
		if pages != "" {
			w.Header().Set("X-Pagination-Page-Count", pages)
		}
		fmt.Fprintf(w, "[%s]", strings.Join(streams, ","))
		return true
	}
	return v
}

func TestPagesOfStreams(t *testing.T) {
	of := func(total, perPage int) func(int) (int, int) {
		return func(number int) (int, int) {
			first := min((number-1)*perPage, total)
			return first, min(perPage, total-first)
		}
	}
	for _, test := range []struct {
		name    string
		pages   string // header
		page    func(int) (int, int)
		streams int
		calls   int
	}{
		{"one, not full", "", of(99, 100), 99, 1},
		{"one that is full", "", of(100, 100), 100, 2},
		{"one that is full, and the header says so", "1", of(100, 100), 100, 1},
		{"three", "", of(250, 100), 250, 3},
		{"three, and the header says so", "3", of(300, 100), 300, 3},
		{"smaller pages than asked for", "13", of(250, 20), 250, 13},
		{"header that is none", "many", of(250, 100), 250, 3},
		{"header of too many", "100", of(250, 100), 250, 4},
		{"no streams", "0", of(0, 100), 0, 1},
		{"the last page again", "", func(number int) (int, int) { return 100 * min(number-1, 1), 100 }, 200, 3},
		{"the same page for ever", "100", func(int) (int, int) { return 0, 100 }, 100, 2},
		{"a stream more meanwhile", "", func(number int) (int, int) {
			if number == 1 {
				return 0, 100
			}
			return 99, 51
		}, 150, 2},
		{"a hundred", "100", of(10000, 100), 10000, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged(test.pages, test.page)
			got, err := client(v).Streams(t.Context())
			if err != nil || len(got) != test.streams {
				t.Errorf("got %d streams, %v, want %d", len(got), err, test.streams)
			}
			for i, s := range got {
				if s.ID != fmt.Sprintf("s%d", i) {
					t.Fatalf("stream %d is %s", i, s.ID)
				}
			}
			v.expect(t, test.calls)
		})
	}
}

func TestPagesWithoutEnd(t *testing.T) {
	v := paged("", func(number int) (int, int) { return number * 100, 100 })
	got, err := client(v).Streams(t.Context())
	e := failure(t, err, transport.TooLarge)
	if want := "adspect GET /streams: too_large: answered 200: the account has more than 100 pages of streams"; e.Error() != want || got != nil {
		t.Errorf("got  %d streams, %v\nwant %s", len(got), e, want)
	}
	v.expect(t, 100)
}

func TestPageThatFails(t *testing.T) {
	v := paged("", func(number int) (int, int) { return number * 100, 100 })
	full := v.onCall
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("page") == "2" {
			return always(503, "")(w, r)
		}
		return full(w, r)
	}
	got, err := client(v).Streams(t.Context())
	failure(t, err, transport.HTTP)
	if got != nil {
		t.Errorf("got %d streams beside the error", len(got))
	}
	v.expect(t, 2)
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
			if !slices.Equal(v.calls, []string{"HEAD api.adspect.net/v1/reports"}) {
				t.Errorf("got %q", v.calls)
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
	v.onCall = always(401, "")
	failure(t, func() error { _, err := c.SavedQueries(t.Context()); return err }(), transport.Auth)
}

func TestAccount(t *testing.T) {
	for _, test := range []struct {
		name string
		body string
		want adspect.Account
	}{
		{"as it is said to be", `{"account_id":"x","timezone":"UTC","balance":"12.50","expires":1795305600}`, adspect.Account{Balance: n(12.5), Expires: n(1795305600)}},
		{"below zero", `{"balance":"-3","expires":"1795305600"}`, adspect.Account{Balance: n(-3), Expires: n(1795305600)}},
		{"never expires", `{"balance":0,"expires":null}`, adspect.Account{Balance: n(0)}},
		{"no balance", `{"expires":5}`, adspect.Account{Expires: n(5)}},
		{"odd", `{"balance":"a lot","expires":"2026-11-22"}`, adspect.Account{Balance: wire.InvalidNumber("a lot"), Expires: wire.InvalidNumber("2026-11-22")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /account", test.body)
			got, err := client(v).Account(t.Context())
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
			if !slices.Equal(v.calls, []string{"GET api.adspect.net/v1/account"}) {
				t.Errorf("got %q", v.calls)
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
		adspect.Presets, adspect.OperatingSystems, adspect.Browsers, adspect.Engines, adspect.Countries, adspect.Languages,
		adspect.TimeZones, adspect.StreamModes, adspect.StreamActions, adspect.QueryGroupBy, adspect.QueryFunnelMetrics, adspect.QueryLogColumns,
	} {
		v := reporting("GET /collections/"+name, `["x"]`)
		if got, err := client(v).Collection(t.Context(), name); err != nil || len(got) != 1 {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestAnswersHeldWholeAreBounded(t *testing.T) {
	long := strings.Repeat(" ", 2<<20) // the bound of these clients is 1 MiB
	for _, request := range requests[2:] {
		if strings.HasPrefix(request.call, "HEAD") {
			continue
		}
		v := reporting(request.call, long+request.answer)
		failure(t, request.do(t.Context(), client(v)), transport.TooLarge)
	}
}
