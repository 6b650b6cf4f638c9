package quanshi_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestEvents(t *testing.T) {
	for name, around := range map[string]string{"with a count": `{"count":2,"list":%s}`, "without": `{"list":%s}`, "alone": `%s`} {
		t.Run(name, func(t *testing.T) {
			v := newVendor()
			v.answers[listPath] = fmt.Sprintf(around, `[{"eventId":609768,"title":"发布会","startTime":1666772400,"endTime":"1666779600","length":120,"eventForm":4,"hostId":1},{"eventId":"7","startTime":null,"endTime":0,"length":"x"}]`)
			got, odd, err := client(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || odd != 0 {
				t.Fatal(odd, err)
			}
			want := []quanshi.Event{
				{ID: "609768", Title: "发布会", Start: time.Unix(1666772400, 0), End: time.Unix(1666779600, 0), Length: number(120), Form: number(4)},
				{ID: "7", Length: got[len(got)-1].Length},
			}
			if !reflect.DeepEqual(got, want) || !got[1].Length.Invalid() {
				t.Errorf("got %+v, want %+v", got, want)
			}
			v.expect(t, 1, 2) // there may be a second page
		})
	}
}

// paged is a vendor with so many events, of which a page holds at most perPage.
func paged(total, perPage int, count func(sent int) string) *vendor {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, path string) bool {
		if path != listPath {
			return false
		}
		page, _ := v.bodies[len(v.bodies)-1]["page"].(float64)
		var rows []string
		for i := int(page) * perPage; i < min(total, (int(page)+1)*perPage); i++ {
			rows = append(rows, fmt.Sprintf(`{"eventId":%d}`, i+1))
		}
		succeed(w, `{"list":[`+strings.Join(rows, ",")+`]`+count(len(rows))+`}`)
		return true
	}
	return v
}

func TestPagesOfEvents(t *testing.T) {
	all := func(n int) func(int) string { return func(int) string { return fmt.Sprintf(`,"count":%d`, n) } }
	none := func(int) string { return "" }
	ofPage := func(n int) string { return fmt.Sprintf(`,"count":%d`, n) }
	for _, test := range []struct {
		name          string
		total         int
		perPage       int
		count         func(int) string
		events, calls int
	}{
		{"none", 0, 100, none, 0, 1},
		{"less than a page", 99, 100, none, 99, 2},
		{"less than a page and a count", 99, 100, all(99), 99, 2}, // which may be of the page
		{"a page", 100, 100, none, 100, 2},
		{"three pages", 250, 100, none, 250, 4},
		{"three pages and a count", 250, 100, all(250), 250, 3},
		{"two pages and a count", 200, 100, all(200), 200, 2},
		{"the count is of the page", 250, 100, ofPage, 250, 4},
		{"smaller pages than were asked for", 120, 50, none, 120, 4},
		{"smaller pages and a count", 120, 50, all(120), 120, 3},
		{"smaller pages and a count of each", 120, 50, ofPage, 120, 4},
		{"smaller pages of which the first is the count", 120, 50, all(50), 120, 3},
		{"the count promises too much", 50, 100, all(500), 50, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged(test.total, test.perPage, test.count)
			events, _, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(events) != test.events {
				t.Fatalf("%d events, %v, want %d", len(events), err, test.events)
			}
			v.expect(t, 0, test.calls)
		})
	}
}

func TestPagesWithoutEnd(t *testing.T) {
	v := paged(1e6, 100, func(int) string { return "" })
	_, _, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
	failure(t, err, transport.TooLarge)
	v.expect(t, 0, 100)

	full := `{"code":200,"data":{"count":1000,"list":[` + strings.TrimSuffix(strings.Repeat(`{"eventId":1},`, 100), ",") + `]}}`
	v = newVendor()
	v.onCall = always(listPath, 200, full) // the same page for ever
	events, _, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
	if err != nil || len(events) != 1 {
		t.Errorf("%d events, %v, want one", len(events), err)
	}
	v.expect(t, 0, 2)
}

func TestTimesOfEvents(t *testing.T) {
	const start = 1666772400
	for _, test := range []struct {
		name, row  string
		start, end int64 // 0 = none
		odd        int
	}{
		{"both", `"startTime":1666772400,"endTime":"1666779600","length":7`, start, start + 7200, 0},
		{"neither", `"title":"x"`, 0, 0, 0},
		{"null", `"startTime":null,"endTime":null`, 0, 0, 0},
		{"0 and -1", `"startTime":0,"endTime":-1`, 0, 0, 0},
		{"an end by the length", `"startTime":1666772400,"length":"90"`, start, start + 5400, 0},
		{"a length of nothing", `"startTime":1666772400,"length":0`, start, 0, 0},
		{"an odd length", `"startTime":1666772400,"length":"x"`, start, 0, 0},
		{"a length of ages", `"startTime":1666772400,"length":1e15`, start, 0, 0},
		{"a length without a start", `"length":90`, 0, 0, 0},
		{"in milliseconds", `"startTime":1666772400000,"endTime":1666779600000,"length":90`, 0, 0, 2},
		{"text", `"startTime":"2022-10-27 11:00","endTime":{},"length":90`, 0, 0, 2},
		{"an odd end", `"startTime":1666772400,"endTime":[],"length":90`, start, 0, 1},
		{"before all time", `"startTime":-7,"endTime":1e300`, 0, 0, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, _, err := readyClient(giving(`{"code":200,"data":[{"eventId":1,`+test.row+`}]}`)).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(events) != 1 {
				t.Fatal(events, err)
			}
			at := func(s int64) time.Time {
				if s == 0 {
					return time.Time{}
				}
				return time.Unix(s, 0)
			}
			e := events[0]
			if !e.Start.Equal(at(test.start)) || !e.End.Equal(at(test.end)) || e.OddTimes != test.odd {
				t.Errorf("from %s to %s, %d odd", e.Start, e.End, e.OddTimes)
			}
		})
	}
}

func TestMalformedLists(t *testing.T) {
	for name, body := range map[string]string{
		"page":           `<html>`,
		"no code":        `{"data":{"list":[]}}`,
		"no data":        `{"code":200}`,
		"data is text":   `{"code":200,"data":"x"}`,
		"no list of two": `{"code":200,"data":{"count":2}}`,
		"another's list": `{"code":200,"data":{"rows":[{"eventId":1}]}}`,
		"list is text":   `{"code":200,"data":{"list":"x"}}`,
		"cut":            `{"code":200,"data":{"list":[`,
		"data after it":  `{"code":200,"data":{"list":[]}}{}`,
		"empty":          ``,
		// Not a list without events: what there is cannot be read.
		"none is an event":      `{"code":200,"data":["x"]}`,
		"none of them is named": `{"code":200,"data":{"list":[{"title":"x"},null]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			failure(t, list(t.Context(), readyClient(giving(body))), transport.Malformed)
		})
	}
}

func TestListsWithoutEvents(t *testing.T) {
	for name, data := range map[string]string{
		"null": `null`, "nothing": `{}`, "a count": `{"count":0}`, "a count in words": `{"count":"0","list":null}`, "a list of null": `{"list":null}`,
		"an empty list": `{"list":[]}`, "a list of another thing": `{"hosts":[]}`, "an array": `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			events, _, err := readyClient(giving(`{"code":200,"msg":"ok","data":`+data+`}`)).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(events) != 0 {
				t.Errorf("got %v, %v, want none", events, err)
			}
		})
	}
}

// TestOddEvents looks for what a row costs that is no event: itself.
func TestOddEvents(t *testing.T) {
	for name, row := range map[string]string{
		"text": `"x"`, "null": `null`, "a list": `[{"eventId":2}]`, "unnamed": `{"title":"x"}`, "named null": `{"eventId":null}`,
		"named by a list": `{"eventId":[]}`, "named ''": `{"eventId":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			v := paged(150, 50, func(int) string { return "" })
			pages := v.onCall
			v.onCall = func(w http.ResponseWriter, path string) bool {
				if page, _ := v.bodies[len(v.bodies)-1]["page"].(float64); page != 1 {
					return pages(w, path)
				}
				succeed(w, `{"list":[{"eventId":51},`+row+`,{"eventId":53}]}`)
				return true
			}
			events, odd, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(events) != 102 || odd != 1 {
				t.Errorf("%d events, %d odd, %v, want 102 and 1", len(events), odd, err)
			}
		})
	}
}

func TestOddEventsOfAPageThatComesAgain(t *testing.T) {
	events, odd, err := readyClient(giving(`{"code":200,"data":[{"eventId":1},null]}`)).Events(t.Context(), quanshi.EventsQuery{})
	if err != nil || len(events) != 1 || odd != 1 {
		t.Errorf("%d events, %d odd, %v, want one of each", len(events), odd, err)
	}
}

func TestReportable(t *testing.T) {
	for id, want := range map[string]bool{"609768": true, "1": true, "A-1": false, "0": false, "-1": false, "1.5": false, "01": false} {
		if got := (quanshi.Event{ID: id}).Reportable(); got != want {
			t.Errorf("of %q: %v, want %v", id, got, want)
		}
	}
}
