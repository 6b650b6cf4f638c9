package transport_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// hanging answers nothing until the request is given up.
var hanging = vendorFunc(func(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
})

func TestCloseEndsWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(transport.Options{RoundTripper: hanging, Timeout: time.Hour})
		ended := make(chan error, 1)
		go func() { ended <- do(t.Context(), c) }()
		synctest.Wait()
		began := time.Now()
		c.Close()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want it cancelled", err)
			}
		default:
			synctest.Wait()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want it cancelled", err)
			}
		}
		if err := do(t.Context(), c); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "closing this account") {
			t.Errorf("after Close: got %v", err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("closing took %s", took)
		}
	})
}

// A slot that never comes free must be reported at last: whoever waits has no values meanwhile.
func TestSlotIsNotAwaitedForEver(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options transport.Options
		says    string
	}{
		{"of the account", transport.Options{MaxConcurrentRequests: 1}, "max_concurrent_requests"},
		{"of the process", transport.Options{Global: transport.NewGlobal(1), MaxConcurrentRequests: 9}, "global.max_concurrent_requests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.options.RoundTripper = hanging
				tt.options.Timeout = 5 * time.Second
				c := client(tt.options)
				defer c.Close()
				go func() { _ = do(transport.WithLimits(t.Context(), transport.Limits{Timeout: time.Hour}), c) }()
				synctest.Wait()
				began := time.Now()
				err := do(t.Context(), c)
				if transport.KindOf(err) != transport.Throttled || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want it throttled by %s", err, tt.says)
				}
				if took := time.Since(began); took != time.Minute {
					t.Errorf("waited %s, want a minute", took)
				}
			})
		})
	}
}
