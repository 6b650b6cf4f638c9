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
	if g.status.Load() == serverCode {
		return answer(200, nil, "busy")(r)
	}
	return answer(int(g.status.Load()), nil, "")(r)
}

// serverCode stands for an answer with status 200 and a code of the vendor's that says that its server failed.
const serverCode = 1

// login is a request as a vendor's client makes it: 401 is Auth.
func login(ctx context.Context, c *transport.Client) error {
	refused := false
	err := c.Do(ctx, get, func(r *transport.Response) error {
		if refused = r.Status == 401; refused {
			return &transport.Error{Kind: transport.Auth, Code: "10001", Message: "sign error"}
		}
		if body, err := r.ReadAll(); err != nil || string(body) == "busy" {
			return &transport.Error{Kind: transport.HTTP, Code: "500", Message: "busy"}
		}
		return r.StatusError()
	})
	if e, ok := errors.AsType[*transport.Error](err); ok && refused {
		c.OpenBreaker(e, transport.Secrets{}.Fingerprint())
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
				t.Fatalf("it is not the refusal that is reported: %v", e)
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

// Those that wait for a limit when the credentials are refused do not try them one after another. The one whose turn
// has just come may.
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
		{"too many requests", 429, false},
		{"the vendor is down", 503, false},
		{"the vendor is down, says a code", serverCode, false},
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
	for _, test := range []struct {
		name         string
		after, until time.Duration // of the reset, and until when the breaker stays open, from the refusal on
	}{
		{"at once", 0, time.Minute},
		{"within the minute", 40 * time.Second, time.Minute},
		{"later", 5 * time.Minute, 5 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := &gatekeeper{}
				vendor.status.Store(401)
				c := client(transport.Options{RoundTripper: vendor})
				login(t.Context(), c)
				refused := time.Now()
				vendor.status.Store(200)
				time.Sleep(test.after)
				c.Reset()
				c.Reset()
				for time.Since(refused) < test.until {
					failure(t, login(t.Context(), c), transport.Auth)
					time.Sleep(time.Second)
				}
				if s := c.Breaker(); s.Open {
					t.Errorf("the breaker is %+v, want it closed", s)
				}
				var callers sync.WaitGroup
				for range 10 {
					callers.Go(func() {
						if err := login(t.Context(), c); err != nil {
							t.Error(err)
						}
					})
				}
				callers.Wait()
				if got := vendor.asked.Load(); got != 11 {
					t.Errorf("%d requests, want the one that was refused and 10", got)
				}
			})
		})
	}
}

// keyed is an account whose vendor takes one secret, and how often the secret was read.
type keyed struct {
	*transport.Client
	vendor           gatekeeper
	secret, accepted string
	unreadable       error
	reads            int
}

func newKeyed(secret, accepted string) *keyed {
	k := &keyed{secret: secret, accepted: accepted}
	k.Client = client(transport.Options{RoundTripper: vendorFunc(func(r *http.Request) (*http.Response, error) {
		k.vendor.status.Store(401)
		if r.Header.Get("Key") == k.accepted {
			k.vendor.status.Store(200)
		}
		return k.vendor.RoundTrip(r)
	})})
	k.UseCredentials(transport.Credential{Name: "API key", Keys: "api_key or api_key_file", Read: func() (string, error) {
		k.reads++
		return k.secret, k.unreadable
	}})
	return k
}

// ask makes a request with the secret.
func (k *keyed) ask(ctx context.Context) error {
	r := get
	r.Prepare = func(r *transport.Request, s transport.Secrets) error {
		r.Header = http.Header{"Key": s}
		return nil
	}
	return k.Do(ctx, r, func(r *transport.Response) error {
		if r.Status == 401 {
			return &transport.Error{Kind: transport.Auth, Message: "wrong: " + k.secret}
		}
		return nil
	})
}

func (k *keyed) expect(t *testing.T, asked, reads int) {
	t.Helper()
	if got := int(k.vendor.asked.Load()); got != asked || k.reads != reads {
		t.Errorf("%d requests and %d reads of the secret, want %d and %d", got, k.reads, asked, reads)
	}
}

// A secret is read once for each request, once more for the text of a failure, and while the breaker is open to
// see whether it has changed.
func TestChangedSecretClosesTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeyed("0ld-planted", "n3w-planted")
		if e := failure(t, k.ask(t.Context()), transport.Auth); e.Message != "wrong: <secret>" {
			t.Errorf("the error says %q", e.Message)
		}
		k.expect(t, 1, 2)
		failure(t, k.ask(t.Context()), transport.Auth)
		k.CheckCredentials()
		if s := k.Breaker(); !s.Open || time.Until(s.Until) < 10*time.Minute {
			t.Errorf("the breaker is %+v, want it open for ten minutes", s)
		}
		k.expect(t, 1, 4)

		k.secret = "n3w-planted"
		k.CheckCredentials()
		if s := k.Breaker(); s.Open || !s.Until.IsZero() {
			t.Errorf("the breaker is %+v, want it closed", s)
		}
		k.expect(t, 1, 5)
		k.CheckCredentials()
		for range 3 {
			if err := k.ask(t.Context()); err != nil {
				t.Error(err)
			}
		}
		k.expect(t, 4, 8)
	})
}

func TestSecretThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		secret string
		err    error
		want   string
	}{
		{"no file", "", errors.New("no such file"), "acme GET /thing: auth: the API key cannot be read: no such file; check api_key or api_key_file"},
		{"empty", "", nil, "acme GET /thing: auth: the API key cannot be read: it is empty; check api_key or api_key_file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeyed(test.secret, "n3w-planted")
				k.unreadable = test.err
				for range 3 {
					if e := failure(t, k.ask(t.Context()), transport.Auth); e.Error() != test.want || !e.NotSent {
						t.Errorf("got  %v\nwant %s", e, test.want)
					}
				}
				k.expect(t, 0, 3)
				if !k.Breaker().Open {
					t.Error("the breaker is closed")
				}
				k.secret, k.unreadable = "n3w-planted", nil
				k.CheckCredentials()
				if k.Breaker().Open {
					t.Error("it does not notice that the file is there")
				}
				if err := k.ask(t.Context()); err != nil {
					t.Error(err)
				}
				k.expect(t, 1, 5)
			})
		})
	}
}

// A refused secret whose file is gone for a moment is still the refused one when it is back.
func TestRefusedSecretThatCannotBeReadMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeyed("0ld-planted", "n3w-planted")
		failure(t, k.ask(t.Context()), transport.Auth)
		k.unreadable = errors.New("no such file")
		if e := failure(t, k.ask(t.Context()), transport.Auth); !strings.Contains(e.Error(), "no such file") {
			t.Errorf("got %v, want why it cannot be read", e)
		}
		k.unreadable = nil
		failure(t, k.ask(t.Context()), transport.Auth)
		if got := k.vendor.asked.Load(); got != 1 {
			t.Errorf("the refused secret was sent %d times", got)
		}
	})
}
