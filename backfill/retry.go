package backfill

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// verdict is what a failure means for the day that was asked for.
type verdict uint8

const (
	refused verdict = iota // the vendor does not give the day: a gap
	away                   // the vendor was not reached: that says nothing of the day, which is never a gap for it
	erring                 // the vendor failed: the day's own fault if it stays so while the vendor answers for another
	odd                    // an answer that makes no sense: as erring, but sooner believed
	fatal                  // no other day would be read either
)

// verdictOf judges a failure.
func verdictOf(err error) verdict {
	switch transport.KindOf(err) {
	case transport.Auth:
		return fatal
	case transport.Network, transport.Timeout, transport.RateLimited, transport.Throttled:
		return away
	case transport.Malformed:
		return odd
	case transport.HTTP:
		if failure, ok := errors.AsType[*transport.Error](err); ok && failure.Status < http.StatusInternalServerError && failure.Status != http.StatusRequestTimeout {
			return refused
		}
		return erring
	default:
		return refused
	}
}

// How often a day is asked for, and how long is waited in between. A vendor that says nothing of the time has a few minutes to come back; who asks too often waits longer.
const (
	attempts        = 7
	attemptsFewer   = 3 // of what makes no sense, and of what the vendor failed at before
	firstWait       = 2 * time.Second
	longestWait     = 2 * time.Minute
	firstLimitWait  = 30 * time.Second
	longestLimit    = 10 * time.Minute
	longestAsked    = 24 * time.Hour
	suspectDays     = 3 // after so many days in a row that fail, another day has to tell whether the vendor answers at all
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
