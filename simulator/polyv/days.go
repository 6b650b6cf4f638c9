package polyv

import (
	"net/url"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// askedDays are the first and the last day that are asked for, as midnights in the zone of now. start and end come
// together and stand above dr; without any of them it is the last seven days.
func askedDays(q url.Values, now time.Time) (first, last time.Time, refusal *apiError) {
	if q.Get("start") == "" && q.Get("end") == "" {
		return period(q.Get("dr"), now)
	}
	first, err1 := time.ParseInLocation(core.DateLayout, q.Get("start"), now.Location())
	last, err2 := time.ParseInLocation(core.DateLayout, q.Get("end"), now.Location())
	if err1 != nil || err2 != nil || first.After(last) {
		return time.Time{}, time.Time{}, &apiError{codeBadRange, messages[codeBadRange]}
	}
	return first, last, nil
}

// period is the days of a dr. Periods that have not ended reach to today; weeks begin on Monday. What the vendor says
// to a dr that it does not have is not known.
func period(dr string, now time.Time) (first, last time.Time, refusal *apiError) {
	monday := -(int(now.Weekday()) + 6) % 7
	year, month, _ := now.Date()
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, now.Location()) }
	switch dr {
	case "today":
		return core.Midnight(now, 0), core.Midnight(now, 0), nil
	case "yesterday":
		return core.Midnight(now, -1), core.Midnight(now, -1), nil
	case "this_week":
		return core.Midnight(now, monday), core.Midnight(now, 0), nil
	case "last_week":
		return core.Midnight(now, monday-7), core.Midnight(now, monday-1), nil
	case "", "7days":
		return core.Midnight(now, -6), core.Midnight(now, 0), nil
	case "this_month":
		return date(year, month, 1), core.Midnight(now, 0), nil
	case "last_month":
		return date(year, month-1, 1), date(year, month, 0), nil
	case "this_year":
		return date(year, time.January, 1), core.Midnight(now, 0), nil
	case "last_year":
		return date(year-1, time.January, 1), date(year-1, time.December, 31), nil
	default:
		return time.Time{}, time.Time{}, &apiError{codeBadRequest, "dr is illegal."}
	}
}
