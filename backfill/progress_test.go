package backfill_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// progress runs ten days, each of which takes some time, and returns what was written of it.
func progress(t *testing.T, terminal bool, aDay time.Duration) string {
	t.Helper()
	v := newVendor()
	v.fail("push_day", "2026-11-04", failure(transport.Timeout), failure(transport.Rejected))
	o := options(t, v)
	o.To = date(t, "2026-11-10")
	read := o.History.Parts[0].Read
	o.History.Parts[0].Read = func(ctx context.Context, day metric.Day) (history.DayResult, error) {
		<-time.After(aDay)
		return read(ctx, day)
	}
	var log bytes.Buffer
	o.Progress = backfill.NewProgress(&log, terminal)
	if _, err := backfill.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Progress.Close()
	return log.String()
}

func TestProgressInALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		log := progress(t, false, 4*time.Second)
		for _, want := range []string{
			"reading 10 days\n", "\n3/10 days, 28s left\n", "\npush_day 2026-11-04: acme GET /thing: timeout: trying again in 2s\n",
			"\ngap: push_day 2026-11-04: acme GET /thing: rejected\n", "\n10/10 days, 1 gap\n",
		} {
			if !strings.Contains(log, want) {
				t.Errorf("no %q in\n%s", want, log)
			}
		}
		if n := strings.Count(log, " days, "); n != 4 || strings.Contains(log, "\x1b") {
			t.Errorf("%d lines of days, want one every 10 s and the last:\n%q", n, log)
		}
	})
}

func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		log := progress(t, true, time.Second)
		for _, want := range []string{
			"\r[....................] 0/10 days\x1b[K", "\r[##########..........] 5/10 days, 1 gap, ", "\r[####################] 10/10 days, 1 gap\x1b[K",
			"\r\x1b[Kgap: push_day 2026-11-04: acme GET /thing: rejected\n",
		} {
			if !strings.Contains(log, want) {
				t.Errorf("no %q in\n%q", want, log)
			}
		}
		if !strings.HasSuffix(log, "\r\x1b[K") {
			t.Errorf("the terminal's line is left: %q", log)
		}
	})
}
