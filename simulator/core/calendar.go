package core

import (
	"sync"
	"time"
)

// DateLayout is the format of a day in the vendors' APIs.
const DateLayout = time.DateOnly

// Midnight returns the start of the day that is the given number of days after the day of t, in t's time zone.
func Midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, t.Location())
}

// DayNumber returns the number of calendar days from 1970-01-01 to the day of t, in t's time zone.
func DayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// Elapsed returns how much of its day has passed at t, in parts per million. A day with a clock change is longer or
// shorter.
func Elapsed(t time.Time) int64 {
	start, end := Midnight(t, 0), Midnight(t, 1)
	return int64(t.Sub(start)/time.Microsecond) * Million / int64(end.Sub(start)/time.Microsecond)
}

// IsWeekend reports whether t is on a Saturday or Sunday, in t's time zone.
func IsWeekend(t time.Time) bool {
	return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
}

// Interpolate returns the value of a curve at a position from 0 to a million. The curve has evenly spaced points, the
// first at 0 and the last at a million, in parts per thousand. The result is in parts per million.
func Interpolate(curve []int64, at int64) int64 {
	steps := int64(len(curve) - 1)
	at = max(0, min(at, Million)) * steps
	i := min(at/Million, steps-1)
	return curve[i]*1000 + (curve[i+1]-curve[i])*(at-i*Million)/1000
}

// Shanghai returns the time zone of most vendors. Without zone data it is a fixed offset, which has not changed since
// 1991.
var Shanghai = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return loc
	}
	return time.FixedZone("Asia/Shanghai", 8*60*60)
})

// ReferenceDay is the number of the day on which an account has as many users as configured. It gets more users each
// day.
var ReferenceDay = DayNumber(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
