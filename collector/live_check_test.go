package collector_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

const onlyGroups = "    endpoints: {push_quota: {enabled: false}, online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}\n"

// failures are an endpoint's reasons as they are printed.
func failures(r collector.CheckResult) []string {
	var texts []string
	for _, f := range r.Failures() {
		texts = append(texts, f.Text)
	}
	return texts
}

// Each reason for which an endpoint's items fail is reported, but not each item.
func TestCheckReportsEachReasonOfItems(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathTaskGroup+"good", `{"code":0,"msg":"success","data":{"good":{"gt":{"target_num":1,"receive_num":1,"display_num":1,"click_num":1,"msg_num":1}}}}`)
		a.handle(pathTaskGroup+"broken", answering(500, `{}`))
		a.handle(pathTaskGroup+"broken-too", answering(500, `{}`))
		a.handle(pathTaskGroup+"unknown", answering(200, `{"code":20001,"msg":"no such group"}`))
		many := "broken, good, broken-too, unknown"
		for i := range 20 {
			name := fmt.Sprintf("unusual-%d", i)
			a.handle(pathTaskGroup+name, answering(200, fmt.Sprintf(`{"code":%d,"msg":"unusual"}`, 90000+i)))
			many += ", " + name
		}
		e := newExporterOf(t, a, shops("shop", "    requests_per_minute: 6000\n    task_groups: ["+many+"]\n"+onlyGroups))
		results := e.set.Check(t.Context())
		if len(results) != 1 {
			t.Fatalf("got %v", results)
		}
		got := failures(results[0])
		if len(got) != 5 || !strings.Contains(got[0], "answered 500") || !strings.Contains(got[1], "code 20001 (no such group)") || !strings.Contains(got[2], "code 90000") {
			t.Errorf("got %q", got)
		}
	})
}

// Once there is no time left, nothing more is asked of a vendor, and what is wrong is said in the words of whoever set
// the limit.
func TestCheckAsksNothingOnceTimeIsUp(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		late := errors.New("no answer within --live.timeout=3s")
		for _, slow := range []string{"GET /v1/streams", "GET /v1/collections/query-group-by"} {
			a := adspectAPI()
			a.answer("GET /v1/collections/query-group-by", `["stream_id"]`)
			a.answer("GET /v1/collections/query-funnel-metrics", `["clicks"]`)
			a.handle(slow, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			e := newAdspect(t, a, "    funnels: [{name: s, group_by: [stream_id], metrics: [clicks]}]\n")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Second, late)
			var got []string
			for _, r := range e.set.Check(ctx) {
				if r.Endpoint == "configuration" {
					got = append(got, r.Err.Error())
				}
			}
			cancel()
			if !slices.Equal(got, []string{late.Error()}) {
				t.Errorf("slow %s: got %q", slow, got)
			}
			if n := a.count("GET /v1/collections/query-group-by"); slow == "GET /v1/streams" && n != 0 {
				t.Errorf("asked %d times after the end", n)
			}
		}
	})
}

// Only the accounts that are named are read.
func TestCheckOfSomeAccounts(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		e := newExporterOf(t, a, shops("one", "", "two", "", "three", ""))
		var got []string
		for _, r := range e.set.Check(t.Context(), poll.Target{Vendor: "getui", Account: "two"}, poll.Target{Vendor: "getui", Account: "nobody"}) {
			got = append(got, r.Vendor+"/"+r.Account)
		}
		if got = slices.Compact(got); !slices.Equal(got, []string{"getui/two"}) || a.count(pathAuth) != 1 {
			t.Errorf("got %v with %d logins", got, a.count(pathAuth))
		}
	})
}

// One account that hangs does not keep another's settings from being asked about.
func TestCheckAsksAboutSettingsWhileAnotherAccountHangs(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := adspectAPI()
		a.answer("GET /v1/collections/query-group-by", `["os"]`)
		a.answer("GET /v1/collections/query-funnel-metrics", `["clicks"]`)
		a.handle("GET /hanging/streams", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		const funnels = "    funnels: [{name: s, group_by: [stream_id], metrics: [clicks]}]\n"
		e := newAdspect(t, a, funnels+"  - account: hanging\n    api_key: other-key-planted\n    base_url: http://adspect.example/hanging\n"+funnels)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		got := ""
		for _, r := range e.set.Check(ctx) {
			if r.Endpoint == "configuration" && r.Account != "hanging" {
				got = r.Err.Error()
			}
		}
		if want := `funnel s: the vendor does not know "stream_id" of group_by; it has os`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
