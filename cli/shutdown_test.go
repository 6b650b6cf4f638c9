package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
)

// A command that ends in time decides how the program ends. Of one that does not, the error says what is still running.
func TestCommandsThatDoNotEnd(t *testing.T) {
	failed := errors.New("failed")
	for _, tt := range []struct {
		name  string
		after time.Duration // the signal
		err   error
		names []string
		want  string
	}{
		{"ended at once", 0, nil, []string{"a"}, ""},
		{"failed in time", 24 * time.Second, failed, []string{"a"}, "failed"},
		{"not ended", time.Hour, nil, []string{"a", "b"}, "not ended within 25s of the signal, exiting now; still running: a; b"},
		{"not ended for an unknown reason", time.Hour, nil, nil, "not ended within 25s of the signal, exiting now; still running: unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, signal := context.WithCancel(t.Context())
				var u unfinished
				u.add(func() []string { return tt.names })
				ended := make(chan error, 1)
				time.AfterFunc(time.Minute, func() {
					signal()
					time.AfterFunc(tt.after, func() { ended <- tt.err })
				})
				began := time.Now()
				err := awaitEnd(ctx, ended, ExitTimeout, &u)
				if took := time.Since(began); took > time.Minute+ExitTimeout {
					t.Errorf("ended after %s", took)
				}
				if err == nil && tt.want != "" || err != nil && err.Error() != tt.want {
					t.Errorf("ended with %v, want %q", err, tt.want)
				}
			})
		})
	}
}

// hangingVendor answers no request until its context is done, and then only when it is released.
type hangingVendor struct{ arrived, release chan struct{} }

// RoundTrip implements http.RoundTripper.
func (v hangingVendor) RoundTrip(*http.Request) (*http.Response, error) {
	v.arrived <- struct{}{}
	<-v.release
	return nil, errors.New("released")
}

// The reloader names what is still running: the reload, and the endpoints of each account that are being read, also of
// accounts that are no longer configured.
func TestNamesOfWhatIsStillRunning(t *testing.T) {
	account := func(name string) string {
		return "getui:\n  - {account: " + name + ", app_id: A, app_key: K, master_secret: M, endpoints: {" +
			"online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n"
	}
	synctest.Test(t, func(t *testing.T) {
		yaml := account("shop")
		hang := make(chan struct{})
		load := func() (*config.Config, error) {
			if yaml == "" {
				<-hang
			}
			return collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
		}
		vendor := hangingVendor{make(chan struct{}, 9), make(chan struct{})}
		registry := prometheus.NewRegistry()
		r, err := start(load, collector.Options{Logger: log.NewNopLogger(), RoundTripper: vendor}, web.NewConfigMetrics(registry))
		if err != nil {
			t.Fatal(err)
		}
		if names := r.unfinished(); names != nil {
			t.Errorf("nothing runs, got %q", names)
		}
		ctx, endScrapes := context.WithCancel(t.Context())
		var scrapes sync.WaitGroup
		scrapes.Go(func() { r.set().Gather(ctx) })
		<-vendor.arrived
		yaml = account("other")
		if err := r.reload(); err != nil {
			t.Fatal(err)
		}
		scrapes.Go(func() { r.set().Gather(ctx) })
		<-vendor.arrived
		yaml = ""
		var reload sync.WaitGroup
		reload.Go(func() { r.reload() })
		synctest.Wait()
		want := "a reload of the configuration; refreshes of getui/other (push_quota), getui/shop (push_quota)"
		if got := strings.Join(r.unfinished(), "; "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		yaml = account("other")
		close(hang)
		close(vendor.release)
		endScrapes()
		scrapes.Wait()
		reload.Wait()
		r.close()
	})
}

// HTTP requests are counted while they are handled.
func TestRequestsThatAreStillHandled(t *testing.T) {
	var requests requestCounter
	arrived, finish := make(chan struct{}), make(chan struct{})
	h := requests.handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-finish
		io.WriteString(w, "done")
	}))
	var handling sync.WaitGroup
	handling.Go(func() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	})
	<-arrived
	if got := requests.names(); len(got) != 1 || got[0] != "1 HTTP request(s)" {
		t.Errorf("got %q", got)
	}
	close(finish)
	handling.Wait()
	if got := requests.names(); got != nil {
		t.Errorf("all are handled, got %q", got)
	}
}
