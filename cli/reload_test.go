package cli

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/web"
)

// Scrapes during 200 reloads, of which some fail, are answered whole: with the accounts of one configuration, never
// none and never those of two.
func TestScrapesDuringReloads(t *testing.T) {
	sim := simulator.New(simulator.Options{Seed: 1})
	defer sim.Close()
	demo := demoConfig(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9788})
	other := strings.NewReplacer("shop-android", "shop-ios", "academy", "college").Replace(demo)
	reloads := 0
	load := func() (*config.Config, error) {
		reloads++
		switch {
		case reloads%10 == 0:
			return nil, errors.New("planted mistake")
		case reloads%2 == 0:
			return collector.ParseConfig("engage.yml", []byte(other), config.Options{})
		}
		return collector.ParseConfig("engage.yml", []byte(demo), config.Options{})
	}
	registry := prometheus.NewRegistry()
	r, err := start(load, collector.Options{Logger: log.NewNopLogger(), RoundTripper: inProcess{sim}}, web.NewConfigMetrics(registry))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	handler, err := web.NewHandler(web.Options{
		Registry: registry, Accounts: r.set, Config: r.maskedConfig, Reload: r.reload, ReloadFailure: r.reloadFailure, MetricsPath: "/metrics",
	})
	if err != nil {
		t.Fatal(err)
	}
	scrape := func() string {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		if w.Code != http.StatusOK {
			t.Errorf("a scrape is answered %d: %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	scrape()

	ctx, stop := context.WithCancel(t.Context())
	var scrapers sync.WaitGroup
	for range 2 {
		scrapers.Go(func() {
			for ctx.Err() == nil {
				page := scrape()
				seen := ""
				for _, account := range []string{"shop-android", "shop-ios", "academy", "college", "news-android"} {
					if strings.Contains(page, fmt.Sprintf("engage_endpoint_up{account=%q,", account)) {
						seen += account + " "
					}
				}
				if seen != "shop-android academy news-android " && seen != "shop-ios college news-android " {
					t.Errorf("a page has the accounts %s", seen)
					return
				}
			}
		})
	}
	failed := 0
	for range 200 {
		if err := r.reload(); err != nil {
			failed++
			if r.reloadFailure() == nil {
				t.Error("the failure is not remembered")
			}
		} else if r.reloadFailure() != nil {
			t.Error("the failure before is still told")
		}
	}
	stop()
	scrapers.Wait()
	if failed != 20 {
		t.Errorf("%d reloads failed, want 20", failed)
	}
	if !strings.Contains(scrape(), "engage_config_last_reload_successful 1\n") {
		t.Error("the last reload succeeded, which the metric does not say")
	}
}

// newReloader is a running exporter without vendors, with the configuration that the function gives.
func newReloader(t *testing.T, logger log.Logger, load func() (*config.Config, error)) *reloader {
	t.Helper()
	r, err := start(load, collector.Options{Logger: logger, RoundTripper: inProcess{http.NotFoundHandler()}}, web.NewConfigMetrics(prometheus.NewRegistry()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

// The text of thousands of accounts takes seconds and much memory: however many ask, it is made once for each
// configuration.
func TestMaskedConfigIsMadeOnce(t *testing.T) {
	name := "before"
	r := newReloader(t, log.NewNopLogger(), func() (*config.Config, error) {
		return collector.ParseConfig("engage.yml", []byte("polyv: [{account: "+name+", user_id: u, secret_key: planted}]"), config.Options{})
	})
	masked := func() []byte {
		t.Helper()
		text, err := r.maskedConfig()
		if err != nil || !strings.Contains(string(text), "account: "+name+"\n") {
			t.Fatalf("got %s, %v", text, err)
		}
		return text
	}
	if first, second := masked(), masked(); &first[0] != &second[0] {
		t.Error("the text is made twice")
	}
	name = "after"
	if err := r.reload(); err != nil {
		t.Fatal(err)
	}
	masked()
}

// The log says in full what is wrong with a file; the answer to a reload over HTTP and the status page say it without
// paths.
func TestWhatIsReportedOfAFailedReload(t *testing.T) {
	for _, tt := range []struct {
		name, yaml           string
		log, answer, nowhere []string
	}{
		{
			"mistakes", "polyv:\n  - {account: a, user_id: u, secret_key_file: secrets/planted-path}\n  - {account: b, user_id: u, secret_key: s, timeout: planted-timeout}\n",
			[]string{"secrets/planted-path", "planted-timeout"},
			[]string{"engage.yml:2:47: polyv[0].secret_key_file: read secret file: no such file or directory\n", "engage.yml:3:54: polyv[1].timeout: want a duration"}, nil,
		},
		{
			"a secret in the place of its file", "polyv:\n  - {account: a, user_id: u, secret_key_file: h4nter2}\n",
			[]string{"the path is not shown"}, []string{"engage.yml:2:47: polyv[0].secret_key_file: read secret file: no such file or directory"}, []string{"h4nter2"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			yaml := "polyv: [{account: a, user_id: u, secret_key: s}]"
			logged := &testkit.Output{}
			r := newReloader(t, log.NewLogfmtLogger(logged), func() (*config.Config, error) {
				return collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
			})
			yaml = tt.yaml
			answer := r.reloadOverHTTP()
			if answer == nil {
				t.Fatal("the reload succeeded")
			}
			for _, want := range tt.log {
				if !strings.Contains(logged.String(), want) {
					t.Errorf("no %q in the log:\n%s", want, logged)
				}
			}
			for _, want := range tt.answer {
				if !strings.Contains(answer.Error(), want) {
					t.Errorf("no %q in the answer:\n%v", want, answer)
				}
			}
			for _, text := range append(tt.nowhere, "planted-path") {
				if strings.Contains(answer.Error(), text) {
					t.Errorf("%q in the answer:\n%v", text, answer)
				}
			}
			for _, text := range tt.nowhere {
				if strings.Contains(logged.String(), text) {
					t.Errorf("%q in the log:\n%s", text, logged)
				}
			}
			if got := r.reloadFailure().Error(); got != answer.Error() {
				t.Errorf("on the page:\n%s\nwant:\n%s", got, answer)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		var failure error
		r := newReloader(t, log.NewNopLogger(), func() (*config.Config, error) {
			if failure != nil {
				return nil, failure
			}
			return collector.ParseConfig("engage.yml", []byte("polyv: [{account: a, user_id: u, secret_key: s}]"), config.Options{})
		})
		failure = errors.New("read configuration: open engage.yml: permission denied")
		if err := r.reloadOverHTTP(); !errors.Is(err, failure) || r.reloadFailure().Error() != failure.Error() {
			t.Errorf("answered %v, on the page %v", err, r.reloadFailure())
		}
		failure = nil
		if err := r.reloadOverHTTP(); err != nil || r.reloadFailure() != nil {
			t.Errorf("answered %v, on the page %v", err, r.reloadFailure())
		}
	})
}

// Requests for a reload do not wait behind one whose file does not answer.
func TestReloadOverHTTPWhileAnotherIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hangs chan struct{}
		r := newReloader(t, log.NewNopLogger(), func() (*config.Config, error) {
			if hangs != nil {
				<-hangs
			}
			return collector.ParseConfig("engage.yml", []byte("polyv: [{account: a, user_id: u, secret_key: s}]"), config.Options{})
		})
		hangs = make(chan struct{})
		first := make(chan error)
		go func() { first <- r.reloadOverHTTP() }()
		synctest.Wait()
		for range 100 {
			if err := r.reloadOverHTTP(); !errors.Is(err, web.ErrReloadUnderWay) {
				t.Fatalf("got %v", err)
			}
		}
		close(hangs)
		if err := <-first; err != nil {
			t.Errorf("the first reload: %v", err)
		}
		if err := r.reloadOverHTTP(); err != nil {
			t.Errorf("a later reload: %v", err)
		}
	})
}

// A reload that is asked for before the exporter runs is done once it does; one that is asked for when it ends is not.
func TestReloadOnSignal(t *testing.T) {
	var loads atomic.Int64
	r := newReloader(t, log.NewNopLogger(), func() (*config.Config, error) {
		loads.Add(1)
		return collector.ParseConfig("engage.yml", []byte("polyv: [{account: a, user_id: u, secret_key: s}]"), config.Options{})
	})
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGHUP
	ctx, stop := context.WithCancel(t.Context())
	wait := reloadOnSignal(ctx, signals, r)
	for began := time.Now(); loads.Load() < 2; <-time.After(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the early signal is forgotten")
		}
	}
	stop()
	signals <- syscall.SIGHUP
	wait()
	if n := loads.Load(); n != 2 {
		t.Errorf("loaded %d times, want 2", n)
	}
}

// The shard is told where an account is looked for: in the log, at the start and at each reload.
func TestShardIsLogged(t *testing.T) {
	for _, tt := range []struct {
		shard collector.Shard
		want  int
	}{{collector.Shard{Index: 1, Count: 4}, 2}, {collector.Shard{}, 0}} {
		logged := &testkit.Output{}
		load := func() (*config.Config, error) {
			return collector.ParseConfig("engage.yml", []byte("polyv: [{account: a, user_id: u, secret_key: s}]"), config.Options{})
		}
		r, err := start(load, collector.Options{Logger: log.NewLogfmtLogger(logged), Shard: tt.shard}, web.NewConfigMetrics(prometheus.NewRegistry()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.close)
		if err := r.reload(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(logged.String(), "shard=1/4"); n != tt.want || strings.Count(logged.String(), "\n") != 2 {
			t.Errorf("told %d times, want %d:\n%s", n, tt.want, logged)
		}
	}
}

func TestShardFlag(t *testing.T) {
	for _, tt := range []struct{ flag, want string }{
		{"--shard=0/3", "--shard=0/3: want a number"},
		{"--shard=4/3", "there are only 3"},
		{"--web.max-requests=-1", "want 0 (no limit) or more"},
	} {
		var stderr strings.Builder
		if status := Run(t.Context(), []string{"demo", "--web.listen-address=127.0.0.1:0", tt.flag}, &strings.Builder{}, &stderr); status != 2 || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: status %d, %s", tt.flag, status, stderr.String())
		}
	}
}

// TestAutomaticReload has changes of the configuration, of a certificate, of a secret, and of a file that a failed reload
// lacked.
func TestAutomaticReload(t *testing.T) {
	dir := t.TempDir()
	const one = "polyv: [{account: a, user_id: u, secret_key_file: ./secret}]"
	const two = "polyv:\n- {account: a, user_id: u, secret_key_file: ./secret}\n- {account: b, user_id: v, secret_key_file: ./later}"
	const three = "polyv: [{account: a, user_id: u, secret_key_file: ./secret, http_client: {tls_config: {ca_file: ./ca.pem}}}]"
	file := testkit.WriteFile(t, dir, "engage.yml", one)
	testkit.WriteFile(t, dir, "secret", "planted")
	testkit.WriteFile(t, dir, "ca.pem", certificate(t))
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		load := func() (*config.Config, error) {
			loads++
			return collector.LoadConfig(file, config.Options{})
		}
		logged := &testkit.Output{}
		r := newReloader(t, log.NewLogfmtLogger(logged), load)
		r.watch = config.NewWatch(file, config.Options{})
		r.seen = checksumsOf(r.watch)
		defer r.reloadOnChange(t.Context(), 30*time.Second)()
		for _, step := range []struct {
			name, file, text string
			loads            int
			fails            bool
		}{
			{"nothing changes", "engage.yml", one, 1, false},
			{"a secret, which is read again without a reload", "secret", "planted-2", 1, false},
			{"the configuration, without a file that it names", "engage.yml", two, 2, true},
			{"nothing changes after a failure", "engage.yml", two, 2, true},
			{"the file that was not there", "later", "planted", 3, false},
			{"nothing changes after a success", "later", "planted", 3, false},
			{"a certificate that is named for the first time", "engage.yml", three, 4, false},
			{"the certificate, which new connections use", "ca.pem", certificate(t), 5, false},
			{"a certificate that is none", "ca.pem", "none", 6, true},
			{"a secret, while the last reload has failed", "secret", "planted-3", 7, true},
			{"a certificate again", "ca.pem", certificate(t), 8, false},
		} {
			testkit.WriteFile(t, dir, step.file, step.text)
			<-time.After(31 * time.Second)
			synctest.Wait()
			if failed := r.reloadFailure() != nil; loads != step.loads || failed != step.fails {
				t.Errorf("%s: loaded %d times, failed %t; want %d, %t\n%s", step.name, loads, failed, step.loads, step.fails, logged)
			}
		}
	})
}

// certificate returns a new certificate in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// A reload that panics is one that failed: the log has the stack, the previous configuration stays, and the next reload
// is not kept from succeeding.
func TestPanicInAReloadIsItsFailure(t *testing.T) {
	logged := &testkit.Output{}
	panicking := false
	r := newReloader(t, log.NewLogfmtLogger(logged), func() (*config.Config, error) {
		if panicking {
			panic("planted")
		}
		return collector.ParseConfig("engage.yml", []byte("polyv: [{account: a, user_id: u, secret_key: s}]"), config.Options{})
	})
	before := r.set()
	panicking = true
	err := r.reloadOverHTTP()
	if err == nil || !strings.Contains(err.Error(), "the log lists the errors") || r.set() != before {
		t.Errorf("the reload ends with %v", err)
	}
	text := logged.String()
	if !strings.Contains(text, "reload_test.go") || !strings.Contains(text, "panic of type string") || strings.Contains(text, "planted") {
		t.Errorf("the log does not mention the panic, or too much:\n%s", text)
	}
	panicking = false
	if err := r.reload(); err != nil || r.reloadFailure() != nil {
		t.Errorf("the next reload ends with %v, %v", err, r.reloadFailure())
	}
}
