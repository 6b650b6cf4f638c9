package sensorsdata

import "time"

// TimeOf returns t as a Time.
func TimeOf(t time.Time) Time { return Time{at: t} }

// OddTime returns what a text gives that is no time.
func OddTime(text string) Time { return Time{raw: text} }
