package getui

import (
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// stageFamilies are one family for each stage of a push.
type stageFamilies struct {
	deliverable, sent, received, displayed, clicked *metric.Family
}

// newStageFamilies returns the families of what the text of says; deliverable is true if the document lists that
// stage.
func newStageFamilies(prefix, of string, deliverable bool, labels ...string) stageFamilies {
	s := stageFamilies{
		deliverable: metric.NewFamily(prefix+"_deliverable", "Messages "+of+" that could be sent.", labels...),
		sent:        metric.NewFamily(prefix+"_sent", "Messages "+of+" that were sent.", labels...),
		received:    metric.NewFamily(prefix+"_received", "Messages "+of+" that devices received.", labels...),
		displayed: metric.NewFamily(prefix+"_displayed",
			"Messages "+of+" that were displayed; not every channel reports this.", labels...),
		clicked: metric.NewFamily(prefix+"_clicked", "Messages "+of+" that were clicked.", labels...),
	}
	s.deliverable.Undocumented = !deliverable
	return s
}

func (s stageFamilies) all() []*metric.Family {
	return []*metric.Family{s.deliverable, s.sent, s.received, s.displayed, s.clicked}
}

func (s stageFamilies) needing(key string) stageFamilies {
	for _, f := range s.all() {
		f.Needing(key)
	}
	return s
}

// totalsNote is the sentence of the docs page on totals that cannot be right.
const totalsNote = "A total that one of its channels exceeds is dropped, and so is the value of the channel gt that one " +
	"of its brands exceeds. The channels together may exceed the total."

// reportFamilies are the families of a push report.
type reportFamilies struct{ total, channel, brand stageFamilies }

func (f reportFamilies) all() []*metric.Family {
	return slices.Concat(f.total.all(), f.channel.all(), f.brand.all())
}

// fill adds the samples of a report. A value of the total that one channel exceeds is dropped, and so is a value of
// the channel gt that one brand exceeds. The sum of the channels may exceed the total: a message that is sent through
// two channels counts in both.
func (f reportFamilies) fill(b *metric.Batch, r getui.Report, labels ...string) {
	f.total.fill(b, r.Total, r.Channels, labels...)
	for _, channel := range r.Channels {
		var brands []getui.NamedStages
		if channel.Name == "gt" {
			brands = r.Brands
		}
		f.channel.fill(b, channel.Stages, brands, append(slices.Clone(labels), channel.Name)...)
	}
	for _, brand := range r.Brands {
		f.brand.fill(b, brand.Stages, nil, append(slices.Clone(labels), brand.Name)...)
	}
}

// fill adds the samples of one row; parts are the rows that its values include.
func (s stageFamilies) fill(b *metric.Batch, row getui.Stages, parts []getui.NamedStages, labels ...string) {
	families := s.all()
	for i, n := range values(row) {
		if slices.ContainsFunc(parts, func(p getui.NamedStages) bool { return exceeds(values(p.Stages)[i], n) }) {
			b.Drop(families[i], n.Raw(), labels...)
			continue
		}
		b.Count(families[i], n, labels...)
	}
}

// exceeds reports whether a part is more than the whole that includes it, as far as both are known.
func exceeds(part, whole wire.Number) bool {
	of, ok := part.Float()
	all, isKnown := whole.Float()
	return ok && isKnown && all >= 0 && of > all
}

// values returns the values of a row in the order of stageFamilies.all.
func values(s getui.Stages) []wire.Number {
	return []wire.Number{s.Deliverable, s.Sent, s.Received, s.Displayed, s.Clicked}
}
