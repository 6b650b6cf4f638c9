package metric

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// AccountLabel is the label that every family of a vendor carries.
const AccountLabel = "account"

// Family is one metric family of the catalogue: a gauge with the label account and the labels named here. A family
// belongs to one endpoint of one vendor.
type Family struct {
	// Name is the full metric name, with vendor and unit.
	Name string
	// Help says what the value is, without the source, which is appended where HELP and the docs page are made.
	Help string
	// Labels are the labels beside account, in the order of their values in calls of [Batch].
	Labels []string
	// Needs is the configuration that the family needs beside the endpoint's own ("brands: true"); "" for none.
	Needs string
	// Undocumented is true if the vendor's document does not list the field for this answer: the family appears only
	// if the field is there all the same.
	Undocumented bool

	slots []labelSlot
	hash  uint64 // of its name and labels: what stored samples name it by
}

// NewFamily returns a family of the catalogue. It panics on a name or label that Prometheus does not allow: families
// are written in code, or were validated with the configuration that names them.
func NewFamily(name, help string, labels ...string) *Family {
	slots, err := newLabelSlots(labels)
	if err != nil {
		panic(fmt.Sprintf("family %s: %v", name, err))
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name + "{" + strings.Join(labels, ",") + "}"))
	return &Family{Name: name, Help: help, Labels: labels, slots: slots, hash: hash.Sum64()}
}

// Needing returns the family with the configuration that it needs beside its endpoint's.
func (f *Family) Needing(key string) *Family {
	f.Needs = key
	return f
}

// Spec describes an endpoint, the same for every account: the API that is read, for which day, and the families that
// come of it.
type Spec struct {
	// Name is the endpoint's name in configuration and labels.
	Name string
	// Source is the vendor's API, method and path.
	Source string
	// Window is the day that the endpoint reads.
	Window Window
	// Note is a sentence for the docs page; "" for none.
	Note string
	// Families are all families that the endpoint can have, in the order of the docs page.
	Families []*Family
	// Shared are families that several endpoints of the vendor can have, each at its time. Of an account's endpoints
	// the first that has samples of them serves them all, and the others serve none: the samples belong together.
	// Their HELP has no source.
	Shared []*Family
}

// Shares reports whether the family is one that several endpoints of the vendor can have.
func (s *Spec) Shares(f *Family) bool { return len(s.Shared) > 0 && slices.Contains(s.Shared, f) }

// HelpWithSource returns HELP as exposed: the text and the vendor's API. It holds no configured value: the HELP of a
// family is the same in every exporter.
func HelpWithSource(f *Family, source string) string { return fmt.Sprintf("%s (%s)", f.Help, source) }
