package sensorsdata

import (
	"strconv"
	"strings"
	"time"
)

// Time is a time as an answer has it. It is absent for a missing value, null, an empty text, −1
// and a date of zeros. It is invalid for what is no time that can be read, and for all up to the
// start of 1970, which stands for a time that the server does not know. The zero value is absent.
type Time struct {
	at  time.Time
	raw string // what came if it is invalid
}

// Get returns the time; ok is false unless there is one.
func (t Time) Get() (at time.Time, ok bool) { return t.at, !t.at.IsZero() }

// Absent reports whether Sensors Data gave no time.
func (t Time) Absent() bool { return t.at.IsZero() && t.raw == "" }

// Raw returns what came in place of a time that is invalid, for a log.
func (t Time) Raw() string { return t.raw }

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
func (s *stream) time() (Time, error) {
	var unusable []string
	text, err := s.text(&unusable)
	if len(unusable) > 0 {
		return Time{raw: unusable[0]}, err
	}
	return s.timeOf(text), err
}

func (s *stream) timeOf(text string) Time {
	text = strings.TrimSpace(text)
	if text == "" || text == "-1" || strings.HasPrefix(text, "0000-00-00") {
		return Time{}
	}
	invalid := Time{raw: strings.Clone(text[:min(len(text), maxRawTime)])}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch {
		case n < firstSeconds || n > lastMilliseconds:
			return invalid
		case n < firstMilliseconds:
			n *= 1000
		}
		return Time{at: time.UnixMilli(n).In(s.location)}
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, text, s.location); err == nil {
			if t.Unix() <= 0 {
				return invalid
			}
			if layout != time.RFC3339 {
				t = outOfGap(t, layout, text)
			}
			return Time{at: t}
		}
	}
	return invalid
}

// maxRawTime is how much is kept of what is no time.
const maxRawTime = 100

// outOfGap returns the end of the gap for a time that clocks skip, as they do with midnight in some
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
