package collector

import (
	"errors"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const (
	// backoffMin stands in for a min_interval of 0, whose doubling would stay 0.
	backoffMin = time.Second
	// backoffMax is the longest wait that doubling leads to, unless min_interval is longer.
	backoffMax = 10 * time.Minute
	// backoffAuth is the wait after bad credentials: vendors blacklist who keeps knocking.
	backoffAuth = 10 * time.Minute
	// retryAfterMax bounds what a vendor may ask for: a header with a typo must not silence an endpoint for years.
	retryAfterMax = 24 * time.Hour
)

// backoff is how long what failed for the given number of times in a row must rest. random is in [0, 1).
//
// The wait doubles from the minimum interval up to backoffMax, and is never shorter than the minimum interval, but for a tenth of jitter at most: as much as a fresh
// answer may come early, so that a wait as long as the scrape interval skips no scrape. What the vendor asks for, and the wait after bad credentials, jitter only lengthens.
func backoff(minInterval time.Duration, failures int, err error, random float64) time.Duration {
	wait := doubled(minInterval, failures, backoffMax)
	wait = time.Duration(float64(wait) * (1 - random/10))

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return wait
	}
	least := time.Duration(float64(min(failure.RetryAfter, retryAfterMax)) * (1 + random/10))
	switch {
	case failure.Kind == transport.Auth && least == 0:
		return time.Duration(float64(backoffAuth) * (1 + random/10))
	case failure.Kind == transport.Auth, failure.Kind == transport.Throttled && least > 0:
		// Nothing was sent, and nobody bothered: the client itself says when there is something to be gained.
		return least
	}
	return max(wait, least)
}

// doubled is the minimum interval, doubled with each failure but the first up to a limit.
func doubled(minInterval time.Duration, failures int, limit time.Duration) time.Duration {
	wait := max(minInterval, backoffMin)
	for i := 1; i < failures && wait < limit; i++ {
		wait = min(2*wait, limit)
	}
	return wait
}

// stopsTurn tells the failures that would befall every further request of the endpoint as well: asking on would cost calls and gain nothing.
func stopsTurn(kind transport.Kind) bool {
	return kind == transport.Auth || kind == transport.RateLimited || kind == transport.Throttled
}
