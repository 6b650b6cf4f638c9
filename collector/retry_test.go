package collector_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// network stands between the exporter and an API. While it has a failure, what that is about ends with it.
type network struct {
	*api
	failure atomic.Pointer[networkFailure]
	failed  atomic.Int64 // requests that ended with a failure
}

type networkFailure struct {
	err error
	of  func(*http.Request) bool // nil: all
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if f := n.failure.Load(); f != nil && (f.of == nil || f.of(r)) {
		n.failed.Add(1)
		return nil, f.err
	}
	return n.api.RoundTrip(r)
}

func (n *network) fail(err error, of func(*http.Request) bool) {
	n.failure.Store(&networkFailure{err, of})
}
func (n *network) recover() { n.failure.Store(nil) }

var (
	errClosedPort    = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	errNoDescriptors = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	errReset         = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
)

// faults are the kinds of failure, and how long a vendor that fails so is left alone each time by an endpoint of that
// min_interval, if a scrape comes each second.
var faults = []struct {
	name   string
	strike func(*network)
	waits  func(minInterval time.Duration) []time.Duration
}{
	{"never sent", func(n *network) { n.fail(errClosedPort, nil) }, func(time.Duration) []time.Duration {
		waits := slices.Repeat([]time.Duration{time.Second}, 30)
		return append(waits, doubling(2*time.Second, time.Minute)...)
	}},
	{"no file descriptors", func(n *network) { n.fail(errNoDescriptors, nil) }, func(time.Duration) []time.Duration {
		waits := slices.Repeat([]time.Duration{time.Second}, 30)
		return append(waits, doubling(2*time.Second, time.Minute)...)
	}},
	{"connection reset", func(n *network) { n.fail(errReset, nil) }, transientWaits},
	{"status 503", answers(503, "busy"), transientWaits},
	{"status 503 with a code", answers(503, `{"code":1,"msg":"failure"}`), transientWaits},
	{"the vendor's code of a server that starts", answers(200, `{"code":2,"msg":"service starting"}`), transientWaits},
	{"malformed", answers(200, "<html>"), transientWaits},
	{"timeout", func(n *network) {
		n.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}, func(minInterval time.Duration) []time.Duration {
		waits := transientWaits(minInterval)
		for i := range waits {
			waits[i] += 10 * time.Second // from one request to the next
		}
		return waits
	}},
	{"rate_limited", answers(429, "slow down"), func(minInterval time.Duration) []time.Duration {
		return doubling(min(max(minInterval, time.Minute), 10*time.Minute), 10*time.Minute)
	}},
	{"rejected", answers(200, `{"code":30000,"msg":"no"}`), func(minInterval time.Duration) []time.Duration {
		return doubling(minInterval, time.Hour)
	}},
}

func transientWaits(minInterval time.Duration) []time.Duration {
	return doubling(10*time.Second, min(max(minInterval, time.Minute), 10*time.Minute))
}

// doubling returns waits that begin with the first and double up to the last, which comes three times.
func doubling(first, last time.Duration) []time.Duration {
	var waits []time.Duration
	for w := first; w < last; w *= 2 {
		waits = append(waits, w)
	}
	return append(waits, last, last, last)
}

func answers(status int, body string) func(*network) {
	return func(n *network) { n.handle(pathQuota, answering(status, body)) }
}

var minIntervals = []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute, time.Hour}

func quotaEvery(minInterval time.Duration) string {
	return shops("shop", only(map[string]string{"push_quota": fmt.Sprintf("min_interval: %s, max_stale: 2h", minInterval)}))
}

// newQuotaNetwork returns an API that answers for the quota, and an exporter that reads it.
func newQuotaNetwork(t *testing.T, minInterval time.Duration) (*network, *exporter) {
	n := &network{api: newAPI()}
	n.answer(pathQuota, quotaAnswer(7))
	return n, newExporterOf(t, n, quotaEvery(minInterval))
}

func TestWaitsByKindOfFailure(t *testing.T) {
	for _, f := range faults {
		for _, minInterval := range minIntervals {
			t.Run(fmt.Sprintf("%s/%s", f.name, minInterval), func(t *testing.T) {
				at(t, noon, func(t *testing.T) {
					n, e := newQuotaNetwork(t, minInterval)
					e.scrape(time.Second)
					time.Sleep(minInterval)
					f.strike(n)
					tries := func() int { return int(n.failed.Load()) + n.count(pathQuota) }
					e.scrape(time.Millisecond)
					for i, want := range f.waits(minInterval) {
						last, before, step := time.Now(), tries(), max(time.Second, want/50)
						for tries() == before && time.Since(last) <= want+2*step {
							time.Sleep(step)
							e.scrape(time.Millisecond)
						}
						if got := time.Since(last); got < want*9/10 || got > want+2*step {
							t.Errorf("wait %d was %s, want %s or a tenth less", i+1, got, want)
						}
					}

					n.recover()
					n.answer(pathQuota, quotaAnswer(7))
					time.Sleep(2 * time.Hour)
					e.scrape(time.Second).want(t, 1, "engage_endpoint_up")
				})
			})
		}
	}
}

// After its first minutes a failure costs the vendor no more requests than success, or one in ten minutes.
func TestFailuresCostNoMoreThanSuccess(t *testing.T) {
	const scrapeInterval, period = time.Minute, 8 * time.Hour
	requests := func(t *testing.T, n *network, e *exporter, during time.Duration) int {
		before := n.count("/")
		for range during / scrapeInterval {
			e.scrape(30 * time.Second)
			time.Sleep(scrapeInterval)
		}
		return n.count("/") - before
	}
	for _, minInterval := range minIntervals {
		var well int
		at(t, noon, func(t *testing.T) {
			n, e := newQuotaNetwork(t, minInterval)
			e.scrape(time.Second)
			well = requests(t, n, e, period)
		})
		for _, f := range faults {
			t.Run(fmt.Sprintf("%s/%s", f.name, minInterval), func(t *testing.T) {
				at(t, noon, func(t *testing.T) {
					n, e := newQuotaNetwork(t, minInterval)
					e.scrape(time.Second)
					f.strike(n)
					time.Sleep(minInterval)
					const early = 30 * time.Minute // until the waits no longer grow
					requests(t, n, e, early)
					most := max(well, int(period/(9*time.Minute)))
					if got := requests(t, n, e, period); got > most {
						t.Errorf("%d requests in %s, want no more than %d", got, period, most)
					}
				})
			})
		}
	}
}

// newShopNetwork returns an API with all that the four endpoints of a plain GeTui account read, whose min_interval is
// 1m, 5m, 1h and 1h, and an exporter that reads it.
func newShopNetwork(t *testing.T) (*network, *exporter) {
	n := &network{api: slowAPI(10 * time.Millisecond)}
	return n, newExporterOf(t, n, "getui:\n  - {account: shop, app_id: APP, app_key: K, master_secret: M}\n")
}

var shopEndpoints = []string{"push_quota", "online_users", "push_day", "user_day"}

func allUp(p page, endpoints []string) bool {
	return !slices.ContainsFunc(endpoints, func(endpoint string) bool {
		up, _ := p.value("engage_endpoint_up", "api_endpoint", endpoint)
		return up != 1
	})
}

// A vendor to which no connection came about is read soon after that is over, whatever is read how often: nothing of
// the attempts has reached it.
func TestRecoveryFromAClosedPort(t *testing.T) {
	for _, err := range []error{errClosedPort, errNoDescriptors} {
		for _, scrapeInterval := range []time.Duration{time.Second, 5 * time.Second, 15 * time.Second} {
			for _, closed := range []time.Duration{time.Second, 16 * time.Second, 29 * time.Second, 10 * time.Minute} {
				t.Run(fmt.Sprintf("%v/scrapes each %s/closed for %s", err, scrapeInterval, closed), func(t *testing.T) {
					at(t, noon, func(t *testing.T) {
						n, e := newShopNetwork(t)
						n.fail(err, nil)
						time.AfterFunc(closed, n.recover)
						began := time.Now()
						var scrapes int
						for {
							p := e.scrape(10 * time.Second)
							since := time.Since(began) - closed
							if since > 0 {
								scrapes++
							}
							if allUp(p, shopEndpoints) {
								break
							}
							if closed < 30*time.Second && scrapes == 2 || since > 75*time.Second {
								t.Fatalf("not all are up after %d scrapes and %s", scrapes, since)
							}
							time.Sleep(scrapeInterval)
						}
						if got := n.count(pathAuth); got != 1 {
							t.Errorf("%d logins, want 1", got)
						}
					})
				})
			}
		}
	}
}

// A burst of errors costs no endpoint more than seconds, also one that is read once an hour: just after midnight, when
// the values of the day before have gone, and at a login.
func TestRecoveryFromABurst(t *testing.T) {
	for _, scrapeInterval := range []time.Duration{time.Second, 5 * time.Second, 15 * time.Second} {
		for _, at0 := range []time.Duration{0, 7 * time.Second, 14 * time.Second} { // of the first scrape in the burst
			t.Run(fmt.Sprintf("scrapes each %s from %s on", scrapeInterval, at0), func(t *testing.T) {
				at(t, "2000-01-02T23:59:00+08:00", func(t *testing.T) {
					n, e := newShopNetwork(t)
					if p := e.scrape(10 * time.Second); !allUp(p, shopEndpoints) {
						t.Fatal("not all are up before the burst")
					}
					for _, path := range []string{pathQuota, pathOnline, pathPushDay, pathUserDay} {
						whole := n.handler[path]
						n.handle(path, func(w http.ResponseWriter, r *http.Request) {
							if time.Now().Before(instant(t, "2000-01-03T00:00:15+08:00")) {
								answering(503, "busy")(w, r)
								return
							}
							if strings.HasPrefix(path, "/report/push/date") || strings.HasPrefix(path, "/report/user/date") {
								day := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
								answering(200, fmt.Sprintf(`{"code":0,"data":{%q:{"accumulative_num":1,"total":{"target_num":1}}}}`, day))(w, r)
								return
							}
							whole(w, r)
						})
					}
					time.Sleep(time.Until(instant(t, "2000-01-03T00:00:00+08:00").Add(at0)))
					for {
						p := e.scrape(10 * time.Second)
						since := time.Since(instant(t, "2000-01-03T00:00:15+08:00"))
						if since >= 0 && allUp(p, shopEndpoints) {
							break
						}
						if since > 30*time.Second {
							t.Fatalf("not all are up %s after the burst:\n%s", since, e.log.String())
						}
						time.Sleep(scrapeInterval)
					}
				})
			})
		}
	}
}

// A read of several requests, of which the last is never sent, has reached the vendor: it is not repeated at each
// scrape.
func TestReadThatIsSentInPartWaitsAsIfItWereSent(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		n := &network{api: quanshiAPI()}
		pages := 0
		n.fail(errClosedPort, func(r *http.Request) bool { // each second request for a list is that for its second page
			if r.Method+" "+r.URL.Path != pathEvents {
				return false
			}
			pages++
			return pages%2 == 0
		})
		e := newQuanshi(t, n, quanshiKeys)
		for range 4 * 60 * 6 {
			e.scrape(9 * time.Second)
			time.Sleep(10 * time.Second)
		}
		if got := n.count(pathEvents); got < 20 || got > 6*6+8 {
			t.Errorf("%d lists in six hours, want about one in ten minutes", got)
		}
	})
}

// Where there is no way to the vendor, a refresh ends with the first items that find out.
func TestUnsentItemEndsTheRefresh(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		n := &network{api: newAPI()}
		n.handle(pathTask, tasksAnswer(3))
		e := newExporterOf(t, n, shops("shop", "    max_concurrent_requests: 2\n"+taskIDs(2000)+tasksOnly))
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up")
		n.fail(errClosedPort, nil)
		time.Sleep(5 * time.Minute)
		e.scrape(time.Second).want(t, 1, "engage_endpoint_failing", "reason", "network")
		if got := n.failed.Load(); got > 4 {
			t.Errorf("%d attempts, want those under way at once and the next, not all 10 batches", got)
		}
		n.recover()
		time.Sleep(2 * time.Second)
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up")
	})
}

// A reload lets the next scrape read again what failed, however long its waits have become, but for what the vendor
// asked to be spared.
func TestReloadEndsWaits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		strike func(*network)
		clears bool
	}{
		{"a port that was closed", func(n *network) { n.fail(errClosedPort, nil) }, true},
		{"a failing vendor", answers(500, `{}`), true},
		{"a vendor that says no", answers(200, `{"code":30000,"msg":"no"}`), true},
		{"a vendor that is asked too often", answers(429, "slow down"), false},
		{"a vendor that says when", func(n *network) {
			n.handle(pathQuota, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "3600")
				answering(503, `{}`)(w, r)
			})
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				n, e := newQuotaNetwork(t, time.Hour)
				tt.strike(n)
				for range 2 * 60 * 60 { // ends with a read that failed just now
					failed := n.failed.Load() + int64(n.count(pathQuota))
					e.scrape(time.Second)
					if failed < n.failed.Load()+int64(n.count(pathQuota)) && time.Until(statusOf(t, e, "shop").Endpoints[0].NextRead) > 50*time.Second {
						break
					}
					time.Sleep(time.Second)
				}
				n.recover()
				n.answer(pathQuota, quotaAnswer(7))
				e.scrape(time.Second).want(t, 0, "engage_endpoint_up")
				e.reload(quotaEvery(time.Hour))
				want := 0.0
				if tt.clears {
					want = 1
				}
				e.scrape(time.Second).want(t, want, "engage_endpoint_up")
			})
		})
	}
}

// The wait after refused credentials is the account's, and the status says when it ends.
func TestStatusSaysWhenRefusedCredentialsAreTriedAgain(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathAuth, answering(401, `{"code":10001,"msg":"sign is wrong"}`))
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Second)
		next := time.Until(statusOf(t, e, "shop").Endpoints[0].NextRead)
		if next < 10*time.Minute || next > 11*time.Minute {
			t.Errorf("the next read is in %s, want 10 to 11 minutes", next)
		}
		e.reload(shops("shop", ""))
		s := statusOf(t, e, "shop").Endpoints[0]
		if left := time.Until(s.NextRead); left > time.Minute || left < 59*time.Second || s.State != collector.StateFailing {
			t.Errorf("after a reload the next read is in %s, want a minute", left)
		}
	})
}
