package quanshi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// accountOf gives a client a transport with these options.
func accountOf(o transport.Options) func(*quanshi.Options) {
	o.Vendor = "quanshi"
	return func(account *quanshi.Options) { account.Transport = vendortest.Transport(o) }
}

// places are those in the answers of all endpoints where a list may stand.
func places() (all []vendortest.Place) {
	type read = func(context.Context, *quanshi.Client) error
	add := func(name, before, after string, do read, units ...string) {
		all = append(all, vendortest.Place{
			Name: name, Before: before, After: after, Units: units, Streamed: true,
			Read: func(ctx context.Context, o transport.Options) error {
				return do(ctx, readyClient(o.RoundTripper, accountOf(o)))
			},
		})
	}
	stats := func(ctx context.Context, c *quanshi.Client) error {
		_, err := c.EventStats(ctx, eventID)
		return err
	}
	report := func(ctx context.Context, c *quanshi.Client) error { return reportOn(ctx, c, eventID) }
	login := func(ctx context.Context, o transport.Options) error {
		return list(ctx, client(o.RoundTripper, accountOf(o)))
	}
	const open = `{"code":200,"data":`
	long := strings.Repeat("x", 90)
	odd := `{"eventId":#,"title":{},"startTime":"` + long + `","endTime":"` + long + `","length":"` + long + `"}`
	add("list", "", "", list)
	add("list message", `{"code":400,"msg":`, "}", list)
	add("list code", `{"code":`, "}", list)
	add("list data", open, "}", list, `{"eventId":#}`)
	add("list list", open+`{"list":`, "}}", list, `{"eventId":#}`, `{"eventId":1}`, `{"eventId":"`+long+`"}`, odd,
		`{"eventId":#,"title":"`+long+`"}`, `{"eventId":#,"length":"x"}`)
	add("list row", open+`{"list":[`, "]}}", list, `"eventId":1`, `"title":"`+long+`"`)
	add("list title", open+`{"list":[{"eventId":1,"title":`, "}]}}", list)
	add("list total", open+`{"list":[],"total":`, "}}", list)
	add("list pageInfo", open+`{"pageInfo":`, "}}", list, `"total":1`, `"list":[]`)
	add("stats", open, "}", stats, `"viewerCnt":1`)
	add("stats stats", open+`{"stats":`, "}}", stats, `"viewerCnt":1`)
	add("stats value", open+`{"stats":{"viewerCnt":`, "}}}", stats)
	add("report", open, "}", report)
	add("report report", open+`{"report":`, "}}", report, `"lives":[]`)
	for _, section := range []string{"lives", "interactions", "viewerDetails"} {
		add("report "+section, open+`{"report":{"`+section+`":`, "}}}", report, `{"location":"#"}`, `{"location":{}}`,
			`{"location":"`+long+`#","clientType":"`+long+`#"}`)
		add("report "+section+" row", open+`{"report":{"`+section+`":[`, "]}}}", report, `"location":"x"`)
	}
	add("report location", open+`{"report":{"viewerDetails":[{"location":`, "}]}}}", report)
	byEmail := func(ctx context.Context, o transport.Options) error {
		return list(ctx, client(o.RoundTripper, accountOf(o), func(account *quanshi.Options) {
			account.UserID, account.UserEmail = "", email
		}))
	}
	all = append(all, vendortest.Place{
		Name: "search by e-mail", Before: open, After: "}", Units: []string{`{"userId":"1"}`}, Streamed: true, Read: byEmail,
	})
	for _, field := range []string{"userId", "token", "expire"} {
		all = append(all, vendortest.Place{
			Name: "login " + field, Before: open + `{"` + field + `":`, After: "}}", Streamed: true, Read: login,
		})
	}
	return all
}

func TestEveryEndpointIsInTheLists(t *testing.T) {
	vendortest.ExpectEveryEndpoint(t, "places", vendortest.EndpointsOfPlaces(t, places()))
}

func TestMemoryForAnyAnswer(t *testing.T) { vendortest.RunShapes(t, places()) }

func TestMemoryForListsTogether(t *testing.T) {
	for _, p := range places() {
		if p.Name == "list list" {
			vendortest.RunTogether(t, p, `{"eventId":#}`, 1200)
		}
	}
}

func FuzzMemory(f *testing.F) { vendortest.FuzzShapes(f, places()) }

// A list without an end, of which each page is small.
func TestEventsOfAllPagesAreBounded(t *testing.T) {
	for _, test := range []struct {
		name  string
		row   string // %d stands for the number of the event
		most  int64
		pages int
		says  string
	}{
		{"many events", `{"eventId":%d}`, 64 << 10, 7, "list: too many elements"},
		{"long titles", `{"eventId":%d,"title":"` + strings.Repeat("x", 400) + `"}`, 64 << 10, 5, "list: too many elements"},
		{"within the bound", `{"eventId":%d}`, 16 << 20, 100, "more than 100 pages"},
	} {
		t.Run(test.name, func(t *testing.T) {
			pages, id := 0, 0
			rt := vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
				pages++
				rows := make([]string, 10)
				for i := range rows {
					id++
					rows[i] = fmt.Sprintf(test.row, id)
				}
				body := `{"code":200,"data":{"list":[` + strings.Join(rows, ",") + `]}}`
				return vendortest.Response(r, http.StatusOK, nil, strings.NewReader(body), -1), nil
			})
			c := readyClient(rt, accountOf(transport.Options{RoundTripper: rt, MaxResponseBytes: test.most}))
			e := failure(t, list(t.Context(), c), transport.TooLarge)
			if !strings.Contains(e.Error(), test.says) {
				t.Errorf("got %v, want %q", e, test.says)
			}
			if pages != test.pages {
				t.Errorf("%d pages were read, want %d", pages, test.pages)
			}
		})
	}
}
