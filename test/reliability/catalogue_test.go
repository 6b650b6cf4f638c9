package reliability

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
)

// catalogued are the endpoints of each vendor as the collector's catalogue has them, in its order.
type catalogued struct {
	vendors   []string
	endpoints map[string][]string // by vendor
}

var catalogueHeading = regexp.MustCompile(`(?m)^### ([a-z]+): ([a-z_]+)$`)

func readCatalogue(t *testing.T) catalogued {
	t.Helper()
	var page bytes.Buffer
	if err := collector.WriteCatalogue(&page); err != nil {
		t.Fatal(err)
	}
	c := catalogued{endpoints: make(map[string][]string)}
	for _, heading := range catalogueHeading.FindAllStringSubmatch(page.String(), -1) {
		vendor, endpoint := heading[1], heading[2]
		if endpoint == "days" || endpoint == "labels" { // sections of the page that are no endpoints
			continue
		}
		if !slices.Contains(c.vendors, vendor) {
			c.vendors = append(c.vendors, vendor)
		}
		c.endpoints[vendor] = append(c.endpoints[vendor], endpoint)
	}
	if len(c.vendors) < 5 {
		t.Fatalf("the catalogue has the vendors %q alone", c.vendors)
	}
	return c
}

// watchedEndpoints are the endpoints by which a vendor's logins are watched: they make a single request. Of any other
// vendor it is the first endpoint.
var watchedEndpoints = map[string]string{"getui": "online_users"}

// row is what meets the faults: an endpoint, or a login.
type row struct {
	vendor string
	target string // by the simulator's name, which is the catalogue's for an endpoint
	// endpoint is the one that is read often, and shows what came of it.
	endpoint string
	login    bool
}

func (r row) name() string { return r.vendor + "/" + r.target }

func rowsOf(c catalogued) []row {
	var rows []row
	for _, vendor := range c.vendors {
		for _, endpoint := range c.endpoints[vendor] {
			rows = append(rows, row{vendor: vendor, target: endpoint, endpoint: endpoint})
		}
		for _, login := range simulatedVendor(vendor).Logins {
			watched := cmp.Or(watchedEndpoints[vendor], c.endpoints[vendor][0])
			rows = append(rows, row{vendor: vendor, target: login, endpoint: watched, login: true})
		}
	}
	return rows
}
