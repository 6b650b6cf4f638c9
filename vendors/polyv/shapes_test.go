//go:build !race

// The race detector takes memory of its own, and all of the time that there is for tests.

package polyv_test

import (
	"context"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// places are those in the answer where a list may stand.
func places() (all []vendortest.Place) {
	add := func(name, before, after string, units ...string) {
		all = append(all, vendortest.Place{
			Name: name, Before: before, After: after, Units: units,
			Read: func(ctx context.Context, o transport.Options) error {
				return today(ctx, client(o.RoundTripper, func(account *polyv.Options) {
					o.Vendor = "polyv"
					account.Transport = vendortest.Transport(o)
				}))
			},
		})
	}
	const open = `{"code":200,"data":`
	add("answer", "", "")
	add("code", `{"code":`, `}`)
	add("message", `{"code":400,"message":`, `}`)
	add("data", open, "}", `{"currentHour":1}`, `{"currentHour":1,"pcFlowSize":"`+strings.Repeat("x", 90)+`"}`)
	add("row", open+"[", "]}", `"currentHour":1`, `"currentHour":"`+strings.Repeat("x", 90)+`"`)
	add("field", open+`[{"currentHour":1,"pcFlowSize":`, "}]}")
	return all
}

func TestEveryEndpointIsInTheLists(t *testing.T) {
	vendortest.ExpectEveryEndpoint(t, "places", vendortest.EndpointsOfPlaces(t, places()))
	vendortest.ExpectEveryEndpoint(t, "requests", vendortest.EndpointsOfRequests(requests(client(newVendor()))))
}

func TestMemoryForAnyAnswer(t *testing.T) { vendortest.RunShapes(t, places()) }

func FuzzMemory(f *testing.F) { vendortest.FuzzShapes(f, places()) }
