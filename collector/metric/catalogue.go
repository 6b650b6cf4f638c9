package metric

import (
	"fmt"
	"slices"
)

// Catalogue is what the catalogue says of a vendor: its endpoints in the order of the docs page, and what configuration knows of them.
type Catalogue struct {
	Vendor string
	Title  string
	Specs  []*Spec
	// Labels are the labels beside account, in the order of the docs page.
	Labels []LabelDoc
	// Limits are what the vendor's API itself leaves out: the exporter cannot export it, and an answer without it is complete.
	// What an answer should hold and does not is counted instead, as missing or dropped.
	Limits []string
	// SharedNote is for the docs page: when which endpoint gives the shared families.
	SharedNote string
}

// DayFamily is the family that tells when a window's day began: one per vendor and window, for all the endpoints that read that day.
func (v Catalogue) DayFamily(w Window) *Family {
	return NewFamily(
		fmt.Sprintf("%s_%s_start_timestamp_seconds", v.Vendor, w),
		fmt.Sprintf("Start of the day that the endpoints with the window %s have read, in the account's time zone.", w),
	)
}

// Shared are the families that several of the vendor's endpoints give.
func (v Catalogue) Shared() []*Family {
	var shared []*Family
	for _, spec := range v.Specs {
		for _, f := range spec.Shared {
			if !slices.Contains(shared, f) {
				shared = append(shared, f)
			}
		}
	}
	return shared
}

// Windows are the days that the vendor's endpoints read.
func (v Catalogue) Windows() []Window {
	var used []Window
	for w := Today; w <= Settled; w++ {
		for _, spec := range v.Specs {
			if spec.Window == w {
				used = append(used, w)
				break
			}
		}
	}
	return used
}
