package metric

import "time"

// Window is the day that an endpoint reads: none (the vendor's current values), or a day counted back from today in the
// account's time zone.
type Window uint8

// The windows. Their names are part of the names of their families.
const (
	// Undated values belong to no day: they are served until they are too old.
	Undated Window = iota
	// Today began at the last midnight and has not ended.
	Today
	// Yesterday is the last whole day.
	Yesterday
	// Settled is the day before yesterday. It is the last day with final values of a vendor that counts late.
	Settled
)

// String returns the window as in the names of families; "" for Undated.
func (w Window) String() string {
	switch w {
	case Today:
		return "today"
	case Yesterday:
		return "yesterday"
	case Settled:
		return "settled"
	default:
		return ""
	}
}

// Day is one calendar day in a time zone, from its first instant (Start) to the first instant of the next (End). The
// zero Day belongs to Undated.
type Day struct {
	Start, End time.Time
}

// At returns the day that the window means at the instant now in the zone loc. It is a pure function.
//
// A snapshot is served as long as its Day is the one that At returns: it ends at midnight, whatever its age.
func (w Window) At(now time.Time, loc *time.Location) Day {
	var back int
	switch w {
	case Today:
		back = 0
	case Yesterday:
		back = 1
	case Settled:
		back = 2
	default:
		return Day{}
	}
	year, month, day := now.In(loc).Date()
	return DayOf(year, month, day-back, loc)
}

// VisibleDuring returns the day on which the window means the given day. It is the inverse of At.
func (w Window) VisibleDuring(day Day, loc *time.Location) Day {
	var ahead int
	switch w {
	case Yesterday:
		ahead = 1
	case Settled:
		ahead = 2
	default:
		ahead = 0
	}
	year, month, date := day.Start.In(loc).Date()
	return DayOf(year, month, date+ahead, loc)
}

// Intersect returns the part of the span that is within the day; if there is none, its End is not after its Start.
func (d Day) Intersect(span Day) Day {
	if span.Start.Before(d.Start) {
		span.Start = d.Start
	}
	if span.End.After(d.End) {
		span.End = d.End
	}
	return span
}

// DayOf returns a calendar day in the zone loc. A date beyond its month's end is normalised, as time.Date does. It is
// a pure function.
func DayOf(year int, month time.Month, day int, loc *time.Location) Day {
	return Day{Start: startOfDay(year, month, day, loc), End: startOfDay(year, month, day+1, loc)}
}

// startOfDay returns the first instant of a date in a zone. Where clocks spring forward at midnight, 00:00 does not
// exist and time.Date may answer with an instant of the evening before; where they fall back over midnight, 00:00
// comes twice and the first one counts.
func startOfDay(year int, month time.Month, day int, loc *time.Location) time.Time {
	noon := time.Date(year, month, day, 12, 0, 0, 0, loc)
	_, _, day = noon.Date() // normalised: day may have been 0 or 32
	start := time.Date(noon.Year(), noon.Month(), day, 0, 0, 0, 0, loc)
	if start.Day() != day {
		// The gap: its end is the zone's transition, the first instant of the day.
		_, start = start.ZoneBounds()
		return start
	}
	if begin, _ := start.ZoneBounds(); !begin.IsZero() && begin.Add(-time.Nanosecond).In(loc).Day() == day {
		// The overlap: the transition itself happened on this date, so midnight came before it, by the older offset.
		_, offset := begin.Add(-time.Nanosecond).In(loc).Zone()
		earlier := time.Date(noon.Year(), noon.Month(), day, 0, 0, 0, 0, time.FixedZone("", offset)).In(loc)
		if earlier.Day() == day && earlier.Before(start) {
			return earlier
		}
	} else if start.Day() == day && start.Hour() > 0 {
		return begin
	}
	return start
}
