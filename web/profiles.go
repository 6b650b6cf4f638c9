package web

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"strconv"

	"golang.org/x/sync/semaphore"
)

// maxProfileSeconds is how long a profile may take.
const maxProfileSeconds = 120

// profiles returns the handler of /debug/pprof/, or one that says that it is off. Profiles slow the exporter down, so
// one is taken at a time, and not for long.
func profiles(enabled bool) http.Handler {
	if !enabled {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "profiles are disabled: start with --web.enable-pprof", http.StatusForbidden)
		})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	one := semaphore.NewWeighted(1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text := r.URL.Query().Get("seconds"); text != "" {
			if seconds, err := strconv.ParseFloat(text, 64); err != nil || !(seconds > 0 && seconds <= maxProfileSeconds) {
				http.Error(w, fmt.Sprintf("seconds=%q: want a number above 0, at most %d", bounded(text), maxProfileSeconds),
					http.StatusBadRequest)
				return
			}
		}
		if !one.TryAcquire(1) {
			w.Header().Set("Retry-After", "30")
			http.Error(w, "another profile is being taken; one is taken at a time", http.StatusServiceUnavailable)
			return
		}
		defer one.Release(1)
		mux.ServeHTTP(w, r)
	})
}
