package getui

import (
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// QuotaState is how far a daily limit is used up.
type QuotaState struct {
	Channel, Kind string
	Limit         int64
	// Used is what counts against the limit: pushes, of vv those that arrived.
	Used int64
	// Remaining is Limit less Used; NotReported of vv.
	Remaining int64
	// Requested is the pushes asked for. Only vv reports it, and it may exceed the limit. It is NotReported of
	// others, and where nothing is ever sent.
	Requested int64
	// Exhausted is true once Used has come to Limit.
	Exhausted bool
}

// quotaByArrival is the channel whose limits count what arrives.
const quotaByArrival = "vv"

// arriving is the part of the pushes asked for that arrive, where the limit counts those.
const arriving = 800_000

// The part of a day's pushes that are sent by each hour, in parts per thousand: through the day, and nearly all in a
// bulk push after midnight.
var (
	sentThroughDay = []int64{
		0, 5, 8, 10, 12, 15, 25, 60, 130, 200, 270, 330, 410, 470, 515, 555, 600, 650, 720, 790, 860, 930, 975, 992,
		1000,
	}
	sentAtNight = []int64{
		0, 940, 960, 962, 963, 964, 965, 966, 967, 968, 969, 971, 973, 975, 977, 979, 981, 983, 985, 987, 989, 991, 994,
		997, 1000,
	}
)

// Quotas returns what GET /report/push/count reports. What is used grows through the day and begins anew at midnight.
func (d Data) Quotas(now time.Time) []QuotaState {
	app := d.app()
	now = now.In(app.Location)
	states := make([]QuotaState, len(app.Quotas))
	for i, q := range app.Quotas {
		states[i] = q.state(now, d.noise("quota").With(q.Channel).With(q.Kind).WithInt(core.DayNumber(now)))
	}
	return states
}

func (q Quota) state(now time.Time, day core.Noise) QuotaState {
	curve, vary := sentThroughDay, int64(30_000)
	if q.Nightly {
		curve, vary = sentAtNight, 3_000 // little, so that a quota that is to come close to its limit does so every day
	}
	wanted := core.Scale(q.Limit, core.Scale(q.Fill, day.Between(core.Million-vary, core.Million+vary)))
	wanted = core.Scale(wanted, core.Interpolate(curve, core.Elapsed(now)))
	s := QuotaState{Channel: q.Channel, Kind: q.Kind, Limit: q.Limit, Remaining: NotReported, Requested: NotReported}
	if q.Channel == quotaByArrival && q.Fill > 0 {
		s.Requested = wanted * core.Million / arriving
		wanted = core.Scale(s.Requested, arriving)
	}
	s.Used = min(wanted, q.Limit)
	if q.Channel != quotaByArrival {
		s.Remaining = q.Limit - s.Used
	}
	s.Exhausted = s.Used == q.Limit
	return s
}

// exhaust uses the limit up.
func (q *QuotaState) exhaust() {
	q.Used, q.Exhausted = q.Limit, true
	if q.Remaining != NotReported {
		q.Remaining = 0
	}
	if q.Requested != NotReported {
		q.Requested = max(q.Requested, q.Limit*core.Million/arriving)
	}
}
