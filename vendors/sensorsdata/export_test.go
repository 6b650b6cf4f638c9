package sensorsdata

import "time"

// TimeOf returns t as a Time; the zero time makes an invalid one.
func TimeOf(t time.Time) Time { return Time{at: t, invalid: t.IsZero()} }
