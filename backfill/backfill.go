// Package backfill writes what a vendor still has of an account's past as OpenMetrics text, for databases that take
// samples of the past.
//
// Days are read one after the other, and each is kept in a journal beside the output: a run that ended early, even by
// kill -9, continues where it was. At the end the values are sorted by series and written as a stream. Memory grows
// with the number of values, one for each series and day, and not with the number of samples.
package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
)

// Options say what is written, and where to.
type Options struct {
	// History is the account's.
	History *history.Account
	// From and To are the first day and the last, in the account's time zone. The zero To is the last day that is
	// over.
	From, To Date
	// Step is the time between two samples of a series; they stand at its multiples.
	Step time.Duration
	// Recent is how long before now the samples end: Prometheus takes no samples of the past for the time that its
	// head block covers.
	Recent time.Duration
	// Labels are added to those of every series.
	Labels []Label
	// Account is what the account's values follow from in the configuration. A run that was interrupted is not continued
	// with another. It may hold personal data: only a salted hash of it is kept.
	Account string
	// Output is a file; "-" is Stdout, and then an interrupted run begins anew.
	Output string
	Stdout io.Writer
	// Force replaces an output that is there already.
	Force bool
	// Progress receives what happens; nil = none.
	Progress *Progress
}

// InterruptedError is the error of a run that ended with its context. The days that it has read are kept.
type InterruptedError struct {
	resumption
}

// Error says how far the run came, and how to go on.
func (e *InterruptedError) Error() string { return "interrupted: " + e.String() }

// resumption says in words how a run goes on that was ended before it was done.
type resumption struct {
	done, days int
	state      string // the folder; "" if nothing is kept
}

func (r resumption) String() string {
	if r.state == "" {
		return fmt.Sprintf("%d of %d days were read, and nothing is kept, because the output is not a file: "+
			"run the same command to start again", r.done, r.days)
	}
	return fmt.Sprintf("%d of %d days are read and kept in %s: run the same command again to continue", r.done, r.days, r.state)
}

// OptionsError is what is wrong with the options, whatever the disk and the vendor do.
type OptionsError struct{ error }

func wrongOptions(err error) error {
	if err == nil {
		return nil
	}
	return &OptionsError{err}
}

// Run reads the days that have not been read yet and writes the output. It returns what has been written; with an
// error nothing has.
func Run(ctx context.Context, o Options) (*Summary, error) {
	began := time.Now()
	o.Progress = cmp.Or(o.Progress, NewProgress(io.Discard, false))
	labels, mistakes := newLabels(o.Labels, o.History)
	mistakes = wrongOptions(mistakes)
	state, err := openState(o.Output)
	if err != nil {
		_, wrong := newPlan(o, nil)
		return nil, errors.Join(mistakes, err, wrongOptions(wrong))
	}
	defer state.close()
	p, err := newPlan(o, state.before)
	if err = errors.Join(mistakes, wrongOptions(err), state.refuseOutput(o.Force)); err == nil {
		err = state.begin(p)
	}
	if err != nil {
		return nil, errors.Join(err, state.forget())
	}
	failed := func(err error) (*Summary, error) {
		left := resumption{done: len(state.days), days: len(p.days), state: state.kept()}
		switch {
		case ctx.Err() != nil:
			return nil, &InterruptedError{left}
		case errors.Is(err, errEmpty):
			return nil, errors.Join(err, state.remove())
		}
		return nil, fmt.Errorf("%w; %s", err, left)
	}
	if state.damaged {
		o.Progress.damaged(state.path(journalFile))
	}
	r := newReader(o, p, state, labels)
	if err := r.read(ctx); err != nil {
		return failed(err)
	}
	s, err := write(ctx, o, p, state, labels.texts)
	if err != nil {
		return failed(errors.Join(err, state.removeUnfinished()))
	}
	if err := state.finish(); err != nil {
		return nil, err
	}
	s.Duration = time.Since(began)
	return s, nil
}
