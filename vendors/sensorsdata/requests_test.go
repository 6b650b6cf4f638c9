package sensorsdata_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestEveryRequestSucceeds(t *testing.T) {
	for _, request := range requests {
		for _, zip := range []bool{false, true} {
			t.Run(request.call, func(t *testing.T) {
				v := answering(request.call, request.answer)
				v.zip = zip
				if err := request.do(t.Context(), client(v)); err != nil {
					t.Error(err)
				}
				method, _, _ := strings.Cut(request.call, " ")
				want := []string{method + " ebiz.cloud.sensorsdata.cn" + request.sent}
				if request.endpoint == "GET /v2/user_tags" { // whether there are more
					want = append(want, want[0]+"&start=1", want[0]+"&start=2")
				}
				if !slices.Equal(v.Calls, want) {
					t.Errorf("got  %q\nwant %q", v.Calls, want)
				}
			})
		}
	}
}

// TestSecretInTheHeader makes every request with the secret in a header: no URL holds it.
func TestSecretInTheHeader(t *testing.T) {
	for _, request := range requests {
		t.Run(request.call, func(t *testing.T) {
			v := answering(request.call, request.answer)
			v.inHeader = true
			c := client(v, func(o *sensorsdata.Options) { o.SecretInHeader = true })
			if err := request.do(t.Context(), c); err != nil {
				t.Error(err)
			}
			method, _, _ := strings.Cut(request.call, " ")
			if want := method + " ebiz.cloud.sensorsdata.cn" + request.sent; v.Calls[0] != want {
				t.Errorf("got  %q\nwant %q", v.Calls[0], want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(200, `[{"id":1,"create_time":"2019-12-18 00:00:00"}]`)
	c := client(v, func(o *sensorsdata.Options) {
		o.BaseURL, o.Project, o.Location = "http://sa.example.com:8107/", "", nil
	})
	got, err := c.Tags(t.Context())
	if err != nil || len(got.Tags) != 1 || got.Tags[0].CreateTime != sensorsdata.TimeOf(time.Date(2019, 12, 18, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %v, %v", got, err)
	}
	if want := "GET sa.example.com:8107/api/v2/user_tags?count=200&invisible=false&project=default"; v.Calls[0] != want {
		t.Errorf("got  %s\nwant %s", v.Calls[0], want)
	}
}

func TestIDsInPaths(t *testing.T) {
	for id, want := range map[string]string{"../dirs": "..%2Fdirs", "..": "%2E%2E", "1?x=1": "1%3Fx=1", "标": "%E6%A0%87"} {
		v := newVendor()
		v.onCall = vendortest.Always(200, `{"id":1}`)
		if _, err := client(v).Tag(t.Context(), id); err != nil {
			t.Error(err)
		}
		if want := "GET ebiz.cloud.sensorsdata.cn/api/v2/user_tags/" + want + "?project=production"; v.Calls[0] != want {
			t.Errorf("got  %s\nwant %s", v.Calls[0], want)
		}
	}
}

func TestOverTheNetwork(t *testing.T) {
	v := newVendor()
	for _, request := range requests {
		v.answers[request.call] = request.answer
	}
	s := httptest.NewServer(v)
	defer s.Close()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	c := client(rt, func(o *sensorsdata.Options) { o.BaseURL = s.URL })
	for _, request := range requests {
		if err := request.do(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
}

// TestOneAtATime makes all requests five times at once: of those that the vendor wants one at
// a time, no two are under way together; the others do not wait for them.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		heavy := map[string]bool{}
		for _, request := range requests {
			v.answers[request.call] = request.answer
			heavy[request.call] = request.alone
		}
		var underWay, most, light atomic.Int32
		c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			if heavy[r.Method+" "+strings.TrimPrefix(r.URL.EscapedPath(), "/api")] {
				most.Store(max(most.Load(), underWay.Add(1)))
				defer underWay.Add(-1)
			} else {
				light.Add(1)
			}
			time.Sleep(time.Second)
			return v.RoundTrip(r)
		}))
		var all sync.WaitGroup
		began := time.Now()
		for range 5 {
			for _, request := range requests {
				all.Go(func() {
					if err := request.do(t.Context(), c); err != nil {
						t.Error(err)
					}
				})
			}
		}
		synctest.Wait()
		if light.Load() != 20 {
			t.Errorf("%d light requests are under way, want 20", light.Load())
		}
		all.Wait()
		if took := time.Since(began); most.Load() != 1 || took != 10*time.Second {
			t.Errorf("%d at once, all took %s; want one and 10s", most.Load(), took)
		}
	})
}

func TestSerialLockIsReleasedAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.Delay = time.Minute
		c := client(v)
		for _, request := range requests {
			if request.alone {
				v.answers[request.call] = request.answer
				failure(t, request.do(t.Context(), c), transport.Timeout)
			}
		}
		v.Delay = 0
		for _, request := range requests {
			if request.alone {
				if err := request.do(t.Context(), c); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestGivingUpInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := answering(requests[4].call, reportDocument)
		v.Delay = 9 * time.Second
		c := client(v)
		var first sync.WaitGroup
		first.Go(func() {
			if err := requests[4].do(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		e := failure(t, requests[5].do(ctx, c), transport.Throttled)
		if want := "sensorsdata POST /v2/reports/user_analytics/users: throttled: " +
			"the previous request for a report or users did not end within 5s; they are sent one at a time"; e.Error() != want {
			t.Errorf("got  %s\nwant %s", e, want)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		err := requests[5].do(gone, c)
		if !errors.Is(err, context.Canceled) || err.Error() != "sensorsdata POST /v2/reports/user_analytics/users: context canceled" {
			t.Errorf("got %v, want a cancellation", err)
		}
		first.Wait()
		v.ExpectCalls(t, 1)
	})
}

// TestClosedWhileInLine closes the account while requests wait for each other.
func TestClosedWhileInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.Delay = 9 * time.Second
		var tr *transport.Client
		c := client(v, func(o *sensorsdata.Options) {
			tr = transport.New(transport.Options{Vendor: "sensorsdata", RoundTripper: v})
			o.Transport = tr
		})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := requests[4].do(t.Context(), c); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want a cancellation", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		tr.Close()
		all.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %s", took)
		}
	})
}

// TestWaitsForTheSerialLockAreCounted makes four requests at once that go out one at a time.
func TestWaitsForTheSerialLockAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := answering(requests[4].call, reportDocument)
		v.Delay = 9 * time.Second
		var watched observer
		c := client(v, func(o *sensorsdata.Options) {
			o.Transport = transport.New(transport.Options{Vendor: "sensorsdata", RoundTripper: v, Observer: &watched})
		})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := requests[4].do(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got, want := time.Duration(watched.waited.Load()), (9+18+27)*time.Second; got != want {
			t.Errorf("waits of %s were counted, want %s", got, want)
		}
	})
}

// observer adds up what requests waited.
type observer struct{ waited atomic.Int64 }

func (o *observer) RequestDone(transport.Sent)     {}
func (o *observer) ThrottleWaited(d time.Duration) { o.waited.Add(int64(d)) }
