package collector

import (
	"context"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Item is one of the things that an endpoint reads: a batch of tasks, an event. An endpoint that reads a single thing has one Item with the empty ID.
type Item struct {
	// ID tells the item from the endpoint's others, over time.
	ID string
	// Read asks the vendor and fills the batch. It returns when ctx is done; day is the one of the endpoint's window.
	Read func(ctx context.Context, day metric.Day, b *metric.Batch) error
	// Label and Values are for an item that is many things, of which some may go: samples whose label has none of the values leave with the next list. "" keeps all.
	Label  string
	Values []string
	// EndsAt is when the thing ends or ended, as the list knows it; zero where it does not. An end later than the one that the last read knew makes the item due as usual again.
	EndsAt time.Time
}

// part is what the last good read of an item gave. It never changes.
type part struct {
	samples []metric.Sample
	dropped metric.DropCounts
	// examples are the first values that were dropped.
	examples []metric.DroppedValue
	// incomplete says that the read failed for a family of which every value was dropped.
	incomplete bool
	day        metric.Day
	// readAt is when the read began: its figures are at least that fresh.
	readAt time.Time
	// turnAt is when the turn began in which it was read. Freshness counts from there, so that an item at the end of a long turn has its next turn with the others.
	turnAt time.Time
	// endedAt is when the thing that was read ended; zero where it has not, or does not end.
	endedAt time.Time
	// unchanged is how many reads in a row, up to this one, gave what the read before had given; since is when the
	// first read began that gave it.
	unchanged int
	since     time.Time
	expiry    metric.Expiry
}

// expiring returns the part as it is served at now, without the samples that have expired, and when that changes next: zero if it does not.
func (p *part) expiring(now time.Time) (served *part, until time.Time) {
	switch {
	case p.expiry.At.IsZero():
		return p, time.Time{}
	case now.Before(p.expiry.At):
		return p, p.expiry.At.Add(-time.Nanosecond) // the last instant
	}
	rest := *p
	rest.samples = p.samples[:p.expiry.From]
	return &rest, time.Time{}
}

// live tells whether the part may be served at now, when day is the window's.
func (p *part) live(now time.Time, day metric.Day, maxStale time.Duration) bool {
	return p.day == day && age(now, p.readAt) <= p.staleAfter(maxStale)
}

// staleAfter is how old the part may become. One that is read less often by then may be as much older.
func (p *part) staleAfter(maxStale time.Duration) time.Duration {
	if p.settled(p.readAt.Add(maxStale)) {
		return maxStale + settledInterval
	}
	return maxStale
}

// What ended settledAge ago and gave the same settledReads times more is read no more often than every settledInterval: it will hardly change again.
const (
	settledAge      = 24 * time.Hour
	settledReads    = 2
	settledInterval = time.Hour
)

// settled tells whether the part will hardly change again.
func (p *part) settled(now time.Time) bool {
	return p != nil && !p.endedAt.IsZero() && p.unchanged >= settledReads && age(now, p.endedAt) >= settledAge
}

// newPart is what a read gave that began at the given time, after the part before.
func newPart(b *metric.Batch, day metric.Day, readAt, turnAt time.Time, before *part) *part {
	_, incomplete := b.Lost()
	p := &part{
		samples: b.Samples(), dropped: b.Drops(), examples: b.Examples(), incomplete: incomplete, expiry: b.Expiry(),
		day: day, readAt: readAt, turnAt: turnAt, since: readAt,
	}
	endedAt, whenIdle := b.End()
	p.endedAt = endedAt
	p.follows(before)
	if whenIdle {
		p.endedAt = p.since
	}
	return p
}

// follows counts in how many reads nothing changed.
func (p *part) follows(before *part) {
	if before != nil && before.day == p.day && before.dropped == p.dropped && slices.EqualFunc(before.samples, p.samples, metric.Sample.Equal) {
		p.unchanged, p.since = before.unchanged+1, before.since
	}
}

// itemState is an item with its memory.
type itemState struct {
	Item
	trouble
	part        *part // nil before the first success
	attemptedAt time.Time
}

// isFresh reports whether the part that is served is of the item's last read.
func (s *itemState) isFresh() bool {
	return s.err == nil || s.part.incomplete && !s.part.readAt.Before(s.attemptedAt)
}

// become gives the state the item as it is listed now. Samples of what is no longer in it leave at once, and what goes on after all is no longer settled.
func (s *itemState) become(item Item) {
	gone := item.Label != "" && s.part != nil && !slices.Equal(s.Values, item.Values)
	s.Item = item
	if s.part != nil && !s.part.endedAt.IsZero() && item.EndsAt.After(s.part.endedAt) {
		p := *s.part
		p.endedAt, p.unchanged = item.EndsAt, 0
		s.part = &p
	}
	if !gone {
		return
	}
	there := make(map[string]bool, len(item.Values))
	for _, v := range item.Values {
		there[metric.CleanLabel(v)] = true
	}
	p := *s.part
	p.samples = slices.DeleteFunc(slices.Clone(p.samples), func(sample metric.Sample) bool { return !there[sample.Label(item.Label)] })
	s.part = &p
}

// due tells whether the item should be read at now, in a turn for day.
func (s *itemState) due(now time.Time, day metric.Day, minInterval time.Duration) bool {
	if s.err != nil {
		return !s.rests(now)
	}
	if s.part.settled(now) && s.part.day == day && within(now, s.attemptedAt, settledInterval) {
		return false
	}
	return s.part == nil || s.part.day != day || isDue(now, s.part.turnAt, minInterval)
}

// isDue tells whether a tenth less than the interval has passed since then: scrapes come a little early at times, and must not then skip a turn. A time to come means that
// the clock was set back: better to read once more than to wait for it.
func isDue(now, since time.Time, interval time.Duration) bool {
	passed := age(now, since)
	return passed < 0 || passed >= interval-interval/10
}

// within tells whether less than the interval has passed since then.
func within(now, since time.Time, interval time.Duration) bool {
	passed := age(now, since)
	return passed >= 0 && passed < interval
}

// dueAt is the time at which isDue begins to hold.
func dueAt(since time.Time, interval time.Duration) time.Time {
	return since.Add(interval - interval/10)
}

// age is the time from then to now by the wall clock: the monotonic one stands still while a machine sleeps, and figures grow old all the same.
func age(now, then time.Time) time.Duration { return now.Round(0).Sub(then.Round(0)) }
