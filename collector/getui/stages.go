package getui

import (
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
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

// fill adds the samples of one row.
func (s stageFamilies) fill(b *metric.Batch, stages getui.Stages, labels ...string) {
	b.Count(s.deliverable, stages.Deliverable, labels...)
	b.Count(s.sent, stages.Sent, labels...)
	b.Count(s.received, stages.Received, labels...)
	b.Count(s.displayed, stages.Displayed, labels...)
	b.Count(s.clicked, stages.Clicked, labels...)
}

// fillNamed fills a breakdown by channel or brand, whose name is the last label.
func fillNamed(b *metric.Batch, families stageFamilies, rows []getui.NamedStages, labels ...string) {
	for _, row := range rows {
		families.fill(b, row.Stages, append(slices.Clone(labels), row.Name)...)
	}
}
