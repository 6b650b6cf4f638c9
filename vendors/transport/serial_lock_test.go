package transport_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// slow is a vendor that takes that long for each answer.
func slow(d time.Duration) vendorFunc {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		return response(r, 200, nil, strings.NewReader("{}"), 2), nil
	}
}

func serial(l *transport.SerialLock) transport.Request {
	r := get
	r.Serial = l
	return r
}

// TestSerialOneAtATime sends requests with one lock and others at once: of the former one is under
// way, and the others do not wait for them, nor for the account's slots that they would hold.
func TestSerialOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most, underWay, others atomic.Int64
		var watched counts
		answer := slow(9 * time.Second)
		c := client(transport.Options{Observer: &watched, MaxConcurrentRequests: 2, RoundTripper: vendorFunc(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Alone") != "" {
				most.Store(max(most.Load(), underWay.Add(1)))
				defer underWay.Add(-1)
			} else {
				others.Add(1)
			}
			return answer(r)
		})})
		lock := transport.NewSerialLock("one at a time")
		var all sync.WaitGroup
		began := time.Now()
		for range 4 {
			all.Go(func() {
				r := serial(lock)
				r.Header = http.Header{"Alone": {"yes"}}
				if err := c.Do(t.Context(), r, readAll); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		all.Go(func() {
			if err := do(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if others.Load() != 1 {
			t.Error("a request without a lock waits for one")
		}
		all.Wait()
		if took := time.Since(began); most.Load() != 1 || took != 36*time.Second {
			t.Errorf("%d at once, all took %s; want one and 36s", most.Load(), took)
		}
		if want := (9 + 18 + 27) * time.Second; watched.waited != want {
			t.Errorf("waits of %s were counted, want %s", watched.waited, want)
		}
	})
}

// TestSerialWaitUntil lets a lock be held longer than requests may wait.
func TestSerialWaitUntil(t *testing.T) {
	for _, test := range []struct {
		name    string
		maxWait time.Duration // 0 = not said
		sent    int
	}{
		{"not said", 0, 2}, // a minute, as for slots
		{"longer", 3 * time.Minute, 4},
		{"shorter than for slots", time.Second, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(transport.Options{RoundTripper: slow(50 * time.Second), Timeout: 55 * time.Second})
				lock := transport.NewSerialLock("the report before this one did not end within %s")
				ctx := t.Context()
				if test.maxWait != 0 {
					ctx = transport.WithLimits(ctx, transport.Limits{WaitUntil: time.Now().Add(test.maxWait)})
				}
				longest := max(test.maxWait, time.Minute)
				var sent atomic.Int64
				var all sync.WaitGroup
				began := time.Now()
				for range 10 {
					all.Go(func() {
						err := c.Do(ctx, serial(lock), readAll)
						if err == nil {
							sent.Add(1)
							return
						}
						e := failure(t, err, transport.Throttled)
						if took := time.Since(began); took != longest || !strings.Contains(e.Error(), ": the report before this one did not end within ") {
							t.Errorf("after %s: %v, want it after %s", took, e, longest)
						}
					})
				}
				all.Wait()
				if int(sent.Load()) != test.sent {
					t.Errorf("%d were sent, want %d", sent.Load(), test.sent)
				}
			})
		})
	}
}

// TestSerialIsLeft ends requests with a lock in every way that there is: the next one is sent.
func TestSerialIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(transport.Options{RoundTripper: slow(time.Minute), RequestsPerMinute: 1})
		lock := transport.NewSerialLock("one at a time")
		failure(t, c.Do(t.Context(), serial(lock), readAll), transport.Timeout)
		e := failure(t, c.Do(t.Context(), serial(lock), readAll), transport.Throttled) // by the rate limiter
		if !strings.Contains(e.Error(), "requests_per_minute: 1") {
			t.Errorf("got %v", e)
		}
		time.Sleep(2 * time.Minute)
		gone, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failure(t, c.Do(gone, serial(lock), readAll), transport.Timeout)
		time.Sleep(2 * time.Minute)

		failing := serial(lock)
		failing.Prepare = func(*transport.Request, transport.Secrets) error { return errors.New("no secret") }
		if err := c.Do(t.Context(), failing, readAll); err == nil {
			t.Error("it was sent")
		}
		time.Sleep(2 * time.Minute)
		began := time.Now()
		if err := c.Do(transport.WithLimits(t.Context(), transport.Limits{Timeout: 2 * time.Minute}), serial(lock), readAll); err != nil || time.Since(began) != time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// TestSerialAfterOneThatBrokeOff lets a request with a lock end before its answer has: the vendor
// gets the time to notice, before which it would find two under way.
func TestSerialAfterOneThatBrokeOff(t *testing.T) {
	for _, test := range []struct {
		name  string
		first vendorFunc
		kind  transport.Kind // 0 = success
		pause time.Duration
	}{
		{"no answer in time", slow(time.Hour), transport.Timeout, time.Second},
		{"an answer that is too large", func(r *http.Request) (*http.Response, error) {
			return response(r, 200, nil, strings.NewReader(strings.Repeat(" ", 2<<10)), -1), nil
		}, transport.TooLarge, time.Second},
		{"the connection breaks", func(*http.Request) (*http.Response, error) { return nil, errors.New("reset by peer") }, transport.Network, time.Second},
		{"no connection", func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		}, transport.Network, 0},
		{"an answer", slow(0), 0, 0},
		{"a refusal", func(r *http.Request) (*http.Response, error) {
			return response(r, 500, nil, strings.NewReader(""), 0), nil
		}, transport.HTTP, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := test.first
				var asked time.Time
				c := client(transport.Options{MaxResponseBytes: 1 << 10, RoundTripper: vendorFunc(func(r *http.Request) (*http.Response, error) {
					asked = time.Now()
					return vendor(r)
				})})
				lock := transport.NewSerialLock("one at a time")
				if kind := transport.KindOf(c.Do(t.Context(), serial(lock), readAll)); kind != test.kind {
					t.Fatalf("the first one ends with %q, want %q", kind, test.kind)
				}
				vendor = slow(0)
				ended := time.Now()
				if err := c.Do(t.Context(), serial(lock), readAll); err != nil || asked.Sub(ended) != test.pause {
					t.Errorf("got %v, asked after %s, want it after %s", err, asked.Sub(ended), test.pause)
				}
			})
		})
	}
}

// TestSerialAfterOneThatWasNotSent gives up a request that has its lock and waits for its
// limits: the vendor knows nothing of it.
func TestSerialAfterOneThatWasNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(transport.Options{RoundTripper: slow(0), RequestsPerMinute: 1})
		if err := c.Do(t.Context(), get, readAll); err != nil { // the request of this minute
			t.Fatal(err)
		}
		lock := transport.NewSerialLock("one at a time")
		ctx, cancel := context.WithCancel(transport.WithLimits(t.Context(), transport.Limits{WaitUntil: time.Now().Add(time.Hour)}))
		time.AfterFunc(time.Second, cancel)
		if err := c.Do(ctx, serial(lock), readAll); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		began := time.Now()
		if err := client(transport.Options{RoundTripper: slow(0)}).Do(t.Context(), serial(lock), readAll); err != nil || time.Since(began) != 0 {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// TestSerialRefusedMeanwhile refuses the credentials while requests wait for the lock: none of them is sent.
func TestSerialRefusedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		answer := slow(5 * time.Second)
		c := client(transport.Options{RoundTripper: vendorFunc(func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			return answer(r)
		})})
		lock := transport.NewSerialLock("one at a time")
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				err := c.Do(t.Context(), serial(lock), func(*transport.Response) error {
					refused := &transport.Error{Kind: transport.Auth}
					c.OpenBreaker(refused, transport.Secrets{}.Fingerprint())
					return refused
				})
				if transport.KindOf(err) != transport.Auth {
					t.Errorf("got %v, want auth", err)
				}
			})
		}
		all.Wait()
		if sent.Load() != 1 {
			t.Errorf("%d requests were sent, want 1", sent.Load())
		}
	})
}
