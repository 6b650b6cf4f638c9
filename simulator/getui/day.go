package getui

import (
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// hasDay reports whether the vendor has reports on a day.
func (d Data) hasDay(day time.Time) bool {
	since := d.app().Since
	return since.IsZero() || core.DayNumber(day) >= core.DayNumber(since.In(d.app().Location))
}

// PushDay returns what GET /report/push/date reports for a day that is over. The answer leaves Actions out.
func (d Data) PushDay(day time.Time) Report {
	day = day.In(d.app().Location)
	what := d.noise("push day").WithInt(core.DayNumber(day))
	// Two to three pushes a user.
	wanted := core.Scale(d.registered(day), what.Between(2_000_000, 3_000_000))
	if core.IsWeekend(day) {
		wanted = core.Scale(wanted, 800_000)
	}
	return d.report(d.flows(wanted, what, finished), what)
}
