package metric_test

import (
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

func TestWindowAt(t *testing.T) {
	tests := []struct {
		name   string
		window metric.Window
		zone   string
		now    string
		start  string
		end    string
	}{
		{"today in Shanghai just after midnight there", metric.Today, "Asia/Shanghai", "2026-11-21T16:00:00Z",
			"2026-11-22T00:00:00+08:00", "2026-11-23T00:00:00+08:00"},
		{"today in Shanghai just before midnight there", metric.Today, "Asia/Shanghai", "2026-11-21T15:59:59Z",
			"2026-11-21T00:00:00+08:00", "2026-11-22T00:00:00+08:00"},
		{"yesterday", metric.Yesterday, "Asia/Shanghai", "2026-11-22T09:00:00+08:00", "2026-11-21T00:00:00+08:00", "2026-11-22T00:00:00+08:00"},
		{"yesterday across the year's end", metric.Yesterday, "UTC", "2027-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"settled across the month's end", metric.Settled, "Asia/Shanghai", "2026-03-01T12:00:00+08:00",
			"2026-02-27T00:00:00+08:00", "2026-02-28T00:00:00+08:00"},
		{"a day of 23 hours", metric.Today, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"a day of 25 hours", metric.Today, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"midnight that does not exist", metric.Today, "America/Sao_Paulo", "2018-11-04T12:00:00-02:00",
			"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"the day that ends in a missing midnight", metric.Yesterday, "America/Sao_Paulo", "2018-11-04T12:00:00-02:00",
			"2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00"},
		{"midnight that comes twice", metric.Today, "America/Havana", "2026-11-01T12:00:00-05:00", "2026-11-01T00:00:00-04:00",
			"2026-11-02T00:00:00-05:00"},
		{"clocks fall back from midnight into the evening before", metric.Today, "America/Sao_Paulo", "2018-02-18T12:00:00-03:00",
			"2018-02-18T00:00:00-03:00", "2018-02-19T00:00:00-03:00"},
		{"a whole day skipped", metric.Today, "Pacific/Apia", "2011-12-31T12:00:00+14:00", "2011-12-31T00:00:00+14:00",
			"2012-01-01T00:00:00+14:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			loc, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			got := tt.window.At(instant(t, tt.now), loc)
			if want := instant(t, tt.start); !got.Start.Equal(want) {
				t.Errorf("start = %s, want %s", got.Start, want.In(loc))
			}
			if want := instant(t, tt.end); !got.End.Equal(want) {
				t.Errorf("end = %s, want %s", got.End, want.In(loc))
			}
		})
	}
}

// In every time zone, days follow each other without gap or overlap, and every instant lies in its today.
func TestWindowDaysTileTime(t *testing.T) {
	for _, zone := range []string{"UTC", "Asia/Shanghai", "America/Sao_Paulo", "America/Havana", "Africa/Cairo",
		"Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for now := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC); now.Year() < 2027; now = now.Add(5 * time.Hour) {
			today, yesterday := metric.Today.At(now, loc), metric.Yesterday.At(now, loc)
			if now.Before(today.Start) || !now.Before(today.End) {
				t.Fatalf("%s: %s is not within its today %s – %s", zone, now.In(loc), today.Start, today.End)
			}
			if !yesterday.End.Equal(today.Start) && zone != "Pacific/Apia" { // Apia left out 2011-12-30 altogether
				t.Fatalf("%s at %s: yesterday ends %s, today starts %s", zone, now.In(loc), yesterday.End, today.Start)
			}
			if today.Start.Day() == today.Start.Add(-time.Nanosecond).Day() {
				t.Fatalf("%s at %s: %s is not the first instant of its date", zone, now.In(loc), today.Start)
			}
		}
	}
}

func TestUndatedHasNoDay(t *testing.T) {
	if got := metric.Undated.At(time.Now(), time.UTC); got != (metric.Day{}) {
		t.Errorf("got %v, want the zero Day", got)
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
