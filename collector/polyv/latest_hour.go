package polyv

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

var (
	latest = newPlayback(
		"polyv_latest_hour", "the newest hour that ended at least 2 h before the read", "platform",
	)
	latestStart = metric.NewFamily(
		"polyv_latest_hour_start_timestamp_seconds", "Start of the hour that the metrics polyv_latest_hour_* describe.",
	)
)

// shared returns the families of the latest hour.
func shared() []*metric.Family { return append(latest.families(), latestStart) }

// The latest hour is derived from answers that are read anyway, without a request of its own: from the one for today,
// and, until today's first hour is old enough, from the one for yesterday.
//
// It is determined when an answer is read, so its values are never those of an hour whose plays were still to come. An
// hour that becomes old enough between two reads is served from the next read on. Until then the hour before it is
// served, as polyv_latest_hour_start_timestamp_seconds says: for no longer than min_interval, which is 10 minutes for
// playback_today, and an hour for playback_yesterday (from 00:00 to 03:00).
//
// The samples of playback_today last for max_stale and end at midnight. Those of playback_yesterday would last all
// day, so they have an end of their own: at 03:00 today's first hour replaces them as soon as it is read, and at 04:00
// they end even if playback_today fails. Between 03:00 and 04:00 both endpoints may have the families: these are
// Shared, so an account serves those of one endpoint only.
const (
	// countedAfter is the time within which the plays of an hour that has ended appear.
	countedAfter = 2 * time.Hour
	// handover is how long yesterday's last hour is still served once today's first one has been counted.
	handover = time.Hour
)

// latestHour returns the start of the newest hour that ended at least countedAfter before now. Where clocks are set
// back, an hour that comes twice is one hour, as it is one row.
func latestHour(now time.Time, loc *time.Location) time.Time {
	underWay := startOfHour(now.Add(-countedAfter).In(loc))
	return startOfHour(underWay.Add(-time.Nanosecond))
}

// startOfHour returns the start of the hour on the clock that t is in.
func startOfHour(t time.Time) time.Time {
	sinceFullHour := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	start := t.Add(-sinceFullHour - time.Duration(t.Nanosecond()))
	if before := start.Add(-time.Hour); before.Hour() == start.Hour() {
		return before
	}
	return start
}

// fillLatest adds the latest hour at now if it lies in the day that the rows are of. A value that cannot be used was
// counted with the values of the day, so it is not counted again.
func fillLatest(b *metric.Batch, hours []polyv.Hour, day metric.Day, now time.Time) {
	start := latestHour(now, day.Start.Location())
	row := rowOf(hours, start.Hour())
	if start.Before(day.Start) || !start.Before(day.End) || row == nil {
		return
	}
	some := false
	for _, field := range latest {
		for _, platform := range platforms {
			if v, ok := field.value(platform.values(*row)).Float(); ok && v >= 0 {
				some = b.Value(field.family, v, platform.name) || some
			}
		}
	}
	if some {
		b.Value(latestStart, float64(start.Unix()))
	}
}
