package collector_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// An endpoint is overdue once it has been due for more than two intervals, and for five minutes: Prometheus may scrape
// as seldom as that.
func TestStatusOverdue(t *testing.T) {
	good := answering(200, quotaAnswer(1))
	for _, tt := range []struct {
		name     string
		settings string
		before   time.Duration // the first scrape comes then, and one a minute from there to scrapes
		scrapes  int
		after    http.HandlerFunc // answers from the second scrape on
		idle     time.Duration    // after the last scrape
		want     collector.Overdue
		due      time.Duration // for how long
	}{
		{"just started", "", 0, 0, good, 5 * time.Minute, collector.NotOverdue, 5 * time.Minute},
		{"never scraped", "", 0, 0, good, 6 * time.Minute, collector.OverdueNoScrape, 6 * time.Minute},
		{"scraped every minute", "", 0, 20, good, 50 * time.Second, collector.NotOverdue, 0},
		{"scraped every five minutes", "", 0, 1, good, 5 * time.Minute, collector.NotOverdue, 4*time.Minute + 6*time.Second},
		{"scraped once", "", 0, 1, good, 10 * time.Minute, collector.OverdueNoScrape, 9*time.Minute + 6*time.Second},
		{
			"scraped once, for an hour's interval", "min_interval: 1h, max_stale: 10h", 0, 1, good, 2 * time.Hour,
			collector.NotOverdue, 66 * time.Minute,
		},
		{
			"scraped once, for an hour's interval, long ago", "min_interval: 1h, max_stale: 10h", 0, 1, good,
			3 * time.Hour, collector.OverdueNoScrape, 126 * time.Minute,
		},
		{
			"failing, and backing off", "min_interval: 3m, max_stale: 10h", 0, 21, answering(500, ""), time.Second,
			collector.OverdueBackoff, 17*time.Minute + time.Second,
		},
		{
			"failing, and nobody scrapes", "", 0, 21, answering(500, ""), time.Hour, collector.OverdueNoScrape,
			79 * time.Minute,
		},
		{
			"called too often", "", 0, 21, answering(200, `{"code":10005,"msg":"too frequent"}`), time.Second,
			collector.OverdueRateLimit, 19*time.Minute + time.Second,
		},
		{
			"a read that hangs", "timeout: 20m", 0, 2, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			15 * time.Minute, collector.OverdueReading, 15*time.Minute + 6*time.Second,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(pathQuota, good)
				e := newExporterOf(t, a, quotaOnlyAccount("{"+tt.settings+"}"))
				for i := range tt.scrapes {
					if i > 0 {
						time.Sleep(time.Minute)
						a.handle(pathQuota, tt.after)
					}
					e.scrape(time.Nanosecond)
				}
				time.Sleep(tt.idle)
				s := statusOf(t, e, "shop").Endpoints[0]
				due := time.Duration(0)
				if !s.DueSince.IsZero() {
					due = time.Since(s.DueSince).Round(time.Second)
				}
				if s.Overdue != tt.want || due != tt.due {
					t.Errorf("overdue is %q, due for %s (%s, %v); want %q, %s", s.Overdue, due, s.State, s.Err, tt.want, tt.due)
				}
			})
		})
	}
}

// Values of a day are due from midnight on.
func TestStatusOverdueAfterMidnight(t *testing.T) {
	at(t, "2000-01-02T23:50:00+08:00", func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		e := newExporterOf(t, a, quotaOnlyAccount("{min_interval: 20m, max_stale: 2h}"))
		e.scrape(time.Second)
		time.Sleep(51 * time.Minute)
		if s := statusOf(t, e, "shop").Endpoints[0]; s.Overdue != collector.OverdueNoScrape || time.Since(s.DueSince) != 41*time.Minute {
			t.Errorf("overdue is %q, due since %s", s.Overdue, s.DueSince)
		}
	})
}

// The last ten refreshes are kept, each with what it came to.
func TestStatusOfPastRefreshes(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		e := newExporterOf(t, a, quotaOnlyAccount("{}"))
		past := func() string {
			var all []string
			for _, r := range statusOf(t, e, "shop").Endpoints[0].Past.All() {
				all = append(all, fmt.Sprintf("%s %s %q", r.At.UTC().Format("15:04:05"), r.Duration, r.Failure))
			}
			return strings.Join(all, ", ")
		}
		if got := past(); got != "" {
			t.Errorf("before the first: %s", got)
		}
		a.answer(pathQuota, quotaAnswer(1))
		e.scrape(time.Minute)
		a.handle(pathQuota, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(1500 * time.Millisecond)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		time.Sleep(time.Minute)
		e.scrape(time.Minute)
		if got, want := past(), `04:00:00 0s "", 04:01:01 1.5s "http"`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		a.answer(pathQuota, quotaAnswer(1))
		for range 12 {
			time.Sleep(time.Minute)
			e.scrape(time.Minute)
		}
		if got := past(); strings.Count(got, ",") != 9 || strings.Contains(got, "http") || !strings.HasSuffix(got, `04:13:01 0s ""`) {
			t.Errorf("after 14: %s", got)
		}
	})
}

// A scrape is remembered beyond a reload, and a refresh of the status page's button is none.
func TestLastScrape(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		e := newExporterOf(t, a, quotaOnlyAccount("{}"))
		e.set.Refresh(t.Context())
		if at := e.set.LastScrape(); !at.IsZero() || a.count(pathQuota) != 1 {
			t.Errorf("after a refresh: scraped at %s, %d requests", at, a.count(pathQuota))
		}
		ctx, cancel := context.WithCancel(t.Context())
		e.set.Gather(ctx)
		cancel()
		scraped := time.Now()
		time.Sleep(time.Hour)
		e.reload(quotaOnlyAccount("{min_interval: 2h, max_stale: 3h}"))
		if at := e.set.LastScrape(); !at.Equal(scraped) {
			t.Errorf("after a reload: scraped at %s, want %s", at, scraped)
		}
	})
}
