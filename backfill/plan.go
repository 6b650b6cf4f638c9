package backfill

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// MaxStep is the step from which on queries find gaps between two samples: Prometheus looks five minutes back.
const MaxStep = 5 * time.Minute

// plan is what a run does, worked out of its options. It is the same when the run is continued, whenever that is.
type plan struct {
	parameters
	begun time.Time
	days  []Date
	step  int64 // in seconds
	end   int64 // the number of the first step without samples
}

// newPlan checks the options, and reports all mistakes at once. before is of the run that is continued; nil if there is
// none.
func newPlan(o Options, before *header) (*plan, error) {
	p := &plan{begun: time.Now()}
	salt := rand.Text()
	if before != nil {
		p.begun, salt = before.Begun, before.Salt
	}
	p.begun = p.begun.Truncate(time.Second).UTC()
	today := dateAt(p.begun, o.History.Location)
	last := today.plus(-1)
	from, to := o.From, o.To
	if to.IsZero() {
		to = last
	}
	zone := o.History.Location
	var mistakes []error
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	switch {
	case from.IsZero():
		wrong("no --from, name the first day to be read, such as --from=%s", earliest(o.History.Parts, today, last))
	case last.before(from):
		wrong("--from=%s is not over in %s, where it is %s; the last whole day is %s", from, zone, today, last)
	case last.before(to):
		wrong("--to=%s is not over in %s, where it is %s; the last whole day is %s", to, zone, today, last)
	case to.before(from):
		wrong("--from=%s is after --to=%s", from, to)
	default:
		mistakes = append(mistakes, tooOld(o.History.Parts, from, today)...)
	}
	if o.Step <= 0 || o.Step%time.Second != 0 {
		wrong("--step=%s, want a whole number of seconds, at least 1s", o.Step)
	}
	if o.Recent < 0 {
		wrong("--recent=%s, want 0s or more", o.Recent)
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	p.step = int64(o.Step / time.Second)
	p.end = firstStep(p.begun.Add(-o.Recent), p.step)
	for d := from; !to.before(d); d = d.plus(1) {
		if slices.ContainsFunc(o.History.Parts, func(part history.Part) bool { return p.uses(part, d.in(zone)) }) {
			p.days = append(p.days, d)
		}
	}
	if len(p.days) == 0 {
		return nil, p.nothingLeft(o, from)
	}
	p.parameters = parametersOf(o, from, to, salt)
	return p, nil
}

// earliest is the first day that every part keeps; otherwise, where no document says it.
func earliest(parts []history.Part, today, otherwise Date) Date {
	least := math.MaxInt
	for _, part := range parts {
		if part.RetentionDays > 0 {
			least = min(least, part.RetentionDays)
		}
	}
	if least == math.MaxInt {
		return otherwise
	}
	return today.plus(-least)
}

// tooOld reports which parts do not keep the first day any more.
func tooOld(parts []history.Part, from, today Date) []error {
	var mistakes []error
	var others []string
	for _, part := range parts {
		first := today.plus(-part.RetentionDays)
		if part.RetentionDays == 0 || !from.before(first) {
			others = append(others, "--endpoint="+part.Endpoint)
			continue
		}
		mistakes = append(mistakes, fmt.Errorf("--from=%s is too early for %s: the vendor keeps %d days, so the earliest is --from=%s", from, part.Endpoint, part.RetentionDays, first))
	}
	if len(mistakes) > 0 && len(others) > 0 {
		mistakes = append(mistakes, fmt.Errorf("or read only what is kept for longer: %s", strings.Join(others, " ")))
	}
	return mistakes
}

// uses reports whether a part's values of a day can be among the samples: not if they are shown after the last one, or
// between two steps.
func (p *plan) uses(part history.Part, day metric.Day) bool {
	first, end := firstStep(day.Start, p.step), p.end
	if part.VisibleDuring != nil {
		shown := part.VisibleDuring(day)
		first, end = p.steps(shown.Start, shown.End)
	}
	return first < end
}

// nothingLeft says why no day can have a sample.
func (p *plan) nothingLeft(o Options, from Date) error {
	zone := o.History.Location
	shown := from.in(zone).Start
	for i, part := range o.History.Parts {
		if part.VisibleDuring == nil {
			continue
		}
		if start := part.VisibleDuring(from.in(zone)).Start; i == 0 || start.Before(shown) {
			shown = start
		}
	}
	return fmt.Errorf("nothing would be written: the values of --from=%s are exported from %s on, and with --step=%s and --recent=%s the samples end before %s; choose an earlier --from, or less of the others",
		from, shown.Format(time.RFC3339), o.Step, o.Recent, time.Unix(p.end*p.step, 0).In(zone).Format(time.RFC3339))
}

// firstStep is the number of the first step at or after a time.
func firstStep(t time.Time, step int64) int64 {
	n := t.Unix() / step
	if t.Unix()%step < 0 {
		n--
	}
	if time.Unix(n*step, 0).Before(t) {
		n++
	}
	return n
}

// steps returns the numbers of the steps in [from, until) that the plan has: from first to before end.
func (p *plan) steps(from, until time.Time) (first, end int64) {
	return firstStep(from, p.step), min(firstStep(until, p.step), p.end)
}
