package soak

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// killEvery is the time between two kills.
	killEvery = 30 * time.Second
	// leastKilled is how long the load lasts at least, without the time until the next process serves.
	leastKilled = 80 * time.Second
	// unstored is how long before a kill a read may have ended that is not stored. What has changed is written every
	// two seconds; the rest is for a busy machine.
	unstored = 4 * time.Second
)

// TestSoakKilled lets the exporter store its state, and kills it every half minute under the load of TestSoak. No scrape
// of the next process may lack what was read before or show a wrong value, and the vendors are called as min_interval
// and requests_per_minute allow, as if there had been one process.
func TestSoakKilled(t *testing.T) {
	fleet := newFleet()
	vendors := serveVendors(t, fleet)
	settings := newSettings(t, fleet, vendors.address(), false)
	state := filepath.Join(t.TempDir(), "state")
	run := func() *process {
		return start(t, "--config.file="+settings.file, "--web.listen-address=127.0.0.1:0",
			"--scrape.timeout-offset="+timeoutOffset.String(), "--storage.path="+state)
	}
	scrapers := newScrapers(t, run(), vendors, settings)
	scrapers.kills = &kills{reads: make(map[string]float64)}
	scrapers.warmUp()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var load sync.WaitGroup
	scrapers.run(ctx, &load)

	lasts := max(leastKilled, *length/3)
	for range lasts / killEvery {
		wait(t, killEvery)
		scrapers.kill(run)
	}
	wait(t, lasts%killEvery)
	stop()
	load.Wait()
	if t.Failed() {
		return // what follows would only say that the load ended early
	}
	scrapers.checkUsed(lasts / 2) // it waits for each next process
	visits := scrapers.visitsOf()
	vendors.checkCalls(t, settings, visits)
	allowance := vendors.checkAllowance(t, settings, visits)
	if status := scrapers.exporter.End(syscall.SIGTERM); status != 0 {
		t.Errorf("SIGTERM ends the exporter with status %d", status)
	}
	settings.checkLog(t, scrapers.exporter.Output.String())
	if aside, _ := filepath.Glob(filepath.Join(state, "*.corrupt-*")); len(aside) > 0 {
		t.Errorf("the state was set aside: %q", aside)
	}
	t.Logf("%s: killed %d times; %s; %s", lasts, settings.restarts, scrapers.summary(), vendors.summary())
	t.Log(allowance)
	t.Log(scrapers.kills.summary())
}

// kill kills the exporter amid its scrapes and lets the next one serve.
func (s *scrapers) kill(run func() *process) {
	s.t.Helper()
	over := s.kills.begin()
	s.exporter.End(syscall.SIGKILL)
	killedAt := time.Now()
	s.pausing.Lock() // those that were cut off have ended
	defer s.pausing.Unlock()
	for _, a := range s.vendors.fleet.accounts {
		s.vendors.requests[a.name].cutOff(killedAt)
		if a.short { // its scrapes do not wait until requests_per_minute lets all of its requests go
			s.settings.disturbed[a.name] = append(s.settings.disturbed[a.name], span{begin: killedAt, end: killedAt.Add(time.Minute)})
		}
	}
	s.settings.checkLog(s.t, s.exporter.Output.String())
	s.exporter = run()
	s.settings.restarts++
	over()
	s.exporter.Printed(fmt.Sprintf(`msg="state restored" accounts=%d .* stopped_in_order=false`, len(s.vendors.fleet.accounts)))
	first := &scraper{client: s.clients[0], random: s.settings.random}
	if err := s.askMetrics(first); err != nil {
		s.t.Errorf("the first scrape after a kill: %v", err)
	}
}

// cutOff notes that what was asked for shortly before a kill may be asked for again, since it may not be stored.
func (r *requests) cutOff(killedAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, spans := range r.began {
		for i, s := range slices.Backward(spans) {
			if !s.end.IsZero() && s.end.Before(killedAt.Add(-unstored)) {
				break
			}
			spans[i].fault = true
		}
	}
}

// kills are the kills of the exporter, and what must be there after them. nil: there are none.
type kills struct {
	mu     sync.Mutex
	all    []span             // each until the next process serves; the end is zero before
	reads  map[string]float64 // when each endpoint was last read, by all scrapes
	hour   time.Time          // for which they hold: at a full hour days end
	lost   int                // reads that were not stored
	proved int                // reads that a later process has shown
}

// begin notes that the exporter is going to be killed; over, that the next one serves.
func (k *kills) begin() (over func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, span{begin: time.Now()})
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.all[len(k.all)-1].end = time.Now()
	}
}

// happened reports whether a kill cut off what was done in this time.
func (k *kills) happened(from, to time.Time) bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.all, func(s span) bool {
		return !s.begin.After(to) && (s.end.IsZero() || !s.end.Before(from))
	})
}

// readBefore is when each endpoint was last read by what the scrapes before this time have shown.
func (k *kills) readBefore(now time.Time) map[string]float64 {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if hour := now.Truncate(time.Hour); hour != k.hour {
		k.hour = hour
		clear(k.reads)
	}
	return maps.Clone(k.reads)
}

// checkReads wants a scrape to show all that scrapes before it have shown, or what was read later.
func (k *kills) checkReads(before, shown map[string]float64) error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	seconds := func(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
	var missing []string
	for series, readAt := range before {
		if shown[series] >= readAt {
			if len(k.all) > 0 && readAt < seconds(k.all[len(k.all)-1].begin) {
				k.proved++
			}
			continue
		}
		if slices.ContainsFunc(k.all, func(s span) bool {
			return readAt >= seconds(s.begin.Add(-unstored)) && (s.end.IsZero() || readAt <= seconds(s.end))
		}) {
			k.lost++
			continue
		}
		missing = append(missing, fmt.Sprintf("%s was %.3f and is %.3f", series, readAt, shown[series]))
	}
	for series, readAt := range shown {
		k.reads[series] = max(readAt, before[series])
	}
	if len(missing) > 0 && time.Now().Truncate(time.Hour).Equal(k.hour) {
		return fmt.Errorf("%d reads are lost: %s", len(missing), strings.Join(missing[:min(3, len(missing))], "; "))
	}
	return nil
}

func (k *kills) summary() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fmt.Sprintf("%d values of endpoints that were read before the last kill were shown after it, %d reads of the last %s before a kill were not stored",
		k.proved, k.lost, unstored)
}

// What a scrape lacks that an earlier one has shown is found, but for what was read just before a kill.
func TestKillsCheckReads(t *testing.T) {
	const series = `engage_endpoint_last_success_timestamp_seconds{account="a"}`
	hour := time.Now().Truncate(time.Hour)
	second := func(n int) float64 { return float64(began.Add(time.Duration(n)*time.Second).UnixMilli()) / 1000 }
	for name, test := range map[string]struct {
		before, shown map[string]float64
		lost          bool
	}{
		"the same":                     {map[string]float64{series: second(5)}, map[string]float64{series: second(5)}, false},
		"a later read":                 {map[string]float64{series: second(5)}, map[string]float64{series: second(40)}, false},
		"nothing was there":            {nil, map[string]float64{series: second(5)}, false},
		"it is gone":                   {map[string]float64{series: second(5)}, nil, true},
		"an earlier read":              {map[string]float64{series: second(20)}, map[string]float64{series: second(5)}, true},
		"read just before the kill":    {map[string]float64{series: second(29)}, map[string]float64{series: second(5)}, false},
		"gone, just before the kill":   {map[string]float64{series: second(29)}, nil, false},
		"read after the kill, is gone": {map[string]float64{series: second(40)}, map[string]float64{series: second(5)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := &kills{
				all: []span{{begin: at(30), end: at(31)}}, reads: make(map[string]float64), hour: hour,
			}
			if err := k.checkReads(test.before, test.shown); (err != nil) != test.lost {
				t.Errorf("found %v", err)
			}
		})
	}
}
