package backfill

import (
	"fmt"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Date is a day of the calendar, whatever the time zone. The zero Date is none.
type Date struct {
	// midnight is in UTC, where every day has one.
	midnight time.Time
}

// firstYear is one before all vendors.
const firstYear = 1970

// ParseDate reads a date such as 2026-09-01.
func ParseDate(text string) (Date, error) {
	midnight, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date, write it like 2026-09-01", text)
	}
	if midnight.Year() < firstYear {
		return Date{}, fmt.Errorf("%s is before the year %d; no vendor has data from that time", text, firstYear)
	}
	return Date{midnight}, nil
}

// dateAt is the date in a zone at a time.
func dateAt(t time.Time, loc *time.Location) Date {
	year, month, day := t.In(loc).Date()
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// String returns the date like 2026-09-01.
func (d Date) String() string { return d.midnight.Format(time.DateOnly) }

// IsZero reports whether it is no date.
func (d Date) IsZero() bool { return d.midnight.IsZero() }

func (d Date) plus(days int) Date { return Date{d.midnight.AddDate(0, 0, days)} }

func (d Date) before(other Date) bool { return d.midnight.Before(other.midnight) }

// in returns the day in a zone.
func (d Date) in(loc *time.Location) metric.Day {
	year, month, day := d.midnight.Date()
	return metric.DayOf(year, month, day, loc)
}
