package transport_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// gatekeeper is a vendor that refuses the credentials or not, after a second of thought.
type gatekeeper struct {
	status atomic.Int64 // 401 = refuses, 0 = dead
	asked  atomic.Int64
}

func (g *gatekeeper) RoundTrip(r *http.Request) (*http.Response, error) {
	g.asked.Add(1)
	time.Sleep(time.Second)
	if g.status.Load() == 0 {
		return nil, errors.New("connection refused")
	}
	return answer(int(g.status.Load()), nil, "")(r)
}

// login is a request as a vendor's client makes it: 401 is Auth, and tells the transport.
func login(ctx context.Context, c *transport.Client) error {
	refused := false
	err := c.Do(ctx, get, func(r *transport.Response) error {
		if refused = r.Status == 401; refused {
			return &transport.Error{Kind: transport.Auth, Code: "10001", Message: "sign error"}
		}
		return r.StatusError()
	})
	if e, ok := errors.AsType[*transport.Error](err); ok && refused {
		c.Refuse(e)
	}
	return err
}

func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &gatekeeper{}
		vendor.status.Store(401)
		c := client(transport.Options{RoundTripper: vendor})
		start := time.Now()
		failure(t, login(t.Context(), c), transport.Auth)

		var pause time.Duration // the longest that was asked for
		for time.Since(start) < 10*time.Minute {
			asked := time.Now()
			e := failure(t, login(t.Context(), c), transport.Auth)
			if d := time.Since(asked); d != 0 {
				t.Fatalf("it took %s to fail", d)
			}
			if e.Status != 401 || e.Code != "10001" || e.RetryAfter <= 0 {
				t.Fatalf("it is not the refusal that is told: %v", e)
			}
			if want := "refused since 2000-01-01T00:00:01Z, no request is sent"; !strings.Contains(e.Error(), want) {
				t.Fatalf("%v does not say %q", e, want)
			}
			pause = max(pause, time.Since(start)+e.RetryAfter)
			time.Sleep(30 * time.Second)
		}
		if got := vendor.asked.Load(); got != 1 {
			t.Fatalf("%d requests in ten minutes, want the one that was refused", got)
		}
		if pause < 10*time.Minute || pause > 11*time.Minute+time.Second {
			t.Errorf("the pause is %s, want ten minutes and some jitter", pause)
		}

		// Now one request tries, however many would like to.
		time.Sleep(time.Minute)
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() { failure(t, login(t.Context(), c), transport.Auth) })
		}
		callers.Wait()
		if got := vendor.asked.Load(); got != 2 {
			t.Errorf("%d requests after the pause, want one", got-1)
		}
		// It was refused too, so the next pause has begun; the refusal is as old as it is.
		time.Sleep(9 * time.Minute)
		e := failure(t, login(t.Context(), c), transport.Auth)
		if !strings.Contains(e.Error(), "refused since 2000-01-01T00:00:01Z") || vendor.asked.Load() != 2 {
			t.Errorf("got %v after %d requests", e, vendor.asked.Load())
		}
	})
}

// Those that wait for a limit when the credentials are refused do not try them one after another. The one whose turn has just come may.
func TestRefusedWhileOthersWait(t *testing.T) {
	for name, options := range map[string]transport.Options{
		"for a slot":  {MaxConcurrentRequests: 1},
		"for a token": {RequestsPerMinute: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := &gatekeeper{}
				vendor.status.Store(401)
				options.RoundTripper = vendor
				c := client(options)
				ctx := transport.WithLimits(t.Context(), transport.Limits{WaitUntil: time.Now().Add(30 * time.Minute)})
				var callers sync.WaitGroup
				for range 10 {
					callers.Go(func() { failure(t, login(ctx, c), transport.Auth) })
				}
				callers.Wait()
				// Of those that wait for a token each has its turn when the pause is over, and one of them tries.
				if got := vendor.asked.Load(); got > 2 {
					t.Errorf("%d requests with credentials that were refused", got)
				}
			})
		})
	}
}

func TestRefusalEnds(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int64 // of the answer to the one that tries
		open   bool
	}{
		{"success", 200, true},
		{"rejected for another reason", 404, true},
		{"too many requests", 429, true},
		{"refused again", 401, false},
		{"no answer", 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := &gatekeeper{}
				vendor.status.Store(401)
				c := client(transport.Options{RoundTripper: vendor})
				login(t.Context(), c)
				time.Sleep(11 * time.Minute)
				vendor.status.Store(test.status)
				login(t.Context(), c)

				vendor.asked.Store(0)
				var callers sync.WaitGroup
				for range 10 {
					callers.Go(func() { login(t.Context(), c) })
				}
				callers.Wait()
				if got := vendor.asked.Load(); (got == 10) != test.open || !test.open && got > 1 {
					t.Errorf("%d of 10 requests passed", got)
				}
			})
		})
	}
}

func TestCancelledAttemptLeavesTheRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &gatekeeper{}
		vendor.status.Store(401)
		c := client(transport.Options{RoundTripper: vendor})
		login(t.Context(), c)
		time.Sleep(11 * time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := login(ctx, c); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want a cancellation", err)
		}
		vendor.status.Store(200)
		if err := login(t.Context(), c); err != nil {
			t.Errorf("nobody can try any more: %v", err)
		}
	})
}

func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &gatekeeper{}
		vendor.status.Store(401)
		c := client(transport.Options{RoundTripper: vendor})
		login(t.Context(), c)
		failure(t, login(t.Context(), c), transport.Auth)
		vendor.status.Store(200)
		c.Reset()
		if err := login(t.Context(), c); err != nil {
			t.Error(err)
		}
		if got := vendor.asked.Load(); got != 2 {
			t.Errorf("%d requests, want 2", got)
		}
	})
}
