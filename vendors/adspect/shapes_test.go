//go:build !race

// The race detector takes memory of its own, and all of the time that there is for tests.

package adspect_test

import (
	"context"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// places are those in the answers of all endpoints where a list may stand.
func places() (all []vendortest.Place) {
	do := make(map[string]func(context.Context, *adspect.Client) error)
	for _, r := range requests {
		do[endpointOf(r.call)] = r.do
	}
	add := func(endpoint, name, before, after string, units ...string) {
		all = append(all, vendortest.Place{
			Name: endpoint + name, Before: before, After: after, Units: units, Streamed: strings.Contains(endpoint, "/reports/"),
			Read: func(ctx context.Context, o transport.Options) error {
				return do[endpoint](ctx, client(o.RoundTripper, func(account *adspect.Options) {
					o.Vendor = "adspect"
					account.Transport = vendortest.Transport(o)
				}))
			},
		})
	}
	long := strings.Repeat("x", 90)
	unreadable := `"` + strings.Repeat("x", 1000) + `"` // in place of a text or a list
	add("GET /account", "", "", "", `"balance":1`, `"balance":"`+long+`"`)
	add("GET /account", " balance", `{"balance":`, "}")
	add("GET /collections/NAME", "", "", "", `"#":1`, `{"id":"a"}`, `{"name":"`+long+`"}`, `{"id":{},"id":{}}`)
	add("GET /streams", "", "", "", `{"stream_id":"#"}`, `{"stream_id":"s"}`, `{"stream_id":"#","tags":["a"]}`, `{"stream_id":"#","name":{},"mode":[],"tags":0}`,
		`{"stream_id":"#","name":[`+unreadable+`],"mode":[`+unreadable+`],"filter_level":[`+unreadable+`],"tags":`+unreadable+`}`)
	add("GET /streams", " stream", "[", "]", `"name":{}`, `"tags":["a"]`)
	add("GET /streams", " tags", `[{"stream_id":"s","tags":`, "}]", `"`+long+`"`)
	add("GET /reports/funnel", "", "", "", `["iOS",1,2]`, `["#",1,2]`, `["`+long+`",1,2]`)
	add("GET /reports/funnel", " row", "[", "]", `"iOS"`)
	add("GET /reports/log", "", "", "", `["2024-04-01 00:00:00","s",0,1]`, `["2024-04-01 00:00:00","#",{},"x"]`)
	return all
}

func TestEveryEndpointIsInTheLists(t *testing.T) {
	vendortest.ExpectEveryEndpoint(t, "places", vendortest.EndpointsOfPlaces(t, places()),
		"HEAD /reports", "HEAD /streams") // no answer to HEAD has a body
	vendortest.ExpectEveryEndpoint(t, "requests", vendortest.EndpointsOfRequests(requestsOf(client(newVendor()))),
		"HEAD /streams") // sent only after GET /streams
}

func TestMemoryForAnyAnswer(t *testing.T) { vendortest.RunShapes(t, places()) }

func TestMemoryForListsTogether(t *testing.T) {
	for _, p := range places() {
		if p.Name == "GET /streams" {
			vendortest.RunTogether(t, p, `{"stream_id":"#"}`, 1200)
		}
	}
}

func FuzzMemory(f *testing.F) { vendortest.FuzzShapes(f, places()) }
