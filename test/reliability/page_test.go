package reliability

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// page is what a scrape gave.
type page struct {
	values map[string]string // the vendors' families: series → value
	own    map[string]string // engage_endpoint_…
}

// parsePage reads the text format. It is for pages of which thousands are looked at: check reports whether one is well
// formed in all.
func parsePage(text []byte) (page, error) {
	p := page{values: make(map[string]string), own: make(map[string]string)}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		space := strings.LastIndexByte(line, ' ')
		if space < 0 {
			return page{}, fmt.Errorf("line %q has no value", line)
		}
		series, value := line[:space], line[space+1:]
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return page{}, fmt.Errorf("line %q has the value %q", line, value)
		}
		into := p.values
		switch {
		case strings.HasPrefix(series, "engage_endpoint_"):
			into = p.own
		case strings.HasPrefix(series, "engage_"), strings.HasPrefix(series, "go_"), strings.HasPrefix(series, "promhttp_"):
			continue
		}
		if _, twice := into[series]; twice {
			return page{}, fmt.Errorf("series %s is there twice", series)
		}
		into[series] = value
	}
	if len(p.own) == 0 {
		return page{}, errors.New("no endpoint is told of")
	}
	return p, nil
}

// checkFormat reads a page as a client library does.
func checkFormat(text []byte) error {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	_, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	return err
}

// endpointRef names an endpoint of an account.
type endpointRef struct{ vendor, account, endpoint string }

func (e endpointRef) String() string { return e.vendor + "/" + e.account + "/" + e.endpoint }

// get is a value about an endpoint.
func (p page) get(family string, e endpointRef, label ...string) (float64, bool) {
	labels := []string{`account="` + e.account + `"`, `api_endpoint="` + e.endpoint + `"`, `vendor="` + e.vendor + `"`}
	if len(label) == 2 {
		labels = append(labels, label[0]+`="`+label[1]+`"`)
		slices.Sort(labels)
	}
	text, ok := p.own["engage_endpoint_"+family+"{"+strings.Join(labels, ",")+"}"]
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil
}

func (p page) up(e endpointRef) bool {
	up, _ := p.get("up", e)
	return up == 1
}

// outcomes are those that a read can have beside success.
var outcomes = func() []string {
	var all []string
	for _, kind := range transport.Kinds() {
		all = append(all, kind.String())
	}
	return all
}()

// reasons are why an endpoint fails now.
func (p page) reasons(e endpointRef) []string {
	var reasons []string
	for _, reason := range outcomes {
		if v, ok := p.get("failing", e, "reason", reason); ok && v == 1 {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// reads are how many there were, by their results.
func (p page) reads(e endpointRef) map[string]float64 {
	reads := make(map[string]float64)
	for _, result := range append([]string{"success"}, outcomes...) {
		if v, ok := p.get("reads_total", e, "result", result); ok {
			reads[result] = v
		}
	}
	return reads
}

// endpoints are all that the page mentions, sorted.
func (p page) endpoints() []endpointRef {
	var all []endpointRef
	for series := range p.own {
		if labels, ok := strings.CutPrefix(series, "engage_endpoint_up{"); ok {
			part := strings.Split(strings.TrimSuffix(labels, "}"), `"`)
			all = append(all, endpointRef{account: part[1], endpoint: part[3], vendor: part[5]})
		}
	}
	slices.SortFunc(all, func(a, b endpointRef) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// allUp reports whether all endpoints are up, and else which are not.
func (p page) allUp() (down []endpointRef) {
	for _, e := range p.endpoints() {
		if !p.up(e) {
			down = append(down, e)
		}
	}
	return down
}

// difference returns in what two pages' values differ: a few of the differences.
func difference(got, want map[string]string) []string {
	var all []string
	for _, series := range slices.Sorted(maps.Keys(want)) {
		switch value, ok := got[series]; {
		case !ok:
			all = append(all, "no "+series)
		case value != want[series]:
			all = append(all, fmt.Sprintf("%s is %s, want %s", series, value, want[series]))
		}
	}
	for _, series := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[series]; !ok {
			all = append(all, "stray "+series)
		}
	}
	if len(all) > 5 {
		all = append(all[:5], fmt.Sprintf("and %d more", len(all)-5))
	}
	return all
}

// TestSecondPageFails lets the second page of a list fail while the first comes: half a list is none, and what is
// known of all of it stays.
func TestSecondPageFails(t *testing.T) {
	catalogue := readCatalogue(t)
	s := settings{catalogue: catalogue, row: row{vendor: "sensorsdata", target: "tags", endpoint: "tags"}, secrets: t.TempDir()}
	writeSecrets(t, s)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		b := newFixture(t, s, make(map[simulator.FaultKind]bool))
		pages := 0
		b.meet(fault{name: "second page", begin: func(b *fixture) func() {
			b.system.setInterfere(func(w http.ResponseWriter, r *http.Request) {
				if r.Host == host("sensorsdata", mainAccount) && r.URL.Path == "/sensorsdata/api/v2/user_tags" && r.URL.Query().Has("start") {
					pages++
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				b.system.sim.ServeHTTP(w, r)
			})
			return func() { b.system.setInterfere(nil) }
		}}, outcome{result: "http", within: usualRecovery})
		if pages == 0 {
			t.Error("no second page was asked for")
		}
	})
}
