package collector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const noon = "2000-01-02T12:00:00+08:00"

var quotaOnly = only(map[string]string{"push_quota": ""})

func TestConcurrentScrapesShareOneRead(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			answering(200, quotaAnswer(7))(w, r)
		})
		e := newExporter(t, a, quotaOnly)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				e.scrape(5*time.Second).want(t, 7, "getui_push_quota_remaining", "account", "shop", "channel", "gt", "kind", "app")
			})
		}
		group.Wait()
		if got := a.count(pathQuota); got != 1 {
			t.Errorf("%d reads, want 1", got)
		}
		if got := a.count(pathAuth); got != 1 {
			t.Errorf("%d logins, want 1", got)
		}
	})
}

// What rules watch the increase of is there before the first failure; the other results are not, so as to keep the page
// small.
func TestCountersOfAnEndpointFromTheStart(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		e := newExporter(t, a, only(map[string]string{"push_quota": "min_interval: 90s"}))
		p := e.scrape(time.Second)
		p.want(t, 90, "engage_endpoint_min_interval_seconds", "account", "shop", "api_endpoint", "push_quota")
		p.want(t, 0, "engage_endpoint_failures_total", "account", "shop", "api_endpoint", "push_quota")
		for _, kind := range transport.Kinds() {
			if kind == transport.RateLimited || kind == transport.Throttled {
				p.want(t, 0, "engage_endpoint_reads_total", "result", kind.String())
			} else {
				p.wantNone(t, "engage_endpoint_reads_total", "result", kind.String())
			}
		}
		p.want(t, 1, "engage_endpoint_reads_total", "result", "success")

		for _, status := range []int{500, 429} {
			a.handle(pathQuota, answering(status, "{}"))
			time.Sleep(time.Hour)
			e.scrape(time.Second)
		}
		p = e.scrape(time.Second)
		p.want(t, 2, "engage_endpoint_failures_total", "account", "shop", "api_endpoint", "push_quota")
		p.want(t, 1, "engage_endpoint_reads_total", "result", "rate_limited")
		p.want(t, 1, "engage_endpoint_reads_total", "result", "http")
	})
}

// A family of which every value is unusable makes the read fail; the others of the answer are served, the lost one is
// not, and the log and the status name what came.
func TestFamilyOfWhichEveryValueIsDropped(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		e := newExporter(t, a, only(map[string]string{"push_quota": ""}))
		e.scrape(time.Second)
		a.answer(pathQuota, `{"code":0,"data":{"gt":{"app":{"total_num":3000,"limit":false,"remain_num":"1,234"}}}}`)
		time.Sleep(time.Hour)
		p := e.scrape(time.Second)
		p.want(t, 3000, "getui_push_quota_limit", "channel", "gt")
		p.wantNone(t, "getui_push_quota_remaining")
		p.want(t, 0, "engage_endpoint_up")
		p.want(t, 1, "engage_endpoint_failing", "reason", "malformed")
		p.want(t, 1, "engage_endpoint_failures_total")
		p.want(t, 1, "engage_endpoint_dropped_samples")
		const value = `getui_push_quota_remaining{channel="gt",kind="app"}: "1,234"`
		for _, want := range []string{"no value of getui_push_quota_remaining can be used", "samples dropped", strconv.Quote(value)} {
			if logged := e.log.String(); !strings.Contains(logged, want) {
				t.Errorf("the log has no %s:\n%s", want, logged)
			}
		}
		s := e.set.Status(time.Now())[0].Endpoints[0]
		if s.State != collector.StatePartial || len(s.DroppedValues) != 1 || s.DroppedValues[0].String() != value {
			t.Errorf("the status is %s with %v", s.State, s.DroppedValues)
		}

		// Nothing of it can be used: what was served stays.
		a.answer(pathQuota, `{"code":0,"data":{"gt":{"app":{"total_num":"3,000","remain_num":"1,234"}}}}`)
		time.Sleep(time.Minute)
		for range 5 {
			time.Sleep(time.Minute)
			p = e.scrape(time.Second)
		}
		p.want(t, 3000, "getui_push_quota_limit", "channel", "gt")
		if s := e.set.Status(time.Now())[0].Endpoints[0]; s.State != collector.StateStale {
			t.Errorf("the status is %s", s.State)
		}

		a.answer(pathQuota, quotaAnswer(9))
		time.Sleep(time.Hour)
		p = e.scrape(time.Second)
		p.want(t, 1, "engage_endpoint_up")
		p.want(t, 9, "getui_push_quota_remaining")
	})
}

func TestFreshSnapshotIsNotReadAgain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		interval string
		pause    time.Duration
		reads    int
	}{
		{"before nine tenths of the interval", "1m", 53900 * time.Millisecond, 1},
		{"at nine tenths", "1m", 54 * time.Second, 2},
		{"a scrape that comes a little early", "1m", 59900 * time.Millisecond, 2},
		{"an interval of 0 reads at every scrape", "0s", 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(7))
				e := newExporter(t, a, only(map[string]string{"push_quota": "min_interval: " + tt.interval}))
				e.scrape(time.Second)
				time.Sleep(tt.pause)
				p := e.scrape(time.Second)
				p.want(t, 7, "getui_push_quota_remaining")
				p.want(t, float64(tt.reads), "engage_endpoint_reads_total", "api_endpoint", "push_quota", "result", "success")
				if got := a.count(pathQuota); got != tt.reads {
					t.Errorf("%d reads, want %d", got, tt.reads)
				}
			})
		})
	}
}

// A scrape answers before its deadline with all that is ready; the read that was too slow goes on, and the next scrape
// has it.
func TestSlowEndpointDoesNotDelayTheScrape(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		a.handle(pathOnline, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(8 * time.Second)
			answering(200, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)(w, r)
		})
		e := newExporter(t, a, only(map[string]string{"push_quota": "", "online_users": ""}))
		began := time.Now()
		p := e.scrape(5 * time.Second)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("the scrape took %s, want its deadline of 5s", took)
		}
		p.want(t, 7, "getui_push_quota_remaining")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "push_quota")
		p.wantNone(t, "getui_online_users")
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "online_users")
		p.wantNone(t, "engage_endpoint_last_success_timestamp_seconds", "api_endpoint", "online_users")
		p.wantNone(t, "engage_endpoint_last_read_duration_seconds", "api_endpoint", "online_users")

		time.Sleep(10 * time.Second)
		p = e.scrape(5 * time.Second)
		p.want(t, 5, "getui_online_users")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "online_users")
		p.want(t, 8, "engage_endpoint_last_read_duration_seconds", "api_endpoint", "online_users")
		if got := a.count(pathOnline); got != 1 {
			t.Errorf("%d reads, want 1", got)
		}
	})
}

func TestStaleSnapshotIsServedUntilMaxStale(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		e := newExporter(t, a, quotaOnly)
		e.scrape(time.Second)
		read := float64(time.Now().Unix())
		a.handle(pathQuota, answering(500, "oops"))

		time.Sleep(15 * time.Minute) // max_stale of push_quota
		p := e.scrape(time.Second)
		p.want(t, 7, "getui_push_quota_remaining")
		p.want(t, 3, "engage_endpoint_samples", "api_endpoint", "push_quota")
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "push_quota")
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "push_quota", "reason", "http")
		p.want(t, read, "engage_endpoint_last_success_timestamp_seconds", "api_endpoint", "push_quota")

		time.Sleep(time.Second)
		p = e.scrape(time.Second)
		p.wantNone(t, "getui_push_quota_remaining")
		p.wantNone(t, "getui_today_start_timestamp_seconds")
		p.want(t, 0, "engage_endpoint_samples", "api_endpoint", "push_quota")
		p.want(t, read, "engage_endpoint_last_success_timestamp_seconds", "api_endpoint", "push_quota") // still says how old the last one was
	})
}

// A day's values die with their day, in the account's zone, whatever the vendor does.
func TestValuesOfADayEndAtMidnight(t *testing.T) {
	at(t, "2000-01-02T23:59:00+08:00", func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		a.answer(pathUserDay, `{"code":0,"data":{"2000-01-01":{"accumulative_num":9,"register_num":2,"active_num":5,"online_num":2}}}`)
		a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946828500000":5}}}`) // 23:55
		e := newExporter(t, a, only(map[string]string{"user_day": "", "push_quota": "", "online_users": ""}))
		p := e.scrape(time.Second)
		p.want(t, 9, "getui_yesterday_users")
		p.want(t, float64(instant(t, "2000-01-01T00:00:00+08:00").Unix()), "getui_yesterday_start_timestamp_seconds", "account", "shop")
		p.want(t, float64(instant(t, "2000-01-02T00:00:00+08:00").Unix()), "getui_today_start_timestamp_seconds", "account", "shop")

		for _, path := range []string{pathUserDay, pathQuota, pathOnline} {
			a.handle(path, answering(503, "down"))
		}
		time.Sleep(59*time.Second + 999*time.Millisecond)
		e.scrape(time.Second).want(t, 9, "getui_yesterday_users")
		time.Sleep(time.Millisecond)
		p = e.scrape(time.Second)
		p.wantNone(t, "getui_yesterday_users")
		p.wantNone(t, "getui_push_quota_remaining")
		p.wantNone(t, "getui_yesterday_start_timestamp_seconds")
		p.want(t, 5, "getui_online_users") // has no day

		a.answer(pathUserDay, `{"code":0,"data":{"2000-01-02":{"accumulative_num":11}}}`)
		time.Sleep(time.Hour)
		p = e.scrape(time.Second)
		p.want(t, 11, "getui_yesterday_users")
		p.want(t, float64(instant(t, "2000-01-02T00:00:00+08:00").Unix()), "getui_yesterday_start_timestamp_seconds")
	})
}

// A read that is under way at midnight brings the day that it asked for: it must not be served as the new one.
func TestReadAcrossMidnightIsNotServed(t *testing.T) {
	at(t, "2000-01-02T23:59:58+08:00", func(t *testing.T) {
		a := newAPI()
		a.handle(pathUserDay, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(4 * time.Second)
			day := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			answering(200, fmt.Sprintf(`{"code":0,"data":{%q:{"accumulative_num":%q}}}`, day, day[len(day)-2:]))(w, r)
		})
		e := newExporter(t, a, only(map[string]string{"user_day": ""}))
		e.scrape(5*time.Second).wantNone(t, "getui_yesterday_users") // 1 January, read as yesterday of the 2nd, ended on the 3rd
		time.Sleep(5 * time.Second)
		e.scrape(5*time.Second).want(t, 2, "getui_yesterday_users")
	})
}

// After a success the waits start again.
func TestBackoffEndsWithASuccess(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, answering(500, "oops"))
		e := newExporter(t, a, quotaOnly)
		for range 20 {
			e.scrape(time.Second)
			time.Sleep(time.Minute)
		}
		a.answer(pathQuota, quotaAnswer(7))
		e.scrape(time.Second).want(t, 1, "engage_endpoint_up")
		a.handle(pathQuota, answering(500, "oops"))
		time.Sleep(time.Minute)
		e.scrape(time.Second)
		before := a.count(pathQuota)
		time.Sleep(10 * time.Second)
		e.scrape(time.Second)
		if got := a.count(pathQuota); got != before+1 {
			t.Errorf("%d reads within the first wait after a success, want the short one again", got-before)
		}
	})
}

func TestBackoffObeysTheVendorAndSparesCredentials(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		path   string
		least  time.Duration
		reason string
	}{
		{"Retry-After", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(429)
		}, pathQuota, 30 * time.Minute, "rate_limited"},
		{"a Retry-After of years", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "999999999")
			w.WriteHeader(429)
		}, pathQuota, time.Hour, "rate_limited"},
		{"wrong credentials", answering(400, `{"code":20001,"msg":"sign error"}`), pathAuth, 10 * time.Minute, "auth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(tt.path, tt.answer)
				e := newExporter(t, a, quotaOnly)
				e.scrape(time.Second).want(t, 1, "engage_endpoint_failing", "reason", tt.reason)
				began := time.Now()
				step := tt.least / 600
				for a.count(tt.path) == 1 && time.Since(began) < 48*time.Hour {
					time.Sleep(step)
					e.scrape(time.Second)
				}
				// A tenth of jitter.
				if pause, most := time.Since(began), tt.least*11/10+step; pause < tt.least || pause > most {
					t.Errorf("asked again after %s, want %s to %s", pause, tt.least, most)
				}
			})
		})
	}
}

// All endpoints of an account with wrong credentials knock once in ten minutes together, and each says why it fails.
func TestWrongCredentialsAreTriedOnceForAllEndpoints(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathAuth, answering(400, `{"code":20001,"msg":"sign error"}`))
		e := newExporter(t, a, "")
		for range 9 {
			e.scrape(time.Second)
			time.Sleep(time.Minute)
		}
		p := e.scrape(time.Second)
		for _, endpoint := range []string{"push_quota", "online_users", "push_day", "user_day"} {
			p.want(t, 0, "engage_endpoint_up", "api_endpoint", endpoint)
			p.want(t, 1, "engage_endpoint_failing", "api_endpoint", endpoint, "reason", "auth")
		}
		if got := a.count(pathAuth); got != 1 {
			t.Errorf("%d logins in nine minutes, want 1", got)
		}
	})
}

func TestRateLimitNeverLogsInAgain(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, answering(401, `{"code":10005,"msg":"too frequent"}`))
		e := newExporter(t, a, quotaOnly)
		for range 20 {
			e.scrape(time.Second)
			time.Sleep(time.Minute)
		}
		p := e.scrape(time.Second)
		p.want(t, 1, "engage_endpoint_failing", "reason", "rate_limited")
		if got := a.count(pathAuth); got != 1 {
			t.Errorf("%d logins, want 1", got)
		}
	})
}

func TestPanicIsOneEndpointsFailure(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)
		a.handle(pathQuota, func(http.ResponseWriter, *http.Request) { panic("planted") })
		e := newExporter(t, a, only(map[string]string{"push_quota": "", "online_users": ""}))
		p := e.scrape(time.Second)
		p.want(t, 5, "getui_online_users")
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "push_quota")
		p.want(t, 1, "engage_endpoint_reads_total", "api_endpoint", "push_quota", "result", "malformed")
		if logged := e.log.String(); !strings.Contains(logged, "read panicked") || !strings.Contains(logged, "panic of type string") {
			t.Errorf("the log does not mention the panic:\n%s", logged)
		}
		a.answer(pathQuota, quotaAnswer(7))
		time.Sleep(2 * time.Minute)
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
	})
}

func TestEndpointLogsOnceWhenItBreaksAndOnceWhenItRecovers(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, answering(500, "oops"))
		e := newExporter(t, a, quotaOnly)
		scrapeFor := func(d time.Duration) {
			for range d / time.Minute {
				e.scrape(time.Second)
				time.Sleep(time.Minute)
			}
		}
		scrapeFor(time.Hour)
		a.handle(pathQuota, answering(429, "slow down"))
		scrapeFor(time.Hour)
		a.answer(pathQuota, quotaAnswer(7))
		scrapeFor(time.Hour)
		var got []string
		for line := range strings.Lines(e.log.String()) {
			if !strings.HasPrefix(line, "level=debug") {
				_, rest, _ := strings.Cut(line, "msg=")
				got = append(got, strings.SplitAfter(rest, `"`)[1])
			}
		}
		want := []string{`endpoint failing"`, `endpoint failing for another reason"`, `endpoint recovered"`}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("logged %q, want %q", got, want)
		}
		for _, key := range []string{"vendor=getui", "account=shop", "endpoint=push_quota", "err=", "duration_seconds="} {
			if !strings.Contains(e.log.String(), key) {
				t.Errorf("no %s in the log", key)
			}
		}
	})
}

// Closing ends a read that never would, and lets no other begin.
func TestCloseEndsReadsInFlight(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		e := newExporter(t, a, only(map[string]string{"push_quota": "timeout: 1h"}))
		e.scrape(time.Second).want(t, 0, "engage_endpoint_up")
		e.set.Close()
		synctest.Wait()
		began := time.Now()
		p := e.scrape(time.Hour)
		if took := time.Since(began); took != 0 {
			t.Errorf("a scrape after closing waited %s", took)
		}
		p.wantNone(t, "engage_endpoint_failing") // nobody failed
		if got := a.count(pathQuota); got != 1 {
			t.Errorf("%d reads, want 1", got)
		}
	})
}

func TestVendorThatNeverAnswersTimesOut(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		e := newExporter(t, a, only(map[string]string{"push_quota": "timeout: 7s"}))
		p := e.scrape(time.Minute)
		p.want(t, 1, "engage_endpoint_failing", "reason", "timeout")
		p.want(t, 7, "engage_endpoint_last_read_duration_seconds")
		p.want(t, 1, "engage_vendor_requests_total", "code", "error")
	})
}

// Once the vendor takes the credentials again, every endpoint is read after the breaker's pause, and not later.
func TestRecoveryFromRefusedCredentials(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathAuth, answering(401, `{"code":10002,"msg":"blacklisted"}`))
		e := newExporter(t, a, "")
		for _, path := range []string{pathQuota, pathOnline, pathPushDay, pathUserDay} {
			a.handle(path, answering(200, `{"code":0,"data":{}}`)) // malformed, but asked for
		}
		e.scrape(time.Second)
		a.answer(pathAuth, `{"code":0,"data":{"expire_time":"4102444800000","token":"t"}}`)
		for range 11*6 + 2 { // the pause and its jitter
			time.Sleep(10 * time.Second)
			e.scrape(time.Second)
		}
		for _, path := range []string{pathQuota, pathOnline, pathPushDay, pathUserDay} {
			if a.count(path) == 0 {
				t.Errorf("%s was not asked for within eleven minutes", path)
			}
		}
	})
}

// Who corrects a secret file does not have to wait for the pause to end.
func TestCorrectedSecretIsUsedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("wrong")
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		accepted := a.handler[pathAuth]
		a.handle(pathAuth, func(w http.ResponseWriter, r *http.Request) {
			if text, err := os.ReadFile(path); err != nil || string(text) != "right" {
				answering(400, `{"code":20001,"msg":"sign error"}`)(w, r)
				return
			}
			accepted(w, r)
		})
		a.answer(pathQuota, quotaAnswer(7))
		e := newExporterOf(t, a, "getui:\n  - account: shop\n    app_id: APP\n    app_key: K\n    master_secret_file: "+path+"\n"+quotaOnly)
		e.scrape(time.Second).want(t, 1, "engage_endpoint_failing", "reason", "auth")
		time.Sleep(time.Minute)
		e.scrape(time.Second)
		if got := a.count(pathAuth); got != 1 {
			t.Fatalf("%d logins with the same secret, want 1", got)
		}
		write("right")
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
	})
}

// An answer that no scrape saw before its day ended was a success all the same.
func TestSuccessIsCountedAlsoWithoutAScrape(t *testing.T) {
	at(t, "2000-01-02T23:59:50+08:00", func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(5 * time.Second)
			answering(200, quotaAnswer(7))(w, r)
		})
		e := newExporter(t, a, quotaOnly)
		e.scrape(time.Second)
		began := float64(time.Now().Add(-time.Second).Unix())
		a.handle(pathQuota, answering(503, "down"))
		time.Sleep(time.Minute)
		p := e.scrape(time.Second)
		p.want(t, began, "engage_endpoint_last_success_timestamp_seconds")
		p.wantNone(t, "getui_push_quota_remaining")
	})
}

func TestPanicInALoginIsTheReadersFailure(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathAuth, func(http.ResponseWriter, *http.Request) { panic("planted") })
		e := newExporter(t, a, quotaOnly)
		e.scrape(time.Second).want(t, 1, "engage_endpoint_failing", "reason", "malformed")
		if logged := e.log.String(); !strings.Contains(logged, "read panicked") || strings.Contains(logged, "planted") {
			t.Errorf("the log does not mention the panic, or too much:\n%s", logged)
		}
	})
}

func TestCloseEndsLogins(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		ended := false
		a.handle(pathAuth, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			ended = true
		})
		e := newExporter(t, a, only(map[string]string{"push_quota": "timeout: 1h"}))
		e.scrape(time.Second)
		e.set.Close()
		synctest.Wait()
		if !ended {
			t.Error("the login is still under way")
		}
	})
}
