package polyv

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// maxApart is how far two clocks may be apart and still agree on a signature: Polyv takes one
// for three minutes.
const maxApart = 3 * time.Minute

// untilSameDay returns how long it takes until Polyv's clock and ours are on the same
// calendar day again; 0 if they are. "today" is Polyv's, whose clock the Date of its answer
// tells: within seconds of midnight it may be another day than ours, and so would be its
// values.
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

// awaitSameDay waits until the clocks are on the same day, if that is soon. asked is how often
// Polyv has been asked: a wait that did not help is not repeated.
func awaitSameDay(ctx context.Context, name endpoint, wait time.Duration, asked int) error {
	if wait > maxApart || asked > 1 {
		return &transport.Error{
			Vendor: vendor, Endpoint: string(name), Kind: transport.Rejected,
			Err:    fmt.Errorf("by the answer's Date it is another day at Polyv, for %s still", wait.Round(time.Second)),
			Advice: "set this machine's clock, and time_zone to that of Polyv's days",
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s %s: %w", vendor, name, ctx.Err())
	}
}
