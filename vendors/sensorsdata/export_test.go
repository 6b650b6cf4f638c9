package sensorsdata

import "time"

// TimeOf returns t as a Time.
func TimeOf(t time.Time) Time { return Time{at: t} }

// UnusableTime returns the time for a text that is no time.
func UnusableTime(text string) Time { return Time{raw: text} }
