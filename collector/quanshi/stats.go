package quanshi

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// stats reads events' totals.
type stats struct{ client *quanshi.Client }

// read adds the samples of one event, which ends at the given time; zero where that is not known.
func (s stats) read(ctx context.Context, id string, end time.Time, b *metric.Batch) error {
	stats, err := s.client.EventStats(ctx, id)
	if err != nil {
		return err
	}
	if !stats.Given {
		b.AddMissing(1)
	}
	b.AddMissing(len(stats.MissingFields))
	b.Count(statsViewers, stats.Viewers, id)
	b.Count(statsVisits, stats.LiveVisits, id, "live")
	b.Count(statsVisits, stats.ReplayVisits, id, "replay")
	b.Count(statsWatch, minutesAsSeconds(stats.WatchMinutes), id)
	b.Count(statsDuration, stats.Duration, id)
	if end.IsZero() {
		b.EndsWhenIdle()
	} else {
		b.Ended(end)
	}
	return nil
}

// minutesAsSeconds returns a number of minutes as seconds. −1, what is absent and what is no number stay as they are.
func minutesAsSeconds(n wire.Number) wire.Number {
	v, ok := n.Float()
	if !ok || v < 0 {
		return n
	}
	return wire.NumberOf(v * 60)
}
