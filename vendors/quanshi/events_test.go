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
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestEvents(t *testing.T) {
	for name, around := range map[string]string{"with a count": `{"count":2,"list":%s}`, "without": `{"list":%s}`, "alone": `%s`} {
		t.Run(name, func(t *testing.T) {
			v := newVendor()
			v.answers[listPath] = fmt.Sprintf(around, `[{"eventId":609768,"title":"发布会","startTime":1666772400,"endTime":"1666779600","length":120,"eventForm":4,"hostId":1},{"eventId":"7","startTime":null,"endTime":0,"length":"x"}]`)
			list, err := client(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Unusable) != 0 || list.Duplicates != 0 || list.MissingFields != nil {
				t.Fatalf("%+v, %v", list, err)
			}
			got := list.Events
			want := []quanshi.Event{
				{ID: "609768", Title: "发布会", Start: time.Unix(1666772400, 0), End: time.Unix(1666779600, 0), Length: number(120), Form: number(4)},
				{ID: "7", Length: got[len(got)-1].Length},
			}
			if !reflect.DeepEqual(got, want) || !got[1].Length.Invalid() {
				t.Errorf("got %+v, want %+v", got, want)
			}
			v.expect(t, 1, 3) // page 1 may be page 0 again
		})
	}
}

// paged is a vendor with so many events, of which a page holds at most perPage.
func paged(total, perPage int, count func(sent int) string) *vendor {
	return listing(func(page int) string {
		rows := eventRows(page*perPage, min(total, (page+1)*perPage))
		return `{"list":` + rows + count(max(0, min(total, (page+1)*perPage)-page*perPage)) + `}`
	})
}

// listing is a vendor that answers with the data of a page.
func listing(data func(page int) string) *vendor {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, path string) bool {
		if path != listPath {
			return false
		}
		page, _ := v.bodies[len(v.bodies)-1]["page"].(float64)
		succeed(w, data(int(page)))
		return true
	}
	return v
}

// eventRows is an array of the events with the numbers from one up to, but not with, another.
func eventRows(from, to int) string {
	var rows []string
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf(`{"eventId":%d}`, i+1))
	}
	return "[" + strings.Join(rows, ",") + "]"
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
		{"none", 0, 100, none, 0, 2},               // pages may be counted from 1
		{"none and a count", 0, 100, all(0), 0, 2}, // which may be of the page
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
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged(test.total, test.perPage, test.count)
			list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Events) != test.events {
				t.Fatalf("%d events, %v, want %d", len(list.Events), err, test.events)
			}
			v.expect(t, 0, test.calls)
		})
	}
}

// A first page without events ends the list only if the next one has none either, whatever the page counts: pages may
// be counted from 1, and the count may be of the page.
func TestFirstPageWithoutEvents(t *testing.T) {
	v := listing(func(page int) string {
		if page == 1 {
			return `{"count":2,"list":` + eventRows(0, 2) + `}`
		}
		return `{"count":0,"list":[]}`
	})
	list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
	if err != nil || len(list.Events) != 2 {
		t.Errorf("%d events, %v, want those of page 1", len(list.Events), err)
	}
}

// TestPlacesOfTheList has 250 events on pages of a hundred, in all places where list and total may
// stand.
func TestPlacesOfTheList(t *testing.T) {
	for name, data := range map[string]string{
		"list and count":            `{"count":250,"list":%s}`,
		"list and total":            `{"list":%s,"total":"250"}`,
		"confList and totalCount":   `{"totalCount":250,"confList":%s}`,
		"total_count":               `{"total_count":250,"conf_list":%s}`,
		"in pageInfo":               `{"pageInfo":{"count":250,"list":%s}}`,
		"total in pageInfo alone":   `{"pageInfo":{"total":250,"page":0},"list":%s}`,
		"in data once more":         `{"data":{"count":250,"list":%s}}`,
		"in data and pageInfo":      `{"data":{"pageInfo":{"list":%s,"total":250}}}`,
		"in result":                 `{"result":{"confList":%s,"totalCount":250}}`,
		"data once more is it":      `{"data":%s,"total":250}`,
		"a count of the page":       `{"count":100,"total":250,"list":%s}`,
		"no total":                  `{"list":%s}`,
		"the list alone":            `%s`,
		"with members of all kinds": `{"hosts":[],"page":0,"more":{"a":1},"list":%s,"count":250}`,
	} {
		t.Run(name, func(t *testing.T) {
			v := listing(func(page int) string { return fmt.Sprintf(data, eventRows(page*100, min(250, page*100+100))) })
			list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Events) != 250 || len(list.Unusable) != 0 || list.Duplicates != 0 {
				t.Errorf("%d events, %d odd, %d duplicates, %v", len(list.Events), len(list.Unusable), list.Duplicates, err)
			}
		})
	}
	for name, answer := range map[string]string{
		"result in place of data": `{"code":200,"result":{"confList":%s,"totalCount":250}}`,
		"a total beside data":     `{"code":200,"data":%s,"totalCount":250}`,
		"a list beside the code":  `{"code":200,"list":%s,"total":250}`,
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor()
			v.onCall = func(w http.ResponseWriter, path string) bool {
				page, _ := v.bodies[len(v.bodies)-1]["page"].(float64)
				fmt.Fprintf(w, answer, eventRows(int(page)*100, min(250, int(page)*100+100)))
				return path == listPath
			}
			if list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{}); err != nil || len(list.Events) != 250 {
				t.Errorf("%d events, %v", len(list.Events), err)
			}
		})
	}
}

// TestFirstPages has vendors that count pages in other ways.
func TestFirstPages(t *testing.T) {
	rows := func(page, perPage, total int) string {
		if page < 0 {
			return "[]"
		}
		return eventRows(page*perPage, min(total, (page+1)*perPage))
	}
	for _, test := range []struct {
		name   string
		data   func(page int) string
		events int
	}{
		{"page 0 is page 1", func(page int) string { return `{"count":250,"list":` + rows(max(0, page-1), 100, 250) + `}` }, 250},
		{"page 0 is page 1, no total", func(page int) string { return rows(max(0, page-1), 100, 250) }, 250},
		{"page 0 is page 1, small pages", func(page int) string { return rows(max(0, page-1), 20, 50) }, 50},
		{"page 0 is page 1, a count of each", func(page int) string { return `{"count":100,"list":` + rows(max(0, page-1), 100, 200) + `}` }, 200},
		{"page 0 is empty", func(page int) string { return `{"count":250,"list":` + rows(page-1, 100, 250) + `}` }, 250},
		{"page 0 is empty, no total", func(page int) string { return rows(page-1, 100, 250) }, 250},
		{"page 0 has no list", func(page int) string {
			if page == 0 {
				return `{"count":250}`
			}
			return `{"count":250,"list":` + rows(page-1, 100, 250) + `}`
		}, 250},
		{"the last page again and again", func(page int) string { return rows(min(page, 2), 100, 250) }, 250},
		{"one page again and again", func(int) string { return rows(0, 45, 45) }, 45},
		{"all at once, whatever is asked for", func(int) string { return `{"total":250,"list":` + rows(0, 250, 250) + `}` }, 250},
		{"all at once, no total", func(int) string { return rows(0, 250, 250) }, 250},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := readyClient(listing(test.data)).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Events) != test.events || list.Duplicates != 0 {
				t.Errorf("%d events, %d duplicates, %v, want %d", len(list.Events), list.Duplicates, err, test.events)
			}
		})
	}
	t.Run("page 0 is refused", func(t *testing.T) {
		v := newVendor()
		v.onCall = func(w http.ResponseWriter, path string) bool {
			page, _ := v.bodies[len(v.bodies)-1]["page"].(float64)
			if page == 0 {
				fail(w, 40001, "page must be at least 1")
			} else {
				succeed(w, `{"count":250,"list":`+rows(int(page)-1, 100, 250)+`}`)
			}
			return path == listPath
		}
		if list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{}); err != nil || len(list.Events) != 250 {
			t.Errorf("%d events, %v", len(list.Events), err)
		}
	})
	for _, failing := range []struct {
		name   string
		status int
		code   int
		msg    string
	}{
		{"HTTP 500", 500, 500, "error page"},
		{"code 500", 200, 500, "error page"},
		{"a refusal that speaks of a web page", 200, 40001, "系统繁忙,请刷新页面重试"},
	} {
		fails := vendortest.Always(failing.status, fmt.Sprintf(`{"code":%d,"msg":%q}`, failing.code, failing.msg))
		t.Run("the server fails on page 0: "+failing.name, func(t *testing.T) {
			for _, next := range []string{`{"count":0,"list":[]}`, `[]`} {
				v := listing(func(int) string { return next })
				succeeds := v.onCall
				v.onCall = func(w http.ResponseWriter, path string) bool {
					if path == listPath && v.bodies[len(v.bodies)-1]["page"] == 0.0 {
						return fails(w, nil)
					}
					return succeeds(w, path)
				}
				if list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{}); err == nil {
					t.Errorf("before %s: %d events and no error", next, len(list.Events))
				}
			}
		})
	}
	t.Run("the server fails on page 0 once", func(t *testing.T) {
		v := listing(func(page int) string { return rows(page, 100, 250) })
		succeeds, failed := v.onCall, false
		v.onCall = func(w http.ResponseWriter, path string) bool {
			if path == listPath && !failed {
				failed = true
				return vendortest.Always(500, `{"code":500,"msg":"error page"}`)(w, nil)
			}
			return succeeds(w, path)
		}
		if list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{}); err != nil || len(list.Events) != 250 {
			t.Errorf("%d events, %v, want all 250", len(list.Events), err)
		}
	})
	t.Run("every page is refused", func(t *testing.T) {
		v := newVendor()
		v.onCall = always(listPath, 200, `{"code":40001,"msg":"the page is for hosts alone"}`)
		failure(t, list(t.Context(), readyClient(v)), transport.Rejected)
		v.expect(t, 0, 2)
	})
}

// TestListsThatComeShort are never taken for whole.
func TestListsThatComeShort(t *testing.T) {
	for _, test := range []struct {
		name string
		data func(page int) string
		says string
	}{
		{"page is ignored", func(int) string { return `{"count":250,"list":` + eventRows(0, 100) + `}` }, "want the 250 events that it counts, got 100"},
		{"page is ignored, no total", func(int) string { return eventRows(0, 100) }, "the same 100 rows again"},
		{"page and count are ignored, no total", func(int) string { return eventRows(0, 20) }, "the same 20 rows again"},
		{"page is ignored, a count of each", func(int) string { return `{"count":100,"list":` + eventRows(0, 100) + `}` }, "the same 100 rows again"},
		{"the count promises too much", func(page int) string {
			return `{"count":500,"list":` + eventRows(page*100, min(50, page*100+100)) + `}`
		}, "want the 500 events that it counts, got 50"},
		{"a total alone", func(int) string { return `{"total":45}` }, "want a list of the 45 events that it counts, got none"},
		{"a total and an empty list", func(int) string { return `{"total":45,"list":[]}` }, "want the 45 events"},
		{"a total and null", func(int) string { return `{"pageInfo":{"count":45,"list":null}}` }, "want the 45 events"},
		{"a page in the middle is empty", func(page int) string {
			if page == 1 || page == 2 {
				return `{"count":250,"list":[]}`
			}
			return `{"count":250,"list":` + eventRows(page*100, min(250, page*100+100)) + `}`
		}, "want the 250 events that it counts, got 100"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := failure(t, list(t.Context(), readyClient(listing(test.data))), transport.Malformed)
			if !strings.Contains(e.Error(), test.says) || e.RequestID != "request-1" {
				t.Errorf("got %v, want %q", e, test.says)
			}
		})
	}
}

// TestListsThatChange have events that come and go between pages.
func TestListsThatChange(t *testing.T) {
	// page returns a page of 100 of the events from first on.
	page := func(first, number, total int) string {
		return fmt.Sprintf(`{"count":%d,"list":%s}`, total, eventRows(first+number*100, first+min(total, number*100+100)))
	}
	for _, test := range []struct {
		name   string
		data   func(call, number int) string
		events int // 0 = it keeps changing
	}{
		{"one goes", func(call, number int) string {
			if call == 0 {
				return page(0, number, 250)
			}
			return page(1, number, 249)
		}, 249},
		{"one goes, and there are no totals", func(call, number int) string {
			if call == 1 {
				return eventRows(99, 199) // one came in front
			}
			return eventRows(number*100, min(250, number*100+100))
		}, 250},
		{"one comes at the end", func(call, number int) string {
			if call == 0 {
				return page(0, number, 250)
			}
			return page(0, number, 251)
		}, 251},
		{"one goes each time", func(call, number int) string { return page(call, number, 250-call) }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			call := -1
			got, err := readyClient(listing(func(number int) string {
				call++
				return test.data(call, number)
			})).Events(t.Context(), quanshi.EventsQuery{})
			if test.events == 0 {
				failure(t, err, transport.Malformed)
			} else if err != nil || len(got.Events) != test.events {
				t.Errorf("%d events, %v, want %d", len(got.Events), err, test.events)
			}
		})
	}
	t.Run("the last page overlaps each time", func(t *testing.T) {
		got, err := readyClient(listing(func(number int) string { return eventRows(min(number*100, 150), min(250, number*100+100)) })).
			Events(t.Context(), quanshi.EventsQuery{})
		if err != nil || len(got.Events) != 250 {
			t.Errorf("%d events, %v, want 250", len(got.Events), err)
		}
	})
}

func TestPagesWithoutEnd(t *testing.T) {
	v := paged(1e6, 100, func(int) string { return "" })
	c := readyClient(v, accountOf(transport.Options{RoundTripper: v, MaxResponseBytes: 16 << 20}))
	failure(t, list(t.Context(), c), transport.TooLarge)
	v.expect(t, 0, 100)

	full := `{"code":200,"data":{"count":1000,"list":[` + strings.TrimSuffix(strings.Repeat(`{"eventId":1},`, 100), ",") + `]}}`
	v = newVendor()
	v.onCall = always(listPath, 200, full) // the same page for ever
	failure(t, list(t.Context(), readyClient(v)), transport.Malformed)
	v.expect(t, 0, 6) // two passes of three pages
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
		{"an odd length", `"startTime":1666772400,"length":"x"`, start, 0, 1},
		{"a length of ages", `"startTime":1666772400,"length":1e15`, start, 0, 1},
		{"an odd length that is not needed", `"startTime":1666772400,"endTime":1666779600,"length":"x"`, start, start + 7200, 0},
		{"an odd title", `"title":{"zh":"x"}`, 0, 0, 1},
		{"out of any possible range", `"startTime":86400,"endTime":20166772400`, 0, 0, 2},
		{"a length without a start", `"length":90`, 0, 0, 0},
		{"in milliseconds", `"startTime":1666772400000,"endTime":1666779600000,"length":90`, 0, 0, 2},
		{"text", `"startTime":"2022-10-27 11:00","endTime":{},"length":90`, 0, 0, 2},
		{"an odd end", `"startTime":1666772400,"endTime":[],"length":90`, start, 0, 1},
		{"before all time", `"startTime":-7,"endTime":1e300`, 0, 0, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := readyClient(giving(`{"code":200,"data":[{"eventId":1,`+test.row+`}]}`)).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Events) != 1 {
				t.Fatal(list, err)
			}
			at := func(s int64) time.Time {
				if s == 0 {
					return time.Time{}
				}
				return time.Unix(s, 0)
			}
			e := list.Events[0]
			if !e.Start.Equal(at(test.start)) || !e.End.Equal(at(test.end)) || len(e.Unusable) != test.odd {
				t.Errorf("from %s to %s, %d odd", e.Start, e.End, len(e.Unusable))
			}
		})
	}
}

func TestMalformedLists(t *testing.T) {
	for name, body := range map[string]string{
		"page":                           `<html>`,
		"no code":                        `{"data":{"list":[]}}`,
		"no data":                        `{"code":200}`,
		"data is text":                   `{"code":200,"data":"x"}`,
		"no list of two":                 `{"code":200,"data":{"count":2}}`,
		"another's list":                 `{"code":200,"data":{"hosts":[{"eventId":1}]}}`,
		"an empty list of another thing": `{"code":200,"data":{"hosts":[]}}`,
		"two lists":                      `{"code":200,"data":{"list":[{"eventId":1}],"rows":[{"eventId":2}]}}`,
		"an object in place of the list": `{"code":200,"data":{"list":{"eventId":1}}}`,
		"nothing but a page":             `{"code":200,"data":{"pageInfo":{}}}`,
		"a total that is none":           `{"code":200,"data":{"total":"many"}}`,
		"too deep":                       `{"code":200,"data":{"data":{"data":{"data":{"data":{"list":[{"eventId":1}]}}}}}}`,
		"list is text":                   `{"code":200,"data":{"list":"x"}}`,
		"cut":                            `{"code":200,"data":{"list":[`,
		"data after it":                  `{"code":200,"data":{"list":[]}}{}`,
		"empty":                          ``,
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
		"an empty list": `{"list":[]}`, "an array": `[]`, "an empty object as the list": `{"list":{}}`, "nothing once more inside": `{"data":null}`,
		"an empty list in pageInfo": `{"pageInfo":{"list":[],"total":0}}`, "an empty list and more": `{"list":null,"hosts":[{"id":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			list, err := readyClient(giving(`{"code":200,"msg":"ok","data":`+data+`}`)).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Events) != 0 || len(list.Unusable) != 0 || list.MissingFields != nil {
				t.Errorf("got %v, %v, want none", list, err)
			}
		})
	}
}

// TestUnusualEvents looks for what a row costs that is no event: itself.
func TestUnusualEvents(t *testing.T) {
	for name, row := range map[string]string{
		"text": `"x"`, "null": `null`, "a list": `[{"eventId":2}]`, "unnamed": `{"title":"x"}`, "named null": `{"eventId":null}`,
		"named by a list": `{"eventId":[]}`, "named ''": `{"eventId":""}`, "named by a word": `{"eventId":"A-1"}`, "named 0": `{"eventId":0}`,
		"named by a fraction": `{"eventId":2.0}`, "named by a fraction in words": `{"eventId":"2.0"}`, "named by 60 digits": `{"eventId":` + strings.Repeat("9", 60) + `}`,
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
			list, err := readyClient(v).Events(t.Context(), quanshi.EventsQuery{})
			if err != nil || len(list.Events) != 102 || len(list.Unusable) != 1 {
				t.Errorf("%d events, %d odd, %v, want 102 and 1", len(list.Events), len(list.Unusable), err)
			}
		})
	}
}

func TestUnusualEventsOfAPageThatComesAgain(t *testing.T) {
	list, err := readyClient(giving(`{"code":200,"data":[{"eventId":1},null]}`)).Events(t.Context(), quanshi.EventsQuery{})
	if err != nil || len(list.Events) != 1 || len(list.Unusable) != 1 {
		t.Errorf("%d events, %d odd, %v, want one of each", len(list.Events), len(list.Unusable), err)
	}
}

func TestEventsThatRepeat(t *testing.T) {
	v := newVendor()
	v.answers[listPath] = `{"count":3,"list":[{"eventId":1},{"eventId":1},{"eventId":2}]}`
	list, err := client(v).Events(t.Context(), quanshi.EventsQuery{})
	if err != nil || len(list.Events) != 2 || list.Duplicates != 1 {
		t.Errorf("%d events, %d duplicates, %v, want 2 and 1", len(list.Events), list.Duplicates, err)
	}
}

func TestTotalsThatAreNone(t *testing.T) {
	for _, total := range []string{`"many"`, `-7`, `1.5`, `{}`} {
		v := newVendor()
		v.answers[listPath] = `{"count":` + total + `,"list":[{"eventId":1}]}`
		if list, err := client(v).Events(t.Context(), quanshi.EventsQuery{}); err != nil || len(list.Events) != 1 || len(list.Unusable) != 1 {
			t.Errorf("%s: %d events, %d odd, %v, want one of each", total, len(list.Events), len(list.Unusable), err)
		}
	}
}

// TestFieldsThatNoEventHas names what the document has and no row does; null is there.
func TestFieldsThatNoEventHas(t *testing.T) {
	for rows, want := range map[string][]string{
		`[{"eventId":1}]`: {"title", "startTime", "endTime", "eventForm"},
		`[{"eventId":1,"title":null},{"eventId":2,"startTime":1,"length":null,"eventForm":4}]`: nil,
		`[{"eventId":1,"title":"x","startTime":0,"endTime":0}]`:                                {"eventForm"},
		`[{"eventId":"x","title":"x"},{"eventId":1,"startTime":0,"endTime":0,"eventForm":1}]`:  {"title"},
		`[]`: nil,
	} {
		list, err := readyClient(giving(`{"code":200,"data":`+rows+`}`)).Events(t.Context(), quanshi.EventsQuery{})
		if err != nil || !reflect.DeepEqual(list.MissingFields, want) {
			t.Errorf("%s: %q are missing, %v, want %q", rows, list.MissingFields, err, want)
		}
	}
}
