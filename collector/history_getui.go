package collector

// getuiDaysKept is how far back GeTui answers for.
const getuiDaysKept = 90

// past is what GeTui can tell of the past: the reports on a day.
func (g *getuiReader) past(a *account) map[*Spec]*historySource {
	return map[*Spec]*historySource{
		getuiPushDay: a.windowHistory(getuiPushDay, single(g.pushDay)).keeping(getuiDaysKept),
		getuiUserDay: a.windowHistory(getuiUserDay, single(g.userDay)).keeping(getuiDaysKept),
	}
}
