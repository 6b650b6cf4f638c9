package collector

import (
	"fmt"
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/config"
)

// vendor is what the catalogue says of a vendor: its endpoints in the order of the docs page, and what configuration knows of them.
type vendor struct {
	name  string
	title string
	specs []*metric.Spec
	// sharedNote is for the docs page: when which endpoint gives the shared families.
	sharedNote string
	defaults   func() []config.EndpointDefault
}

// vendors are all that the exporter can read. A new one is added here, and where Set builds its accounts.
var vendors = []vendor{getuiVendor, polyvVendor, adspectVendor, sensorsdataVendor, quanshiVendor}

// dayFamily is the family that tells when a window's day began: one per vendor and window, for all the endpoints that read that day.
func (v vendor) dayFamily(w metric.Window) *metric.Family {
	return metric.NewFamily(
		fmt.Sprintf("%s_%s_start_timestamp_seconds", v.name, w),
		fmt.Sprintf("Start of the day that the endpoints with the window %s have read, in the account's time zone.", w),
	)
}

// shared are the families that several of the vendor's endpoints give.
func (v vendor) shared() []*metric.Family {
	var shared []*metric.Family
	for _, spec := range v.specs {
		for _, f := range spec.Shared {
			if !slices.Contains(shared, f) {
				shared = append(shared, f)
			}
		}
	}
	return shared
}

// windows are the days that the vendor's endpoints read.
func (v vendor) windows() []metric.Window {
	var used []metric.Window
	for w := metric.Today; w <= metric.Settled; w++ {
		for _, spec := range v.specs {
			if spec.Window == w {
				used = append(used, w)
				break
			}
		}
	}
	return used
}
