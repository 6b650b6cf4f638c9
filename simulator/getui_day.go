package simulator

import "time"

// hasDay reports whether the vendor has reports on a day.
func (d GetuiData) hasDay(day time.Time) bool {
	since := d.app().Since
	return since.IsZero() || DayNumber(day) >= DayNumber(since.In(d.app().Location))
}

// PushDay is what GET /report/push/date tells of a day that is over. The answer leaves Actions out.
func (d GetuiData) PushDay(day time.Time) GetuiReport {
	day = day.In(d.app().Location)
	what := d.noise("push day").WithInt(DayNumber(day))
	// Two to three pushes a user.
	wanted := Scale(d.registered(day), what.Between(2_000_000, 3_000_000))
	if IsWeekend(day) {
		wanted = Scale(wanted, 800_000)
	}
	return d.report(d.flows(wanted, what, finished), what)
}
