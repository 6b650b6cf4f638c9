package web

import (
	"fmt"
	"net/http"

	"golang.org/x/sync/semaphore"
)

// maxPages is how many pages for people and lists of targets may be in the making at a time. They have a bound of
// their own, so that they take no scrape's place.
const maxPages = 10

// limitInFlight answers 503 to requests beyond the given number at a time: whoever asks without end must not fill the
// memory. what says of what there are as many as may be. 0 is no limit.
func limitInFlight(most int, what string) func(http.Handler) http.Handler {
	if most <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	slots := semaphore.NewWeighted(int64(most))
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !slots.TryAcquire(1) {
				w.Header().Set("Retry-After", "1")
				http.Error(w, fmt.Sprintf("%d %s", most, what), http.StatusServiceUnavailable)
				return
			}
			defer slots.Release(1)
			next.ServeHTTP(w, r)
		})
	}
}
