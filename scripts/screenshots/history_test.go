package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
	commonversion "github.com/prometheus/common/version"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
	"github.com/engage-exporter/engage_exporter/web"
)

var (
	historyFile = flag.String("history.file", "", "Write the history to this file.")
	state       = flag.String("history.state", "healthy", "What the history is of: healthy, failing or many.")
	length      = flag.Duration("history.length", 20*time.Minute, "How far the history goes back.")
)

const (
	// broken is for how long something is wrong in the history of what fails.
	broken = 2 * time.Hour
)

// faults are what is wrong in the history of what fails.
var historyFaults = []string{
	"polyv/fa4e000002/playback_yesterday=code:400:ptime is too old.",
	"adspect/fa4eacc0-0000-4000-8000-000000000002/streams=status:503",
	"getui/SimNewsAndroid0002/push_quota=exhausted",
	"quanshi/event_report=hang",
}

// historyVendors returns the simulated vendors, with their default accounts or with many.
func historyVendors(many bool) []simulator.Vendor {
	if !many {
		return simulator.Vendors()
	}
	const accounts = 40
	apps, users, ads := make([]getui.App, accounts), make([]polyv.User, accounts), make([]adspect.Account, accounts)
	projects, events := make([]sensorsdata.Project, accounts), make([]quanshi.App, accounts)
	for i := range accounts {
		name := fmt.Sprintf("customer-%02d", i+1)
		apps[i] = getui.App{
			AppID: fmt.Sprintf("SimPictureApp%02d", i), AppKey: "SimKeyNotReal", MasterSecret: "SimSecretNotReal", Name: name,
			Users: int64(20_000 + 13_700*i), Channels: getui.DefaultChannels()[:4],
		}
		users[i] = polyv.User{UserID: fmt.Sprintf("50a4%06d", i), SecretKey: "SimNotRea1", Name: name, Plays: int64(5_000 + 911*i)}
		ads[i] = adspect.Account{
			AccountID: fmt.Sprintf("50a4acc0-0000-4000-8000-%012d", i), APIKey: fmt.Sprintf("SimPictureKeyNotReal%03d", i), Name: name,
			SavedQueries: i % 100, Clicks: int64(4000 + 700*i), SubIDs: 9,
			Streams: []adspect.Stream{
				{StreamID: fmt.Sprintf("50a45000-%04d-4000-8000-000000000001", i), Name: "Search", FilterLevel: 3, Weight: 2},
				{StreamID: fmt.Sprintf("50a45000-%04d-4000-8000-000000000002", i), Name: "Native", FilterLevel: 2},
			},
		}
		projects[i] = sensorsdata.Project{
			Project: fmt.Sprintf(
				"picture%03d",
				i,
			), APISecret: fmt.Sprintf("SimTagsSecretNotReal%03d", i), Name: name, Users: int64(30_000 + 7730*i),
			Directories: []sensorsdata.Directory{{ID: 1, Name: "未分类", Default: true}},
			Tags:        []sensorsdata.Tag{{ID: 2}, {ID: 4, DataType: "NUMBER", Values: []string{"0", "50", "100"}, FailsOneIn: 3}},
		}
		events[i] = quanshi.App{
			AppKey: fmt.Sprintf("SimPictureEventsKey%03d", i), AppSecret: fmt.Sprintf("SimEventsSecretNotReal%03d", i), Name: name,
			UserID: fmt.Sprint(
				20_000_000 + i,
			), HostID: int64(80_000_000 + 2*i), RoomID: int64(600_000 + 2*i), ArchiveID: int64(600_001 + 2*i),
		}
	}
	return []simulator.Vendor{
		getui.Vendor(apps...), polyv.Vendor(users...), adspect.Vendor(ads...), sensorsdata.Vendor(projects...), quanshi.Vendor(events...),
	}
}

// TestHistory lets the whole exporter with simulated vendors live through days within seconds, and writes what
// Prometheus would have scraped, up to an hour ahead, for promtool tsdb create-blocks-from openmetrics. The pictures of
// the dashboards are of it.
func TestHistory(t *testing.T) {
	out := io.Discard
	if *historyFile != "" {
		f, err := os.Create(*historyFile)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		out = f
	}
	end := time.Now().Add(ahead).Truncate(time.Minute)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(end.Add(-*length)))
		w := bufio.NewWriterSize(out, 1<<20)
		scraped := writeHistory(t, w, end)
		fmt.Fprintln(w, "# EOF")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, v := range simulator.Vendors() {
			if scraped[v.Name] == 0 {
				t.Errorf("no sample of %s", v.Name)
			}
		}
	})
}

// writeHistory scrapes until the end, and returns the number of samples by vendor.
func writeHistory(t *testing.T, out io.Writer, end time.Time) map[string]int {
	t.Helper()
	which := slices.IndexFunc(states, func(s situation) bool { return s.name == *state })
	if which < 0 {
		t.Fatalf("no state is named %q", *state)
	}
	many := *state == "many"
	vendors := historyVendors(many)
	sim := simulator.New(simulator.Options{Seed: 1, Vendors: vendors})
	scrape := startExporter(t, sim, vendors)
	// The history is dense for the day of the graphs and, except with many accounts, for the day before.
	step, before, dense := states[which].scraped, 6*time.Hour, 52*time.Hour
	if many {
		before, dense = 24*time.Hour, 27*time.Hour
	}
	scraped := make(map[string]int)
	started := time.Now()
	faulty := false
	for time.Now().Before(end) {
		if !faulty && *state == "failing" && time.Until(end) < broken+ahead {
			faulty = true
			for _, text := range historyFaults {
				f, err := simulator.ParseFault(text)
				if err != nil {
					t.Fatal(err)
				}
				sim.Inject(f)
			}
		}
		began := time.Now()
		page := scrape()
		labels := `job="engage",instance="exporter-0:9787"`
		fmt.Fprintf(
			out,
			"up{%s} 1 %d\nscrape_duration_seconds{%s} %g %d\n",
			labels,
			began.Unix(),
			labels,
			time.Since(began).Seconds(),
			began.Unix(),
		)
		for line := range strings.Lines(page) {
			// The funnel by country has most of the samples, and no picture shows it.
			if strings.HasPrefix(line, "#") || strings.Contains(line, "_country_") {
				continue
			}
			at := strings.LastIndexByte(line, ' ')
			series, value := line[:at], strings.TrimSpace(line[at+1:])
			// The time of this process is not that of the clock.
			if series == "process_start_time_seconds" {
				value = strconv.FormatInt(started.Unix(), 10)
			}
			if name, rest, found := strings.Cut(series, "{"); found {
				series = name + "{" + labels + "," + rest
			} else {
				series += "{" + labels + "}"
			}
			fmt.Fprintf(out, "%s %s %d\n", series, value, began.Unix())
			vendor, _, _ := strings.Cut(series, "_")
			scraped[vendor]++
		}
		wait := step
		if left := time.Until(end); left > dense {
			wait = min(before, left-dense)
		}
		time.Sleep(time.Until(began.Add(wait)))
	}
	return scraped
}

// startExporter starts the exporter and the simulator within the bubble, and returns what scrapes the exporter.
func startExporter(t *testing.T, sim *simulator.Simulator, simulated []simulator.Vendor) func() string {
	t.Helper()
	network := newPipes()
	vendors := &http.Server{Handler: sim, ReadHeaderTimeout: time.Minute}
	go vendors.Serve(network)

	var yaml strings.Builder
	for _, v := range simulated {
		fmt.Fprintf(&yaml, "%s:\n", v.Name)
		for _, a := range v.Accounts {
			fmt.Fprintf(&yaml, "  - account: %s\n    base_url: http://vendors.test%s\n", a.Name, v.BasePath)
			for line := range strings.Lines(a.Settings) {
				yaml.WriteString("    " + line)
			}
		}
	}
	cfg, err := collector.ParseConfig("demo.yml", []byte(yaml.String()), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	commonversion.Version = "0.1.0"
	registry, instruments := prometheus.NewRegistry(), collector.NewInstruments()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		version.NewCollector("engage_exporter"),
	)
	set, err := collector.New(cfg, collector.Options{
		Logger: log.NewNopLogger(), UserAgent: "engage_exporter/test", Instruments: instruments, DialContext: network.dial,
	})
	if err != nil {
		t.Fatal(err)
	}
	web.NewConfigMetrics(registry).Loaded(cfg.SHA256, time.Now())
	handler, err := web.NewHandler(web.Options{
		Logger: log.NewNopLogger(), Registry: registry, Reads: instruments, Accounts: func() *collector.Set { return set },
		Config:        cfg.Masked,
		ReloadFailure: func() error { return nil }, MetricsPath: "/metrics", MaxRequests: 40, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		set.Close()
		sim.Close()
		vendors.Close()
	})
	return func() string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
		r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "30")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK {
			t.Fatalf("a scrape is answered %d: %.500s", answer.Code, answer.Body)
		}
		return answer.Body.String()
	}
}

// pipes is a network within the process: every host is the same server.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newPipes() *pipes { return &pipes{dialled: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.dialled <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 10), Port: 80} }
