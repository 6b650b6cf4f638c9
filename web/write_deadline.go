package web

import (
	"net/http"
	"strconv"
	"time"
)

// defaultWriteTimeout is how long a client may take to read an answer. One that takes longer, or reads nothing, loses
// its connection: it must not hold its place for good.
const defaultWriteTimeout = 30 * time.Second

// within ends the answers of next when they have not been read in time: work says how long making one may take, to
// which comes the time to read it.
func (o Options) within(work func(*http.Request) time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What is no connection, such as a test's recorder, has no deadline.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(work(r) + o.WriteTimeout))
		next.ServeHTTP(w, r)
	})
}

// atOnce is the work on a page.
func atOnce(*http.Request) time.Duration { return 0 }

// reloading is the work on a reload: with thousands of accounts it takes seconds.
func reloading(*http.Request) time.Duration { return time.Minute }

// profiling is the work on a profile: as long as is asked for, or net/http/pprof's 30 s.
func profiling(r *http.Request) time.Duration {
	const byDefault = 30 * time.Second
	seconds, err := strconv.ParseFloat(r.URL.Query().Get("seconds"), 64)
	if err != nil || !(seconds > 0) {
		return byDefault
	}
	return time.Duration(min(seconds, (24*time.Hour).Seconds()) * float64(time.Second))
}
