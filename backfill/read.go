package backfill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// reader reads the days of a plan into its state, in two passes: a day that fails is read once more later. What fails
// again is a gap, unless the vendor was not reached, or does not answer for other days either.
type reader struct {
	Options
	plan   *plan
	state  *state
	labels *labelTexts

	moment   int64   // counts answers and failures
	answered []int64 // by part: the moment of the last answer
	latest   []Date  // by part: the day that was read last
}

// dayRead is a day that is being read.
type dayRead struct {
	date  Date
	parts []partRead
}

// partRead is the result of a part of a day.
type partRead struct {
	day history.DayResult
	// gap is why there are no values: asking again does not help.
	gap error
	// err is why the part is to be read again: it failed, or some of its items did (partly).
	err    error
	partly bool
	failed int64 // the moment of the failure
}

// toReadAgain returns the first part that failed as a whole, otherwise the first that failed partly; −1 if none did.
func (d *dayRead) toReadAgain() int {
	part := slices.IndexFunc(d.parts, func(p partRead) bool { return p.err != nil && !p.partly })
	if part < 0 {
		part = slices.IndexFunc(d.parts, func(p partRead) bool { return p.err != nil })
	}
	return part
}

func newReader(o Options, p *plan, s *state, labels *labelTexts) *reader {
	parts := len(o.History.Parts)
	return &reader{
		Options: o, plan: p, state: s, labels: labels, answered: make([]int64, parts), latest: make([]Date, parts),
	}
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
	var unread []*dayRead
	for len(todo) > 0 {
		failed, rest, err := r.firstPass(ctx, todo)
		if err != nil {
			return err
		}
		left, err := r.secondPass(ctx, failed)
		if err != nil {
			return err
		}
		todo, unread = rest, append(unread, left...)
	}
	if len(unread) == 0 {
		return nil
	}
	first := unread[0]
	part := first.toReadAgain()
	return fmt.Errorf("%s cannot be read, though the vendor answers for other days (%s %s: %w); "+
		"if this continues, raise the account's timeout, or leave the day out with --from and --to",
		plural(len(unread), "day"), r.History.Parts[part].Endpoint, first.date, first.parts[part].err)
}

// firstPass reads days and keeps those that succeed. It ends early when the vendor is not reached on some days in a
// row. It returns the days that failed, and those that were not asked for.
func (r *reader) firstPass(ctx context.Context, todo []Date) (failed []*dayRead, rest []Date, err error) {
	inARow := 0
	for i, date := range todo {
		limit := attempts
		if inARow >= suspectDays {
			limit = 1 // until a day succeeds
		}
		day := &dayRead{date: date, parts: make([]partRead, len(r.History.Parts))}
		for part := range day.parts {
			if !r.plan.uses(r.History.Parts[part], date.in(r.History.Location)) {
				continue
			}
			if day.parts[part], err = r.readPart(ctx, part, date, limit); err != nil {
				return nil, nil, err
			}
		}
		part := day.toReadAgain()
		if part < 0 || day.parts[part].partly {
			inARow = 0
		} else {
			inARow++
		}
		if part < 0 {
			if err := r.keep(day); err != nil {
				return nil, nil, err
			}
			continue
		}
		why := day.parts[part].err
		r.Progress.later(r.History.Parts[part].Endpoint, date, why)
		failed = append(failed, day)
		if inARow >= suspectDays && verdictOf(why) == unreached {
			return failed, todo[i+1:], nil
		}
	}
	return failed, nil, nil
}

// secondPass reads what failed of the days once more and keeps them. It returns the days on which the vendor is still
// not reached. If it does not answer for other days either, secondPass fails.
func (r *reader) secondPass(ctx context.Context, failed []*dayRead) (unread []*dayRead, err error) {
	for _, day := range failed {
		for part, before := range day.parts {
			if before.err == nil {
				continue
			}
			now, err := r.readPart(ctx, part, day.date, attemptsAgain)
			switch {
			case err != nil:
				return nil, err
			case before.partly && (now.gap != nil || now.err != nil && !now.partly):
				now = before // the values of the first time are as good
			case now.err == nil || now.partly:
			default:
				if err := r.checkAnswers(ctx, part, day.date, before); err != nil {
					return nil, err
				}
				if verdictOf(now.err) == unreached {
					day.parts[part].err = now.err
					continue
				}
				now.gap = now.err
			}
			now.err = nil
			day.parts[part] = now
		}
		if day.toReadAgain() >= 0 {
			unread = append(unread, day)
		} else if err := r.keep(day); err != nil {
			return nil, err
		}
	}
	return unread, nil
}

// checkAnswers fails if the vendor has not answered for another day since a part failed. If no other day was read
// since, one that was read before is asked for again.
func (r *reader) checkAnswers(ctx context.Context, part int, date Date, failure partRead) error {
	if r.answered[part] > failure.failed {
		return nil
	}
	endpoint := r.History.Parts[part].Endpoint
	other, ok := r.readBefore(part)
	switch {
	case !ok && len(r.state.days) == 0:
		return fmt.Errorf("nothing can be read: %w", failure.err)
	case !ok:
		return fmt.Errorf("%s failed on %s, and no other day shows whether the vendor answers: %w", endpoint, date, failure.err)
	}
	r.Progress.probing(endpoint, other)
	again, err := r.readPart(ctx, part, other, attemptsAgain)
	if err == nil && again.err != nil && !again.partly {
		err = fmt.Errorf("%s failed on %s, and then on %s, which was read before: %w", endpoint, date, other, again.err)
	}
	return err
}

// readBefore returns a day that a part can be asked for once more. It is not the day that was read last: that answer
// may still be held, so it would show nothing.
func (r *reader) readBefore(part int) (Date, bool) {
	for _, d := range slices.Backward(r.state.days) {
		gap := func(g Gap) bool { return g.Endpoint == r.History.Parts[part].Endpoint && !g.Partial }
		date, err := ParseDate(d.Day)
		if err == nil && date != r.latest[part] && !slices.ContainsFunc(d.Gaps, gap) {
			return date, true
		}
	}
	return Date{}, false
}

// keep makes a day done: it is not read again.
func (r *reader) keep(day *dayRead) error {
	done := doneDay{Day: day.date.String()}
	for i, read := range day.parts {
		part := r.History.Parts[i]
		gap := func(reason error, partial bool) {
			done.Gaps = append(done.Gaps, Gap{
				Day: done.Day, Endpoint: part.Endpoint, Reason: reason.Error(), Partial: partial,
			})
		}
		if read.gap != nil {
			gap(read.gap, false)
		}
		for _, err := range read.day.Gaps {
			gap(err, true)
		}
		done.Dropped += read.day.Dropped
		done.Missing += read.day.Missing
		if err := r.addRecords(&done, part, read.day.Samples); err != nil {
			return err
		}
	}
	if err := r.state.done(done); err != nil {
		return fmt.Errorf("cannot keep what is read: %w", err)
	}
	for _, g := range done.Gaps {
		r.Progress.gap(g)
	}
	r.Progress.day()
	return nil
}

// addRecords adds samples to a day, each as the steps at which it stands. A sample that the live exporter would have
// shown between two steps has none.
func (r *reader) addRecords(done *doneDay, part history.Part, samples []history.Sample) error {
	for _, s := range samples {
		family, ok := r.labels.families[s.Family.Name]
		if !ok || len(s.Labels) != len(s.Family.Labels) {
			return fmt.Errorf("%s returned an unexpected sample of %s: please report this as a bug",
				part.Endpoint, s.Family.Name)
		}
		first, end := r.plan.steps(s.From, s.Until)
		if first >= end {
			continue
		}
		done.Records = append(done.Records, record{
			Family: family, Labels: string(r.labels.texts[family].append(nil, s.Labels)),
			First: first, End: end, Value: s.Value,
		})
		done.Samples += end - first
	}
	return nil
}

// readPart reads a part of a day, up to limit times. It returns an error if no other day could be read either.
func (r *reader) readPart(ctx context.Context, part int, date Date, limit int) (partRead, error) {
	p := r.History.Parts[part]
	for failures := 1; ; failures++ {
		day, err := p.Read(ctx, date.in(r.History.Location))
		if ctx.Err() != nil {
			return partRead{}, ctx.Err()
		}
		r.moment++
		if err == nil {
			r.answered[part], r.latest[part] = r.moment, date
			return r.partlyRead(day), nil
		}
		switch verdictOf(err) {
		case fatal:
			return partRead{}, err
		case refused:
			return partRead{gap: err}, nil
		case unreached, failed:
		}
		if transport.KindOf(err) == transport.Malformed {
			limit = min(limit, attemptsAgain)
		}
		if failures >= limit {
			return partRead{err: err, failed: r.moment}, nil
		}
		wait := waitAfter(failures, err)
		r.Progress.waiting(p.Endpoint, date, err, wait)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return partRead{}, ctx.Err()
		case <-timer.C:
		}
	}
}

// partlyRead returns what was read. It is to be read again if items failed in a way that may pass.
func (r *reader) partlyRead(day history.DayResult) partRead {
	read := partRead{day: day}
	for _, err := range day.Gaps {
		if v := verdictOf(err); v == unreached || v == failed {
			read.err, read.partly = err, true
		}
	}
	return read
}
