package poll_test

import (
	"context"
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
		Vendor: "test", Name: name, Location: time.UTC, MaxConcurrentRequests: 1, MaxSamples: 100, Settings: settings,
	})
	a.SetClient(transport.New(transport.Options{Vendor: "test"}))
	t.Cleanup(a.Close)
	return a
}
