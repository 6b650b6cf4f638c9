package sensorsdata

import (
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Time is a time as an answer has it. It is absent for a missing value, null, an empty text and
// what programs write for "never": zeros, −1 and all before 1970. It is invalid for what is no
// time that can be read. The zero value is absent.
type Time struct {
	at      time.Time
	invalid bool
}

// Get returns the time; ok is false unless there is one.
func (t Time) Get() (at time.Time, ok bool) { return t.at, !t.at.IsZero() }

// Absent reports whether Sensors Data gave no time.
func (t Time) Absent() bool { return t.at.IsZero() && !t.invalid }

// timeLayouts are those in which times may come; the first is the documented one.
var timeLayouts = []string{time.DateTime, time.DateOnly, "2006-01-02T15:04:05", time.RFC3339}

// Numbers are taken for Unix seconds from the first of these on (the year 2001: what is less may
// be a date such as 20191218), for milliseconds from the second on, and for no time beyond the
// third (the year 9999).
const (
	firstSeconds      = 1e9
	firstMilliseconds = 1e11
	lastMilliseconds  = 253402300799999
)

// time reads a time, in the account's location if it names no zone.
func (s *stream) time(text wire.Text) Time {
	value, ok := text.Get()
	if !ok {
		return Time{invalid: text.Invalid()}
	}
	value = strings.TrimSpace(value)
	if value == "" || strings.HasPrefix(value, "0000-00-00") {
		return Time{}
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		switch {
		case n <= 0:
			return Time{}
		case n < firstSeconds || n > lastMilliseconds:
			return Time{invalid: true}
		case n < firstMilliseconds:
			n *= 1000
		}
		return Time{at: time.UnixMilli(n).In(s.location)}
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, value, s.location); err == nil {
			if t.Unix() <= 0 {
				return Time{}
			}
			if layout != time.RFC3339 {
				t = outOfGap(t, layout, value)
			}
			return Time{at: t}
		}
	}
	return Time{invalid: true}
}

// outOfGap gives the end of the gap for a time that clocks skip, as they do with midnight in some
// zones. For such a one [time.ParseInLocation] may answer with an instant of the day before.
func outOfGap(t time.Time, layout, value string) time.Time {
	wall, err := time.Parse(layout, value)
	if err != nil || wall.Format(time.DateTime) == t.Format(time.DateTime) {
		return t
	}
	start, end := t.ZoneBounds()
	if t.Format(time.DateTime) < wall.Format(time.DateTime) {
		return end
	}
	return start
}
