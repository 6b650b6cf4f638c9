package polyv_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// sleepUntil takes the bubble's clock to a time of 2 January 2000 in Shanghai.
func sleepUntil(t *testing.T, clock string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, "2000-01-02T"+clock+"+08:00")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(at))
}

func TestDaysOfTwoClocks(t *testing.T) {
	for _, test := range []struct {
		name   string
		clock  string        // ours
		ahead  time.Duration // theirs
		calls  int
		waited time.Duration
		fails  string
	}{
		{"in the middle of the day", "12:00:00", 0, 1, 0, ""},
		{"another time of the same day", "12:00:00", 2 * time.Minute, 1, 0, ""},
		{"exactly at midnight", "00:00:00", 0, 1, 0, ""},
		{"theirs is still yesterday", "00:00:01", -5 * time.Second, 2, 5 * time.Second, ""},
		{"theirs is behind by less than a second", "00:00:00.2", -time.Second / 2, 2, 2 * time.Second, ""},
		{"theirs is tomorrow already", "23:59:58", 5 * time.Second, 2, 3 * time.Second, ""},
		{"by minutes", "00:00:30", -2 * time.Minute, 2, 91 * time.Second, ""},
	} {
		for _, r := range []polyv.Range{polyv.Today, polyv.Yesterday} {
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sleepUntil(t, test.clock)
					v := newVendor()
					v.ahead = test.ahead
					began := time.Now()
					hours, err := client(v).Hourly(t.Context(), r)
					if err != nil || len(hours) != 24 {
						t.Errorf("got %d hours, %v", len(hours), err)
					}
					if waited := time.Since(began); waited != test.waited {
						t.Errorf("waited %s, want %s", waited, test.waited)
					}
					v.ExpectCalls(t, test.calls)
				})
			})
		}
	}
}

func TestAnotherDayThatLasts(t *testing.T) {
	for _, test := range []struct {
		name  string
		date  func(now time.Time) time.Time
		calls int
	}{
		{"by hours", func(now time.Time) time.Time { return now.Add(-2 * time.Hour) }, 1},
		{"a Date that stands still", func(time.Time) time.Time { return time.Date(2000, 1, 1, 15, 59, 30, 0, time.UTC) }, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(t, "00:00:30")
				v := newVendor()
				v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
					w.Header().Set("Date", test.date(time.Now()).UTC().Format(http.TimeFormat))
					return vendortest.Always(200, `{"code":200,"data":`+hourlyDocument+`}`)(w, r)
				}
				_, err := client(v).Hourly(t.Context(), polyv.Today)
				e := failure(t, err, transport.Rejected)
				if !strings.Contains(e.Error(), "another day at Polyv") || !strings.Contains(e.Advice, "set this machine's clock") {
					t.Errorf("got %v", e)
				}
				v.ExpectCalls(t, test.calls)
			})
		})
	}
}

// A range of dates is the same by any clock.
func TestDatesNeedNoClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(t, "00:00:01")
		v := newVendor()
		v.ahead = -5 * time.Second
		day := time.Now().AddDate(0, 0, -2)
		if _, err := client(v).Hourly(t.Context(), polyv.Days(day, day)); err != nil {
			t.Error(err)
		}
		v.ExpectCalls(t, 1)
	})
}

// The signature is of the time at which the request is sent, however long it waited for the rate limit.
func TestSignatureDoesNotWaitForTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.Delay = 4 * time.Minute
		c := polyv.New(polyv.Options{
			UserID: userID, SecretKey: func() (string, error) { return secretKey, nil },
			Transport: transport.New(transport.Options{Vendor: "polyv", RoundTripper: v, MaxConcurrentRequests: 1, RequestsPerMinute: 600, Timeout: 5 * time.Minute}),
		})
		var group sync.WaitGroup
		v.onCall = func(w http.ResponseWriter, r *http.Request) bool { // the request was on its way for as long as the delay: take its clock back by that
			v.ahead = -v.Delay
			return false
		}
		for range 2 {
			group.Go(func() {
				day := time.Now().AddDate(0, 0, -2)
				if _, err := c.Hourly(t.Context(), polyv.Days(day, day)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
}
