package poll_test

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// countedRecords counts the records that are put.
type countedRecords int

// Put implements [poll.Records].
func (c *countedRecords) Put([]byte, any) error {
	*c++
	return nil
}

// Delete implements [poll.Records].
func (*countedRecords) Delete([]byte) {}

// DeleteAll implements [poll.Records].
func (*countedRecords) DeleteAll() {}

// An account that replaces another one during its first refresh goes on with what has been read, also if that has been
// stored already.
func TestCarryOverDuringTheFirstRefresh(t *testing.T) {
	for name, store := range map[string]bool{"nothing is stored": false, "all is stored": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reads := make(chan string, 100)
				build := func(name string, hanging bool) *poll.Account {
					a := newAccount(t, name, "reports")
					item := func(id string, hangs bool) poll.Item {
						return poll.Item{ID: id, Read: func(ctx context.Context, _ metric.Day, _ *metric.Batch) error {
							reads <- id
							if hangs {
								<-ctx.Done()
							}
							return ctx.Err()
						}}
					}
					a.Add(&metric.Spec{Name: "reports"}, poll.Fixed([]poll.Item{
						item("E1", false), item("E2", false), item("E3", hanging),
					}))
					return a
				}
				scrape := func(a *poll.Account) {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					poll.Refresh(ctx, a)
				}
				previous := build("previous", true)
				scrape(previous)
				if store {
					var recorder poll.Recorder
					var records countedRecords
					if err := recorder.Unsaved(previous, &records); err != nil || records == 0 {
						t.Fatalf("%d records, %v", records, err)
					}
				}
				next := build("next", false)
				if err := next.CarryOver(previous, false); err != nil {
					t.Fatal(err)
				}
				previous.Close()
				scrape(next)
				close(reads)
				count := make(map[string]int)
				for id := range reads {
					count[id]++
				}
				if want := (map[string]int{"E1": 1, "E2": 1, "E3": 2}); !maps.Equal(count, want) {
					t.Errorf("reads %v, want %v", count, want)
				}
			})
		})
	}
}

// A reload that makes an account anew keeps the wait for a login that the vendor limits, also of endpoints that came to
// the login later and sent nothing.
func TestCarryOverKeepsTheWaitForALimitedLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logins := 0
		build := func() *poll.Account {
			a := newAccount(t, "shop", "first", "second")
			tokens := transport.NewTokenSource("test", func(context.Context) (transport.Token, error) {
				logins++
				return transport.Token{}, &transport.Error{Kind: transport.RateLimited, Status: 429, RetryAfter: 30 * time.Minute}
			})
			for name, late := range map[string]time.Duration{"first": 0, "second": time.Second} {
				a.Add(&metric.Spec{Name: name}, poll.Single(func(ctx context.Context, _ metric.Day, _ *metric.Batch) error {
					time.Sleep(late)
					_, err := tokens.Get(ctx, "GET /"+name, nil)
					return err
				}))
			}
			return a
		}
		a := build()
		for range 3 {
			poll.Refresh(t.Context(), a)
			time.Sleep(time.Minute)
			next := build()
			if err := next.CarryOver(a, false); err != nil {
				t.Fatal(err)
			}
			a = next
		}
		poll.Refresh(t.Context(), a)
		if logins != 1 {
			t.Errorf("%d logins within 30 minutes, want one", logins)
		}
	})
}
