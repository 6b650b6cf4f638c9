package reliability

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// idle is longer than connections are kept.
const idle = 6 * time.Minute

// fixture is a row with the exporter that meets the faults, and another one that never does and tells what is true.
type fixture struct {
	t        *testing.T
	settings settings
	row      row
	account  string // by the simulator's name
	system   *system
	truth    *system
	watched  endpointRef
	kinds    map[simulator.FaultKind]bool // of faults that were in force
	perRead  int                          // requests of the target for one read
	perTurn  int                          // requests that reading all of the account takes, but for logins

	noting sync.Mutex

	goroutines int
	heap       int64

	page page // the last one, at which all was well
}

// newFixture lets an exporter read all for the first time.
func newFixture(t *testing.T, s settings, kinds map[simulator.FaultKind]bool) *fixture {
	b := &fixture{
		t: t, kinds: kinds, settings: s, row: s.row, account: simulatedVendor(s.row.vendor).Accounts[0].ID,
		watched: endpointRef{s.row.vendor, mainAccount, s.row.endpoint},
	}
	b.system = build(t, s)
	s.always = true
	b.truth = build(t, s)
	b.page = b.settle()
	b.perRead = max(1, b.truth.sim.Calls(b.row.vendor, b.account, b.row.target))
	b.perTurn = b.truth.sim.Calls(b.row.vendor, b.account, "") - logins(b.truth.sim, b.row.vendor, b.account)
	shown := 0
	for _, e := range b.page.endpoints() {
		if e.vendor == b.row.vendor && e.account == mainAccount {
			shown++
			if n, _ := b.page.get("samples", e); n == 0 {
				t.Errorf("%s has no samples, so that nothing could be missed", e)
			}
		}
	}
	if all := len(s.catalogue.endpoints[b.row.vendor]); shown != all {
		t.Fatalf("%d of %d endpoints are read", shown, all)
	}
	b.quiesce()
	b.goroutines = len(goroutines())
	b.page = b.settle()
	b.heap = heapBytes()
	b.system.log.take()
	return b
}

// settle scrapes when everything is due, and holds what is served to the truth.
func (b *fixture) settle() page {
	b.t.Helper()
	p, want := b.system.scrape(), b.truth.scrape()
	if down := want.allUp(); len(down) > 0 {
		b.t.Fatalf("without faults, not up: %v; the log:\n%s", down, strings.Join(b.truth.log.take(), "\n"))
	}
	if down := p.allUp(); len(down) > 0 {
		b.t.Fatalf("not up: %v; the log:\n%s", down, strings.Join(b.system.log.take(), "\n"))
	}
	if differs := difference(p.values, want.values); len(differs) > 0 {
		b.t.Fatalf("what is served is not true:\n%s", strings.Join(differs, "\n"))
	}
	return p
}

// quiesce waits without a scrape until nothing can be under way any more.
func (b *fixture) quiesce() {
	time.Sleep(idle)
	synctest.Wait()
}

func (b *fixture) inject(f simulator.Fault, endpoint string) (remove func()) {
	f.Vendor, f.Account, f.Endpoint = b.row.vendor, b.account, endpoint
	b.note(f.Kind)
	return b.system.sim.Inject(f)
}

// note notes that a kind of fault was in force. Timers do so too.
func (b *fixture) note(kind simulator.FaultKind) {
	b.noting.Lock()
	defer b.noting.Unlock()
	b.kinds[kind] = true
}

// endTokens ends the account's tokens, if its vendor hands out such.
func (b *fixture) endTokens() {
	if len(simulatedVendor(b.row.vendor).Logins) > 0 {
		b.inject(simulator.Fault{Kind: simulator.FaultToken}, "")
	}
}

// needLogin makes the next request need a login, if that is what is to fail.
func (b *fixture) needLogin() {
	if b.row.login {
		b.endTokens()
	}
}

// prepare leads to where the row's target is asked. A user of Quanshi is looked for when no token can be had for the
// one that is known.
func (b *fixture) prepare() page {
	if b.row.target != "user_search" {
		return b.page
	}
	b.endTokens()
	b.inject(simulator.Fault{Kind: simulator.FaultCode, Code: 40401, Requests: 1}, "token_create")
	p := b.system.scrape()
	time.Sleep(scrapeInterval)
	return p
}

// mainDown are the row's account's endpoints that are not up.
func (b *fixture) mainDown(p page) []endpointRef {
	return slices.DeleteFunc(p.allUp(), func(e endpointRef) bool { return e.vendor != b.row.vendor || e.account != mainAccount })
}

// calls is the number of requests that came for the row's target.
func (b *fixture) calls() int { return b.system.sim.Calls(b.row.vendor, b.account, b.row.target) }

// logins is the number of requests for tokens that came for an account.
func logins(sim *simulator.Simulator, vendor, account string) int {
	n := 0
	for _, login := range simulatedVendor(vendor).Logins {
		n += sim.Calls(vendor, account, login)
	}
	return n
}

// tries is the number of requests that went to the account's host, or would have if that could be reached.
func (b *fixture) tries() int {
	h := host(b.row.vendor, mainAccount)
	_, failed := b.system.vendors.attempts(h)
	return b.system.requestsTo(h) + failed
}
