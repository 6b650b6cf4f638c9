package soak

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

const (
	// changedAtOnce is how many accounts change from one reload to the next, besides the one that goes and the one
	// that comes back.
	changedAtOnce = 5
	// timeout is how long a vendor may take for an answer, at most.
	timeout = 2 * time.Second
	// mistakeIn is the number of reloads of which one is of a file with a mistake.
	mistakeIn = 7
)

// settings is the exporter's configuration file, and what became of it.
type settings struct {
	t       *testing.T
	fleet   *fleet
	vendors string // their address
	file    string
	random  *rand.Rand
	hostile bool // the hostile accounts are in the file too

	restarts int // of the exporter, each of which lets it wait for requests_per_minute

	mu        sync.Mutex
	revisions map[string]int       // of accounts
	changes   map[string]int       // how often an account started again
	absent    string               // the account that is left out; "" for none
	absences  map[string]time.Time // when accounts came back
	disturbed map[string][]span    // when accounts started again or were absent; the end is zero until it is known
	reloads   int
	mistakes  int
}

func newSettings(t *testing.T, f *fleet, vendors string, hostile bool) *settings {
	t.Helper()
	s := &settings{
		t: t, fleet: f, vendors: vendors, file: filepath.Join(t.TempDir(), "engage.yml"), random: rand.New(rand.NewPCG(*seed, 0)),
		revisions: make(map[string]int), changes: make(map[string]int), absences: make(map[string]time.Time),
		disturbed: make(map[string][]span), hostile: hostile,
	}
	for i, a := range f.accounts {
		s.revisions[a.name] = i % 4
	}
	s.write("")
	return s
}

// write writes the file, whole at once, with something at its end.
func (s *settings) write(end string) {
	s.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "global: {timeout: %s}\n", timeout)
	for _, vendor := range []string{"getui", "polyv", "adspect", "sensorsdata", "quanshi"} {
		fmt.Fprintf(&b, "%s:\n", vendor)
		for _, a := range s.fleet.accounts {
			if a.vendor == vendor && a.name != s.absent {
				b.WriteString(s.yaml(a))
			}
		}
		if s.hostile {
			b.WriteString(hostileYAML(vendor, s.vendors))
		}
	}
	b.WriteString(end)
	next := s.file + ".next"
	if err := os.WriteFile(next, []byte(b.String()), 0o600); err != nil {
		s.t.Error(err)
	}
	if err := os.Rename(next, s.file); err != nil {
		s.t.Error(err)
	}
}

// defaultEndpoints are the endpoints that the exporter reads unless the file turns them off, by vendor. The soak reads
// only those that an account has an interval for: it knows when these may be read and what they return.
var defaultEndpoints = func() map[string][]string {
	all := make(map[string][]string)
	for _, v := range collector.ConfigVendors() {
		all[v.Name] = testkit.DefaultEndpoints(v)
	}
	return all
}()

// yaml is an account in the file. Its revisions differ in what makes an account start again, and none allows more than
// the first.
func (s *settings) yaml(a *account) string {
	revision := s.revisions[a.name]
	var endpoints []string
	for _, e := range slices.Sorted(maps.Keys(a.intervals)) {
		if interval := a.intervals[e]; interval != seldom { // which is their default
			endpoints = append(endpoints, fmt.Sprintf("%s: {min_interval: %s, timeout: %s}", e, interval, []string{"2s", "1900ms"}[revision%2]))
		}
	}
	for _, e := range defaultEndpoints[a.vendor] {
		if _, read := a.intervals[e]; !read {
			endpoints = append(endpoints, e+": {enabled: false}")
		}
	}
	return fmt.Sprintf("  - {account: %s, base_url: '%s/at/%s%s', requests_per_minute: %d, endpoints: {%s}, %s}\n",
		a.name, s.vendors, a.name, a.basePath, a.perMinute-revision/2%2, strings.Join(endpoints, ", "), a.login)
}

// reloadEvery changes the file and reloads it until ctx is done.
func (s *settings) reloadEvery(ctx context.Context, interval time.Duration, p *process) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		s.reloads++
		mistaken := s.reloads%mistakeIn == 0
		if mistaken {
			s.mistakes++
			s.write("polyv: [\n")
		} else {
			s.change()
			s.write("")
		}
		s.mu.Unlock()
		s.reload(p, mistaken)
	}
}

// change lets some accounts start again, another one go, and the one that went the last time come back.
func (s *settings) change() {
	for range changedAtOnce {
		a := s.any()
		s.revisions[a.name]++
		s.changes[a.name]++
		s.disturb(a.name)
	}
	if s.absent != "" {
		s.absences[s.absent] = time.Now().Add(testkit.MaxWait) // until the reload is over
		s.changes[s.absent]++
	}
	s.absent = s.any().name
	s.disturb(s.absent)
}

// disturb notes that an account is not the same from now on.
func (s *settings) disturb(name string) {
	s.disturbed[name] = append(s.disturbed[name], span{begin: time.Now()})
}

// settle notes that the accounts of the file are those of the exporter. Scrapes that began before go on with those
// that were, each until its deadline.
func (s *settings) settle() {
	for name, all := range s.disturbed {
		for i := range all {
			if all[i].end.IsZero() && name != s.absent {
				all[i].end = time.Now().Add(scrapeTimeout)
			}
		}
	}
}

// disturbancesOf are the times in which more than scrapes decided when an account was read. At a full hour days end,
// wherever, and with them what was read of them.
func (s *settings) disturbancesOf(a *account) []span {
	s.mu.Lock()
	defer s.mu.Unlock()
	hour := time.Now().Truncate(time.Hour)
	all := []span{{begin: hour, end: hour}}
	for _, d := range s.disturbed[a.name] {
		if d.end.IsZero() {
			d.end = time.Now()
		}
		all = append(all, d)
	}
	for range int(*length / time.Hour) {
		hour = hour.Add(-time.Hour)
		all = append(all, span{begin: hour, end: hour})
	}
	return all
}

// size is how many accounts are in the file while none is absent.
func (s *settings) size() int {
	if s.hostile {
		return len(s.fleet.accounts) + len(hostileAccounts)
	}
	return len(s.fleet.accounts)
}

func (s *settings) any() *account { return s.fleet.accounts[s.random.IntN(len(s.fleet.accounts))] }

// reload asks the exporter to read the file again. One with a mistake must be refused.
func (s *settings) reload(p *process, mistaken bool) {
	client := http.Client{Timeout: testkit.MaxWait}
	defer client.CloseIdleConnections()
	answer, err := client.Post(p.url+"/-/reload", "", nil)
	if err != nil {
		s.t.Errorf("reload: %v", err)
		return
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body) // it is for the message alone
	if (answer.StatusCode == http.StatusOK) == mistaken || mistaken && !strings.Contains(string(body), "the configuration stays as it was") {
		s.t.Errorf("the reload of a file (with a mistake: %t) is answered %d: %s", mistaken, answer.StatusCode, body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	for name, until := range s.absences {
		if until.After(time.Now()) {
			s.absences[name] = time.Now()
		}
	}
}

// mayLack reports whether the exporter may have been without the account at any time since then.
func (s *settings) mayLack(name string, since time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return name == s.absent || s.absences[name].After(since)
}

func (s *settings) changesOf(a *account) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes[a.name]
}

// checkLog fails the test if the exporter logged an error other than those that were made to happen.
func (s *settings) checkLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		planted := strings.Contains(line, `msg="configuration not reloaded`)
		if strings.Contains(line, "level=error") && !planted || strings.Contains(line, "panic") {
			t.Errorf("the exporter logged: %s", line)
		}
	}
}

func (s *settings) summary() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%d reloads, %d of a file with a mistake", s.reloads, s.mistakes)
}
