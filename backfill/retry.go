package backfill

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// verdict is what a failure means for the day that was asked for.
type verdict uint8

const (
	refused   verdict = iota // the vendor does not give the day: a gap at once
	unreached                // the vendor was not reached, which does not depend on the day: never a gap
	failed                   // the vendor failed: a gap if it fails again, though it answers for other days
	fatal                    // no other day can be read either
)

// verdictOf returns what a failure means.
func verdictOf(err error) verdict {
	switch transport.KindOf(err) {
	case transport.Auth:
		return fatal
	case transport.Network, transport.Timeout, transport.RateLimited, transport.Throttled:
		return unreached
	case transport.Malformed:
		return failed
	case transport.HTTP:
		if failure, ok := errors.AsType[*transport.Error](err); ok && !failure.ServerFailed() {
			return refused
		}
		return failed
	default:
		return refused
	}
}

// How often a day is asked for, and how long the waits in between are. A vendor that does not say how long to wait has
// a few minutes to recover; after a rate limit the waits are longer.
const (
	attempts        = 7
	attemptsAgain   = 3 // in the second pass, and of an answer that makes no sense
	suspectDays     = 3 // after so many failed days in a row the vendor itself may be down
	firstWait       = 2 * time.Second
	longestWait     = 2 * time.Minute
	firstLimitWait  = 30 * time.Second
	longestLimit    = 10 * time.Minute
	longestAsked    = 24 * time.Hour
	jitterFractions = 10
)

// waitAfter is how long to wait after so many failures in a row, the last of which was err.
func waitAfter(failures int, err error) time.Duration {
	wait, longest := firstWait, longestWait
	if transport.KindOf(err) == transport.RateLimited {
		wait, longest = firstLimitWait, longestLimit
	}
	for i := 1; i < failures && wait < longest; i++ {
		wait = min(2*wait, longest)
	}
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.RetryAfter > 0 {
		wait = max(wait, min(failure.RetryAfter, longestAsked))
		if failure.Kind == transport.Throttled { // our own budget knows best when there is something to be gained
			wait = min(failure.RetryAfter, longestAsked)
		}
	}
	return wait + rand.N(wait/jitterFractions+1) // never shorter than what was asked for
}
