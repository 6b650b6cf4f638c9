package polyv

import (
	"context"
	"sync"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

// History returns the sources of past days: Polyv has the hours of any day, plays and traffic in one answer. A day's
// plays are visible on the day after, its traffic on the day after that: they are two parts.
func (p *reader) History() map[*metric.Spec]*history.Source {
	days := &dayCache{client: p.client}
	windowHistory := func(spec *metric.Spec, fill func(*metric.Batch, []polyv.Hour, metric.Day)) *history.Source {
		return history.OfWindow(p.poll, spec, poll.Single(func(ctx context.Context, day metric.Day,
			b *metric.Batch) error {
			hours, err := days.read(ctx, day)
			if err != nil {
				return err
			}
			fill(b, hours, day)
			return nil
		}))
	}
	return map[*metric.Spec]*history.Source{
		playbackYesterday: windowHistory(playbackYesterday, fillYesterday),
		trafficSettled:    windowHistory(trafficSettled, fillSettled),
	}
}

// dayCache reads days and keeps the last one, so that all parts of a day need one request.
type dayCache struct {
	client *polyv.Client

	mu    sync.Mutex // held while a day is read, so that a concurrent call uses the same answer
	day   metric.Day
	hours []polyv.Hour
}

func (d *dayCache) read(ctx context.Context, day metric.Day) ([]polyv.Hour, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.day == day {
		return d.hours, nil
	}
	hours, err := d.client.Hourly(ctx, polyv.Days(day.Start, day.Start))
	if err != nil {
		return nil, err
	}
	d.day, d.hours = day, hours
	return hours, nil
}
