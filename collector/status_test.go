package collector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

func statusOf(t *testing.T, e *exporter, account string) collector.AccountStatus {
	t.Helper()
	s, ok := e.set.StatusOf(poll.Target{Vendor: "getui", Account: account}, time.Now())
	if !ok {
		t.Fatalf("no account %s", account)
	}
	return s
}

// An endpoint's states over its life, each with why, since when and what comes next. To ask reads nothing.
func TestStatus(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(750))
		e := newExporterOf(t, a, shops("shop", ""))
		want := func(state collector.State, next time.Duration, failing bool) collector.EndpointStatus {
			t.Helper()
			s := statusOf(t, e, "shop")
			got := s.Endpoints[0]
			if got.Name != "push_quota" || got.State != state || s.Failing() != failing || (got.Err != nil) != failing {
				t.Errorf("%s is %s (%v), want %s", got.Name, got.State, got.Err, state)
			}
			if d := time.Until(got.NextRead); d < next*9/10 || d > next {
				t.Errorf("next read in %s, want %s or a tenth less", d, next)
			}
			return got
		}
		first := want(collector.StatePending, 0, false)
		if !first.ServedAt.IsZero() || first.Duration != 0 || a.count(pathQuota) != 0 {
			t.Errorf("before the first read: %+v", first)
		}
		e.scrape(time.Minute)
		readAt := time.Now()
		if ok := want(collector.StateOK, time.Minute, false); ok.Samples != 3 || !ok.ServedAt.Equal(readAt) {
			t.Errorf("after the first read: %+v", ok)
		}
		a.handle(pathQuota, answering(503, "busy"))
		time.Sleep(time.Minute)
		failedAt := time.Now()
		e.scrape(time.Minute)
		if stale := want(collector.StateStale, 10*time.Second, true); !stale.Since.Equal(failedAt) || stale.Samples != 3 || !stale.ServedAt.Equal(readAt) || fmt.Sprint(stale.Reasons) != "[http]" || !strings.Contains(stale.Err.Error(), "503") {
			t.Errorf("while it fails: %+v", stale)
		}
		time.Sleep(15 * time.Minute)
		e.scrape(time.Minute)
		if failing := want(collector.StateFailing, 20*time.Second, true); failing.Samples != 0 || !failing.Since.Equal(failedAt) {
			t.Errorf("when the old values have died: %+v", failing)
		}
		a.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		time.Sleep(10 * time.Minute)
		e.scrape(time.Second)
		if s := statusOf(t, e, "shop").Endpoints[0]; !s.Reading || !s.NextRead.IsZero() {
			t.Errorf("while it is read: %+v", s)
		}
	})
}

// Midnight comes before the interval's end, whichever day is read.
func TestStatusNextReadAtMidnight(t *testing.T) {
	for clock, wants := range map[string][2]time.Duration{
		"2000-01-02T23:59:30+08:00": {30 * time.Second, 30 * time.Second},
		noon:                        {54 * time.Second, 54 * time.Minute},
	} {
		at(t, clock, func(t *testing.T) {
			a := newAPI()
			a.answer(pathQuota, quotaAnswer(1))
			a.answer(pathUserDay, `{"code":0,"data":{"2000-01-01":{"accumulative_num":9,"register_num":2,"active_num":5,"online_num":2}}}`)
			e := newExporterOf(t, a, shops("shop", only(map[string]string{"push_quota": "", "user_day": ""})))
			e.scrape(time.Second)
			for i, want := range wants {
				if s := statusOf(t, e, "shop").Endpoints[i]; s.State != collector.StateOK || time.Until(s.NextRead) != want {
					t.Errorf("%s: %s is %s, next read in %s, want %s", clock, s.Name, s.State, time.Until(s.NextRead), want)
				}
			}
		})
	}
}

// Failed requests are remembered while any number of others come and go.
func TestStatusRemembersFailures(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, answering(500, "S3cret-planted"))
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Minute)
		a.answer(pathQuota, quotaAnswer(1))
		for range 100 {
			time.Sleep(time.Minute)
			e.scrape(time.Minute)
		}
		requests := statusOf(t, e, "shop").Requests
		if len(requests) != 11 || requests[0].Err == nil || requests[0].Code != "500" || requests[0].Endpoint != "GET /report/push/count" {
			t.Fatalf("remembered: %d requests, first %+v", len(requests), requests[0])
		}
		last := requests[10]
		if last.Err != nil || last.Code != "200" || last.Bytes != int64(len(quotaAnswer(1))) {
			t.Errorf("the last one: %+v", last)
		}
		for i := range requests[1:] {
			if requests[i+1].At.Before(requests[i].At) {
				t.Errorf("request %d is out of order", i)
			}
		}
	})
}

func TestStatusQuotas(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, `{"code":0,"data":{
			"gt":{"app":{"total_num":1000,"remain_num":250,"limit":false}},
			"vv":{"general":{"total_num":"100","push_num":"90","limit":false}},
			"xm":{"special":{"total_num":10,"remain_num":3,"limit":true},"odd":{"remain_num":3}},
			"op":{"general":{"total_num":0,"push_num":5,"limit":false},"over":{"total_num":10,"push_num":50,"limit":false},
				"unknown":{"total_num":10,"limit":false},"all":{"total_num":10,"limit":true},"full":{"total_num":10,"remain_num":12}}}}`)
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Minute)
		got := make(map[string]string)
		for _, q := range statusOf(t, e, "shop").Quotas {
			got[q.Channel+"/"+q.Kind] = fmt.Sprintf("%s %g of %g used %.2f %t", q.Target, q.Remaining, q.Limit, q.Used, q.Exhausted)
		}
		for place, want := range map[string]string{
			"gt/app":     "getui/shop 250 of 1000 used 0.75 false",
			"vv/general": "getui/shop -1 of 100 used 0.90 false",
			"xm/special": "getui/shop 3 of 10 used 1.00 true",
			"op/general": "getui/shop -1 of 0 used -1.00 false",
			"op/over":    "getui/shop -1 of 10 used 5.00 false",
			"op/unknown": "getui/shop -1 of 10 used -1.00 false",
			"op/all":     "getui/shop -1 of 10 used 1.00 true",
			"op/full":    "getui/shop -1 of 10 used -1.00 false",
		} {
			if got[place] != want {
				t.Errorf("%s: %s, want %s", place, got[place], want)
			}
		}
		if len(got) != 8 {
			t.Errorf("got %v", got)
		}
	})
}
