package collector

import (
	"context"
	"sync"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

// past is what Polyv can tell of the past: the hours of any day, plays and traffic in one answer. What a live read shows of it on the day after and what it shows on the one
// after that are two parts.
func (p *polyvReader) past(a *account) map[*metric.Spec]*history.Source {
	days := &polyvDays{client: p.client}
	windowHistory := func(spec *metric.Spec, fill func(*metric.Batch, []polyv.Hour, metric.Day)) *history.Source {
		return history.OfWindow(a.Account, spec, poll.Single(func(ctx context.Context, day metric.Day, b *metric.Batch) error {
			hours, err := days.read(ctx, day)
			if err != nil {
				return err
			}
			fill(b, hours, day)
			return nil
		}))
	}
	return map[*metric.Spec]*history.Source{
		polyvPlaybackYesterday: windowHistory(polyvPlaybackYesterday, fillPolyvYesterday),
		polyvTrafficSettled:    windowHistory(polyvTrafficSettled, fillPolyvSettled),
	}
}

// polyvDays reads days and keeps the last one, so that the parts that are read of it need one request.
type polyvDays struct {
	client *polyv.Client

	mu    sync.Mutex // held while a day is read, so that who comes meanwhile has it too
	day   metric.Day
	hours []polyv.Hour
}

func (d *polyvDays) read(ctx context.Context, day metric.Day) ([]polyv.Hour, error) {
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
