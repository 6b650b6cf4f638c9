package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

const (
	// scrapeTimeout is what scrapers give the exporter.
	scrapeTimeout = 30 * time.Second
	// timeoutOffset is what of it the exporter keeps for writing. A page of all accounts has some 100 000 samples:
	// several at once, next to a thousand vendors on two cores that others may use too, take much longer than the
	// usual half second.
	timeoutOffset = 10 * time.Second
)

// kinds of scrapers, how many there are of each and how often each asks: twenty together.
var scraperKinds = []struct {
	name  string
	count int
	every time.Duration
	ask   func(*scrapers, *scraper) error
}{
	{"/metrics", 3, 30 * time.Second, (*scrapers).askMetrics},
	{"/probe", 13, 250 * time.Millisecond, (*scrapers).askProbe},
	{"/sd", 2, time.Second, (*scrapers).askDiscovery},
	{"/", 2, 2 * time.Second, (*scrapers).askStatus},
}

// scrapers are those who ask the exporter, and what they found.
type scrapers struct {
	t        *testing.T
	exporter *process
	vendors  *vendors
	settings *settings

	pausing sync.RWMutex // read-locked by whoever asks
	clients []*http.Client
	asked   map[string]*atomic.Int64
	checked atomic.Int64 // accounts whose values were compared
	slowest atomic.Int64 // scrape, in nanoseconds
	largest atomic.Int64 // page, in bytes

	kills *kills // nil where the exporter is not killed

	mu     sync.Mutex
	visits map[string][]visit // by account; "" for those of all
}

// scraper is one of them.
type scraper struct {
	client *http.Client
	random *rand.Rand
}

func newScrapers(t *testing.T, p *process, v *vendors, s *settings) *scrapers {
	t.Helper()
	all := &scrapers{t: t, exporter: p, vendors: v, settings: s, asked: make(map[string]*atomic.Int64), visits: make(map[string][]visit)}
	for _, kind := range scraperKinds {
		all.asked[kind.name] = new(atomic.Int64)
	}
	return all
}

func (s *scrapers) newScraper(number uint64) *scraper {
	c := &http.Client{Transport: &http.Transport{}}
	s.clients = append(s.clients, c)
	return &scraper{client: c, random: rand.New(rand.NewPCG(*seed, number+1))}
}

// warmUp reads all accounts for the first time, which takes longer than a scrape may.
func (s *scrapers) warmUp() {
	s.t.Helper()
	first := s.newScraper(0)
	began := time.Now()
	answer, body, err := s.get(first, "/metrics", testkit.MaxWait)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("the first scrape: %v", err)
	}
	defer body.Close()
	e, err := readExposition(body)
	if err != nil || len(e.accounts) != s.settings.size() {
		s.t.Fatalf("the first scrape has %d accounts: %v", len(e.accounts), err)
	}
	s.visited("", began, testkit.MaxWait, true)
	s.largest.Store(int64(e.bytes))
}

// visited notes a scrape that has just been answered, or cut off: of an account, or of all ("").
func (s *scrapers) visited(account string, sent time.Time, timeout time.Duration, whole bool) {
	answered := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visits[account] = append(s.visits[account], visit{sent, answered, whole && answered.Sub(sent) < timeout-timeoutOffset})
}

// visitsOf are all scrapes of each account, in the order in which they were sent.
func (s *scrapers) visitsOf() map[string][]visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string][]visit)
	for _, a := range s.vendors.fleet.accounts {
		all[a.name] = slices.Concat(s.visits[""], s.visits[a.name])
		slices.SortFunc(all[a.name], func(a, b visit) int { return a.sent.Compare(b.sent) })
	}
	return all
}

// run lets all scrapers ask until ctx is done.
func (s *scrapers) run(ctx context.Context, group *sync.WaitGroup) {
	number := uint64(0)
	for _, kind := range scraperKinds {
		for i := range kind.count {
			number++
			scraper := s.newScraper(number)
			group.Go(func() {
				// Each begins at a time of its own, as those of Prometheus do.
				select {
				case <-time.After(kind.every * time.Duration(i) / time.Duration(kind.count)):
				case <-ctx.Done():
					return
				}
				tick := time.NewTicker(kind.every)
				defer tick.Stop()
				for ctx.Err() == nil {
					s.pausing.RLock()
					began := time.Now()
					err := kind.ask(s, scraper)
					s.pausing.RUnlock()
					if err != nil && !s.kills.happened(began, time.Now()) {
						s.t.Errorf("%s: %v", kind.name, err)
					}
					s.asked[kind.name].Add(1)
					select {
					case <-tick.C:
					case <-ctx.Done():
					}
				}
			})
		}
	}
}

// get asks for a path, as Prometheus would: the answer must be there, whole, within the timeout.
func (s *scrapers) get(by *scraper, path string, timeout time.Duration) (*http.Response, io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.exporter.url+path, http.NoBody)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", fmt.Sprint(timeout.Seconds()))
	answer, err := by.client.Do(r)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return answer, &cancelling{answer.Body, cancel}, nil
}

// cancelling is a body that ends its request's context when it is closed.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (c *cancelling) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// some returns a few accounts at random.
func (s *scrapers) some(by *scraper, n int) []*account {
	all := make([]*account, n)
	for i := range all {
		all[i] = s.vendors.fleet.accounts[by.random.IntN(len(s.vendors.fleet.accounts))]
	}
	return all
}

// askMetrics scrapes all accounts. Each must be there with all its endpoints, nearly all must be up, and the values
// of some are compared.
func (s *scrapers) askMetrics(by *scraper) error {
	began := time.Now()
	whole := false
	defer func() { s.visited("", began, scrapeTimeout, whole) }()
	readBefore := s.kills.readBefore(began)
	chosen := s.some(by, 10)
	names := make([]string, len(chosen))
	for i, a := range chosen {
		names[i] = a.name
	}
	answer, body, err := s.get(by, "/metrics", scrapeTimeout)
	if err != nil {
		return err
	}
	defer body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", answer.Status)
	}
	e, err := readExposition(body, names...)
	if err != nil {
		return err
	}
	whole = e.whole
	raise(&s.slowest, int64(time.Since(began)))
	raise(&s.largest, int64(e.bytes))
	if !e.whole {
		return fmt.Errorf("the page ends within a line, after %d bytes", e.bytes)
	}
	endpoints := 0
	for _, a := range s.vendors.fleet.accounts {
		n, ok := e.accounts[a.name]
		if !ok && s.settings.mayLack(a.name, began) {
			continue
		}
		if n != len(a.intervals) {
			return fmt.Errorf("%s has %d endpoints, want %d", a.name, n, len(a.intervals))
		}
		endpoints += n
	}
	// One request in a hundred meets a fault, and what it was for is read again when it is due.
	if least := endpoints * 95 / 100; e.up < least {
		return fmt.Errorf("%d of %d endpoints are up, want at least %d", e.up, endpoints, least)
	}
	if err := s.kills.checkReads(readBefore, e.reads); err != nil {
		return err
	}
	for _, a := range chosen {
		if err := s.compare(a, e.lines[a.name].String(), began); err != nil {
			return err
		}
	}
	return nil
}

// askProbe scrapes one account, and compares its values.
func (s *scrapers) askProbe(by *scraper) error {
	began := time.Now()
	whole := false
	a := s.some(by, 1)[0]
	defer func() { s.visited(a.name, began, scrapeTimeout, whole) }()
	path := "/probe?target=" + url.QueryEscape(a.vendor+"/"+a.name)
	if by.random.IntN(20) == 0 {
		path += "&debug=true"
	}
	answer, body, err := s.get(by, path, scrapeTimeout)
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	whole = err == nil
	raise(&s.slowest, int64(time.Since(began)))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", a.name, err)
	case answer.StatusCode == http.StatusNotFound && s.settings.mayLack(a.name, began):
		return nil
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: answered %s: %.200s", a.name, answer.Status, text)
	}
	return s.compare(a, string(text), began)
}

// compare compares what is shown of an account with what its vendor has answered.
func (s *scrapers) compare(a *account, lines string, began time.Time) error {
	if lines == "" && s.settings.mayLack(a.name, began) {
		return nil
	}
	p, err := readPage(lines)
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	for endpoint := range a.intervals {
		if _, ok := p[sample("engage_endpoint_up", endpoint)]; !ok {
			return fmt.Errorf("%s: nothing is said of %s", a.name, endpoint)
		}
	}
	s.checked.Add(1)
	if wrong := a.check(p, s.vendors.requests[a.name]); len(wrong) > 0 {
		return fmt.Errorf("%s shows wrong values: %s", a.name, strings.Join(wrong, "; "))
	}
	return nil
}

// askDiscovery asks for the targets, of which each account is one.
func (s *scrapers) askDiscovery(by *scraper) error {
	began := time.Now()
	answer, body, err := s.get(by, "/sd", scrapeTimeout)
	if err != nil {
		return err
	}
	defer body.Close()
	var groups []struct{ Labels map[string]string }
	if err := json.NewDecoder(body).Decode(&groups); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s: %w", answer.Status, err)
	}
	known := make(map[string]bool)
	for _, g := range groups {
		known[g.Labels["__meta_engage_account"]] = true
	}
	for _, a := range s.vendors.fleet.accounts {
		if !known[a.name] && !s.settings.mayLack(a.name, began) {
			return fmt.Errorf("%s is no target", a.name)
		}
	}
	return nil
}

// askStatus opens the status page, at times of one vendor or of what fails.
func (s *scrapers) askStatus(by *scraper) error {
	paths := []string{"/", "/?vendor=quanshi&page=2", "/?failing=1", "/?search=polyv-007"}
	answer, body, err := s.get(by, paths[by.random.IntN(len(paths))], scrapeTimeout)
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), "</html>") {
		return fmt.Errorf("answered %s with %d bytes: %w", answer.Status, len(text), err)
	}
	return nil
}

// pausedSize is the exporter's size while nobody asks.
func (s *scrapers) pausedSize() size {
	s.t.Helper()
	s.pausing.Lock()
	defer s.pausing.Unlock()
	s.settings.mu.Lock() // a reload would build accounts again
	defer s.settings.mu.Unlock()
	return measure(s.t, s.exporter, func() {
		for _, c := range s.clients {
			c.CloseIdleConnections()
		}
		s.vendors.server.Config.SetKeepAlivesEnabled(false) // closes those that are idle
		s.vendors.server.Config.SetKeepAlivesEnabled(true)
	})
}

// checkUsed fails the test if there was no load to speak of.
func (s *scrapers) checkUsed(length time.Duration) {
	s.t.Helper()
	for _, kind := range scraperKinds {
		// A slow machine answers more slowly, and scrapers wait for their answers.
		if want := int64(length) * int64(kind.count) / int64(kind.every) / 4; s.asked[kind.name].Load() < want {
			s.t.Errorf("%s was asked for %d times, want at least %d", kind.name, s.asked[kind.name].Load(), want)
		}
	}
	if s.checked.Load() == 0 {
		s.t.Error("no value was compared")
	}
}

func (s *scrapers) summary() string {
	var b strings.Builder
	for _, kind := range scraperKinds {
		fmt.Fprintf(&b, "%d× %s, ", s.asked[kind.name].Load(), kind.name)
	}
	fmt.Fprintf(&b, "values of accounts compared %d times, slowest scrape %s, largest page %.1f MiB",
		s.checked.Load(), time.Duration(s.slowest.Load()).Round(time.Millisecond), float64(s.largest.Load())/(1<<20))
	return b.String()
}

// raise keeps the highest value.
func raise(highest *atomic.Int64, value int64) {
	for {
		before := highest.Load()
		if value <= before || highest.CompareAndSwap(before, value) {
			return
		}
	}
}
