package transport

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// maxApart is how far two clocks may be apart and still be waited for.
const maxApart = 3 * time.Minute

// OnSameDay calls read, and again until the vendor's clock and this machine's are on the same calendar day in loc: what
// a vendor reports of "today" is of its own today, and within seconds of midnight that may be another day than ours.
// read returns the header of the answer, whose Date is the vendor's clock; nil or one without Date is taken as it is.
//
// OnSameDay returns the error of read, and a Rejected that speaks of this machine's clock where the clocks are further
// apart than minutes. Title is how people call the vendor.
func OnSameDay(ctx context.Context, title string, named Error, loc *time.Location, read func() (http.Header, error)) error {
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

// untilSameDay returns how long it takes until the vendor's clock and ours are on the same calendar day again; 0 if they
// are, or if the answer has no Date.
func untilSameDay(h http.Header, now time.Time, loc *time.Location) time.Duration {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	// Date is in whole seconds and was written before the answer travelled: the clocks are
	// on the same day if any moment of that second is.
	ours := now.In(loc)
	theirs = theirs.In(loc)
	if sameDate(ours, theirs) || sameDate(ours, theirs.Add(time.Second)) {
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
