package adspect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// clickLog counts today's events. The log of a day is long, so it is read in spans of a few hours. The counts of a
// span are kept as soon as all of it has come. A span continues from the newest event of the last one. More events of
// that event's second may have come since, so they are counted separately, and requested and counted again.
//
// Adspect may add an event later than its time says. So the next read begins lateBy before this one, with the counts
// up to there: later events are requested and counted again. If they do not fit in one answer, the next read begins
// with the last answer.
type clickLog struct {
	client   *adspect.Client
	limit    int // the most counts that are kept
	redactor func() func(text string, most int) string

	from   time.Time              // where the next read continues
	before map[clickCount]float64 // events before from
	at     map[clickCount]float64 // events at from, to be counted again
	last   map[clickStage]time.Time

	// The next read begins at settled, once this one has come so far. late are the events from there on, which are
	// also in before and at; edge are those of the second settled alone.
	settled    time.Time
	late, edge map[clickCount]float64

	kept   map[clickCount]bool // true for the counts that are kept, false for those that came when there was no room
	stages map[clickStage]bool // of the counts that are kept
	room   int                 // how many more samples there is room for

	// lost is how many events of the day came and could not be counted. They are absent from the day's counts for
	// good. Some are sent again with each read, so it is the highest number of one read.
	lost    int
	lostNow int       // lost in the current read
	first   lostEvent // the first lost event, fit to be shown

	events int             // all events of the day, lost ones included
	absent map[string]bool // the columns that no event had
}

// clickCount is what events are counted by.
type clickCount struct{ stream, stage, page string }

// clickStage is a stage of one stream's events.
type clickStage struct{ stream, stage string }

// lostEvent is an event that could not be counted, with the value that was wrong.
type lostEvent struct {
	clickCount
	value string
}

// logSpan is the part of the day that one request asks for: a busy day's log is too long for one answer within its
// time.
const logSpan = 3 * time.Hour

// maxCompleteRows is the number of rows below which an answer counts as complete. Adspect cuts reports at a number of
// rows that it does not disclose.
const maxCompleteRows = 1000

// lateBy is how much later than its time an event may be added and still be counted.
const lateBy = 10 * time.Minute

// maxLogRequests is how many requests one read makes at most. Answers that may have been cut could advance by no more
// than a second each.
const maxLogRequests = 100

// readClickLog returns how an account's click log is read.
func readClickLog(
	client *adspect.Client, a *poll.Account,
) func(ctx context.Context, day metric.Day, b *metric.Batch) error {
	return func(ctx context.Context, day metric.Day, b *metric.Batch) error {
		l := newClickLog(b.Kept(), day, a.MaxSamples)
		l.client, l.redactor = client, a.Client().Redactor
		err := l.read(ctx, day)
		b.Keep(l.state(day))
		if err == nil {
			l.fill(b)
		}
		return err
	}
}

// read counts the events since the last read.
func (l *clickLog) read(ctx context.Context, day metric.Day) error {
	now := time.Now()
	l.settled, l.late, l.edge = now.Add(-lateBy).Truncate(time.Second), map[clickCount]float64{}, map[clickCount]float64{}
	if !l.from.Before(l.settled) {
		l.settle()
	}
	span, busy := logSpan, false
	for requests := 0; ; requests++ {
		if requests == maxLogRequests {
			return &transport.Error{
				Vendor: "adspect", Endpoint: "GET /reports/log", Kind: transport.TooLarge,
				Err: fmt.Errorf("after %d requests the log is read up to %s", requests, l.from.UTC().Format(time.RFC3339)),
				Advice: "the next read continues from there; if this continues, the day has more events than can be read: " +
					"disable click_log",
			}
		}
		to := l.from.Add(span)
		current := !to.Before(now)
		if current && span == logSpan {
			to = day.End // the vendor's clock may be a little ahead of ours
		}
		answer, err := l.readSpan(ctx, to, now)
		if err != nil {
			return err
		}
		if answer == isUnusable {
			if span == time.Second {
				return &transport.Error{
					Vendor: "adspect", Endpoint: "GET /reports/log", Kind: transport.Malformed,
					Err: fmt.Errorf("the answer for the second %s has %d rows or more, so it may have been cut",
						l.from.UTC().Format(time.RFC3339), maxCompleteRows),
					Advice: "disable click_log if this lasts: the log has more events than can be read",
				}
			}
			span = max(min(span, now.Sub(l.from)).Truncate(2*time.Second)/2, time.Second)
			busy = true
			continue
		}
		span = min(2*span, logSpan)
		busy = busy || answer == isCut
		if answer == isComplete && current {
			break
		}
		if busy && l.from.After(l.settled) {
			l.settle()
		}
		if answer != isComplete {
			continue
		}
		if l.from.Before(to) { // the time to is past, and no event of that second has been read yet
			add(l.before, l.at, 1)
			l.from, l.at = to, map[clickCount]float64{}
		}
	}
	l.lost, l.lostNow = max(l.lost, l.lostNow), 0
	return nil
}

// settle lets the next read begin where this one is.
func (l *clickLog) settle() { l.settled, l.late, l.edge = l.from, maps.Clone(l.at), maps.Clone(l.at) }

// maxAhead is how far the vendor's clock may be ahead of ours. An event that is dated later is wrong, and reading on
// from it would lose all events before it.
const maxAhead = 10 * time.Minute

// spanAnswer is what an answer of the log has of its span.
type spanAnswer uint8

const (
	isComplete spanAnswer = iota
	// isCut: perhaps only the first events of the span. The log can be read on from the newest.
	isCut
	// isUnusable: perhaps not all events, and which are lacking is unknown, because the answer is not in the order of
	// time, or all its events are of the second that the span begins with. It is not counted.
	isUnusable
)

// readSpan counts the events from l.from up to the time to. The counts change only once the whole answer has come.
func (l *clickLog) readSpan(ctx context.Context, to, now time.Time) (answer spanAnswer, err error) {
	rows, isSorted, previous := 0, true, time.Time{}
	again, repeated := map[clickCount]float64{}, false // events at l.from
	between := map[clickCount]float64{}                // after it, but before the newest
	newest, at := l.from, map[clickCount]float64{}     // the newest
	late, edge := map[clickCount]float64{}, map[clickCount]float64{}
	last := maps.Clone(l.last)
	lost, first := 0, lostEvent{}
	absent := maps.Clone(l.absent)
	for event, err := range l.client.Log(ctx, adspect.LogQuery{From: l.from, To: to}) {
		if err != nil {
			return isUnusable, err
		}
		rows++
		if event.StreamID != "" {
			delete(absent, "stream_id")
		}
		if event.Sequence >= 0 {
			delete(absent, "sequence")
		}
		if event.Time.Equal(to) {
			continue // the next span has it
		}
		stage := clickStage{metric.CleanLabel(event.StreamID), logStage(event.Sequence)}
		count := clickCount{stage.stream, stage.stage, logPage(event.Target)}
		if value, ok := l.countable(event, to, now); !ok {
			if lost == 0 {
				first = l.shown(lostEvent{count, value})
			}
			lost++
			continue
		}
		isSorted = isSorted && !event.Time.Before(previous)
		previous = event.Time
		if !l.admit(count) {
			continue
		}
		if !event.Time.Before(l.settled) {
			late[count]++
		}
		if event.Time.Equal(l.settled) {
			edge[count]++
		}
		switch {
		case event.Time.Equal(l.from):
			again[count]++
			repeated = true
		case event.Time.After(newest):
			add(between, at, 1)
			newest, at = event.Time, map[clickCount]float64{count: 1}
		case event.Time.Equal(newest):
			at[count]++
		default:
			between[count]++
		}
		if event.Time.After(last[stage]) {
			last[stage] = event.Time
		}
	}
	if rows >= maxCompleteRows {
		if answer = isCut; !isSorted || !newest.After(l.from) {
			return isUnusable, nil
		}
	}
	l.last = last
	if l.lost+l.lostNow == 0 {
		l.first = first
	}
	l.lostNow += lost
	l.events, l.absent = l.events+rows, absent
	if repeated { // otherwise the answer has no event of that second, and its counts stay
		if !l.from.Before(l.settled) {
			add(l.late, l.at, -1)
		}
		if l.from.Equal(l.settled) {
			l.edge = map[clickCount]float64{}
		}
		l.at = again
	}
	add(l.late, late, 1)
	add(l.edge, edge, 1)
	if newest.After(l.from) {
		add(l.before, l.at, 1)
		add(l.before, between, 1)
		l.from, l.at = newest, at
	}
	return answer, nil
}

// add adds counts to others, each times the factor.
func add(to, counts map[clickCount]float64, factor float64) {
	for c, n := range counts {
		to[c] += factor * n
	}
}

// countable reports whether an event can be counted, and returns the value that is wrong with one that cannot. A time
// that was not asked for may be one of another time zone.
func (l *clickLog) countable(event adspect.Event, to, now time.Time) (wrong string, ok bool) {
	switch {
	case event.Unusable.Field != "":
		return event.Unusable.Text, false
	case event.Time.Before(l.from), event.Time.After(to), event.Time.After(now.Add(maxAhead)):
		return event.Time.Format(time.DateTime), false
	default:
		return "", true
	}
}

// shown returns a lost event without what must not be shown, or kept.
func (l *clickLog) shown(e lostEvent) lostEvent {
	redact := l.redactor()
	e.value = metric.SafeText(e.value, redact)
	e.stream = redact(e.stream, metric.MaxLabelValue)
	return e
}

// admit reports whether a count is kept. The first counts that come are, as many as there is room for beside a sample
// for the newest event of each stage.
func (l *clickLog) admit(c clickCount) bool {
	kept, known := l.kept[c]
	if known || len(l.kept) >= 2*l.limit {
		return kept
	}
	stage := clickStage{c.stream, c.stage}
	needs := 1
	if !l.stages[stage] {
		needs = 2
	}
	if kept = needs <= l.room; kept {
		l.room -= needs
		l.stages[stage] = true
	}
	l.kept[c] = kept
	return kept
}

// fill adds the samples of all events that have been counted today.
func (l *clickLog) fill(b *metric.Batch) {
	total := maps.Clone(l.before)
	add(total, l.at, 1)
	for _, kept := range l.kept {
		if !kept {
			b.Truncated(1)
		}
	}
	if l.lost > 0 {
		b.Drop(events, l.first.value, l.first.stream, l.first.stage, l.first.page)
		b.AddDropped(l.lost - 1)
	}
	if l.events > 0 {
		b.AddMissing(len(l.absent))
	}
	for _, c := range sortedCounts(total) {
		b.Value(events, total[c], c.stream, c.stage, c.page)
	}
	for _, s := range sortedStages(l.last) {
		b.Value(lastEvent, float64(l.last[s].Unix()), s.stream, s.stage)
	}
}

// sortedCounts returns the keys in the order in which they are exposed.
func sortedCounts(counts map[clickCount]float64) []clickCount {
	return slices.SortedFunc(maps.Keys(counts), func(a, b clickCount) int {
		return cmp.Or(strings.Compare(a.stream, b.stream), strings.Compare(a.stage, b.stage),
			strings.Compare(a.page, b.page))
	})
}

// sortedStages returns the keys in the order in which they are exposed.
func sortedStages(stages map[clickStage]time.Time) []clickStage {
	return slices.SortedFunc(maps.Keys(stages), func(a, b clickStage) int {
		return cmp.Or(strings.Compare(a.stream, b.stream), strings.Compare(a.stage, b.stage))
	})
}
