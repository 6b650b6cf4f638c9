package reliability

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/storage"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/web"
)

// scrapeTimeout is what the scraper allows, timeoutOffset what the exporter takes off it.
const (
	scrapeTimeout = 10 * time.Second
	timeoutOffset = 500 * time.Millisecond
)

// system is the whole exporter with its vendors, all within one bubble: the simulator behind a server for HTTP over
// TLS, the exporter's handler behind one of its own, real clients before both, and networks within the process between
// them.
type system struct {
	t        testing.TB
	settings settings
	sim      *simulator.Simulator
	vendors  *network
	front    *network
	log      *logLines
	client   *http.Client
	last     []byte // page that was scraped
	stop     func() // ends the exporter in an orderly way

	meddling  sync.Mutex
	interfere func(w http.ResponseWriter, r *http.Request) // in place of the simulator; nil for nothing
	requests  map[string]int                               // by host
}

// build builds a system of settings. It is torn down at the end of the test.
func build(t testing.TB, s settings) *system {
	t.Helper()
	sim := simulator.New(simulator.Options{Seed: 8, Vendors: simulatedVendors()})
	h := &system{
		t: t, settings: s, sim: sim, vendors: newNetwork(), log: &logLines{}, requests: make(map[string]int),
	}
	certificates := makeCertificates()
	vendors := &http.Server{
		Handler: http.HandlerFunc(h.serveVendors), ErrorLog: silent(),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519}, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c, ok := hello.Conn.(*connection); ok && c.impostor {
				return &certificates.impostor, nil
			}
			return &certificates.vendors, nil
		}},
	}
	go vendors.ServeTLS(h.vendors, "", "")
	t.Cleanup(func() {
		h.sim.Close()
		vendors.Close()
		h.vendors.Close()
	})

	h.client = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return h.front.DialContext(ctx, network, address)
		},
		DisableKeepAlives: true, DisableCompression: true,
	}}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

func silent() *stdlog.Logger { return stdlog.New(io.Discard, "", 0) }

// start starts the exporter.
func (h *system) start() {
	h.t.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(h.settings.yaml()), config.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	var stored *collector.Storage
	if h.settings.storage != "" {
		if stored, err = collector.OpenStorage(h.settings.storage, h.log); err != nil {
			h.t.Fatal(err)
		}
	}
	registry, instruments := prometheus.NewRegistry(), collector.NewInstruments()
	set, err := collector.New(cfg, collector.Options{
		Logger: h.log, UserAgent: "engage_exporter/test", Instruments: instruments,
		DialContext: h.vendors.DialContext, Storage: stored,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	current := func() *collector.Set { return set }
	metrics := web.NewConfigMetrics(registry)
	metrics.Loaded(cfg.SHA256, time.Now())
	handler, err := web.NewHandler(web.Options{
		Logger: h.log, Registry: registry, Reads: instruments, Accounts: current, Config: cfg.Masked,
		ReloadFailure: func() error { return nil }, MetricsPath: "/metrics", TimeoutOffset: timeoutOffset, MaxRequests: 40,
		Version: "test",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.front = newNetwork()
	exporter := &http.Server{Handler: handler, ErrorLog: silent(), ReadHeaderTimeout: 10 * time.Second}
	go exporter.Serve(h.front)
	storing, end := context.WithCancel(context.Background())
	var writes sync.WaitGroup
	if stored != nil {
		writes.Go(func() { stored.Run(storing, current) })
	}
	h.stop = func() {
		exporter.Close()
		h.front.Close()
		end()
		writes.Wait()
		set.Close()
		stored.Close(set)
	}
}

// kill ends the exporter and leaves of its state what a kill at this moment leaves.
func (h *system) kill() {
	h.t.Helper()
	path := filepath.Join(h.settings.storage, storage.FileName)
	content, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	h.stop()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// writeSecrets writes a file for the secret of each account.
func writeSecrets(t testing.TB, s settings) {
	t.Helper()
	for _, v := range simulatedVendors() {
		if len(v.Accounts) < 2 {
			t.Fatalf("the simulator has %d default accounts of %s, want 2 or more", len(v.Accounts), v.Name)
		}
		for i, account := range []string{mainAccount, secondAccount} {
			testkit.WriteFile(t, s.secrets, v.Name+"-"+account, v.Accounts[i].Secret)
		}
	}
}

func (h *system) serveVendors(w http.ResponseWriter, r *http.Request) {
	h.meddling.Lock()
	interfere := h.interfere
	h.requests[r.Host]++
	h.meddling.Unlock()
	if interfere != nil {
		interfere(w, r)
		return
	}
	h.sim.ServeHTTP(w, r)
}

// requestsTo is the number of requests that have come for a host.
func (h *system) requestsTo(host string) int {
	h.meddling.Lock()
	defer h.meddling.Unlock()
	return h.requests[host]
}

// setInterfere puts something in the place of the simulator; nil for nothing.
func (h *system) setInterfere(interfere func(w http.ResponseWriter, r *http.Request)) {
	h.meddling.Lock()
	defer h.meddling.Unlock()
	h.interfere = interfere
}

// get asks the exporter for a page.
func (h *system) get(path string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, "http://exporter.test"+path, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", fmt.Sprint(scrapeTimeout.Seconds()))
	resp, err := h.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// scrape reads /metrics, which must be there in time, whatever the vendors do.
func (h *system) scrape() page {
	h.t.Helper()
	began := time.Now()
	status, body, err := h.get("/metrics")
	took := time.Since(began)
	if err != nil || status != http.StatusOK {
		h.t.Fatalf("a scrape is answered %d, %v: %.500s", status, err, body)
	}
	if took > scrapeTimeout-timeoutOffset {
		h.t.Errorf("a scrape took %s, want no more than %s", took, scrapeTimeout-timeoutOffset)
	}
	h.last = body
	p, err := parsePage(body)
	if err != nil {
		h.t.Fatalf("a scrape's page: %v", err)
	}
	return p
}

// logLines are what was logged.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

// Log implements log.Logger.
func (l *logLines) Log(keyvals ...any) error {
	var b bytes.Buffer
	log.NewLogfmtLogger(&b).Log(keyvals...)
	line := b.String()
	if strings.Contains(line, "level=debug") {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, strings.TrimSpace(line))
	return nil
}

// take returns the lines since it was last called.
func (l *logLines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}
