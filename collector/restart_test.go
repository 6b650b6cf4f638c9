package collector_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/collector/storage"
	"github.com/engage-exporter/engage_exporter/config"
)

// stored is an exporter that keeps its state in a folder.
type stored struct {
	*exporter
	storage *collector.Storage
	cancel  context.CancelFunc // ends the writing
	ended   chan struct{}      // closed when it has ended
}

// startStored starts an exporter on the state in a folder.
func startStored(t *testing.T, a *api, folder, yaml string, shard collector.Shard) *stored {
	t.Helper()
	buffer := &syncBuffer{}
	logger := log.NewLogfmtLogger(buffer)
	s, err := collector.OpenStorage(folder, logger)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := collector.New(cfg, collector.Options{Logger: logger, RoundTripper: a, Storage: s, Shard: shard})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	e := &stored{&exporter{t, set, buffer}, s, cancel, make(chan struct{})}
	go func() {
		defer close(e.ended)
		s.Run(ctx, func() *collector.Set { return set })
	}()
	return e
}

// stop ends the exporter as a signal does.
func (e *stored) stop() {
	e.cancel()
	<-e.ended
	e.set.Close()
	e.storage.Close(e.set)
}

// kill ends the exporter, and leaves the folder as a kill at this moment does.
func (e *stored) kill(folder string) {
	e.t.Helper()
	path := filepath.Join(folder, storage.FileName)
	content, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	e.stop()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// What decides when a vendor is asked again holds across a restart, also after a kill.
func TestRestartKeepsWaits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		path   string
		answer http.HandlerFunc
		wait   time.Duration
		reason string
	}{
		{"Retry-After", pathQuota, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(429)
		}, 30 * time.Minute, "rate_limited"},
		{"refused in bytes that are no text", pathAuth, answering(400, "{\"code\":20001,\"msg\":\"sign \xff\xfe error\"}"), 10 * time.Minute, "auth"},
		{"refused credentials", pathAuth, answering(400, `{"code":20001,"msg":"sign error"}`), 10 * time.Minute, "auth"},
	} {
		for _, end := range []string{"signal", "kill"} {
			t.Run(tt.name+", "+end, func(t *testing.T) {
				folder := t.TempDir()
				at(t, noon, func(t *testing.T) {
					a := newAPI()
					a.handle(tt.path, tt.answer)
					e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
					e.scrape(time.Second)
					began := time.Now()
					for time.Since(began) < tt.wait-2*time.Minute {
						time.Sleep(90 * time.Second)
						if end == "kill" {
							e.kill(folder)
						} else {
							e.stop()
						}
						e = startStored(t, a, folder, shops("shop", ""), collector.Shard{})
						p := e.scrape(time.Second)
						p.want(t, 0, "engage_endpoint_up")
						p.want(t, 1, "engage_endpoint_failing", "reason", tt.reason)
					}
					if n := a.count(tt.path); n != 1 {
						t.Errorf("%d requests within %s, want 1", n, tt.wait)
					}
					time.Sleep(tt.wait / 2)
					e.scrape(time.Second)
					if n := a.count(tt.path); n != 2 {
						t.Errorf("%d requests after the wait, want 2", n)
					}
					e.stop()
				})
			})
		}
	}
}

// A secret that is corrected between two processes is tried at once.
func TestRestartWithACorrectedSecret(t *testing.T) {
	folder := t.TempDir()
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		accepted := a.handler[pathAuth]
		a.handle(pathAuth, answering(400, `{"code":20001,"msg":"sign error"}`))
		a.answer(pathQuota, quotaAnswer(7))
		yaml := "getui:\n  - account: shop\n    app_id: APP\n    app_key: K\n    master_secret: %s\n" + quotaOnly
		e := startStored(t, a, folder, fmt.Sprintf(yaml, "wrong"), collector.Shard{})
		e.scrape(time.Second).want(t, 0, "engage_endpoint_up")
		time.Sleep(time.Minute)
		e.stop()
		a.handle(pathAuth, accepted)
		e = startStored(t, a, folder, fmt.Sprintf(yaml, "right"), collector.Shard{})
		defer e.stop()
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
	})
}

// However often the process is restarted, the vendor gets no more requests in a minute than allowed.
func TestRestartKeepsRequestsPerMinute(t *testing.T) {
	for _, end := range []string{"signal", "kill"} {
		t.Run(end, func(t *testing.T) {
			folder := t.TempDir()
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(1))
				yaml := "getui:\n  - account: shop\n    app_id: APP\n    app_key: K\n    master_secret: M\n" +
					"    requests_per_minute: 6\n" + only(map[string]string{"push_quota": "min_interval: 0s"})
				e := startStored(t, a, folder, yaml, collector.Shard{})
				for range 29 {
					e.scrape(time.Millisecond)
					time.Sleep(2 * time.Second)
					if end == "kill" {
						e.kill(folder)
					} else {
						e.stop()
					}
					e = startStored(t, a, folder, yaml, collector.Shard{})
				}
				e.stop()
				if n := a.count(pathQuota) + a.count(pathAuth); n < 1 || n > 6 {
					t.Errorf("%d requests in a minute, want some but no more than 6", n)
				}
			})
		})
	}
}

// What was too old, or of a day that is over, before the process began, is not served by it.
func TestRestartServesNothingThatIsOver(t *testing.T) {
	const quota, users, online = "getui_push_quota_remaining", "getui_yesterday_users", "getui_online_users"
	for _, tt := range []struct {
		name  string
		down  time.Duration // how long no process runs
		there []string
		gone  []string
	}{
		{"a moment", time.Second, []string{quota, users, online}, nil},
		{"until after midnight", 4 * time.Minute, []string{online}, []string{quota, users}},
		{"longer than max_stale", 3 * time.Hour, nil, []string{quota, users, online}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			at(t, "2000-01-02T23:58:00+08:00", func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(7))
				a.answer(pathUserDay, `{"code":0,"data":{"2000-01-01":{"accumulative_num":9}}}`)
				a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946828500000":5}}}`) // 23:55
				yaml := "getui:\n  - account: shop\n    app_id: APP\n    app_key: K\n    master_secret: M\n" +
					only(map[string]string{"user_day": "", "push_quota": "", "online_users": ""})
				e := startStored(t, a, folder, yaml, collector.Shard{})
				e.scrape(time.Second)
				e.stop()
				for _, path := range []string{pathUserDay, pathQuota, pathOnline} {
					a.handle(path, answering(503, "down"))
				}
				time.Sleep(tt.down)
				e = startStored(t, a, folder, yaml, collector.Shard{})
				defer e.stop()
				p := e.scrape(time.Second)
				for _, name := range tt.there {
					if _, ok := p.value(name); !ok {
						t.Errorf("%s is not served", name)
					}
				}
				for _, name := range tt.gone {
					p.wantNone(t, name)
				}
			})
		})
	}
}

// State of a time to come, which a clock that has been set back makes of all state, is not served, and delays no read
// for longer than it would have been delayed.
func TestRestartAfterTheClockIsSetBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		first  float64 // engage_endpoint_up at the first scrape
		wait   time.Duration
	}{
		{"after a success", answering(200, quotaAnswer(7)), 1, 0},
		{"after a Retry-After", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(429)
		}, 0, 12 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(pathQuota, tt.answer)
				e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
				e.scrape(time.Second)
				e.stop()
			})
			at(t, "2000-01-02T08:05:00+08:00", func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(8))
				e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
				defer e.stop()
				e.scrape(30*time.Second).want(t, tt.first, "engage_endpoint_up")
				time.Sleep(tt.wait)
				p := e.scrape(30 * time.Second)
				p.want(t, 1, "engage_endpoint_up")
				p.want(t, 8, "getui_push_quota_remaining")
			})
		})
	}
}

// A wait that was restored does not become longer when the clock is set back while the process runs: its end is a time
// of the monotonic clock, which the fake clock does not have.
func TestRestoredWaitsHoldWhenTheClockIsSet(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		answer     http.HandlerFunc
	}{
		{"Retry-After", pathQuota, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(429)
		}},
		{"refused credentials", pathAuth, answering(400, `{"code":20001,"msg":"sign error"}`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder, a := t.TempDir(), newAPI()
			a.handle(tt.path, tt.answer)
			e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
			e.scrape(time.Second)
			e.stop()
			e = startStored(t, a, folder, shops("shop", ""), collector.Shard{})
			defer e.stop()
			e.scrape(time.Second)
			status, ok := e.set.StatusOf(poll.Target{Vendor: "getui", Account: "shop"}, time.Now())
			if !ok {
				t.Fatal("no status of the account")
			}
			for _, endpoint := range status.Endpoints {
				if next := endpoint.NextRead.String(); !strings.Contains(next, " m=") {
					t.Errorf("%s waits until %s, want a reading of the monotonic clock in it", endpoint.Name, next)
				}
			}
		})
	}
}

// An account that is read elsewhere for a while is restored as far as it is fresh if it comes back; after two days its
// state is deleted.
func TestRestartOfAShardThatLostAnAccount(t *testing.T) {
	first, err := collector.ParseShard("1/2")
	if err != nil {
		t.Fatal(err)
	}
	second, err := collector.ParseShard("2/2")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		away     time.Duration
		restored int
	}{
		{"for an hour", time.Hour, 1},
		{"for three days", 72 * time.Hour, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(7))
				mine, other := first, second
				e := startStored(t, a, folder, shops("shop", ""), mine)
				if len(e.set.Targets()) == 0 {
					e.stop()
					mine, other = second, first
					e = startStored(t, a, folder, shops("shop", ""), mine)
				}
				e.scrape(time.Second)
				e.stop()
				e = startStored(t, a, folder, shops("shop", ""), other)
				time.Sleep(tt.away)
				e.scrape(time.Second).wantNone(t, "getui_push_quota_remaining")
				e.stop()
				e = startStored(t, a, folder, shops("shop", ""), mine)
				defer e.stop()
				if n := e.storage.Status().Restored.Accounts; n != tt.restored {
					t.Errorf("%d accounts restored, want %d", n, tt.restored)
				}
			})
		})
	}
}

// While the state cannot be stored the exporter goes on; the log says it once, and a metric counts.
func TestStorageThatFails(t *testing.T) {
	folder := t.TempDir()
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
		if err := os.Truncate(filepath.Join(folder, storage.FileName), 0); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
			time.Sleep(time.Minute)
		}
		e.stop()
		if e.storage.Status().Err == nil {
			t.Error("the status has no error")
		}
		if n := strings.Count(e.log.String(), "the state cannot be stored"); n != 1 {
			t.Errorf("the log says it %d times, want once:\n%s", n, e.log)
		}

		e = startStored(t, a, folder, shops("shop", ""), collector.Shard{})
		defer e.stop()
		time.Sleep(time.Minute) // how many requests were sent before is not known
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
		if !strings.Contains(e.log.String(), "set aside") {
			t.Errorf("the log does not say that the file is set aside:\n%s", e.log)
		}
	})
}

// What an account that a reload builds again keeps of what it has read is stored with it.
func TestReloadThenRestart(t *testing.T) {
	for _, tt := range []struct {
		name  string
		keys  string
		reads int
	}{
		{"timeout", "    timeout: 7s\n", 1},
		{"base_url", "    base_url: https://example.com/v2\n", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(7))
				e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
				e.scrape(time.Second)
				e.reload(shops("shop", tt.keys))
				e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
				if n := a.count(pathQuota); n != tt.reads {
					t.Errorf("%d reads after the reload, want %d", n, tt.reads)
				}
				e.stop()
				e = startStored(t, a, folder, shops("shop", tt.keys), collector.Shard{})
				e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
				if n := a.count(pathQuota); n != tt.reads {
					t.Errorf("%d reads after the restart, want %d", n, tt.reads)
				}
				e.stop()
			})
		})
	}
}

// A disk that hangs holds up neither scrapes nor reloads, also not those with new accounts, and what was read meanwhile
// is stored once it answers again.
func TestStorageOnADiskThatHangs(t *testing.T) {
	folder := t.TempDir()
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
		answer := e.storage.HangDisk()
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
		time.Sleep(10 * time.Second) // now a write hangs
		began := time.Now()
		e.reload(shops("shop", "    timeout: 7s\n", "new-1", "", "new-2", "", "new-3", ""))
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("a reload with three new accounts took %s", took)
		}
		began = time.Now()
		p := e.scrape(time.Minute)
		for _, account := range []string{"shop", "new-1", "new-2", "new-3"} {
			p.want(t, 7, "getui_push_quota_remaining", "account", account)
		}
		_ = e.storage.Status()
		if took := time.Since(began); took > 0 {
			t.Errorf("a scrape took %s", took)
		}
		answer()
		e.stop()
		e = startStored(t, a, folder, shops("shop", "    timeout: 7s\n", "new-1", ""), collector.Shard{})
		reads := a.count(pathQuota)
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining", "account", "new-1")
		if n := a.count(pathQuota) - reads; n != 0 {
			t.Errorf("%d reads after the restart, want none", n)
		}
		e.stop()
	})
}

// A panic while the state is stored is a failure to store it: the next attempt stores all of it.
func TestPanicWhileStoringIsAFailure(t *testing.T) {
	folder := t.TempDir()
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		e := startStored(t, a, folder, shops("shop", ""), collector.Shard{})
		e.cancel()
		<-e.ended
		ctx, cancel := context.WithCancel(t.Context())
		e.cancel, e.ended = cancel, make(chan struct{})
		panics := 2
		go func() {
			defer close(e.ended)
			e.storage.Run(ctx, func() *collector.Set {
				if panics > 0 {
					panics--
					panic("planted")
				}
				return e.set
			})
		}()
		e.scrape(time.Second)
		time.Sleep(5 * time.Minute)
		if logged := e.log.String(); strings.Count(logged, "storing the state panicked") != 1 ||
			!strings.Contains(logged, "restart_test.go") || strings.Contains(logged, "planted") {
			t.Errorf("the log does not mention the panic once, or too much:\n%s", logged)
		}
		e.kill(folder)
		a.answer(pathQuota, "")
		e = startStored(t, a, folder, shops("shop", ""), collector.Shard{})
		defer e.stop()
		e.scrape(time.Second).want(t, 7, "getui_push_quota_remaining")
	})
}
