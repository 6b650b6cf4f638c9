package metric

import (
	"fmt"
	"slices"
)

// Catalogue describes a vendor: its endpoints with their families, its labels, and the notes of the docs page.
type Catalogue struct {
	Vendor string
	Title  string
	// Specs are the endpoints, in the order of the docs page.
	Specs []*Spec
	// Labels are the labels beside account, in the order of the docs page.
	Labels []LabelDoc
	// Limits say what the vendor's API itself does not return: the exporter cannot export it, and an answer without it
	// is complete. Values that should be in an answer and are not are counted as missing or dropped instead.
	Limits []string
	// SharedNote says on the docs page from which endpoint the shared families come, and when.
	SharedNote string
}

// DayFamily returns the family for the start of a window's day: one per vendor and window, for all endpoints that read
// that day.
func (v Catalogue) DayFamily(w Window) *Family {
	return NewFamily(
		fmt.Sprintf("%s_%s_start_timestamp_seconds", v.Vendor, w),
		fmt.Sprintf("Start of the day that the values of %s describe, in the account's time zone.", w),
	)
}

// Shared returns the families that several of the vendor's endpoints can have.
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

// Windows returns the windows that the vendor's endpoints read.
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
