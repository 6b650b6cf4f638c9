package reliability

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// restarted is what a restart came to for one endpoint.
type restarted struct {
	endpoint endpointRef
	samples  float64 // that the first scrape after it served
	requests int     // that this scrape led to
	readAt   time.Duration
	// readWithout is when it would have been read again without the restart. Both count from the read before.
	readWithout time.Duration
}

// TestRestarts restarts the exporter with its state, in an orderly way and by a kill, beside one that goes on. The first
// scrape must serve all that was served before and send no request, and from then on each endpoint must be read when
// it is read by the exporter that goes on.
func TestRestarts(t *testing.T) {
	catalogue := readCatalogue(t)
	makeCertificates()
	var table strings.Builder
	table.WriteString("| endpoint | samples served at once | requests for that | read again after | without the restart |\n" +
		"|---|---|---|---|---|\n")
	for _, vendor := range catalogue.vendors {
		var ends [2][]restarted
		for i, end := range []struct {
			name string
			of   func(h *system)
		}{
			{"signal", func(h *system) { h.stop() }},
			{"kill", (*system).kill},
		} {
			t.Run(vendor+"/"+end.name, func(t *testing.T) {
				s := settings{
					catalogue: catalogue, row: row{vendor: vendor}, http2: true, secrets: t.TempDir(), storage: t.TempDir(),
				}
				writeSecrets(t, s)
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(time.Until(start))
					ends[i] = restart(t, s, end.of)
				})
			})
		}
		for i, e := range ends[0] {
			killed := ends[1][i]
			if e != killed {
				t.Errorf("after a signal %+v, after a kill %+v", e, killed)
			}
			fmt.Fprintf(&table, "| `%s` of %s | %v | %d | %s | %s |\n",
				e.endpoint.endpoint, e.endpoint.vendor, e.samples, e.requests, e.readAt, e.readWithout)
		}
	}
	if !t.Failed() && !strings.Contains(runFilter(), "/") {
		comparePage(t, "the table of restarts", table.String())
	}
}

// restart restarts the exporter half a minute after its first scrape, and scrapes until all of the row's vendor has been
// read again.
func restart(t *testing.T, s settings, end func(h *system)) []restarted {
	h := build(t, s)
	s.storage = ""
	goesOn := build(t, s)
	account := simulatedVendor(s.row.vendor).Accounts[0].ID
	calls := func(h *system, e endpointRef) int { return h.sim.Calls(s.row.vendor, account, e.endpoint) }

	before, other := h.scrape(), goesOn.scrape()
	if down := append(before.allUp(), other.allUp()...); len(down) > 0 {
		t.Fatalf("not up before the restart: %v", down)
	}
	var all []restarted
	reads := make(map[endpointRef][2]int)
	for _, e := range before.endpoints() {
		if e.vendor != s.row.vendor || e.account != mainAccount {
			continue
		}
		samples, _ := before.get("samples", e)
		if samples == 0 {
			t.Errorf("%s has no samples, so that nothing could be missed", e)
		}
		all = append(all, restarted{endpoint: e})
		reads[e] = [2]int{calls(h, e), calls(goesOn, e)}
	}
	time.Sleep(scrapeInterval)
	before = h.scrape()
	goesOn.scrape()
	time.Sleep(scrapeInterval)
	end(h)
	h.start()

	sent := h.sim.Calls("", "", "")
	after := h.scrape()
	goesOn.scrape()
	if n := h.sim.Calls("", "", "") - sent; n != 0 {
		t.Errorf("the first scrape after the restart led to %d requests, want none", n)
	}
	if down := after.allUp(); len(down) > 0 {
		t.Errorf("not up after the restart: %v", down)
	}
	if differs := difference(after.values, before.values); len(differs) > 0 {
		t.Errorf("what is served after the restart is not what was before:\n%s", strings.Join(differs, "\n"))
	}
	for i, e := range all {
		all[i].samples, _ = after.get("samples", e.endpoint)
		all[i].requests = calls(h, e.endpoint) - reads[e.endpoint][0]
	}
	for at := 3 * scrapeInterval; at <= 2*restInterval; at += scrapeInterval {
		time.Sleep(scrapeInterval)
		after, other = h.scrape(), goesOn.scrape()
		for i, e := range all {
			if e.readAt == 0 && calls(h, e.endpoint) > reads[e.endpoint][0] {
				all[i].readAt = at
			}
			if e.readWithout == 0 && calls(goesOn, e.endpoint) > reads[e.endpoint][1] {
				all[i].readWithout = at
			}
		}
	}
	for _, e := range all {
		if e.readAt == 0 || e.readAt != e.readWithout {
			t.Errorf("%s is read again after %s, and without the restart after %s", e.endpoint, e.readAt, e.readWithout)
		}
	}
	if down := after.allUp(); len(down) > 0 {
		t.Errorf("not up later: %v", down)
	}
	if differs := difference(after.values, other.values); len(differs) > 0 {
		t.Errorf("what is served later is not what it is without the restart:\n%s", strings.Join(differs, "\n"))
	}
	return all
}
