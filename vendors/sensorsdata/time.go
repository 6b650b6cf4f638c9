package sensorsdata

import (
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// timeLayouts are those in which times may come; the first is the documented one.
var timeLayouts = []string{time.DateTime, time.DateOnly, "2006-01-02T15:04:05", time.RFC3339}

// Numbers are taken for Unix seconds, or milliseconds from the first of these on; beyond the
// second (the year 9999) for no time at all.
const (
	firstMilliseconds = 1e11
	lastMilliseconds  = 253402300799999
)

// time reads a time, in the account's location if it names no zone. Zero is a time that is
// not there: left out, null, empty, unreadable, or before 1970 as programs write "never".
func (s *stream) time(text wire.Text) time.Time {
	value, _ := text.Get()
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		switch {
		case n <= 0 || n > lastMilliseconds:
			return time.Time{}
		case n < firstMilliseconds:
			n *= 1000
		}
		return time.UnixMilli(n).In(s.location)
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, value, s.location); err == nil {
			if t.Unix() <= 0 {
				return time.Time{}
			}
			return t
		}
	}
	return time.Time{}
}
