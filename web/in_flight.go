package web

import (
	"fmt"
	"net/http"

	"golang.org/x/sync/semaphore"
)

// limitInFlight answers 503 to scrapes beyond the given number at a time: whoever asks without end must not fill the memory. 0 is no limit.
func limitInFlight(most int) func(http.Handler) http.Handler {
	if most <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	slots := semaphore.NewWeighted(int64(most))
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !slots.TryAcquire(1) {
				w.Header().Set("Retry-After", "1")
				http.Error(w, fmt.Sprintf("%d scrapes are in flight, which is as many as --web.max-requests allows", most), http.StatusServiceUnavailable)
				return
			}
			defer slots.Release(1)
			next.ServeHTTP(w, r)
		})
	}
}
