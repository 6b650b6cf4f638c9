package collector

import (
	"errors"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const (
	// backoffMin stands in for a min_interval of 0, whose doubling would stay 0.
	backoffMin = time.Second
	// backoffMax is the longest wait that doubling leads to.
	backoffMax = 10 * time.Minute
	// backoffAuth is the wait after bad credentials: vendors blacklist who keeps knocking.
	backoffAuth = 10 * time.Minute
	// retryAfterMax bounds what a vendor may ask for: a header with a typo must not silence an endpoint for years.
	retryAfterMax = 24 * time.Hour
)

// backoff is how long a read that failed for the given number of times in a row must rest. random is in [0, 1).
//
// The wait doubles from the minimum interval up to backoffMax; jitter only shortens it, by up to a tenth, so that a wait as long as the scrape interval does
// not skip a scrape. What the vendor asks for, and the wait after bad credentials, jitter only lengthens.
func backoff(minInterval time.Duration, failures int, err error, random float64) time.Duration {
	wait := max(minInterval, backoffMin)
	for i := 1; i < failures && wait < backoffMax; i++ {
		wait *= 2
	}
	wait = time.Duration(float64(min(wait, backoffMax)) * (1 - random/10))

	var failure *transport.Error
	if !errors.As(err, &failure) {
		return wait
	}
	least := min(failure.RetryAfter, retryAfterMax)
	if failure.Kind == transport.Throttled && least > 0 {
		wait = 0 // nothing was sent and nobody was bothered: our own budget says when there is room again
	}
	if failure.Kind == transport.Auth && least == 0 {
		least = backoffAuth
	}
	return max(wait, time.Duration(float64(least)*(1+random/10)))
}

// stopsTurn tells the failures that would befall every further request of the endpoint as well: asking on would cost calls and gain nothing.
func stopsTurn(kind transport.Kind) bool {
	return kind == transport.Auth || kind == transport.RateLimited || kind == transport.Throttled
}
