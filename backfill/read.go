package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// reader reads the days of a plan into its state. A day is kept as a whole. One that failed in a way that may pass is left for later, until the vendor has answered for another day:
// only then what still fails is the day's own fault, a gap.
type reader struct {
	Options
	plan   *plan
	state  *state
	labels *labelTexts

	moment   int64 // counts what happens
	answered []int64
	failing  []int  // by part: how many days in a row, up to this one, failed
	latest   []Date // by part: the day that it gave last
	unread   []*unreadDay
	record   record
}

// unreadDay is a day that is not kept yet.
type unreadDay struct {
	date   Date
	tries  int
	failed map[int]int64 // by part: the moment at which it failed first
	part   int           // that failed last
	err    error         // why it is left for later
	partly bool          // the part answered, but for some of its things
}

// errLater is of a day that is left for later.
var errLater = errors.New("left for later")

func newReader(o Options, p *plan, s *state, labels *labelTexts) *reader {
	parts := len(o.History.Parts)
	return &reader{Options: o, plan: p, state: s, labels: labels, answered: make([]int64, parts), failing: make([]int, parts), latest: make([]Date, parts)}
}

// read reads all days that are not done.
func (r *reader) read(ctx context.Context) error {
	done := make(map[string]bool)
	for _, d := range r.state.days {
		r.Progress.known(d)
		done[d.Day] = true
	}
	r.Progress.reading(len(r.plan.days), len(r.state.days))
	todo := slices.DeleteFunc(slices.Clone(r.plan.days), func(d Date) bool { return done[d.String()] })
	for len(todo) > 0 {
		day := &unreadDay{date: todo[0], failed: make(map[int]int64)}
		todo = todo[1:]
		if err := r.readFirst(ctx, day); err != nil {
			return err
		}
		if day.err != nil && r.failing[day.part] >= suspectDays {
			var err error
			if todo, err = r.probe(ctx, day, todo); err != nil {
				return err
			}
		}
		if err := r.readAgain(ctx, func(d *unreadDay) bool { return d.tries == 1 && r.answersSince(d) }); err != nil {
			return err
		}
	}
	return r.readRest(ctx)
}

// readFirst reads a day for the first time.
func (r *reader) readFirst(ctx context.Context, day *unreadDay) error {
	err := r.readDay(ctx, day)
	if errors.Is(err, errLater) {
		r.unread = append(r.unread, day)
		return nil
	}
	return err
}

// answersSince tells whether the part that failed has given another day since.
func (r *reader) answersSince(day *unreadDay) bool {
	return r.answered[day.part] > day.failed[day.part]
}

// readAgain reads those of the days that were left, in their order.
func (r *reader) readAgain(ctx context.Context, which func(*unreadDay) bool) error {
	var left []*unreadDay
	for _, day := range r.unread {
		if which(day) {
			switch err := r.readDay(ctx, day); {
			case err == nil:
				continue
			case !errors.Is(err, errLater):
				return err
			}
		}
		left = append(left, day)
	}
	r.unread = left
	return nil
}

// readRest reads the days that are left, as long as that gets on. If some cannot be read although the vendor answers for others, it fails: they are no gaps.
func (r *reader) readRest(ctx context.Context) error {
	for len(r.unread) > 0 {
		for _, day := range r.unread {
			if day.partly || r.answersSince(day) {
				continue
			}
			if _, err := r.probe(ctx, day, nil); err != nil {
				return err
			}
		}
		before := make(map[*unreadDay]int)
		for _, day := range r.unread {
			before[day] = len(day.failed)
		}
		if err := r.readAgain(ctx, func(*unreadDay) bool { return true }); err != nil {
			return err
		}
		on := len(r.unread) < len(before)
		for _, day := range r.unread {
			on = on || len(day.failed) > before[day]
		}
		if n := len(r.unread); n > 0 && !on {
			day := r.unread[0]
			return fmt.Errorf("%s cannot be read, though the vendor answers for other days (%s %s: %w); if that stays so, give the account a longer timeout, or leave the day out by --from and --to",
				plural(n, "day"), r.History.Parts[day.part].Endpoint, day.date, day.err)
		}
	}
	return nil
}

// probe asks whether the vendor answers at all in the part in which a day failed: for the last day that is to be read, otherwise for one that has been read before. It fails if not.
func (r *reader) probe(ctx context.Context, failed *unreadDay, todo []Date) (rest []Date, err error) {
	part := r.History.Parts[failed.part]
	inARow := r.failing[failed.part]
	away := func(last Date, err error) error {
		if inARow >= suspectDays {
			return fmt.Errorf("%s failed on %d days in a row, and then on %s: %w", part.Endpoint, inARow, last, err)
		}
		if len(r.state.days) == 0 {
			return fmt.Errorf("nothing can be read: %w", err)
		}
		return fmt.Errorf("%s failed on %s, and no other day tells whether the vendor answers: %w", part.Endpoint, last, err)
	}
	if n := len(todo); n > 0 {
		day := &unreadDay{date: todo[n-1], failed: make(map[int]int64)}
		r.Progress.probing(part.Endpoint, day.date)
		if err := r.readFirst(ctx, day); err != nil {
			return todo, err
		}
		if !r.answersSince(failed) {
			return todo, away(day.date, day.err)
		}
		return todo[:n-1], nil
	}
	date, ok := r.readBefore(failed.part)
	if !ok {
		return nil, away(failed.date, failed.err)
	}
	r.Progress.probing(part.Endpoint, date)
	_, v, err := r.attempt(ctx, failed.part, date, false)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		return nil, nil
	case v == fatal:
		return nil, err
	}
	return nil, away(date, err)
}

// readBefore gives a day that a part can be asked for once more. Not the one that it gave last: its answer may still be held, so it would tell nothing.
func (r *reader) readBefore(part int) (Date, bool) {
	for _, d := range slices.Backward(r.state.days) {
		gap := func(g Gap) bool { return g.Endpoint == r.History.Parts[part].Endpoint && !g.Partial }
		if date, err := ParseDate(d.Day); err == nil && date != r.latest[part] && !slices.ContainsFunc(d.Gaps, gap) {
			return date, true
		}
	}
	return Date{}, false
}

// readDay reads a day in all parts, and keeps what they give. errLater leaves it for later; any other error is one with which no further day would succeed.
func (r *reader) readDay(ctx context.Context, day *unreadDay) error {
	day.tries++
	done := doneDay{Day: day.date.String()}
	given := make([]collector.HistoryDay, len(r.History.Parts))
	var partly error
	for i, part := range r.History.Parts {
		gap := func(reason error, partial bool) {
			done.Gaps = append(done.Gaps, Gap{Day: done.Day, Endpoint: part.Endpoint, Reason: reason.Error(), Partial: partial})
		}
		if !r.plan.uses(part, day.date.in(r.History.Location)) {
			continue
		}
		got, v, err := r.attempt(ctx, i, day.date, day.failed[i] > 0)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case v == fatal:
			return err
		case err == nil:
			given[i] = got
		case v == refused || v != away && day.failed[i] > 0 && r.answered[i] > day.failed[i]:
			r.failing[i] = 0
			gap(err, false)
		default:
			if day.tries == 1 {
				r.failing[i]++
			}
			return r.leave(day, i, err)
		}
		for _, err := range got.Gaps {
			if v := verdictOf(err); v == away || v == erring {
				partly = err
				day.part = i
			}
			gap(err, true)
		}
	}
	if day.partly = partly != nil && day.tries == 1; day.partly { // the part answers, so that what fails of it again is its own fault
		return r.leave(day, day.part, partly)
	}
	return r.keep(done, given, day.date)
}

// leave leaves a day for later.
func (r *reader) leave(day *unreadDay, part int, err error) error {
	r.moment++
	if day.failed[part] == 0 {
		day.failed[part] = r.moment
	}
	day.part, day.err = part, err
	r.Progress.later(r.History.Parts[part].Endpoint, day.date, err)
	return errLater
}

// keep makes a day done: it is not read again.
func (r *reader) keep(done doneDay, given []collector.HistoryDay, date Date) error {
	for i, day := range given {
		done.Dropped += day.Dropped
		done.Missing += day.Missing
		n, err := r.spool(r.History.Parts[i], day.Samples, date)
		if err != nil {
			return err
		}
		done.Samples += n
	}
	done.Spool = r.state.length
	if err := r.state.done([]doneDay{done}); err != nil {
		return fmt.Errorf("cannot keep what is read: %w", err)
	}
	for _, g := range done.Gaps {
		r.Progress.gap(g)
	}
	r.Progress.day(done)
	return nil
}

// attempt reads a day of a part, as often as that makes sense; again tells that it failed before.
func (r *reader) attempt(ctx context.Context, part int, date Date, again bool) (day collector.HistoryDay, v verdict, err error) {
	p := r.History.Parts[part]
	for failures := 1; ; failures++ {
		day, err = p.Read(ctx, date.in(r.History.Location))
		if err == nil && ctx.Err() == nil {
			r.moment++
			r.answered[part], r.failing[part], r.latest[part] = r.moment, 0, date
		}
		if err == nil || ctx.Err() != nil {
			return day, 0, err
		}
		v = verdictOf(err)
		if v == refused || v == fatal || failures >= attempts || (v == odd || v == erring && again) && failures >= attemptsFewer {
			return collector.HistoryDay{}, v, err
		}
		wait := waitAfter(failures, err)
		r.Progress.waiting(p.Endpoint, date, err, wait)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return collector.HistoryDay{}, v, ctx.Err()
		case <-timer.C:
		}
	}
}

// spool adds the samples of a day, each as the steps at which it stands, and counts them. One that the live exporter would have shown between two steps has none.
func (r *reader) spool(part collector.HistoryPart, samples []collector.HistorySample, date Date) (n int64, err error) {
	r.record.day = r.plan.number(date)
	for _, s := range samples {
		family, ok := r.labels.families[s.Family.Name]
		if !ok || len(s.Labels) != len(s.Family.Labels) {
			return n, fmt.Errorf("%s gave a sample of %s that it does not announce: please report this as a bug", part.Endpoint, s.Family.Name)
		}
		first, end := r.plan.steps(s.From, s.Until)
		if first >= end {
			continue
		}
		r.record.family, r.record.first, r.record.end, r.record.value = family, first, end, s.Value
		r.record.labels = r.labels.texts[family].append(r.record.labels[:0], s.Labels)
		if err := r.state.add(&r.record); err != nil {
			return n, fmt.Errorf("cannot keep what is read: %w", err)
		}
		n += end - first
	}
	return n, nil
}
