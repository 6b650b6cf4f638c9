package transport_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// sendTimes is a vendor that notes when requests arrive.
type sendTimes struct {
	mu    sync.Mutex
	times []time.Time
}

func (s *sendTimes) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, time.Now())
	return answer(200, nil, "{}")(r)
}

// check fails if any half-open minute holds more than perMinute requests. If one does, one
// that begins with a request does.
func (s *sendTimes) check(t *testing.T, perMinute int) {
	t.Helper()
	for i := perMinute; i < len(s.times); i++ {
		if d := s.times[i].Sub(s.times[i-perMinute]); d < time.Minute {
			t.Fatalf("requests %d to %d, one more than %d, came within %s", i-perMinute, i, perMinute, d)
		}
	}
}

func TestRequestsPerMinuteOverAnHour(t *testing.T) {
	for _, perMinute := range []int{1, 6, 60, 600} {
		for _, load := range []struct {
			name  string
			pause func(i int) time.Duration // after the i-th request of a caller
		}{
			{"greedy", func(int) time.Duration { return 0 }},
			{"bursts", func(i int) time.Duration {
				if i%20 == 19 {
					return 97 * time.Second
				}
				return 0
			}},
			{"scrapes", func(int) time.Duration { return 15 * time.Second }},
			{"uneven", func(i int) time.Duration { return time.Duration(i*i%7) * 777 * time.Millisecond }},
		} {
			t.Run(fmt.Sprintf("%d %s", perMinute, load.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var vendor sendTimes
					c := client(transport.Options{
						RoundTripper: &vendor, RequestsPerMinute: perMinute, MaxConcurrentRequests: 8, Timeout: time.Hour,
					})
					start := time.Now()
					var callers sync.WaitGroup
					for range 30 {
						callers.Go(func() {
							for i := 0; time.Since(start) < time.Hour; i++ {
								if err := do(t.Context(), c); err != nil {
									t.Error(err)
									return
								}
								time.Sleep(load.pause(i))
							}
						})
					}
					callers.Wait()
					vendor.check(t, perMinute)
					// A limiter that gives nothing keeps the bound too. Where callers always
					// want more, at least the refill must have gone out, once in 62 seconds: two are the margin.
					if floor := 58*(perMinute-max(1, perMinute/6)+1) - 1; load.name == "greedy" && len(vendor.times) < floor {
						t.Errorf("%d requests in an hour, want at least %d", len(vendor.times), floor)
					}
				})
			})
		}
	}
}

// Opening a connection takes time: what counts is when requests arrive, and not when they were allowed to be sent.
func TestRequestsPerMinuteAsTheyArrive(t *testing.T) {
	for _, setUp := range []time.Duration{0, 200 * time.Millisecond, 2 * time.Second} {
		t.Run(setUp.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var vendor sendTimes
				var mu sync.Mutex
				sent := 0
				slow := vendorFunc(func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					sent++
					opens := sent%30 == 1 // a connection for every thirtieth request
					mu.Unlock()
					if opens {
						time.Sleep(setUp)
					}
					return vendor.RoundTrip(r)
				})
				c := client(transport.Options{RoundTripper: slow, RequestsPerMinute: 60, MaxConcurrentRequests: 8, Timeout: time.Hour})
				start := time.Now()
				var callers sync.WaitGroup
				for range 30 {
					callers.Go(func() {
						for time.Since(start) < time.Hour {
							if err := do(t.Context(), c); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				callers.Wait()
				vendor.check(t, 60)
			})
		})
	}
}

func TestWaitUntil(t *testing.T) {
	for _, tt := range []struct {
		name    string
		maxWait time.Duration // from now; 0 = none given
		waited  time.Duration
		kind    transport.Kind // 0 = sent
	}{
		{"none: the timeout is the limit", 0, 0, transport.Throttled},
		{"shorter than the timeout does not count", time.Second, 0, transport.Throttled},
		{"not long enough", 50 * time.Second, 0, transport.Throttled},
		{"long enough", 2 * time.Minute, 62 * time.Second, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var vendor sendTimes
				c := client(transport.Options{RoundTripper: &vendor, RequestsPerMinute: 1, Timeout: 10 * time.Second})
				if err := do(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				ctx := t.Context()
				if tt.maxWait > 0 {
					ctx = transport.WithLimits(ctx, transport.Limits{WaitUntil: time.Now().Add(tt.maxWait)})
				}
				began := time.Now()
				if kind := transport.KindOf(do(ctx, c)); kind != tt.kind {
					t.Errorf("got %q, want %q", kind, tt.kind)
				}
				if waited := time.Since(began).Round(time.Second); waited != tt.waited {
					t.Errorf("waited %s, want %s", waited, tt.waited)
				}
			})
		})
	}
}

func TestRequestsPerMinuteWhileAnswersAreSlow(t *testing.T) {
	// Whoever has waited for a token and then waits for a slot as well must not send a token
	// of an earlier minute.
	synctest.Test(t, func(t *testing.T) {
		var vendor sendTimes
		slow := vendorFunc(func(r *http.Request) (*http.Response, error) {
			resp, err := vendor.RoundTrip(r)
			if len(vendor.times)%7 == 0 {
				time.Sleep(50 * time.Second)
			}
			return resp, err
		})
		c := client(transport.Options{
			RoundTripper: slow, Global: transport.NewGlobal(1), RequestsPerMinute: 12, MaxConcurrentRequests: 10, Timeout: time.Hour,
		})
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				for range 20 {
					if err := do(t.Context(), c); err != nil {
						t.Error(err)
					}
				}
			})
		}
		callers.Wait()
		vendor.check(t, 12)
	})
}

// inFlight is a vendor that takes a second and notes how many requests it has at once.
type inFlight struct{ now, most atomic.Int64 }

func (f *inFlight) RoundTrip(r *http.Request) (*http.Response, error) {
	n := f.now.Add(1)
	defer f.now.Add(-1)
	for most := f.most.Load(); n > most && !f.most.CompareAndSwap(most, n); most = f.most.Load() {
	}
	time.Sleep(time.Second)
	return answer(200, nil, "{}")(r)
}

func TestRequestsInFlight(t *testing.T) {
	for _, test := range []struct {
		name            string
		global, account int
		wantMost        int64
		wantElapsed     time.Duration
	}{
		{name: "bound of the account", global: 100, account: 3, wantMost: 6, wantElapsed: 4 * time.Second},
		{name: "bound of the process", global: 4, account: 100, wantMost: 4, wantElapsed: 6 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var vendor inFlight
				global := transport.NewGlobal(test.global)
				start := time.Now()
				var callers sync.WaitGroup
				for range 2 {
					c := client(transport.Options{RoundTripper: &vendor, Global: global, MaxConcurrentRequests: test.account})
					for range 12 {
						callers.Go(func() {
							if err := do(t.Context(), c); err != nil {
								t.Error(err)
							}
						})
					}
				}
				callers.Wait()
				if got := vendor.most.Load(); got != test.wantMost {
					t.Errorf("%d requests at once, want %d", got, test.wantMost)
				}
				if got := time.Since(start); got != test.wantElapsed {
					t.Errorf("all done after %s, want %s", got, test.wantElapsed)
				}
			})
		})
	}
}

func TestSlotsAreHeldUntilTheAnswerIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(transport.Options{RoundTripper: answer(200, nil, "{}"), MaxConcurrentRequests: 1})
		go c.Do(t.Context(), get, func(*transport.Response) error { time.Sleep(3 * time.Second); return nil })
		synctest.Wait()
		start := time.Now()
		if err := do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("the second request was sent after %s, want 3s", got)
		}
	})
}

func TestNobodyWaitsForATokenInAGlobalSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		global := transport.NewGlobal(1)
		o := transport.Options{RoundTripper: answer(200, nil, "{}"), Global: global, RequestsPerMinute: 1, Timeout: time.Hour}
		poor, other := client(o), client(o)
		if err := do(t.Context(), poor); err != nil {
			t.Fatal(err)
		}
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() {
				if err := do(t.Context(), poor); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all three wait for a token
		start := time.Now()
		if err := do(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 0 {
			t.Errorf("another account waited %s for the process's slot", got)
		}
		waiting.Wait()
	})
}

func TestThrottledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen counts
		c := client(transport.Options{
			RoundTripper: answer(200, nil, "{}"), RequestsPerMinute: 1, Timeout: 10 * time.Second, Observer: &seen,
		})
		if err := do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		start := time.Now()
		e := failure(t, do(t.Context(), c), transport.Throttled)
		if got := time.Since(start); got != 0 {
			t.Errorf("it waited %s to say so", got)
		}
		if got := e.RetryAfter.Round(time.Second); got != 47*time.Second {
			t.Errorf("retry after %s, want 47s", got)
		}
		if want := "acme GET /thing: throttled: the account has no request left in this minute (requests_per_minute: 1); retry after 47s"; e.Error() != want {
			t.Errorf("got  %s\nwant %s", e, want)
		}
		if len(seen.codes) != 1 || seen.waits != 0 {
			t.Errorf("observed %d requests and %d waits, want 1 and 0", len(seen.codes), seen.waits)
		}
		// An endpoint that may wait waits.
		if err := do(transport.WithLimits(t.Context(), transport.Limits{Timeout: time.Minute}), c); err != nil {
			t.Error(err)
		}
		if got := seen.waited.Round(time.Second); got != 47*time.Second || seen.waits != 1 {
			t.Errorf("observed %d waits of %s, want one of 47s", seen.waits, got)
		}
	})
}

func TestThrottledAtOnceBehindOthers(t *testing.T) {
	// 60 a minute: ten at once, then one each 1.18 s. Of twenty callers with three seconds of
	// max wait two can wait; the others must learn so without waiting.
	synctest.Test(t, func(t *testing.T) {
		var vendor sendTimes
		c := client(transport.Options{RoundTripper: &vendor, RequestsPerMinute: 60, Timeout: 3 * time.Second})
		start := time.Now()
		var throttled atomic.Int64
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if err := do(t.Context(), c); err != nil {
					failure(t, err, transport.Throttled)
					if d := time.Since(start); d != 0 {
						t.Errorf("throttled after %s", d)
					}
					throttled.Add(1)
				}
			})
		}
		callers.Wait()
		if throttled.Load() != 8 || len(vendor.times) != 12 {
			t.Errorf("%d throttled and %d sent, want 8 and 12", throttled.Load(), len(vendor.times))
		}
	})
}

func TestThrottledByTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(transport.Options{RoundTripper: answer(200, nil, "{}"), RequestsPerMinute: 1, Timeout: time.Hour})
		if err := do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		failure(t, do(ctx, c), transport.Throttled)
		if got := time.Since(start); got != 0 {
			t.Errorf("it waited %s for a token that comes after the deadline", got)
		}
	})
	for name, o := range map[string]transport.Options{
		"for the account's slot": {MaxConcurrentRequests: 1},
		"for the process's slot": {Global: transport.NewGlobal(1)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen counts
				var vendor inFlight
				o.RoundTripper, o.Observer = &vendor, &seen
				c := client(o)
				go do(t.Context(), c)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
				err := do(ctx, c)
				failure(t, err, transport.Throttled)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v does not wrap the deadline", err)
				}
				if seen.waited != 300*time.Millisecond {
					t.Errorf("observed a wait of %s, want 300ms", seen.waited)
				}
				time.Sleep(time.Second)
			})
		})
	}
}

func TestCancelledWhileWaitingFreesAll(t *testing.T) {
	for name, test := range map[string]struct {
		o     transport.Options
		after time.Duration // until a token would be there by itself
	}{
		"for the account's slot": {transport.Options{MaxConcurrentRequests: 1}, time.Second},
		"for the process's slot": {transport.Options{Global: transport.NewGlobal(1)}, time.Second},
		"for a token":            {transport.Options{RequestsPerMinute: 1, MaxConcurrentRequests: 2, Global: transport.NewGlobal(2)}, 62*time.Second + time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var vendor inFlight
				o := test.o
				o.RoundTripper, o.Timeout = &vendor, time.Hour
				c := client(o)
				start := time.Now()
				go do(t.Context(), c)
				synctest.Wait()

				ctx, cancel := context.WithCancel(t.Context())
				var waiting sync.WaitGroup
				for range 5 {
					waiting.Go(func() {
						if err := do(ctx, c); !errors.Is(err, context.Canceled) {
							t.Errorf("got %v, want a cancellation", err)
						} else if want := "acme GET /thing: context canceled"; err.Error() != want {
							t.Errorf("got %q, want %q", err, want)
						}
					})
				}
				synctest.Wait()
				cancel()
				waiting.Wait()

				// Whatever they had taken is free: two run side by side, or as near to it as
				// the limits let them, and nobody waits for the dead.
				if err := do(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(start).Round(time.Millisecond); got != test.after+time.Second {
					t.Errorf("the next one was done after %s, want %s", got, test.after+time.Second)
				}
			})
		})
	}
}

func TestCancelledBeforehand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var vendor sendTimes
	err := do(ctx, client(transport.Options{RoundTripper: &vendor}))
	if !errors.Is(err, context.Canceled) || len(vendor.times) != 0 {
		t.Errorf("got %v and %d requests, want a cancellation and none", err, len(vendor.times))
	}
}

// The bound of the process can be changed while requests are in flight: those come to their end, and no more go out
// than it allows then.
func TestSetLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inFlight, most atomic.Int64
		vendor := vendorFunc(func(r *http.Request) (*http.Response, error) {
			if n := inFlight.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			inFlight.Add(-1)
			return answer(200, nil, "{}")(r)
		})
		global := transport.NewGlobal(8)
		c := client(transport.Options{RoundTripper: vendor, Global: global})
		for _, limit := range []int{8, 2, 1, 20, 3, 0} {
			global.SetLimit(limit)
			var callers sync.WaitGroup
			for range 30 {
				callers.Go(func() {
					if err := do(t.Context(), c); err != nil {
						t.Error(err)
					}
				})
			}
			callers.Wait()
			if got, want := most.Swap(0), int64(max(limit, 1)); got != want {
				t.Errorf("with a limit of %d, %d requests were in flight", limit, got)
			}
		}

		// Lowered while more are in flight than it then allows, and raised again.
		global.SetLimit(10)
		var callers sync.WaitGroup
		send := func(n int) {
			for range n {
				callers.Go(func() {
					if err := do(t.Context(), c); err != nil {
						t.Error(err)
					}
				})
			}
		}
		send(10)
		time.Sleep(time.Millisecond)
		global.SetLimit(4)
		send(8)
		time.Sleep(time.Second)
		most.Store(0)
		time.Sleep(2 * time.Second)
		if got := most.Load(); got != 4 {
			t.Errorf("%d in flight after the bound was lowered to 4", got)
		}
		global.SetLimit(10)
		send(12)
		time.Sleep(time.Millisecond)
		if got := inFlight.Load(); got != 10 {
			t.Errorf("%d in flight after the bound was raised to 10", got)
		}
		callers.Wait()
	})
}

// A context within another one changes the limits that it names and leaves the others.
func TestWithLimitsKeepsWhatIsNotNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(transport.Options{RoundTripper: slow(30 * time.Second), RequestsPerMinute: 1, Timeout: 10 * time.Second})
		ctx := transport.WithLimits(t.Context(), transport.Limits{WaitUntil: time.Now().Add(10 * time.Minute)})
		failure(t, do(ctx, c), transport.Timeout)
		ctx = transport.WithLimits(ctx, transport.Limits{Timeout: time.Minute})
		if err := do(transport.WithLimits(ctx, transport.Limits{}), c); err != nil {
			t.Errorf("it neither waits nor has the longer timeout: %v", err)
		}
	})
}

// Any number of requests in flight may be configured, also one of which a multiple does not fit into 32 bits.
func TestLargestLimit(t *testing.T) {
	for _, limit := range []int{1<<28 - 1, 1 << 28, math.MaxInt32, math.MaxInt} {
		t.Run(strconv.Itoa(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				global := transport.NewGlobal(1)
				global.SetLimit(limit)
				c := client(transport.Options{RoundTripper: answer(200, nil, "{}"), Global: global})
				admitted := make(chan error, 1)
				c.Admit("GET /x", func(a *transport.Admission) {
					admitted <- cmp.Or(a.Err, do(transport.WithLimits(t.Context(), transport.Limits{Admission: a}), c))
				})
				synctest.Wait()
				select {
				case err := <-admitted:
					if err != nil {
						t.Error(err)
					}
				default:
					t.Error("the refresh has not begun")
				}
			})
		})
	}
}
