// Package soak lets the real binary serve a thousand accounts under load for a while, with faults and reloads, and
// checks every answer.
package soak

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var (
	length = flag.Duration("length", 30*time.Second, "how long the load lasts, at least 20s")
	seed   = flag.Uint64("seed", 1, "number from which values, faults and changes are derived")
)

const (
	// accountsPerVendor makes a thousand of five vendors.
	accountsPerVendor = 200
	// reloadEvery is the time between two changes of the configuration.
	reloadEvery = 5 * time.Second
	// rests is how often the load pauses, for the exporter to be measured.
	rests = 3
	// faultsIn is the number of requests of which one meets a fault.
	faultsIn = 100
)

// binary is the exporter, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	status := testkit.RunWithExporter(m, &binary)
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// A thousand accounts, twenty scrapers, a fault in every hundredth request, an account of each vendor with hostile answers
// and a reload every five seconds: no scrape fails, no value is wrong, no vendor is called more than allowed, the exporter
// stays within the memory of its container, and is no larger at the end than once it was warm.
func TestSoak(t *testing.T) {
	if *length < 20*time.Second {
		t.Fatalf("-length=%s: want 20s or more, in less nothing is read twice", *length)
	}
	fleet := newFleet()
	vendors := serveVendors(t, fleet)
	settings := newSettings(t, fleet, vendors.address(), true)
	t.Setenv("GOMEMLIMIT", fmt.Sprint(memoryLimit))
	exporter := start(t, "--config.file="+settings.file, "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle", "--scrape.timeout-offset="+timeoutOffset.String())
	scrapers := newScrapers(t, exporter, vendors, settings)

	scrapers.warmUp()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var load sync.WaitGroup
	scrapers.run(ctx, &load)
	load.Go(func() { settings.reloadEvery(ctx, reloadEvery, exporter) })

	// A third of the time is for caches, pools and the heap to find their size. It must stay what it is then.
	sizes := make([]size, 0, rests)
	for range rests {
		wait(t, *length/rests)
		sizes = append(sizes, scrapers.pausedSize())
	}
	peak := exporter.peak()
	stop()
	load.Wait()

	if t.Failed() {
		return // what follows would only tell that the load ended early
	}
	if peak > mostMemory {
		t.Errorf("the exporter took %.1f MiB of memory, want at most %d", float64(peak)/(1<<20), mostMemory>>20)
	}
	if read := vendors.hostile.answers.Load(); read < leastHostile {
		t.Errorf("%d hostile answers were read, want at least %d", read, leastHostile)
	}
	for _, grown := range growth(sizes) {
		t.Error(grown)
	}
	scrapers.checkUsed(*length)
	visits := scrapers.visitsOf()
	vendors.checkCalls(t, settings, visits)
	allowance := vendors.checkAllowance(t, settings, visits)
	if status := exporter.End(syscall.SIGTERM); status != 0 {
		t.Errorf("SIGTERM ends the exporter with status %d", status)
	}
	settings.checkLog(t, exporter.Output.String())
	t.Logf("%s: %s; %s; %s", *length, scrapers.summary(), settings.summary(), vendors.summary())
	t.Log(allowance)
	for i, s := range sizes {
		t.Logf("at rest after %s: %v", *length*time.Duration(i+1)/rests, s)
	}
	t.Logf("memory at its peak, without the binary's pages: %.1f MiB of a limit of %d MiB", float64(peak)/(1<<20), memoryLimit>>20)
}

// wait lets the load go on, unless the test has failed: then there is nothing more to find out.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	over := time.After(d)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for !t.Failed() {
		select {
		case <-over:
			return
		case <-tick.C:
		}
	}
}

// process is the exporter under load.
type process struct {
	*testkit.Process
	t   *testing.T
	url string // of the exporter, without a slash at its end
}

// maxOutput bounds what is kept of the log, in which each endpoint that breaks has a line.
const maxOutput = 256 << 10

// start runs the exporter and waits until it listens.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := testkit.StartWithOutput(t, &testkit.Output{Limit: maxOutput}, binary, args...)
	return &process{Process: p, t: t, url: "http://" + p.Listening()}
}
