package web_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// One profile is taken at a time: another one is refused until it is done.
func TestProfilesOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := web.NewHandler(web.Options{
			Registry: prometheus.NewRegistry(), MetricsPath: "/metrics", Version: "1.2.3",
			Accounts: func() *collector.Set { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan int)
		go func() { first <- webtest.Get(h, "/debug/pprof/goroutine?seconds=60").Code }()
		synctest.Wait()
		for _, path := range []string{"/debug/pprof/heap", "/debug/pprof/profile", "/debug/pprof/trace?seconds=1"} {
			w := webtest.Get(h, path)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" ||
				!strings.Contains(w.Body.String(), "one is taken at a time") {
				t.Errorf("%s while another one is taken: %d %s", path, w.Code, w.Body)
			}
		}
		began := time.Now()
		if status := <-first; status != http.StatusOK || time.Since(began) != time.Minute {
			t.Errorf("the first profile ended with %d after %s", status, time.Since(began))
		}
		if w := webtest.Get(h, "/debug/pprof/goroutine"); w.Code != http.StatusOK {
			t.Errorf("after that: %d %s", w.Code, w.Body)
		}
	})
}
