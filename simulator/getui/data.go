package getui

import (
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// NotReported stands for a number that the vendor does not have.
const NotReported = -1

// Data computes the numbers of an application: what its endpoints answer, before it is written as JSON. Every
// method is a pure function of the seed, the application and its arguments. Times are taken in the application's time
// zone.
//
// A test that has to know what an exporter must show makes one with the seed and the application of its Simulator.
type Data struct {
	Seed uint64
	App  App
}

// noise is the source of all that looks random in one application.
func (d Data) noise(subject string) core.Noise {
	return core.Noise(d.Seed).With("getui").With(d.App.AppID).With(subject)
}

// app is the application with its defaults.
func (d Data) app() App { return d.App.withDefaults() }

// registered is the number of users on the evening of a day. It grows by a ten-thousandth of App.Users a day, more or
// less.
func (d Data) registered(day time.Time) int64 {
	users := d.app().Users
	daily := max(1, users/10_000)
	number := core.DayNumber(day)
	// less than a day's growth: never fewer than the day before
	wobble := d.noise("registered").WithInt(number).Between(0, daily*2/5)
	return max(users/10, users+(number-core.ReferenceDay)*daily+wobble)
}

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
