package backfill_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const wholeOutput = `# HELP acme_yesterday_users Users with \"quotes\" of yesterday. (GET /users, refreshed at most every 1h)
# TYPE acme_yesterday_users gauge
acme_yesterday_users{account="sh\"op",job="engage"} 1.5 1793548800
acme_yesterday_users{account="sh\"op",job="engage"} 1.5 1793577600
acme_yesterday_users{account="sh\"op",job="engage"} 1.5 1793606400
acme_yesterday_users{account="sh\"op",job="engage"} 2.5 1793635200
acme_yesterday_users{account="sh\"op",job="engage"} 2.5 1793664000
acme_yesterday_users{account="sh\"op",job="engage"} 2.5 1793692800
acme_yesterday_users{account="sh\"op",job="engage"} 3.5 1793721600
acme_yesterday_users{account="sh\"op",job="engage"} 3.5 1793750400
acme_yesterday_users{account="sh\"op",job="engage"} 3.5 1793779200
# HELP acme_yesterday_pushes Pushes.\nOf yesterday. (GET /pushes)
# TYPE acme_yesterday_pushes gauge
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 305000 1793548800
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 305000 1793577600
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 305000 1793606400
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 306000 1793635200
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 306000 1793664000
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 306000 1793692800
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 307000 1793721600
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 307000 1793750400
acme_yesterday_pushes{account="sh\"op",channel="c00\\",job="engage",zone="z\n"} 307000 1793779200
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 305001 1793548800
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 305001 1793577600
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 305001 1793606400
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 306001 1793635200
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 306001 1793664000
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 306001 1793692800
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 307001 1793721600
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 307001 1793750400
acme_yesterday_pushes{account="sh\"op",channel="c01\\",job="engage",zone="z\n"} 307001 1793779200
# EOF
`

func TestOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		o := options(t, newVendor())
		s, err := backfill.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, o.Output); got != wholeOutput {
			t.Errorf("got:\n%s", got)
		}
		if s.Samples != 27 || s.Series != 3 || s.Families != 2 || s.Days != 3 || s.Bytes != int64(len(wholeOutput)) || len(s.Gaps) > 0 {
			t.Errorf("summary %+v", s)
		}
		if exists(o.Output + ".state") {
			t.Error("what was kept is not removed")
		}

		var stdout bytes.Buffer
		o.Output, o.Stdout = "-", &stdout
		if _, err := backfill.Run(t.Context(), o); err != nil || stdout.String() != wholeOutput {
			t.Errorf("to the standard output: %v\n%s", err, stdout.String())
		}
	})
}

// No sample is of the time that Prometheus' head block covers, and none is of the future.
func TestOutputEndsBeforeTheRecentPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-04T03:00:00Z") // 11:00 in Shanghai: the values of the third day are shown since midnight, 16:00 UTC
		o := options(t, newVendor())
		o.To = backfill.Date{}
		s, err := backfill.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if s.To.String() != "2026-11-03" || !s.End.Equal(time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("to %s, end %s", s.To, s.End)
		}
		if text := contents(t, o.Output); !strings.Contains(text, " 3.5 1793721600\n") || strings.Contains(text, " 3.5 1793750400\n") {
			t.Errorf("want the samples before 00:00 and no other:\n%s", text)
		}
	})
}

// A value that a later one replaces ends there, as it does where it is scraped.
func TestLaterValueEndsAnEarlierOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		o := options(t, newVendor())
		hour := func(d metric.Day, n int) time.Time { return d.Start.Add(time.Duration(n) * time.Hour) }
		o.Step, o.To = time.Hour, date(t, "2026-11-02")
		o.History.Parts = []history.Part{{Endpoint: "steps", Families: []*metric.Family{users}, Read: func(_ context.Context, d metric.Day) (history.DayResult, error) {
			if d.Start.In(shanghai).Day() == 2 {
				return history.DayResult{Samples: []history.Sample{{Family: users, Value: 4, From: hour(d, 1), Until: hour(d, 2)}}}, nil
			}
			return history.DayResult{Samples: []history.Sample{
				{Family: users, Value: 3, From: hour(d, 2), Until: hour(d, 48)},
				{Family: users, Value: 1, From: hour(d, 0), Until: hour(d, 2)},
				{Family: users, Value: 2, From: hour(d, 1).Add(time.Minute), Until: hour(d, 1).Add(59 * time.Minute)}, // between two steps
			}}, nil
		}}}
		s, err := backfill.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		text := contents(t, o.Output)
		for value, want := range map[string]int{" 1 ": 2, " 2 ": 0, " 3 ": 23, " 4 ": 1} {
			if n := strings.Count(text, "}"+value); n != want {
				t.Errorf("%d samples of%s, want %d", n, value, want)
			}
		}
		if s.Samples != 26 {
			t.Errorf("%d samples", s.Samples)
		}
	})
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, o *backfill.Options)
		want   []string
	}{
		{"no first day", func(_ *testing.T, o *backfill.Options) { o.From = backfill.Date{} }, []string{"no --from", "such as --from=2026-08-22"}},
		{"the wrong way round", func(t *testing.T, o *backfill.Options) { o.From = date(t, "2026-11-04") }, []string{"--from=2026-11-04 is after --to=2026-11-03"}},
		{"a day to come", func(t *testing.T, o *backfill.Options) { o.To = date(t, "2026-12-01") }, []string{"--to=2026-12-01 is not over in Asia/Shanghai", "last whole day is 2026-11-19"}},
		{"today", func(t *testing.T, o *backfill.Options) { o.To = date(t, "2026-11-20") }, []string{"--to=2026-11-20 is not over", "where it is 2026-11-20"}},
		{"first day to come", func(t *testing.T, o *backfill.Options) { o.From, o.To = date(t, "2027-01-01"), backfill.Date{} }, []string{"--from=2027-01-01 is not over"}},
		{"too old", func(t *testing.T, o *backfill.Options) { o.From = date(t, "2026-08-21") }, []string{
			"--from=2026-08-21 is too early for user_day: the vendor keeps 90 days, so the earliest is --from=2026-08-22", "--endpoint=push_day",
		}},
		{"steps", func(_ *testing.T, o *backfill.Options) { o.Step, o.Recent = 0, -time.Hour }, []string{"--step=0s, want a whole number of seconds", "--recent=-1h0m0s, want 0s or more"}},
		{"part of a second", func(_ *testing.T, o *backfill.Options) { o.Step = 1500 * time.Millisecond }, []string{"--step=1.5s, want a whole number of seconds"}},
		{"labels", func(_ *testing.T, o *backfill.Options) {
			o.Labels = []backfill.Label{{"job", "a"}, {"job", "b"}, {"account", "x"}, {"channel", "x"}, {"9lives", "x"}, {"__name__", "x"}, {"dc", ""}, {"site", "\xff"}}
		}, []string{
			`label "job": given twice`, `label "account": every series has it already`, `label "channel": acme_yesterday_pushes has it already`,
			`label "9lives": not a label name`, `label "__name__": names that begin with __`, `label "dc": it has no value`, `label "site": its value is not UTF-8`,
		}},
		{"a folder", func(t *testing.T, o *backfill.Options) { o.Output = t.TempDir() }, []string{"is a folder, name a file"}},
		{"no folder", func(t *testing.T, o *backfill.Options) { o.Output = filepath.Join(t.TempDir(), "none", "h.om") }, []string{"no such file or directory; choose another --output"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				o := options(t, v)
				tt.change(t, &o)
				_, err := backfill.Run(t.Context(), o)
				if err == nil {
					t.Fatal("no error")
				}
				for _, want := range tt.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("no %q in: %v", want, err)
					}
				}
				if len(v.reads) > 0 || exists(o.Output+".state") {
					t.Error("something was read or kept")
				}
			})
		})
	}
}

func TestFailures(t *testing.T) {
	six := func(kind transport.Kind) (errs []error) {
		for range 6 {
			errs = append(errs, failure(kind))
		}
		return errs
	}
	const second = "2026-11-02"
	for _, tt := range []struct {
		name  string
		errs  []error
		gaps  int
		reads int
		least time.Duration // that the run takes
		err   string
	}{
		{"network comes back", six(transport.Network), 0, 7, 2 * time.Minute, ""},
		{"timeout", []error{failure(transport.Timeout)}, 0, 2, 2 * time.Second, ""},
		{"server error", []error{failure(transport.HTTP)}, 0, 2, 2 * time.Second, ""},
		{"rate limit is waited for", []error{failure(transport.RateLimited)}, 0, 2, 7 * time.Minute, ""},
		{"own budget", []error{&transport.Error{Kind: transport.Throttled, RetryAfter: 20 * time.Second}}, 0, 2, 20 * time.Second, ""},
		{"no sense, once", []error{failure(transport.Malformed)}, 0, 2, 2 * time.Second, ""},
		{"no sense, always", six(transport.Malformed), 1, 6, 0, ""},
		{"network away for longer than it is waited for", append(six(transport.Network), six(transport.Network)[:2]...), 0, 9, 2 * time.Minute, ""},
		{"server error for long on one day", append(six(transport.HTTP), failure(transport.HTTP)), 0, 8, 2 * time.Minute, ""},
		{"server error on one day, always", append(six(transport.HTTP), six(transport.HTTP)...), 1, 10, 2 * time.Minute, ""},
		{"refused", []error{failure(transport.Rejected)}, 1, 1, 0, ""},
		{"too large", []error{failure(transport.TooLarge)}, 1, 1, 0, ""},
		{"no such page", []error{&transport.Error{Kind: transport.HTTP, Status: 404}}, 1, 1, 0, ""},
		{"credentials", []error{failure(transport.Auth)}, 0, 1, 0, "acme GET /thing: auth; check app_key; 1 of 3 days are read and kept in "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				v.fail("push_day", second, tt.errs...)
				o := options(t, v)
				var log bytes.Buffer
				o.Progress = backfill.NewProgress(&log, false)
				began := time.Now()
				s, err := backfill.Run(t.Context(), o)
				if n := v.reads["push_day "+second]; n != tt.reads {
					t.Errorf("read %d times, want %d", n, tt.reads)
				}
				if took := time.Since(began); took < tt.least {
					t.Errorf("took %s, want at least %s", took, tt.least)
				}
				if tt.err != "" {
					if err == nil || !strings.Contains(err.Error(), tt.err) {
						t.Errorf("got %v, want %s", err, tt.err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(s.Gaps) != tt.gaps || tt.gaps == 1 && (s.Gaps[0].Day != second || s.Gaps[0].Endpoint != "push_day" || !strings.Contains(log.String(), "gap: push_day 2026-11-02: ")) {
					t.Errorf("gaps %v, want %d; log:\n%s", s.Gaps, tt.gaps, log.String())
				}
				text := contents(t, o.Output)
				if got := strings.Contains(text, " 306000 "); got == (tt.gaps > 0) || !strings.Contains(text, " 307000 ") || !strings.Contains(text, " 2.5 ") {
					t.Errorf("output:\n%s", text)
				}
			})
		})
	}
}

// A vendor that cannot be reached makes no gaps: the run ends, and goes on later where it was.
func TestVendorThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		var away []error
		for range 100 {
			away = append(away, failure(transport.Network))
		}
		for _, day := range []string{"2026-11-04", "2026-11-05", "2026-11-06", "2026-11-10"} {
			v.fail("user_day", day, away...)
		}
		o := options(t, v)
		o.To = date(t, "2026-11-10")
		const want = "4 days cannot be read, though the vendor answers for other days " +
			"(user_day 2026-11-04: acme GET /thing: network); if this continues"
		if _, err := backfill.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "6 of 10 days are read") {
			t.Fatalf("got %v", err)
		}
		v.failures = map[string][]error{}
		s, err := backfill.Run(t.Context(), o)
		if err != nil || len(s.Gaps) > 0 || v.reads["user_day 2026-11-03"] != 1 || v.reads["push_day 2026-11-07"] != 1 {
			t.Errorf("%v, %+v, reads %v", err, s, v.reads)
		}
		if text := contents(t, o.Output); strings.Count(text, "acme_yesterday_users{") != 30 {
			t.Errorf("output:\n%s", text)
		}
	})
}

func TestNothingToWrite(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind transport.Kind
		want string
		kept bool
	}{
		{"refused", transport.Rejected, "the vendor returned no values for these days", false},
		{"away", transport.Timeout, "nothing can be read: acme GET /thing: timeout; 0 of 1 days are read", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				for _, endpoint := range []string{"user_day", "push_day"} {
					for range 10 {
						v.fail(endpoint, "2026-11-01", append(v.failures[endpoint+" 2026-11-01"], failure(tt.kind))...)
					}
				}
				o := options(t, v)
				o.To = o.From
				_, err := backfill.Run(t.Context(), o)
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				if exists(o.Output) || exists(o.Output+".state") != tt.kept {
					t.Error("an output, or what is kept is not as it should be")
				}
			})
		})
	}
}

// A part of a day that is missing is reported, and the rest of the day is there.
func TestPartialGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		o := options(t, newVendor())
		read := o.History.Parts[1].Read
		o.History.Parts[1].Read = func(ctx context.Context, day metric.Day) (history.DayResult, error) {
			d, err := read(ctx, day)
			d.Gaps, d.Dropped, d.Missing = []error{failure(transport.Rejected)}, 2, 1
			return d, err
		}
		s, err := backfill.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, o.Output); got != wholeOutput {
			t.Errorf("got:\n%s", got)
		}
		var text bytes.Buffer
		s.Write(&text)
		for _, want := range []string{
			"3 gaps, for which", "push_day (in part) 2026-11-01 to 2026-11-03 (3 days): acme GET /thing: rejected", "6 samples dropped, 3 items missing",
			"27 samples of 3 series in 2 families", "promtool tsdb create-blocks-from openmetrics --max-block-duration=744h " + o.Output,
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("no %q in\n%s", want, text.String())
			}
		}
	})
}

func TestInterrupted(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		for _, output := range []string{"", "-"} {
			v := newVendor()
			v.fail("user_day", "2026-11-02", failure(transport.RateLimited)) // a long wait ends at once
			o := options(t, v)
			if output != "" {
				o.Output = output
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, cancel)
			began := time.Now()
			_, err := backfill.Run(ctx, o)
			if _, ok := errors.AsType[*backfill.InterruptedError](err); !ok || time.Since(began) != time.Minute {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
			want := "interrupted: 1 of 3 days are read and kept in " + o.Output + ".state: run the same command again to continue"
			if output == "-" {
				want = "interrupted: 1 of 3 days were read, and nothing is kept"
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			if exists(o.Output) {
				t.Error("there is an output")
			}
		}
		if left, err := filepath.Glob(filepath.Join(temporary, "engage_exporter-backfill-*")); err != nil || len(left) > 0 {
			t.Errorf("temporary folders are left: %v %v", left, err)
		}
	})
}
