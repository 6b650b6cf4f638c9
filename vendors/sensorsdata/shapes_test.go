//go:build !race

// The race detector takes memory of its own, and all of the time that there is for tests.

package sensorsdata_test

import (
	"context"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// places are those in the answers of all endpoints where a list may stand.
func places() (all []vendortest.Place) {
	type read = func(context.Context, *sensorsdata.Client) error
	add := func(name, before, after string, do read, units ...string) {
		all = append(all, vendortest.Place{
			Name: name, Before: before, After: after, Units: units, Streamed: true,
			Read: func(ctx context.Context, o transport.Options) error {
				return do(ctx, client(o.RoundTripper, func(account *sensorsdata.Options) {
					o.Vendor = "sensorsdata"
					account.Transport = vendortest.Transport(o)
				}))
			},
		})
	}
	do := make(map[string]read)
	for _, r := range requests {
		do[r.endpoint] = r.do
	}
	long := strings.Repeat("x", 90)
	unreadable := `"` + strings.Repeat("x", 1000) + `"` // in place of a number
	const report = "POST /v2/user_tags/ID/report"
	add("tags", "", "", do["GET /v2/user_tags"],
		`{"id":#}`, `{"id":1}`, `{"id":"x"}`, `{"id":#,"cname":"`+long+`"}`, `{"id":#,"cname":{},"name":[],"data_type":true}`,
		`{"id":#,"failed_partition_count":`+unreadable+`,"last_succeed_partition":{"user_count":`+unreadable+`},`+
			`"last_partition_info":{"user_count":`+unreadable+`}}`)
	add("tags tag", `[{"id":1,"name":`, `}]`, do["GET /v2/user_tags"])
	add("tag", "", "", do["GET /v2/user_tags/ID"], `"cname":{}`, `"id":15`)
	add("tag partition", `{"id":15,"last_partition_info":`, "}", do["GET /v2/user_tags/ID"], `"base_time":1`, `"status":{}`)
	add("directories", "", "", do["GET /v2/user_tags/dirs"],
		`{"type":"DIR","id":#}`, `{"type":"DIR","id":1}`, `{"type":"DIR"}`, `{"type":"USER_TAG","id":#}`, `{"type":"`+long+`"}`,
		`{"type":"DIR","id":#,"cname":{}}`)
	add("directories items", `[{"type":"DIR","id":1,"items":`, "}]", do["GET /v2/user_tags/dirs"], `{"type":"DIR","id":#}`, `{"type":"USER_TAG","id":#}`)
	add("partitions", "", "", do["GET /v2/user_tags/ID/partitions"], `{"status":"NEW"}`, `{"base_time":"x"}`,
		`{"user_count":`+unreadable+`}`)
	add("partitions partition", "[", "]", do["GET /v2/user_tags/ID/partitions"], `"status":{}`, `"user_count":1`)
	add("report", "", "", do[report])
	add("report rows", `{"non_aggregate_result":{"rows":`, "}}", do[report],
		`{"by_value":"#","partition_values":[{"user_count":1}]}`, `{"by_value":{},"partition_values":[{"user_count":1}]}`, `{"partition_values":[{"base_time":"x"}]}`,
		`{"by_value":"#","partition_values":[{"user_count":`+unreadable+`,"percent":`+unreadable+`}]}`)
	add("report totals", `{"non_aggregate_result":{},"aggregate_result":{"rows":`, "}}", do[report], `{"by_value":"#","partition_values":[{"user_count":1}]}`)
	add("report values", `{"non_aggregate_result":{"rows":[{"by_value":"a","partition_values":`, "}]}}", do[report],
		`{"base_time":"x"}`, `{"user_count":1}`, `{"base_time":"`+long+`"}`)
	add("users", "", "", do["POST /v2/reports/user_analytics/users"], `"size":1`)
	add("users error", `{"error":`, "}", do["POST /v2/reports/user_analytics/users"])
	return all
}

func TestEveryEndpointIsInTheLists(t *testing.T) {
	vendortest.ExpectEveryEndpoint(t, "places", vendortest.EndpointsOfPlaces(t, places()))
	vendortest.ExpectEveryEndpoint(t, "requests", vendortest.EndpointsOfRequests(requestsOf(client(newVendor()))))
}

func TestMemoryForAnyAnswer(t *testing.T) { vendortest.RunShapes(t, places()) }

func TestMemoryForListsTogether(t *testing.T) {
	for _, p := range places() {
		if p.Name == "tags" {
			vendortest.RunTogether(t, p, `{"id":#}`, 1200)
		}
	}
}

func FuzzMemory(f *testing.F) { vendortest.FuzzShapes(f, places()) }
