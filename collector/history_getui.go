package collector

import (
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// getuiDaysKept is how far back GeTui answers for.
const getuiDaysKept = 90

// past is what GeTui can tell of the past: the reports on a day.
func (g *getuiReader) past(a *account) map[*metric.Spec]*history.Source {
	return map[*metric.Spec]*history.Source{
		getuiPushDay: history.OfWindow(a.Account, getuiPushDay, poll.Single(g.pushDay)).Keeping(getuiDaysKept),
		getuiUserDay: history.OfWindow(a.Account, getuiUserDay, poll.Single(g.userDay)).Keeping(getuiDaysKept),
	}
}
