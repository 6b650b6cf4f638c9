package collector_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
)

// shops are GeTui accounts that read their quota alone; each may have keys of its own.
func shops(keys ...string) string {
	yaml := "getui:\n"
	for i := 0; i < len(keys); i += 2 {
		yaml += fmt.Sprintf("  - account: %s\n    app_id: APP%d\n    app_key: K3y-planted\n    master_secret: M4ster-planted\n%s",
			keys[i], crc32.ChecksumIEEE([]byte(keys[i])), keys[i+1])
		if !strings.Contains(keys[i+1], "endpoints:") {
			yaml += only(map[string]string{"push_quota": ""})
		}
	}
	return yaml
}

func TestReloadKeepsWhatIsUnchanged(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(12))
		e := newExporterOf(t, a, shops("kept", "", "gone", "", "changed", ""))
		e.scrape(time.Minute)
		logins, reads := a.count(pathAuth), a.count(pathQuota)

		e.reload(shops("added", "", "changed", "    requests_per_minute: 59\n", "kept", ""))
		p := e.scrape(time.Minute)
		p.want(t, 12, "getui_push_quota_remaining", "account", "kept")
		p.want(t, 12, "getui_push_quota_remaining", "account", "added")
		p.want(t, 12, "getui_push_quota_remaining", "account", "changed")
		p.want(t, 3, "engage_accounts")
		for _, family := range []string{"getui_push_quota_remaining", "engage_endpoint_up", "engage_throttle_wait_seconds_total"} {
			p.wantNone(t, family, "account", "gone")
		}
		p.want(t, 1, "engage_endpoint_reads_total", "account", "kept", "result", "success")
		if l, r := a.count(pathAuth)-logins, a.count(pathQuota)-reads; l != 1 || r != 1 {
			t.Errorf("%d logins and %d reads after the reload, want those of the one that was added", l, r)
		}
	})
}

// The read in flight of an account that stays is joined after the reload; one of an account that goes is still waited
// for by the scrape that began it.
func TestReloadWithReadsInFlight(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			answering(200, quotaAnswer(7))(w, r)
		})
		e := newExporterOf(t, a, shops("kept", "", "gone", ""))
		before := e.set
		var old page
		var scrape sync.WaitGroup
		scrape.Go(func() { old = (&exporter{t, before, e.log}).scrape(time.Minute) })
		time.Sleep(time.Second)
		e.set = e.reloaded(shops("kept", ""))
		scrape.Go(func() { before.Retire(e.set) })
		p := e.scrape(time.Minute)
		scrape.Wait()
		p.want(t, 7, "getui_push_quota_remaining", "account", "kept")
		p.wantNone(t, "engage_endpoint_up", "account", "gone")
		for _, account := range []string{"kept", "gone"} {
			old.want(t, 7, "getui_push_quota_remaining", "account", account)
			old.want(t, 1, "engage_endpoint_up", "account", account)
		}
		if n := a.count(pathQuota); n != 2 {
			t.Errorf("%d reads, want one of each account", n)
		}
		// Who still holds the old set gets what is in use.
		time.Sleep(time.Hour)
		p = (&exporter{t, before, e.log}).scrape(time.Minute)
		p.want(t, 1, "engage_endpoint_up", "account", "kept")
		p.wantNone(t, "engage_endpoint_up", "account", "gone")
		if n := a.count(pathQuota); n != 3 {
			t.Errorf("%d reads, want 3: the account that is gone is read no more", n)
		}
	})
}

// An account that another one replaces sends no request beside it, also while a scrape waits for it: the scrape gets what
// was read before.
func TestReloadEndsTheReadsOfAReplacedAccount(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, answering(200, quotaAnswer(7)))
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Minute)
		var inFlight, together atomic.Int64
		a.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) {
			if inFlight.Add(1) > 1 {
				together.Add(1)
			}
			<-r.Context().Done()
			inFlight.Add(-1)
		})
		time.Sleep(5 * time.Minute)
		before := e.set
		var old page
		var scrape sync.WaitGroup
		scrape.Go(func() { old = (&exporter{t, before, e.log}).scrape(8 * time.Second) })
		time.Sleep(time.Second)
		e.set = e.reloaded(shops("shop", "    timeout: 5s\n    requests_per_minute: 50\n"))
		scrape.Go(func() { before.Retire(e.set) })
		time.Sleep(time.Second)
		e.scrape(time.Second)
		scrape.Wait()
		old.want(t, 7, "getui_push_quota_remaining")
		if n := together.Load(); n > 0 {
			t.Errorf("%d requests were in flight beside those of the replaced account", n)
		}
	})
}

// A read that hangs does not keep an account that is gone alive.
func TestReloadEndsReadsThatHang(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		e := newExporterOf(t, a, shops("gone", "    timeout: 10m\n"))
		e.scrape(time.Second)
		began := time.Now()
		e.reload(shops("other", ""))
		if took := time.Since(began); took > 0 {
			t.Errorf("the account ended after %s, though no scrape waits for it", took)
		}
	})
}

// What an account has read, its login and its intervals outlast a change of its endpoints' times.
func TestReloadOfTimesCostsNoRequest(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(12))
		times := func(interval, stale string) string {
			return shops("shop", only(map[string]string{"push_quota": fmt.Sprintf("min_interval: %s, max_stale: %s", interval, stale)}))
		}
		e := newExporterOf(t, a, times("1m", "30m"))
		e.scrape(time.Minute).want(t, 12, "getui_push_quota_remaining")
		requests := a.count(pathAuth) + a.count(pathQuota)
		for i := range 20 {
			time.Sleep(time.Second)
			e.reload(times(fmt.Sprintf("%dm", 2+i), fmt.Sprintf("%dm", 60+i)))
			p := e.scrape(time.Minute)
			p.want(t, 12, "getui_push_quota_remaining")
			p.want(t, float64(2+i)*60, "engage_endpoint_min_interval_seconds", "api_endpoint", "push_quota")
		}
		if n := a.count(pathAuth) + a.count(pathQuota); n != requests {
			t.Fatalf("%d requests, want the %d of the first scrape", n, requests)
		}

		// Now the interval is 21 minutes, and a result is kept for 79.
		a.handle(pathQuota, answering(http.StatusServiceUnavailable, ""))
		time.Sleep(18 * time.Minute)
		e.scrape(time.Minute)
		if n := a.count(pathAuth) + a.count(pathQuota); n != requests {
			t.Fatalf("%d requests before the interval is over, want %d", n, requests)
		}
		time.Sleep(60 * time.Minute)
		e.scrape(time.Minute).want(t, 12, "getui_push_quota_remaining")
		e.reload(times("21m", "30m"))
		e.scrape(time.Minute).wantNone(t, "getui_push_quota_remaining")
		e.reload(times("21m", "79m"))
		e.scrape(time.Minute).want(t, 12, "getui_push_quota_remaining")
	})
}

// However often an account's settings change, the vendor is called no more than allowed.
func TestReloadKeepsTheRateLimit(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		e := newExporterOf(t, a, shops("shop", "    requests_per_minute: 6\n"))
		var retiring sync.WaitGroup
		for i := range 60 {
			e.scrape(time.Millisecond)
			before, next := e.set, e.reloaded(shops("shop", fmt.Sprintf("    requests_per_minute: 6\n    timeout: %ds\n", i+1)))
			e.set = next
			retiring.Go(func() { before.Retire(next) })
			time.Sleep(time.Second - time.Millisecond)
		}
		if n := a.count(pathQuota) + a.count(pathAuth); n < 1 || n > 6 {
			t.Errorf("%d requests in a minute, want some but no more than 6", n)
		}
		retiring.Wait()
	})
}

func TestReloadTriesRefusedCredentialsAgain(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		a.handle(pathAuth, answering(401, `{"code":10001,"msg":"sign is wrong"}`))
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Minute)
		time.Sleep(2 * time.Minute)
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_failing", "reason", "auth")
		if n := a.count(pathAuth); n != 1 {
			t.Fatalf("%d logins, want one", n)
		}
		a.answer(pathAuth, `{"code":0,"msg":"success","data":{"expire_time":"4102444800000","token":"t0k3n-of-the-day"}}`)
		e.reload(shops("shop", ""))
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up")
	})
}

// A bound that every account has is changed for all of them.
func TestReloadOfGlobalSettings(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Minute)
		e.reload("global: {max_samples_per_endpoint: 2}\n" + shops("shop", ""))
		e.scrape(time.Minute).want(t, 2, "engage_endpoint_samples")
	})
}

// A set that has been replaced is given back to the memory, though its accounts live on.
func TestReplacedSetsAreFreed(t *testing.T) {
	a := newAPI()
	a.answer(pathQuota, quotaAnswer(1))
	parse := func(yaml string) *config.Config {
		cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	set, err := collector.New(parse(shops("shop", "    timeout: 1s\n")), collector.Options{RoundTripper: a})
	if err != nil {
		t.Fatal(err)
	}
	var freed atomic.Int32
	for i := range 200 {
		runtime.AddCleanup(set, func(int) { freed.Add(1) }, 0)
		next, err := set.Reload(parse(shops("shop", fmt.Sprintf("    timeout: %ds\n", i+2))))
		if err != nil {
			t.Fatal(err)
		}
		set.Retire(next)
		set = next
	}
	for range 100 { // cleanups run some time after a collection
		runtime.GC()
		if freed.Load() >= 190 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := freed.Load(); n < 190 {
		t.Errorf("of 200 sets that were replaced %d were freed", n)
	}
	runtime.KeepAlive(set)
	set.Close()
}

// A scrape that is bound to a set two reloads ago still gets what it waits for.
func TestTwoReloadsDuringAScrape(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.handle(pathQuota, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			answering(200, quotaAnswer(7))(w, r)
		})
		e := newExporterOf(t, a, shops("kept", "", "gone", ""))
		first := e.set
		var old page
		var wg sync.WaitGroup
		wg.Go(func() { old = (&exporter{t, first, e.log}).scrape(time.Minute) })
		time.Sleep(time.Second)
		second := e.reloaded(shops("kept", "", "gone", "")) // nothing changed
		e.set = second
		wg.Go(func() { first.Retire(second) })
		third := e.reloaded(shops("kept", ""))
		e.set = third
		wg.Go(func() { second.Retire(third) })
		wg.Wait()
		old.want(t, 7, "getui_push_quota_remaining", "account", "gone")
		old.want(t, 1, "engage_endpoint_up", "account", "gone")
	})
}

// An account that is taken out and put in again has the rate limiter that it had.
func TestRateLimitOfAnAccountThatComesBack(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		with := "    requests_per_minute: 6\n"
		e := newExporterOf(t, a, shops("shop", with, "other", ""))
		for range 30 {
			e.scrape(100 * time.Millisecond)
			e.reload(shops("other", ""))
			e.scrape(100 * time.Millisecond)
			e.reload(shops("shop", with, "other", ""))
			time.Sleep(time.Second)
		}
		if count := a.count(pathQuota) + a.count(pathAuth) - 2; count > 6 { // without the other account's
			t.Errorf("%d requests for shop within 36 s, want no more than 6", count)
		}
	})
}

// The bound on requests in flight is changed for accounts as they are: what they have is not lost.
func TestReloadOfTheBoundOnRequestsInFlight(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		e := newExporterOf(t, a, shops("shop", ""))
		e.scrape(time.Minute)
		a.handle(pathQuota, answering(500, `{}`)) // the vendor fails just now
		e.reload("global: {max_concurrent_requests: 64}\n" + shops("shop", ""))
		e.scrape(time.Minute).want(t, 1, "getui_push_quota_remaining")
		if n := a.count(pathAuth); n != 1 {
			t.Errorf("%d logins, want one", n)
		}
	})
}

// A configuration of which no set can be built leaves the one before as it was.
func TestReloadThatFails(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	yaml := shops("shop", "    http_client: {tls_config: {ca_file: "+ca+"}}\n")
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := collector.ParseConfig("engage.yml", []byte(shops("kept", "")), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := collector.New(plain, collector.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if err := os.Remove(ca); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Reload(cfg); err == nil || !strings.Contains(err.Error(), "getui account shop: http_client") {
		t.Errorf("got %v, want what is wrong with the account", err)
	}
	if targets := set.Targets(); len(targets) != 1 || targets[0].String() != "getui/kept" {
		t.Errorf("the set has %v now", targets)
	}
}

// Scrapes see one configuration or the other, never none and never both.
func TestScrapesDuringManyReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(1))
		generations := []string{shops("kept", "", "odd", "", "left", ""), shops("kept", "", "even", "", "right", "")}
		e := newExporterOf(t, a, generations[0])
		var mu sync.Mutex
		inUse := e.set
		ctx, stop := context.WithCancel(t.Context())
		var scrapers sync.WaitGroup
		for range 4 {
			scrapers.Go(func() {
				for ctx.Err() == nil {
					mu.Lock()
					set := inUse
					mu.Unlock()
					p := (&exporter{t, set, e.log}).scrape(time.Minute)
					seen := ""
					for _, account := range []string{"even", "kept", "left", "odd", "right"} {
						if v, ok := p.value("engage_endpoint_up", "account", account); ok {
							seen += fmt.Sprintf("%s=%g ", account, v)
						}
					}
					if seen != "kept=1 left=1 odd=1 " && seen != "even=1 kept=1 right=1 " {
						t.Errorf("a scrape shows %s", seen)
						return
					}
					time.Sleep(17 * time.Millisecond)
				}
			})
		}
		var retiring sync.WaitGroup
		for i := range 200 {
			next := (&exporter{t, inUse, e.log}).reloaded(generations[(i+1)%2])
			mu.Lock()
			before := inUse
			inUse = next
			mu.Unlock()
			retiring.Go(func() { before.Retire(next) })
			time.Sleep(11 * time.Millisecond)
		}
		stop()
		scrapers.Wait()
		retiring.Wait()
		if n := a.count(pathQuota); n > 3+200*2 {
			t.Errorf("%d reads, want one of the account that stayed and one of each that came", n)
		}
	})
}

func TestTargets(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(5))
		e := newExporterOf(t, a, shops("b", "", "a", "")+"polyv:\n  - {account: a, user_id: U, secret_key: S3cret-planted}\n")
		if got := fmt.Sprint(e.set.Targets()); got != "[getui/a getui/b polyv/a]" {
			t.Errorf("targets %s", got)
		}
		families, ok := e.set.GatherTarget(t.Context(), poll.Target{Vendor: "getui", Account: "b"})
		if !ok {
			t.Fatal("no such target")
		}
		page(families.Proto()).want(t, 5, "getui_push_quota_remaining", "account", "b")
		page(families.Proto()).wantNone(t, "engage_endpoint_up", "account", "a")
		page(families.Proto()).wantNone(t, "engage_accounts")
		if n := a.count(pathQuota); n != 1 {
			t.Errorf("%d reads, want that of the one account", n)
		}
		for _, target := range []poll.Target{{Vendor: "getui", Account: "c"}, {Vendor: "polyv", Account: "b"}, {Vendor: "adspect", Account: "a"}} {
			if _, ok := e.set.GatherTarget(t.Context(), target); ok {
				t.Errorf("there is a %s", target)
			}
		}
	})
}

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]bool{"getui/shop": true, "getui/": false, "/shop": false, "getui": false, "": false, "getui/a/b": false} {
		if target, ok := poll.ParseTarget(text); ok != want || ok && target.String() != text {
			t.Errorf("%q: %v %v", text, target, ok)
		}
	}
}

// Three shards together read what one exporter would, each account once.
func TestShardedSets(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		yaml := shops("a", "", "b", "", "c", "", "d", "", "e", "", "f", "")
		cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(5))
		seen := make(map[string]int)
		for i := 1; i <= 3; i++ {
			set, err := collector.New(cfg, collector.Options{RoundTripper: a, Shard: collector.Shard{Index: i, Count: 3}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(set.Close)
			p := (&exporter{t, set, &syncBuffer{}}).scrape(time.Minute)
			p.want(t, float64(len(set.Targets())), "engage_accounts")
			for _, target := range set.Targets() {
				seen[target.String()]++
			}
		}
		if len(seen) != 6 || a.count(pathQuota) != 6 {
			t.Errorf("%d accounts seen, %d reads: %v", len(seen), a.count(pathQuota), seen)
		}
	})
}

// Whatever a reload changes, an account that is still the same one of the vendor keeps the waits that the vendor asked
// for, and its credentials breaker.
func TestReloadKeepsWaitsWhateverChanges(t *testing.T) {
	retryLater := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1800")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	unavailable := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1800")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	refused := answering(400, `{"code":20001,"msg":"sign error"}`)
	const kept, read = 0, 1 // requests after the reload
	for _, tt := range []struct {
		name   string
		path   string
		answer http.HandlerFunc
		yaml   string // after the reload
		want   int
	}{
		{"Retry-After, timeout", pathQuota, retryLater, shops("shop", "    timeout: 7s\n"), kept},
		{"Retry-After, http_client", pathQuota, retryLater, shops("shop", "    http_client: {enable_http2: false}\n"), kept},
		{"Retry-After, requests_per_minute", pathQuota, retryLater, shops("shop", "    requests_per_minute: 7\n"), kept},
		{"Retry-After, time_zone", pathQuota, retryLater, shops("shop", "    time_zone: UTC\n"), kept},
		{"Retry-After, max_samples", pathQuota, retryLater,
			"global: {max_samples_per_endpoint: 2}\n" + shops("shop", ""), kept},
		{"Retry-After of 503, max_samples", pathQuota, unavailable,
			"global: {max_samples_per_endpoint: 2}\n" + shops("shop", ""), kept},
		{"Retry-After, secret", pathQuota, retryLater,
			strings.ReplaceAll(shops("shop", ""), "M4ster-planted", "An0ther-planted"), kept},
		{"Retry-After, app_id", pathQuota, retryLater,
			strings.ReplaceAll(shops("shop", ""), "app_id: APP", "app_id: OTHER"), read},
		{"Retry-After, base_url", pathQuota, retryLater, shops("shop", "    base_url: https://example.com/v2\n"), read},
		{"5xx, timeout", pathQuota, answering(500, "{}"), shops("shop", "    timeout: 7s\n"), read},
		{"refused credentials, timeout", pathAuth, refused, shops("shop", "    timeout: 7s\n"), kept},
		{"refused credentials, max_samples", pathAuth, refused,
			"global: {max_samples_per_endpoint: 2}\n" + shops("shop", ""), kept},
		{"refused credentials, secret", pathAuth, refused,
			strings.ReplaceAll(shops("shop", ""), "M4ster-planted", "An0ther-planted"), read},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(tt.path, tt.answer)
				e := newExporterOf(t, a, shops("shop", ""))
				e.scrape(time.Second).want(t, 0, "engage_endpoint_up")
				before := a.count(tt.path)
				time.Sleep(10 * time.Second)
				for range 3 {
					e.reload(tt.yaml)
					e.scrape(time.Second).want(t, 0, "engage_endpoint_up")
					if n := a.count(tt.path) - before; tt.want == kept && n != 0 || tt.want == read && n == 0 {
						t.Fatalf("%d requests after the reload, want %d", n, tt.want)
					}
					e.reload(shops("shop", ""))
					if tt.want == read {
						return
					}
				}
				// The wait ends as it would have without a reload, but that of refused credentials after a minute.
				wait := 34 * time.Minute
				if tt.path == pathAuth {
					wait = 61 * time.Second
				}
				time.Sleep(wait)
				e.scrape(time.Minute)
				if n := a.count(tt.path) - before; n != 1 {
					t.Errorf("%d requests once the wait is over, want one", n)
				}
			})
		})
	}
}

// An account of which a reload changes only how it is read is not read again: neither what it has nor its intervals are
// lost, and its values follow from the answers before.
func TestReloadOfHowAnAccountIsReadCostsNoRead(t *testing.T) {
	for name, yaml := range map[string]string{
		"timeout":                 shops("shop", "    timeout: 7s\n"),
		"http_client":             shops("shop", "    http_client: {enable_http2: false}\n"),
		"requests_per_minute":     shops("shop", "    requests_per_minute: 7\n"),
		"max_concurrent_requests": shops("shop", "    max_concurrent_requests: 1\n"),
		"max_response_bytes":      "global: {max_response_bytes: 1MiB}\n" + shops("shop", ""),
	} {
		t.Run(name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathQuota, quotaAnswer(12))
				e := newExporterOf(t, a, shops("shop", ""))
				e.scrape(time.Second)
				e.reload(yaml)
				p := e.scrape(time.Second)
				p.want(t, 12, "getui_push_quota_remaining")
				p.want(t, 1, "engage_endpoint_up")
				if n := a.count(pathQuota); n != 1 {
					t.Errorf("%d reads, want one", n)
				}
				time.Sleep(time.Minute)
				e.scrape(time.Minute)
				if n := a.count(pathQuota); n != 2 {
					t.Errorf("%d reads after min_interval, want 2", n)
				}
			})
		})
	}
}
