package polyv

import (
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Data computes the numbers of a user: what the endpoint answers, before it is written as JSON. Every method is a
// pure function of the seed, the user and its arguments.
type Data struct {
	Seed uint64
	User User
}

// Playback is what was watched on one kind of device. Viewers are unique within an hour of a day.
type Playback struct {
	Plays, Viewers, DurationSeconds, TrafficBytes int64
}

// Hour is an hour of the day, summed over the days that were asked for.
type Hour struct {
	Hour       int
	PC, Mobile Playback
}

// The vendor's delays: a play counts after one to two hours, and the traffic of a day on the second day after it.
const (
	lag         = 90 * time.Minute
	trafficDays = 2
)

// beginning is the first day that has data.
var beginning = time.Date(2018, time.January, 1, 0, 0, 0, 0, time.UTC)

// The part of a day's plays in each hour, in parts per thousand.
var (
	weekday = [24]int64{8, 4, 2, 1, 1, 3, 10, 24, 44, 62, 68, 60, 46, 48, 60, 64, 56, 46, 52, 84, 102, 88, 48, 19}
	weekend = [24]int64{12, 7, 3, 2, 1, 2, 6, 14, 38, 64, 78, 66, 44, 52, 72, 78, 66, 46, 48, 76, 92, 76, 39, 18}
)

func (d Data) user() User { return d.User.withDefaults() }

// Hourly returns what GET /v2/hourly/USERID reports at a time: always 24 rows, as they are hours of the day, summed
// over all days from the first to the last. What has not happened yet is 0.
func (d Data) Hourly(first, last, now time.Time) []Hour {
	user := d.user()
	hours := make([]Hour, 24)
	for h := range hours {
		hours[h].Hour = h
	}
	first, last = core.Midnight(first.In(user.Location), 0), core.Midnight(last.In(user.Location), 0)
	// Nothing is to be found outside, and a range may be of thousands of years.
	if first.Before(beginning) {
		first = core.Midnight(beginning.In(user.Location), 0)
	}
	if last.After(now) {
		last = core.Midnight(now.In(user.Location), 0)
	}
	for day := first; !day.After(last); day = core.Midnight(day, 1) {
		settled := !now.Before(core.Midnight(day, trafficDays))
		for h := range hours {
			pc, mobile := d.hour(user, day, h, now, settled)
			hours[h].PC = hours[h].PC.plus(pc)
			hours[h].Mobile = hours[h].Mobile.plus(mobile)
		}
	}
	return hours
}

// hour is what is known of one hour of one day.
func (d Data) hour(user User, day time.Time, h int, now time.Time, settled bool) (pc, mobile Playback) {
	begin := time.Date(day.Year(), day.Month(), day.Day(), h, 0, 0, 0, day.Location())
	known := min(now.Sub(begin)-lag, time.Hour)
	if known <= 0 {
		return Playback{}, Playback{}
	}
	progress := int64(known/time.Microsecond) * core.Million / int64(time.Hour/time.Microsecond)
	curve := weekday
	if core.IsWeekend(day) {
		curve = weekend
	}
	what := core.Noise(d.Seed).With("polyv").With(user.UserID).WithInt(core.DayNumber(day)).WithInt(int64(h))
	plays := core.Scale(user.Plays, curve[h]*1000)
	plays = core.Scale(plays, what.With("plays").Between(850_000, 1_150_000))
	share := core.Scale(user.MobileShare, what.With("mobile").Between(900_000, 1_000_000))
	if h >= 9 && h < 18 && !core.IsWeekend(day) {
		share = core.Scale(share, 700_000)
	}
	onMobile := core.Scale(plays, min(share, core.Million))
	pc = playbackOf(plays-onMobile, what.With("pc"), 420, 900, progress, settled)
	mobile = playbackOf(onMobile, what.With("mobile"), 150, 480, progress, settled)
	return pc, mobile
}

// playbackOf returns what is known of an hour: from its plays in the end, the seconds that a play lasts, and the part
// that is known.
func playbackOf(plays int64, what core.Noise, low, high, progress int64, settled bool) Playback {
	known := core.Scale(plays, progress)
	if known == 0 {
		return Playback{}
	}
	duration := plays*what.With("seconds").Between(low, high) + what.With("more seconds").Between(1, 59)
	f := Playback{
		Plays:           known,
		Viewers:         max(1, core.Scale(known, what.With("viewers").Between(550_000, 900_000))),
		DurationSeconds: core.Scale(duration, progress),
	}
	if settled {
		f.TrafficBytes = duration * what.With("bytes").Between(60_000, 180_000)
	}
	return f
}

func (f Playback) plus(o Playback) Playback {
	return Playback{f.Plays + o.Plays, f.Viewers + o.Viewers, f.DurationSeconds + o.DurationSeconds,
		f.TrafficBytes + o.TrafficBytes}
}
