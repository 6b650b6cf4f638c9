package core

import (
	"sync"
	"time"
)

// DateLayout is how the vendors write a day.
const DateLayout = time.DateOnly

// Midnight is the start of the day that lies so many days after the one of t, in t's time zone.
func Midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, t.Location())
}

// DayNumber counts calendar days, in t's time zone.
func DayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

// Elapsed is how much of its day has passed at t, in parts per million. A day with a clock change is longer or shorter, not bent.
func Elapsed(t time.Time) int64 {
	start, end := Midnight(t, 0), Midnight(t, 1)
	return int64(t.Sub(start)/time.Microsecond) * Million / int64(end.Sub(start)/time.Microsecond)
}

func IsWeekend(t time.Time) bool {
	return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
}

// Interpolate reads a curve, in parts per thousand, that is given at evenly spaced points, the first at 0 and the last at a million. The
// result is in parts per million.
func Interpolate(curve []int64, at int64) int64 {
	steps := int64(len(curve) - 1)
	at = max(0, min(at, Million)) * steps
	i := min(at/Million, steps-1)
	return curve[i]*1000 + (curve[i+1]-curve[i])*(at-i*Million)/1000
}

// Shanghai is the vendors' time zone. Without zone data it is its offset, which has not changed since 1991.
var Shanghai = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return loc
	}
	return time.FixedZone("Asia/Shanghai", 8*60*60)
})

// ReferenceDay is the number of the day for which the configured numbers of users hold. The numbers grow from day to day.
var ReferenceDay = DayNumber(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
