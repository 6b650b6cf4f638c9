package collector_test

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// quotaAccounts configures n accounts with all endpoints that need no more than credentials.
func quotaAccounts(n, maxConcurrentRequests int, keys string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global: {max_concurrent_requests: %d}\ngetui:\n", maxConcurrentRequests)
	for i := range n {
		fmt.Fprintf(&b, "  - {account: shop-%03d, app_id: APP%d, app_key: K, master_secret: M%s}\n", i, i, keys)
	}
	return b.String()
}

// slowAPI takes its time for each answer but that to a login.
func slowAPI(delay time.Duration) *api {
	a := newAPI()
	for path, body := range map[string]string{
		pathQuota:   quotaAnswer(7),
		pathOnline:  `{"code":0,"data":{"online_statics":{"946785600000":5}}}`,
		pathPushDay: `{"code":0,"data":{"2000-01-01":{"total":{"target_num":1}}}}`,
		pathUserDay: `{"code":0,"data":{"2000-01-01":{"accumulative_num":1}}}`,
	} {
		a.handle(path, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(delay)
			answering(200, body)(w, r)
		})
	}
	return a
}

// The first scrape finds everything due. What cannot be sent yet waits without goroutines, and is read in the order of
// the queue.
func TestFewRefreshesQueueForTheirFirstRequest(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		const accounts = 500
		a := slowAPI(100 * time.Millisecond)
		e := newExporterOf(t, a, quotaAccounts(accounts, 2, ", requests_per_minute: 6000"))
		before := runtime.NumGoroutine()
		go e.scrape(10 * time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		if more := runtime.NumGoroutine() - before; more > 100 {
			t.Errorf("%d goroutines wait to read 4 endpoints of %d accounts, two at a time", more, accounts)
		}
		p := e.scrape(5 * time.Minute)
		for _, account := range []string{"shop-000", "shop-250", "shop-499"} {
			for _, endpoint := range []string{"push_quota", "online_users", "push_day", "user_day"} {
				p.want(t, 1, "engage_endpoint_up", "account", account, "api_endpoint", endpoint)
			}
		}
		// The last four waited nearly as long as all requests took together, two at a time.
		if waited, _ := p.value("engage_throttle_wait_seconds_total", "account", "shop-499"); waited < 4*90 || waited > 4*100 {
			t.Errorf("the last account's requests waited %v s in the queue, want nearly 400", waited)
		}
		if waited, _ := p.value("engage_throttle_wait_seconds_total", "account", "shop-000"); waited > 10 {
			t.Errorf("the first account's requests waited %v s in the queue", waited)
		}
		if got := a.count(pathQuota); got != accounts {
			t.Errorf("%d quotas were read, want each of %d once", got, accounts)
		}
	})
}

// Where requests hang, not all that is due can be read. What is not admitted in all that time is reported.
func TestRefreshesThatDoNotBeginGiveUp(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := slowAPI(0)
		a.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		yaml := strings.ReplaceAll(quotaAccounts(100, 1, ""), "}\n", ", endpoints: {online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n")
		e := newExporterOf(t, a, strings.Replace(yaml, "1, endpoints: {online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}", "1}", 1))
		e.scrape(time.Second)
		time.Sleep(5*time.Minute - 4*time.Second)
		p := e.scrape(time.Second)
		p.want(t, 1, "engage_endpoint_failing", "account", "shop-000", "reason", "timeout")
		p.wantNone(t, "engage_endpoint_failing", "account", "shop-099")
		time.Sleep(4 * time.Second)
		p = e.scrape(time.Second)
		p.want(t, 1, "engage_endpoint_failing", "account", "shop-099", "reason", "throttled")
		p.want(t, 1, "engage_endpoint_reads_total", "account", "shop-099", "result", "throttled")
		p.want(t, 300, "engage_endpoint_last_read_duration_seconds", "account", "shop-099")
		if want := "no request slot became free within 5m0s (global.max_concurrent_requests)"; !strings.Contains(e.log.String(), want) {
			t.Errorf("the log does not say that %s", want)
		}
		a.answer(pathQuota, quotaAnswer(7))
		time.Sleep(11 * time.Minute)
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "account", "shop-099")
	})
}

// Refreshes that wait for the rate limit of their account, perhaps for minutes, do not keep others from being admitted.
func TestWaitingForTheAccountsRateLimitHoldsUpNobody(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		e := newExporterOf(t, slowAPI(100*time.Millisecond), quotaAccounts(40, 1, ", requests_per_minute: 1")+"  - {account: zz, app_id: ZZ, app_key: K, master_secret: M}\n")
		e.scrape(9*time.Second).want(t, 1, "engage_endpoint_up", "account", "zz", "api_endpoint", "push_quota")
	})
}

// In an account whose login waits for the rate limit all refreshes wait for that: they do not keep others from
// beginning either.
func TestWaitingForTheRateLimitOfALoginHoldsUpNobody(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		e := newExporterOf(t, slowAPI(100*time.Millisecond), quotaAccounts(40, 1, ", requests_per_minute: 60"))
		e.reload(quotaAccounts(40, 1, ", requests_per_minute: 1") + "  - {account: zz, app_id: ZZ, app_key: K, master_secret: M}\n") // another rate limiter begins without tokens
		e.scrape(9*time.Second).want(t, 1, "engage_endpoint_up", "account", "zz", "api_endpoint", "push_quota")
	})
}

// The time in the queue does not shorten the time that the requests may wait for their rate limit.
func TestRefreshesThatBeginLateHaveTheirMaxWait(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		e := newExporterOf(t, slowAPI(time.Second), quotaAccounts(60, 1, "")+"  - {account: zz, app_id: ZZ, app_key: K, master_secret: M, requests_per_minute: 3}\n")
		p := e.scrape(15 * time.Minute) // 240 seconds until zz is admitted
		for _, endpoint := range []string{"push_quota", "online_users", "push_day", "user_day"} {
			p.want(t, 1, "engage_endpoint_up", "account", "zz", "api_endpoint", endpoint)
		}
	})
}

// hole is a network in which the connections to one host never come about, and those to others are an api's.
type hole struct {
	*api
	host  string
	tries atomic.Int64
}

func (h *hole) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != h.host {
		return h.api.RoundTrip(r)
	}
	h.tries.Add(1)
	<-r.Context().Done()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: r.Context().Err()}
}

// Accounts whose host does not answer leave room for those of other hosts, at the start and while they are retried.
func TestHostThatDoesNotAnswerHoldsUpNoOther(t *testing.T) {
	for _, tt := range []struct {
		name    string
		limit   int
		hanging int // accounts, whose four endpoints each are more than may be admitted
	}{
		{"default limit", 32, 60},
		{"high limit", 100, 180},
		{"low limit", 8, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(7))
				h := &hole{api: a, host: "hole.example.com"}
				e := newExporterOf(t, h, quotaAccounts(tt.hanging, tt.limit, ", base_url: https://hole.example.com/v2")+
					"  - {account: well, app_id: WELL, app_key: K, master_secret: M}\n")
				const minutes = 10
				for i := range 4 * minutes {
					began := time.Now()
					go e.scrape(10 * time.Second)
					time.Sleep(5 * time.Second)
					p := e.scrape(10 * time.Second)
					p.want(t, 7, "getui_push_quota_remaining", "account", "well")
					if t.Failed() {
						t.Fatalf("scrape %d", i)
					}
					time.Sleep(15*time.Second - time.Since(began))
				}
				if reads := a.count(pathQuota); reads < minutes-1 || reads > minutes+1 {
					t.Errorf("%d reads of the account that is well in %d minutes, want one a minute", reads, minutes)
				}
				if tries := h.tries.Load(); tries < int64(minutes*tt.limit) {
					t.Errorf("only %d requests of the others were tried", tries)
				}
			})
		})
	}
}

// If all accounts have the same host, they may have as many requests in flight as the process may. Once there is
// another host, they leave room for it.
func TestOneHostMayHaveAllRequestsInFlight(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		const limit = 10
		h := &hole{api: newAPI(), host: "hole.example.com"}
		alone := quotaAccounts(2*limit, limit, ", base_url: https://hole.example.com/v2")
		shared := alone + "  - {account: well, app_id: WELL, app_key: K, master_secret: M}\n"
		e := newExporterOf(t, h, alone)
		for _, step := range []struct {
			yaml string
			want int64
		}{{alone, limit}, {shared, limit * 4 / 5}, {alone, limit}} {
			e.reload(step.yaml)
			time.Sleep(time.Hour) // what was in flight has ended, and all is due
			before := h.tries.Load()
			e.scrape(time.Second)
			if tries := h.tries.Load() - before; tries != step.want {
				t.Errorf("%d requests are in flight, want %d of %d", tries, step.want, limit)
			}
		}
	})
}
