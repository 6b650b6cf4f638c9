package adspect

import (
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/config"
)

// familyName returns the name of the family that a metric of a funnel has in a window: adspect_today_stream_clicks, or
// adspect_today_stream_quality_ratio for quality. No other family of Adspect ends in a metric, so that none can be
// meant but another funnel's.
func familyName(window, funnel, metric string) string {
	switch metric {
	case "quality", "roi":
		metric += "_ratio"
	case "cr":
		metric = "conversion_ratio"
	}
	return "adspect_" + window + "_" + funnel + "_" + metric
}

// familyNames are the families that the funnels of all accounts make. One name is one family, whichever account it is
// of, and must have one meaning.
type familyNames struct {
	// funnels has the first funnel of each name.
	funnels map[string]funnelAt
	// metrics has the first metric of each family.
	metrics map[string]metricAt
}

type funnelAt struct {
	Funnel
	at config.Value
}

type metricAt struct {
	metric string
	of     funnelAt
}

func newFamilyNames() *familyNames {
	return &familyNames{funnels: map[string]funnelAt{}, metrics: map[string]metricAt{}}
}

// add adds the families of a funnel that stands at the value, which is an account's funnels key for the default one.
func (n *familyNames) add(f Funnel, at config.Value) {
	funnel := funnelAt{f, at}
	switch first, known := n.funnels[f.Name]; {
	case !known:
		n.funnels[f.Name] = funnel
	case !slices.Equal(f.GroupBy, first.GroupBy):
		at.Report("%s has group_by [%s], but %s of the same name has [%s]: a metric has the same labels in all "+
			"accounts; "+
			"give both the same columns in the same order, or different names",
			funnel.noun(), strings.Join(f.GroupBy, ", "), first, strings.Join(first.GroupBy, ", "))
		return
	}
	for _, window := range f.Windows {
		for _, metric := range f.Metrics {
			family := familyName(window, f.Name, metric)
			first, known := n.metrics[family]
			if known && first.of.Name != f.Name {
				at.Report("%s of %s would have the same family as %s of %s; rename one of the funnels",
					metric, funnel.noun(), first.metric, first.of)
				return
			}
			if !known {
				n.metrics[family] = metricAt{metric, funnel}
			}
		}
	}
}

// noun leaves the funnel's name out: it may come from the environment.
func (f funnelAt) noun() string {
	if f.at.Absent() || f.at.Null() {
		return "the default funnel"
	}
	return "the funnel"
}

// String reports where the funnel stands.
func (f funnelAt) String() string {
	return f.noun() + " " + f.at.Place()
}
