package collector_test

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// What hangs delays one scrape of each attempt, and those that overlap with it; the others answer at once.
func TestScrapeWaitsOnceForWhatHangs(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		a.handle(pathOnline, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		e := newExporter(t, a, only(map[string]string{"push_quota": "", "online_users": ""}))
		scrape := func() time.Duration {
			began := time.Now()
			p := e.scrape(5 * time.Second)
			p.want(t, 7, "getui_push_quota_remaining")
			p.want(t, 0, "engage_endpoint_up", "api_endpoint", "online_users")
			return time.Since(began)
		}
		var overlapping sync.WaitGroup
		for range 2 {
			overlapping.Go(func() {
				if took := scrape(); took != 5*time.Second {
					t.Errorf("a first scrape took %s, want its deadline of 5s", took)
				}
			})
		}
		overlapping.Wait()
		slow := 0
		for range 10 * 60 {
			attempts := a.count(pathOnline)
			took := scrape()
			if took == 0 {
				time.Sleep(time.Second)
				continue
			}
			slow++
			if a.count(pathOnline) == attempts {
				t.Errorf("a scrape took %s without a new attempt", took)
			}
		}
		if attempts := a.count(pathOnline); slow == 0 || slow != attempts-1 {
			t.Errorf("%d slow scrapes after the first, want one for each of %d further attempts", slow, attempts-1)
		}
	})
}

// A client that gives up after a moment, again and again, does not keep others from waiting for what is read.
func TestScrapeWaitsBesideAnImpatientClient(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			answering(200, quotaAnswer(7))(w, r)
		})
		e := newExporter(t, a, only(map[string]string{"push_quota": ""}))
		for range 20 {
			e.scrape(100 * time.Millisecond)
		}
		began := time.Now()
		e.scrape(5*time.Second).want(t, 7, "getui_push_quota_remaining")
		if took := time.Since(began); took > time.Second {
			t.Errorf("the scrape took %s, want what was left of the read", took)
		}
	})
}

// A read that waits behind what hangs, because the process may have no more requests in flight, delays no scrape that
// comes later.
func TestScrapeDoesNotWaitBehindTheProcessLimit(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		a.handle(pathOnline, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		e := newExporterOf(t, a, "global: {max_concurrent_requests: 1, timeout: 60s}\ngetui:\n"+
			"  - account: hangs\n    app_id: A\n    app_key: K\n    master_secret: M\n"+only(map[string]string{"online_users": ""})+
			"  - account: waits\n    app_id: B\n    app_key: K\n    master_secret: M\n"+only(map[string]string{"push_quota": ""}))
		slow, served := 0, 0
		for range 10 * 60 {
			began := time.Now()
			p := e.scrape(5 * time.Second)
			switch took := time.Since(began); {
			case took > 5*time.Second:
				t.Errorf("a scrape took %s, want its deadline of 5s at most", took)
			case took > 0:
				slow++
			}
			if _, ok := p.value("getui_push_quota_remaining"); ok {
				served++
			}
			time.Sleep(time.Second)
		}
		// A read that becomes due just after another one began to hang may be waited for as well.
		if hung := a.count(pathOnline); slow == 0 || slow > hung+2 || a.count(pathQuota) < 5 {
			t.Errorf("%d slow scrapes, want one for each of the %d reads that hung, and hardly any for the %d behind them",
				slow, hung, a.count(pathQuota))
		}
		if served < 9*60-10 {
			t.Errorf("%d scrapes served what was read behind what hangs, want all after the first minute", served)
		}
	})
}

// A scrape does not wait for reads that the account's rate limit does not let go before its deadline. What has been
// read of them by then is served, and the rest by later scrapes.
func TestScrapeDoesNotWaitForASpentRateLimit(t *testing.T) {
	const events = 45
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		var list []string
		for id := range events {
			list = append(list, quanshiEvent(609700+id, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"))
		}
		a.handle(pathEvents, quanshiEventList(list...))
		e := newQuanshi(t, a, "    user_id: 1\n    discover: {past: 24h, ahead: 1h}\n    requests_per_minute: 60\n")
		scrape := func() (p page, took time.Duration) {
			began := time.Now()
			p = e.scrape(10 * time.Second)
			return p, time.Since(began)
		}
		p, took := scrape()
		if took > 100*time.Millisecond {
			t.Errorf("the first scrape took %s", took)
		}
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_list")
		time.Sleep(2 * time.Second)
		p, took = scrape()
		samples, _ := p.value("engage_endpoint_samples", "api_endpoint", "event_report")
		if took > 100*time.Millisecond || samples == 0 {
			t.Errorf("while the limit is spent a scrape took %s, with %v samples", took, samples)
		}
		time.Sleep(time.Minute)
		p, _ = scrape()
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
	})
}

// A login is not one of the requests that each item takes: the first scrape waits for as many items as can be read.
func TestScrapeWaitsForItemsAfterALogin(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathTask, tasksAnswer(3))
		e := newExporter(t, a, "    requests_per_minute: 60\n"+taskIDs(2400)+tasksOnly) // 12 batches
		e.scrape(5*time.Second).want(t, 2400, "engage_endpoint_samples", "api_endpoint", "tasks")
		if got := a.count(pathTask); got != 12 {
			t.Errorf("%d calls, want 12", got)
		}
	})
}
