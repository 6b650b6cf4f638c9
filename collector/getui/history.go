package getui

import (
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// daysKept is how far back GeTui answers for.
const daysKept = 90

// History returns how past days are read: GeTui has reports on days.
func (g *reader) History() map[*metric.Spec]*history.Source {
	return map[*metric.Spec]*history.Source{
		pushDay: history.OfWindow(g.poll, pushDay, poll.Single(g.pushDay)).WithRetention(daysKept),
		userDay: history.OfWindow(g.poll, userDay, poll.Single(g.userDay)).WithRetention(daysKept),
	}
}
