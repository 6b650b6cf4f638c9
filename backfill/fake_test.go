package backfill_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var shanghai = mustLocation("Asia/Shanghai")

func mustLocation(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// vendor is an account's history made of values that follow from the day. Its failures are set beforehand, by
// endpoint and day.
type vendor struct {
	mu       sync.Mutex
	reads    map[string]int
	failures map[string][]error // each is given once, in this order; nil is a success
	onRead   func(endpoint, day string)
}

func newVendor() *vendor {
	return &vendor{reads: make(map[string]int), failures: make(map[string][]error)}
}

func (v *vendor) fail(endpoint, day string, errs ...error) {
	v.failures[endpoint+" "+day] = errs
}

func (v *vendor) called(endpoint, day string) error {
	if v.onRead != nil {
		v.onRead(endpoint, day)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key := endpoint + " " + day
	v.reads[key]++
	if left := v.failures[key]; len(left) > 0 {
		v.failures[key] = left[1:]
		return left[0]
	}
	return nil
}

var (
	users  = metric.NewFamily("acme_yesterday_users", `Users with "quotes" of yesterday. (GET /users, refreshed at most every 1h)`)
	pushes = metric.NewFamily("acme_yesterday_pushes", "Pushes.\nOf yesterday. (GET /pushes)", "channel", "zone")
)

// history is that of an account with two endpoints; that of users keeps 90 days.
func (v *vendor) history(channels int) *history.Account {
	return &history.Account{
		Target: poll.Target{Vendor: "acme", Account: `sh"op`}, Location: shanghai,
		Parts: []history.Part{
			{Endpoint: "user_day", RetentionDays: 90, Families: []*metric.Family{users}, VisibleDuring: dayAfter, Read: func(_ context.Context, day metric.Day) (history.DayResult, error) {
				if err := v.called("user_day", day.Start.In(shanghai).Format(time.DateOnly)); err != nil {
					return history.DayResult{}, err
				}
				return history.DayResult{Samples: []history.Sample{shown(users, day, float64(day.Start.In(shanghai).Day())+0.5)}}, nil
			}},
			{Endpoint: "push_day", Families: []*metric.Family{pushes}, VisibleDuring: dayAfter, Read: func(_ context.Context, day metric.Day) (history.DayResult, error) {
				if err := v.called("push_day", day.Start.In(shanghai).Format(time.DateOnly)); err != nil {
					return history.DayResult{}, err
				}
				var all history.DayResult
				for c := range channels {
					all.Samples = append(all.Samples, shown(pushes, day, float64(1000*day.Start.In(shanghai).YearDay()+c), fmt.Sprintf("c%02d\\", c), "z\n"))
				}
				return all, nil
			}},
		},
	}
}

// dayAfter is the day after.
func dayAfter(day metric.Day) metric.Day {
	return metric.Day{Start: day.End, End: day.End.AddDate(0, 0, 1)}
}

// shown is a sample of a day that is shown on the day after.
func shown(f *metric.Family, day metric.Day, value float64, labels ...string) history.Sample {
	return history.Sample{Family: f, Labels: labels, Value: value, From: day.End, Until: day.End.AddDate(0, 0, 1)}
}

func failure(kind transport.Kind) error {
	e := &transport.Error{Vendor: "acme", Endpoint: "GET /thing", Kind: kind}
	switch kind {
	case transport.HTTP:
		e.Status = 503
	case transport.RateLimited:
		e.RetryAfter = 7 * time.Minute
	case transport.Auth:
		e.Advice = "check app_key"
	}
	return e
}

func date(t testing.TB, text string) backfill.Date {
	t.Helper()
	d, err := backfill.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// options are those of three days of the vendor, at a large step.
func options(t testing.TB, v *vendor) backfill.Options {
	t.Helper()
	return backfill.Options{
		History: v.history(2), From: date(t, "2026-11-01"), To: date(t, "2026-11-03"), Step: 8 * time.Hour, Recent: 3 * time.Hour,
		Labels: []backfill.Label{{Name: "job", Value: "engage"}}, Account: "fingerprint",
		Output: filepath.Join(t.TempDir(), "history.om"), Stdout: io.Discard,
	}
}

// at sets the fake clock of a synctest bubble.
func at(text string) {
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	<-time.After(time.Until(now)) // no real time passes
}

func contents(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
