package backfill_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// often is one failure, many times.
func often(err error, times int) []error { return slices.Repeat([]error{err}, times) }

// serverError is what a vendor's server says in a body of its own.
func serverError(status int, code string) *transport.Error {
	return &transport.Error{Vendor: "acme", Endpoint: "GET /thing", Kind: transport.HTTP, Status: status, Code: code}
}

// Whatever fails and for how long: what the vendor has in the end is in the output, and only what fails while it
// answers for other days is a gap.
func TestOutages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		days  []string // of November
		err   error
		times int // of each day's failures, in each part
		runs  int // until the output is there
		gaps  int
	}{
		{"network, two days", []string{"04", "05"}, failure(transport.Network), 7, 1, 0},
		{"network, the last two days", []string{"09", "10"}, failure(transport.Network), 7, 1, 0},
		{"time out, the first day", []string{"01"}, failure(transport.Timeout), 7, 1, 0},
		{"rate limit, the last day", []string{"10"}, failure(transport.RateLimited), 9, 1, 0},
		{"network, four days", []string{"04", "05", "06", "07"}, failure(transport.Network), 7, 1, 0},
		{"network, all days", []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10"}, failure(transport.Network), 7, 4, 0},
		{"server errors on three days, always", []string{"04", "05", "06"}, failure(transport.HTTP), 1000, 1, 6},
		{"server errors on six days, always", []string{"02", "03", "04", "05", "06", "07"}, failure(transport.HTTP), 1000, 1, 12},
		{"server errors on the first three days, always", []string{"01", "02", "03"}, failure(transport.HTTP), 1000, 1, 6},
		{"server errors on the last three days, always", []string{"08", "09", "10"}, failure(transport.HTTP), 1000, 2, 6},
		{"no sense on three days, always", []string{"04", "05", "06"}, failure(transport.Malformed), 1000, 1, 6},
		{"no sense on two days, for a while", []string{"04", "05"}, failure(transport.Malformed), 3, 1, 0},
		{"server errors with a code, for a while", []string{"04", "05"}, serverError(200, "500"), 3, 1, 0},
		{"busy, for a while", []string{"04", "05"}, serverError(403, "30019"), 3, 1, 0},
		{"server errors with a code, always", []string{"04"}, serverError(200, "500"), 1000, 1, 2},
		{
			"refused on all days but the last", []string{"01", "02", "03", "04", "05", "06", "07", "08", "09"},
			failure(transport.Rejected), 1000, 1, 18,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				for _, day := range tt.days {
					for _, endpoint := range []string{"user_day", "push_day"} {
						v.fail(endpoint, "2026-11-"+day, often(tt.err, tt.times)...)
					}
				}
				o := options(t, v)
				o.To = date(t, "2026-11-10")
				runs := 1
				s, err := backfill.Run(t.Context(), o)
				for ; err != nil && runs < 10; runs++ {
					if !strings.Contains(err.Error(), "are read and kept in "+o.Output+".state: run the same command again to continue") || exists(o.Output) {
						t.Fatalf("run %d: %v", runs, err)
					}
					s, err = backfill.Run(t.Context(), o)
				}
				if err != nil || runs > tt.runs || len(s.Gaps) != tt.gaps {
					t.Fatalf("%d runs, %+v, %v; want %d and %d gaps", runs, s, err, tt.runs, tt.gaps)
				}
				if n := strings.Count(contents(t, o.Output), "acme_yesterday_users{"); n != 30-3*tt.gaps/2 {
					t.Errorf("%d samples of users with %d gaps", n, tt.gaps)
				}
			})
		})
	}
}

// A day for which the vendor never answers is no gap: the run ends each time, with what to do, and has kept all
// others.
func TestDayThatAlwaysTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		v.fail("push_day", "2026-11-02", often(failure(transport.Timeout), 1000)...)
		o := options(t, v)
		for range 2 {
			_, err := backfill.Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), "1 day cannot be read, though the vendor answers for other days (push_day 2026-11-02: acme GET /thing: timeout)") ||
				!strings.Contains(err.Error(), "raise the account's timeout") || !strings.Contains(err.Error(), "2 of 3 days are read and kept") {
				t.Fatalf("got %v", err)
			}
		}
		v.failures = nil
		s, err := backfill.Run(t.Context(), o)
		if err != nil || contents(t, o.Output) != wholeOutput || len(s.Gaps) > 0 {
			t.Errorf("%v, %+v:\n%s", err, s, contents(t, o.Output))
		}
		if v.reads["user_day 2026-11-03"] != 1 {
			t.Errorf("reads %v", v.reads)
		}
	})
}

// Of several things one that was away is read again with its day, once.
func TestThingThatIsAwayForAWhile(t *testing.T) {
	for _, tt := range []struct {
		name        string
		times, gaps int
	}{
		{"on one reading", 1, 0},
		{"on all", 1000, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				o := options(t, newVendor())
				reads := make(map[time.Time]int)
				read := o.History.Parts[1].Read
				o.History.Parts[1].Read = func(ctx context.Context, day metric.Day) (history.DayResult, error) {
					d, err := read(ctx, day)
					reads[day.Start]++
					if reads[day.Start] <= tt.times {
						d.Gaps = []error{failure(transport.Timeout)}
					}
					return d, err
				}
				s, err := backfill.Run(t.Context(), o)
				if err != nil || len(s.Gaps) != tt.gaps || contents(t, o.Output) != wholeOutput {
					t.Errorf("%v, %+v", err, s)
				}
				for day, n := range reads {
					if n != 2 {
						t.Errorf("%s is read %d times", day, n)
					}
				}
			})
		})
	}
}

// A vendor that is down from some day on makes no gaps: the run ends soon, and continues when the vendor is back.
func TestVendorGoesDown(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind transport.Kind
		want string
		most time.Duration // until the run ends
	}{
		{"not reached", transport.Network, "user_day failed on 2026-11-04, and then on 2026-11-02, which was read before: acme GET /thing: network", 20 * time.Minute},
		{"server errors", transport.HTTP, "user_day failed on 2026-11-04, and then on 2026-11-02, which was read before: acme GET /thing: http", 20 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				o := options(t, v)
				o.From, o.To = date(t, "2026-11-01"), date(t, "2026-11-19")
				down := false
				v.onRead = func(_, day string) {
					if down = down || day == "2026-11-04"; down {
						v.fail("user_day", day, failure(tt.kind))
						v.fail("push_day", day, failure(tt.kind))
					}
				}
				began := time.Now()
				_, err := backfill.Run(t.Context(), o)
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "3 of 19 days are read") {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				if took := time.Since(began); took > tt.most {
					t.Errorf("the run ends after %s", took)
				}
				v.onRead, v.failures = nil, map[string][]error{}
				s, err := backfill.Run(t.Context(), o)
				if err != nil || len(s.Gaps) > 0 || s.Days != 19 {
					t.Errorf("%v, %+v", err, s)
				}
			})
		})
	}
}
