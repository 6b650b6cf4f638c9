package backfill_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
)

// Days whose values nobody would see are not asked for.
func TestDaysThatCannotContribute(t *testing.T) {
	for _, tt := range []struct {
		name         string
		now          string
		from         string
		step, recent time.Duration
		reads        int
		want         string
	}{
		{"shown since less than recent", "2026-11-19T18:00:00Z", "2026-11-19", 5 * time.Minute, 3 * time.Hour, 0,
			"nothing would be written: the values of --from=2026-11-19 are exported from 2026-11-20T00:00:00+08:00 on, and with --step=5m0s and --recent=3h0m0s the samples end before 2026-11-19T23:00:00+08:00"},
		{"the same, with a day before", "2026-11-19T18:00:00Z", "2026-11-18", 5 * time.Minute, 3 * time.Hour, 1, ""},
		{"to the present", "2026-11-19T18:00:00Z", "2026-11-19", 5 * time.Minute, 0, 1, ""},
		{"steps of a week", "2026-11-19T18:00:00Z", "2026-11-01", 7 * 24 * time.Hour, 0, 3, ""},
		{"a step longer than the time", "2026-11-19T18:00:00Z", "2026-11-19", 7 * 24 * time.Hour, 0, 0, "nothing would be written"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at(tt.now)
				v := newVendor()
				o := options(t, v)
				o.From, o.To, o.Step, o.Recent = date(t, tt.from), backfill.Date{}, tt.step, tt.recent
				_, err := backfill.Run(t.Context(), o)
				if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				if len(v.reads) != 2*tt.reads {
					t.Errorf("reads %v, want %d days", v.reads, tt.reads)
				}
				if exists(o.Output + ".state") {
					t.Error("a folder is left")
				}
			})
		})
	}
}
