package transport

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// maxApart is the largest difference between two clocks that is waited for.
const maxApart = 3 * time.Minute

// OnSameDay calls read, and once more if the vendor's clock and this machine's were not on the same calendar day in
// loc. A vendor's values of "today" are those of its own today, which may be another day than ours within seconds of
// midnight. read returns the header of the answer, whose Date is the vendor's clock. Without a header or Date the
// answer is used.
//
// OnSameDay returns the error of read, or a Rejected with advice on this machine's clock if the clocks differ by
// minutes. named has the vendor and the endpoint for that error, title is the vendor's name in texts.
func OnSameDay(
	ctx context.Context, title string, named Error, loc *time.Location, read func() (http.Header, error),
) error {
	for asked := 1; ; asked++ {
		h, err := read()
		if err != nil {
			return err
		}
		wait := untilSameDay(h, time.Now(), loc)
		if wait == 0 {
			return nil
		}
		if wait > maxApart || asked > 1 { // a wait that did not help is not repeated
			named.Kind = Rejected
			named.Err = fmt.Errorf("by the answer's Date it is another day at %s, for %s still", title, wait.Round(time.Second))
			named.Advice = fmt.Sprintf("set this machine's clock, and time_zone to that of %s's days", title)
			return &named
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%s %s: %w", named.Vendor, named.Endpoint, ctx.Err())
		}
	}
}

// untilSameDay returns how long it takes until the vendor's clock and ours are on the same calendar day again; 0 if
// they are now, or if the answer has no Date.
func untilSameDay(h http.Header, now time.Time, loc *time.Location) time.Duration {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	// Date is in whole seconds and older than the answer's arrival: an answer of the last second of their day is of
	// that day.
	ours := now.In(loc)
	theirs = theirs.In(loc)
	if sameDate(ours, theirs) {
		return 0
	}
	behind := ours
	if theirs.Before(ours) {
		behind = theirs
	}
	year, month, day := behind.Date()
	return time.Date(year, month, day+1, 0, 0, 1, 0, loc).Sub(behind)
}

func sameDate(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}
