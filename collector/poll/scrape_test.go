package poll_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// On a busy machine, a scrape of many accounts takes a while to come to the last of them. What another scrape has read
// meanwhile is not due, although it was read later than the scrape began.
func TestScrapeDoesNotRepeatWhatWasReadSinceItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := newAccount(t, "slow", "list", "reports")
		list := slow.AddUpstream(&metric.Spec{Name: "list"}, poll.Fixed(nil))
		slow.Add(&metric.Spec{Name: "reports"}, poll.From(list, func([]string, time.Time) []poll.Item {
			time.Sleep(time.Second)
			return nil
		}))
		reads := 0
		quick := newAccount(t, "quick", "count")
		quick.Add(&metric.Spec{Name: "count"}, poll.Single(func(context.Context, metric.Day, *metric.Batch) error {
			reads++
			return nil
		}))
		poll.Refresh(t.Context(), slow) // now the list is known, and a scrape that finds it fresh derives the reports from it

		time.Sleep(time.Second)
		done := make(chan struct{})
		go func() {
			defer close(done)
			poll.Refresh(t.Context(), slow, quick)
		}()
		time.Sleep(500 * time.Millisecond)
		poll.Refresh(t.Context(), quick)
		<-done
		if reads != 1 {
			t.Errorf("two scrapes at the same time read %d times, want once", reads)
		}
	})
}

// A scrape waits for no refresh whose requests cannot all be sent before its deadline, also if each of the account's
// endpoints could send its own, and if an item takes several requests. It waits for all others.
func TestScrapeWaitsForWhatTheRateLimitAllows(t *testing.T) {
	type endpoint struct{ items, requests int } // requests of each item
	const slow, deadline = 2 * time.Second, 10 * time.Second
	const eighth, last = 7154 * time.Millisecond, 9539 * time.Millisecond // when the eighth and the ninth request are sent
	tests := []struct {
		name          string
		endpoints     []endpoint    // of one account, which may send 5 requests at once, and then one each 2.4 s
		first, second time.Duration // that the scrapes take
	}{
		{"many items of one endpoint", []endpoint{{20, 1}}, slow, slow},
		{"many items of two endpoints", []endpoint{{20, 1}, {20, 1}}, slow, slow},
		{"items that one endpoint alone could read", []endpoint{{8, 1}, {8, 1}}, slow, slow},
		{"as many endpoints as can be read", slices.Repeat([]endpoint{{1, 1}}, 12), last, last},
		{"several requests for each item", []endpoint{{6, 2}}, slow, slow},
		{"several requests for each item beside another endpoint", []endpoint{{20, 1}, {6, 3}}, slow, slow},
		{"it turns out how many requests an item takes", []endpoint{{1, 12}}, last, slow},
		{"as many as may be sent at once", []endpoint{{3, 1}, {2, 1}}, slow, slow},
		{"as many as may be sent before the deadline", []endpoint{{4, 1}, {4, 1}}, eighth, eighth},
		{"as many with several requests for each item", []endpoint{{4, 2}}, eighth, eighth},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				names := make([]string, len(test.endpoints))
				for i := range names {
					names[i] = strconv.Itoa(i)
				}
				limited := newAccount(t, "limited", names...)
				for i, e := range test.endpoints {
					limited.Add(&metric.Spec{Name: names[i]}, poll.Fixed(sendingItems(limited, e.items, e.requests)))
				}
				other := newAccount(t, "other", "count")
				other.Add(&metric.Spec{Name: "count"}, poll.Single(func(context.Context, metric.Day, *metric.Batch) error {
					time.Sleep(slow)
					return nil
				}))
				for scrape, want := range []time.Duration{test.first, test.second} {
					ctx, cancel := context.WithTimeout(t.Context(), deadline)
					began := time.Now()
					poll.Refresh(ctx, limited, other)
					cancel()
					if took := time.Since(began); took.Round(time.Millisecond) != want {
						t.Errorf("scrape %d took %s, want %s", scrape+1, took, want)
					}
					time.Sleep(30 * time.Minute) // the limit has recovered, and all is due again
				}
			})
		})
	}
}

// A scrape that ends at its deadline has not waited for a refresh that could not end by then anyway. A scrape with more
// time, for which that refresh ends early enough, waits for it.
func TestScrapeWithMoreTimeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging, limited := newAccount(t, "hanging", "count"), newAccount(t, "limited", "reports")
		hanging.Add(&metric.Spec{Name: "count"}, poll.Single(func(ctx context.Context, _ metric.Day, _ *metric.Batch) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		limited.Add(&metric.Spec{Name: "reports"}, poll.Fixed(sendingItems(limited, 12, 1))) // takes about 17 s
		began := time.Now()
		scrape := func(allowed time.Duration, accounts ...*poll.Account) time.Duration {
			ctx, cancel := context.WithTimeout(t.Context(), allowed)
			defer cancel()
			poll.Refresh(ctx, accounts...)
			return time.Since(began).Round(time.Second)
		}
		refreshes := poll.Start(hanging, limited)
		synctest.Wait() // the items are known
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		refreshes.Wait(ctx)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("the first scrape took %s, want all the time that it had", took)
		}
		if ended := scrape(30*time.Second, hanging, limited); ended != 17*time.Second {
			t.Errorf("the second scrape ended after %s, want when the limit has allowed all", ended)
		}
	})
}

// sendingItems returns items that send requests.
func sendingItems(a *poll.Account, items, requests int) []poll.Item {
	all := make([]poll.Item, items)
	for i := range all {
		all[i] = poll.Item{ID: strconv.Itoa(i), Read: func(ctx context.Context, _ metric.Day, _ *metric.Batch) error {
			for range requests {
				request := transport.Request{Method: http.MethodGet, URL: "http://vendor.example/", Endpoint: "GET /"}
				if err := a.Client().Do(ctx, request, func(*transport.Response) error { return nil }); err != nil {
					return err
				}
			}
			return nil
		}}
	}
	return all
}

// answers answers each request at once.
type answers struct{}

func (answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// newAccount returns an account without a vendor, which has endpoints of these names.
func newAccount(t *testing.T, name string, endpoints ...string) *poll.Account {
	t.Helper()
	settings := make(map[string]config.Endpoint, len(endpoints))
	for _, endpoint := range endpoints {
		settings[endpoint] = config.Endpoint{
			Enabled: true, MinInterval: time.Minute, MaxStale: time.Hour, Timeout: 10 * time.Second,
		}
	}
	a := poll.NewAccount(poll.AccountOptions{
		Vendor: "test", Name: name, Location: time.UTC, MaxConcurrentRequests: 4, MaxSamples: 100, Settings: settings,
	})
	a.SetClient(transport.New(transport.Options{Vendor: "test", RoundTripper: answers{}, RequestsPerMinute: 30}))
	t.Cleanup(a.Close)
	return a
}

// Items that cannot be derived from what another endpoint has read are a failure of their endpoint only. No lock stays
// held: later scrapes find the endpoint as it should be.
func TestPanicInDerivedItemsIsOneEndpointsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, "shop", "list", "reports")
		list := a.AddUpstream(&metric.Spec{Name: "list"}, poll.Single(func(_ context.Context, _ metric.Day, b *metric.Batch) error {
			b.Keep([]string{"T1"})
			return nil
		}))
		panicking, reads := false, 0
		reports := a.Add(&metric.Spec{Name: "reports"}, poll.From(list, func(kept []string, _ time.Time) []poll.Item {
			if panicking {
				panic("planted")
			}
			return []poll.Item{{ID: "T1", Read: func(context.Context, metric.Day, *metric.Batch) error {
				reads++
				return nil
			}}}
		}))
		reasons := func() []transport.Kind {
			time.Sleep(2 * time.Minute)
			poll.Refresh(t.Context(), a)
			return reports.Status(time.Now()).Reasons
		}
		for _, test := range []struct {
			name      string
			panicking bool
			reasons   []transport.Kind
			reads     int
		}{
			{"as it should be", false, nil, 1},
			{"a panic", true, []transport.Kind{transport.Malformed}, 2},
			{"as it should be again", false, nil, 3},
		} {
			panicking = test.panicking
			if got := reasons(); !slices.Equal(got, test.reasons) || reads != test.reads {
				t.Errorf("%s: fails with %v after %d reads, want %v after %d", test.name, got, reads, test.reasons, test.reads)
			}
		}
	})
}

// hostAnswers answers the requests to each host after a time.
type hostAnswers map[string]time.Duration

// RoundTrip implements [http.RoundTripper].
func (h hostAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(h[r.URL.Host]):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// While a host hangs, scrapes go on waiting for the accounts of other hosts, however long the requests of the process
// take on average.
func TestScrapeWaitsForOtherHostsThanTheOneThatHangs(t *testing.T) {
	for _, tt := range []struct{ hanging, healthy int }{{8, 200}, {20, 200}, {40, 500}} {
		t.Run(strconv.Itoa(tt.hanging)+" beside "+strconv.Itoa(tt.healthy), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				global, hosts := transport.NewGlobal(32), hostAnswers{"hangs.example": time.Hour, "well.example": 50 * time.Millisecond}
				var reads atomic.Int64
				var all []*poll.Account
				add := func(host string, n int, done func()) {
					for i := range n {
						a := newAccount(t, host+strconv.Itoa(i), "count")
						a.SetClient(transport.New(transport.Options{
							Vendor: "test", Host: host, Global: global, RoundTripper: hosts, RequestsPerMinute: 30,
							Timeout: 30 * time.Second,
						}))
						a.Add(&metric.Spec{Name: "count"}, poll.Single(func(ctx context.Context, _ metric.Day, _ *metric.Batch) error {
							r := transport.Request{Method: http.MethodGet, URL: "http://" + host + "/", Endpoint: "GET /"}
							err := a.Client().Do(ctx, r, func(*transport.Response) error { return nil })
							if err == nil {
								done()
							}
							return err
						}))
						all = append(all, a)
					}
				}
				add("hangs.example", tt.hanging, func() {})
				add("well.example", tt.healthy, func() { reads.Add(1) })
				for scrape := range 8 {
					reads.Store(0)
					began := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), 9500*time.Millisecond)
					poll.Refresh(ctx, all...)
					cancel()
					if n := reads.Load(); n != int64(tt.healthy) {
						t.Errorf("scrape %d was answered after %s with %d accounts read, want all %d of the host that answers",
							scrape, time.Since(began), n, tt.healthy)
					}
					time.Sleep(time.Minute - time.Since(began))
				}
			})
		})
	}
}
