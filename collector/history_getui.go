package collector

import "github.com/engage-exporter/engage_exporter/collector/history"

// getuiDaysKept is how far back GeTui answers for.
const getuiDaysKept = 90

// past is what GeTui can tell of the past: the reports on a day.
func (g *getuiReader) past(a *account) map[*Spec]*history.Source {
	return map[*Spec]*history.Source{
		getuiPushDay: history.OfWindow(a.Account, getuiPushDay, single(g.pushDay)).Keeping(getuiDaysKept),
		getuiUserDay: history.OfWindow(a.Account, getuiUserDay, single(g.userDay)).Keeping(getuiDaysKept),
	}
}
