package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longestRetryAfter bounds what is read of a header, before the bound that is configured.
const longestRetryAfter = 365 * 24 * time.Hour

// retryAfter reads the Retry-After header, in seconds or as a date. A date is taken against
// the answer's own Date, if it has one, so that it does not matter whether our clock is right.
// No header, an unreadable one and one in the past give 0.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		if seconds >= longestRetryAfter.Seconds() {
			return longestRetryAfter
		}
		return time.Duration(seconds * float64(time.Second))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(at.Sub(now), 0), longestRetryAfter)
}
