package collector

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// accountLabel is the label that every family of a vendor carries.
const accountLabel = "account"

// Family is one metric family of the catalogue: a gauge with the label account and the labels named here. A family belongs to one endpoint of one vendor.
type Family struct {
	// Name is the full metric name, with vendor and unit.
	Name string
	// Help says what the value is, without a source: that is appended where HELP and the docs page are made.
	Help string
	// Labels are the labels beside account, in the order in which Batch takes their values.
	Labels []string
	// Needs is the configuration beyond the endpoint's own that the family takes ("brands: true"); "" for none.
	Needs string
	// Undocumented says that the vendor's document does not list the field for this answer: the family appears only if it comes all the same.
	Undocumented bool

	// slots are all labels, account included, in the order of their names, as an exposition needs them; value is the index into the values that
	// Batch was given, −1 for the account.
	slots []labelSlot
}

type labelSlot struct {
	name  *string
	value int
}

// NewFamily gives a family of the catalogue. It panics on a name or label that Prometheus does not allow: families are written in code, or were
// validated with the configuration that names them.
func NewFamily(name, help string, labels ...string) *Family {
	f := &Family{Name: name, Help: help, Labels: labels}
	f.slots = append(f.slots, labelSlot{new(accountLabel), -1})
	for i, label := range labels {
		f.slots = append(f.slots, labelSlot{new(label), i})
	}
	slices.SortFunc(f.slots, func(a, b labelSlot) int { return cmp.Compare(*a.name, *b.name) })
	for i := 1; i < len(f.slots); i++ {
		if *f.slots[i].name == *f.slots[i-1].name {
			panic(fmt.Sprintf("family %s has the label %s twice", name, *f.slots[i].name))
		}
	}
	return f
}

// sample makes one sample of the family. Label values must be clean (see cleanLabel) and as many as Labels.
func (f *Family) sample(account *string, value float64, labels []string) sample {
	pairs := make([]dto.LabelPair, len(f.slots))
	refs := make([]*dto.LabelPair, len(f.slots))
	for i, slot := range f.slots {
		pairs[i].Name = slot.name
		if slot.value < 0 {
			pairs[i].Value = account
		} else {
			pairs[i].Value = &labels[slot.value]
		}
		refs[i] = &pairs[i]
	}
	return sample{family: f, metric: &dto.Metric{Label: refs, Gauge: &dto.Gauge{Value: &value}}}
}

// sample is one ready sample: built once per read, handed out at each scrape, never changed.
type sample struct {
	family *Family
	metric *dto.Metric
}

// describedSample is a sample with the descriptor under which this collector announced its family.
type describedSample struct {
	desc   *prometheus.Desc
	metric *dto.Metric
}

// Desc implements prometheus.Metric.
func (s describedSample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric. It shares the sample's labels and value, which nobody changes.
func (s describedSample) Write(out *dto.Metric) error {
	out.Label = s.metric.GetLabel()
	out.Gauge = s.metric.GetGauge()
	out.Counter = s.metric.GetCounter()
	return nil
}

// needing gives the family with the configuration that it takes beyond its endpoint's.
func (f *Family) needing(key string) *Family {
	f.Needs = key
	return f
}

// Spec is what the catalogue says of an endpoint, whatever the account: the API that is read, for which day, into which families.
type Spec struct {
	// Name is the endpoint's name in configuration and labels.
	Name string
	// Source is the vendor's API, method and path.
	Source string
	// Window is the day that the endpoint reads.
	Window Window
	// Note is a sentence for the docs page; "" for none.
	Note string
	// Families are all that the endpoint can give, in the order of the docs page.
	Families []*Family
}

// helpWithSource is HELP as exposed: the text, the vendor's API, and the shortest interval at which any account refreshes it.
func helpWithSource(f *Family, source string, interval time.Duration) string {
	if interval == 0 {
		return fmt.Sprintf("%s (%s, refreshed at every scrape)", f.Help, source)
	}
	return fmt.Sprintf("%s (%s, refreshed at most every %s)", f.Help, source, interval)
}
