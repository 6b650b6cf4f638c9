package simulator

import (
	"slices"

	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/core"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

// Vendor is a simulated vendor with its accounts.
type Vendor = core.Vendor

// vendors are all simulated vendors, with their default accounts, in the order of the documentation. A new vendor is
// one line here.
var vendors = []Vendor{
	getui.Vendor(),
	polyv.Vendor(),
	adspect.Vendor(),
	sensorsdata.Vendor(),
	quanshi.Vendor(),
}

// Vendors returns all simulated vendors, with their default accounts, in the order of the documentation.
func Vendors() []Vendor { return slices.Clone(vendors) }

// vendorNamed returns the vendor with a name, and reports whether there is one.
func vendorNamed(name string) (Vendor, bool) {
	for _, v := range vendors {
		if v.Name == name {
			return v, true
		}
	}
	return Vendor{}, false
}

// quotaTargets returns the targets that FaultExhausted may have.
func quotaTargets() []string {
	var targets []string
	for _, v := range vendors {
		if v.QuotaEndpoint != "" {
			targets = append(targets, v.Name+"/"+v.QuotaEndpoint, v.Name+"/ACCOUNT/"+v.QuotaEndpoint)
		}
	}
	return targets
}

// vendorNames returns the names of all vendors, sorted.
func vendorNames() []string {
	names := make([]string, 0, len(vendors))
	for _, v := range vendors {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return names
}
