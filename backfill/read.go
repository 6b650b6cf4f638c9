package backfill

import (
	"context"
	"fmt"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// reader reads the days of a plan into its state.
type reader struct {
	Options
	plan   *plan
	state  *state
	labels *labelTexts

	failing []int     // by part: how many days in a row, up to this one, failed in passing
	pending []doneDay // read, but for parts that may be readable in a while: not kept before one of their next days is
	record  record
}

// read reads all days that are not done.
func (r *reader) read(ctx context.Context) error {
	for _, d := range r.state.days {
		r.Progress.known(d)
	}
	r.Progress.reading(len(r.plan.days), len(r.state.days))
	for _, date := range r.plan.days[len(r.state.days):] {
		day, err := r.readDay(ctx, date)
		if err != nil {
			return err
		}
		r.Progress.day(day)
		r.pending = append(r.pending, day)
		if r.suspect() {
			continue
		}
		if err := r.keep(); err != nil {
			return err
		}
	}
	// Whether the failures of the last days would have passed, no later day can tell. Where nothing came at all, they are not the days' own.
	if n := len(r.pending); n > 0 && r.state.length == 0 {
		return fmt.Errorf("nothing can be read: %s", r.pending[n-1].Gaps[0].Reason)
	}
	return r.keep()
}

// suspect tells whether a part failed in passing on the last day.
func (r *reader) suspect() bool {
	for _, days := range r.failing {
		if days > 0 {
			return true
		}
	}
	return false
}

// keep makes the pending days done.
func (r *reader) keep() error {
	if len(r.pending) == 0 {
		return nil
	}
	if err := r.state.done(r.pending); err != nil {
		return fmt.Errorf("cannot keep what is read: %w", err)
	}
	r.pending = r.pending[:0]
	return nil
}

// readDay reads a day in all parts, and spools what they give. It fails where no further day would succeed.
func (r *reader) readDay(ctx context.Context, date Date) (doneDay, error) {
	done := doneDay{Day: date.String()}
	gap := func(part collector.HistoryPart, reason error, partial bool) {
		g := Gap{Day: done.Day, Endpoint: part.Endpoint, Reason: reason.Error(), Partial: partial}
		done.Gaps = append(done.Gaps, g)
		r.Progress.gap(g)
	}
	for i, part := range r.History.Parts {
		day, v, err := r.attempt(ctx, part, date)
		switch {
		case ctx.Err() != nil:
			return done, ctx.Err()
		case err == nil:
			r.failing[i] = 0
		case v == fatal:
			return done, err
		case v == passing:
			r.failing[i]++
			if r.failing[i] == suspectDays {
				return done, fmt.Errorf("%s failed on %d days in a row, last on %s: %w", part.Endpoint, suspectDays, date, err)
			}
			gap(part, err, false)
		default:
			r.failing[i] = 0
			gap(part, err, false)
		}
		for _, err := range day.Gaps {
			gap(part, err, true)
		}
		done.Dropped += day.Dropped
		done.Missing += day.Missing
		if err := r.spool(part, day.Samples); err != nil {
			return done, err
		}
	}
	done.Spool = r.state.length
	return done, nil
}

// attempt reads a day of a part, as often as that makes sense.
func (r *reader) attempt(ctx context.Context, part collector.HistoryPart, date Date) (day collector.HistoryDay, v verdict, err error) {
	for failures := 1; ; failures++ {
		day, err = part.Read(ctx, date.in(r.History.Location))
		if err == nil || ctx.Err() != nil {
			return day, 0, err
		}
		v = verdictOf(err)
		if v == refused || v == fatal || failures == attempts || v == odd && failures == attemptsOdd {
			return collector.HistoryDay{}, v, err
		}
		wait := waitAfter(failures, err)
		r.Progress.waiting(part.Endpoint, date, err, wait)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return collector.HistoryDay{}, v, ctx.Err()
		case <-timer.C:
		}
	}
}

// spool adds the samples of a day, each as the steps at which it stands. One that the live exporter would have shown between two steps has none.
func (r *reader) spool(part collector.HistoryPart, samples []collector.HistorySample) error {
	for _, s := range samples {
		family, ok := r.labels.families[s.Family.Name]
		if !ok || len(s.Labels) != len(s.Family.Labels) {
			return fmt.Errorf("%s gave a sample of %s that it does not announce: please report this as a bug", part.Endpoint, s.Family.Name)
		}
		first, end := r.plan.steps(s.From, s.Until)
		if first >= end {
			continue
		}
		r.record.family, r.record.first, r.record.end, r.record.value = family, first, end, s.Value
		r.record.labels = r.labels.texts[family].append(r.record.labels[:0], s.Labels)
		if err := r.state.add(&r.record); err != nil {
			return fmt.Errorf("cannot keep what is read: %w", err)
		}
		r.Progress.samples += end - first
	}
	return nil
}
