package getui

import (
	"cmp"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// OnlinePoint is the number of users that are online at a time.
type OnlinePoint struct {
	Time  time.Time
	Users int64
}

// The daily rhythm of users online, by the hour, in parts per thousand of a weekday's peak. Both begin and end alike,
// so that one day goes over into the next.
var (
	onlineWeekday = []int64{
		420, 300, 220, 170, 150, 180, 300, 480, 600, 640, 660, 690, 760, 720, 660, 650, 670, 720, 800, 900, 980, 1000,
		880, 640, 420,
	}
	onlineWeekend = []int64{
		420, 330, 250, 185, 150, 165, 200, 300, 430, 560, 680, 760, 820, 800, 780, 790, 810, 840, 890, 960, 1020, 1050,
		930, 690, 420,
	}
)

const (
	onlineStep  = 10 * time.Minute
	onlinePhase = 5 * time.Minute // points lie at :05, :15, … as users of the API have reported
	// onlinePeak is the part of the registered users that is online in the evening of a weekday.
	onlinePeak = 120_000
)

// OnlineUsers returns what GET /report/online_user reports: a point every ten minutes over the 24 hours until now,
// oldest first. A point lies some milliseconds after its time, and now and then one is missing, as users of the API
// have reported. While nobody is online there is none.
func (d Data) OnlineUsers(now time.Time) []OnlinePoint {
	var points []OnlinePoint
	for at := now.Add(-24*time.Hour - onlinePhase).Truncate(onlineStep).Add(onlinePhase); !at.After(now); at = at.Add(onlineStep) {
		n := d.noise("online point").WithInt(at.Unix())
		if n.Between(1, 120) == 1 || d.isQuiet(at) {
			continue
		}
		point := at.Add(time.Duration(n.With("delay").Between(10, 19)) * time.Millisecond)
		if point.After(now) || now.Sub(point) >= 24*time.Hour {
			continue
		}
		points = append(points, OnlinePoint{Time: point, Users: d.onlineAt(at)})
	}
	return points
}

// isQuiet reports whether nobody is online at a time.
func (d Data) isQuiet(at time.Time) bool {
	app := d.app()
	hour := at.In(app.Location).Hour()
	if app.QuietFrom <= app.QuietUntil {
		return app.QuietFrom <= hour && hour < app.QuietUntil
	}
	return app.QuietFrom <= hour || hour < app.QuietUntil
}

// onlineAt is the number of users online at a time.
func (d Data) onlineAt(at time.Time) int64 {
	at = at.In(d.app().Location)
	if d.isQuiet(at) {
		return 0
	}
	curve := onlineWeekday
	if core.IsWeekend(at) {
		curve = onlineWeekend
	}
	users := core.Scale(d.registered(at), onlinePeak)
	users = core.Scale(users, core.Interpolate(curve, core.Elapsed(at)))
	return core.Scale(users, d.noise("online").WithInt(at.Unix()).Between(985_000, 1_015_000))
}

// peakOnline is the highest point of a day.
func (d Data) peakOnline(day time.Time) int64 {
	var peak int64
	end := core.Midnight(day, 1)
	for at := core.Midnight(day, 0).Add(onlinePhase); at.Before(end); at = at.Add(onlineStep) {
		peak = max(peak, d.onlineAt(at))
	}
	return peak
}

// UserDay is the users of one day: all that are registered, the new ones, those that came online, and the most at once.
type UserDay struct {
	Accumulated, Registered, Active, Online int64
}

// UserDay is what GET /report/user/date reports for a day.
func (d Data) UserDay(day time.Time) UserDay {
	day = day.In(d.app().Location)
	all := d.registered(day)
	active := core.Scale(all, d.noise("active").WithInt(core.DayNumber(day)).Between(340_000, 360_000))
	if core.IsWeekend(day) {
		active = core.Scale(active, 1_080_000)
	}
	return UserDay{
		Accumulated: all,
		Registered:  all - d.registered(core.Midnight(day, -1)),
		Active:      active,
		Online:      d.peakOnline(day),
	}
}

// shuffled is the points as the vendor sends them: in the order of a hash table.
func (d Data) shuffled(points []OnlinePoint) []OnlinePoint {
	n := d.noise("online order")
	rank := func(p OnlinePoint) uint64 { return uint64(n.WithInt(p.Time.UnixMilli())) }
	slices.SortFunc(points, func(a, b OnlinePoint) int { return cmp.Compare(rank(a), rank(b)) })
	return points
}
