package poll

import (
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// result is what the last good read of an item returned. It never changes.
type result struct {
	samples []metric.Sample
	dropped metric.DropCounts
	// examples are the first values that were dropped.
	examples []metric.DroppedValue
	// incomplete: the read failed for a family of which every value was dropped.
	incomplete bool
	expiry     metric.Expiry
	day        metric.Day
	// readAt is when the read began: its values are at least that fresh.
	readAt time.Time
	// refreshedAt is when the refresh began in which it was read. The next read is due by it, so that an item at the
	// end of a long refresh is read together with the others.
	refreshedAt time.Time
	// endedAt is when the thing that was read ended; zero if it has not, or does not end.
	endedAt time.Time
	// unchanged is how many reads in a row, up to this one, returned what the read before had returned; since is when
	// the first of them began.
	unchanged int
	since     time.Time
}

// newResult returns what a read returned that began at readAt, after the result before.
func newResult(b *metric.Batch, day metric.Day, readAt, refreshedAt time.Time, before *result) *result {
	_, incomplete := b.Lost()
	endedAt, whenIdle := b.End()
	r := &result{
		samples: b.Samples(), dropped: b.Drops(), examples: b.Examples(), incomplete: incomplete, expiry: b.Expiry(),
		day: day, readAt: readAt, refreshedAt: refreshedAt, endedAt: endedAt, since: readAt,
	}
	if before != nil && before.day == r.day && before.dropped == r.dropped &&
		slices.EqualFunc(before.samples, r.samples, metric.Sample.Equal) {
		r.unchanged, r.since = before.unchanged+1, before.since
	}
	if whenIdle {
		r.endedAt = r.since
	}
	return r
}

// served returns the result as it is served at now, without the samples that have expired, and the last instant at
// which that holds: zero if it does not change.
func (r *result) served(now time.Time) (served *result, until time.Time) {
	switch {
	case r.expiry.At.IsZero():
		return r, time.Time{}
	case now.Before(r.expiry.At):
		return r, r.expiry.At.Add(-time.Nanosecond)
	}
	rest := *r
	rest.samples = r.samples[:r.expiry.From]
	return &rest, time.Time{}
}

// fresh reports whether the result may be served at now, when day is the day of the window.
func (r *result) fresh(now time.Time, day metric.Day, maxStale time.Duration) bool {
	return r.day == day && age(now, r.readAt) <= r.staleAfter(maxStale)
}

// staleAfter returns how old the result may become. One that is read less often by then may be as much older.
func (r *result) staleAfter(maxStale time.Duration) time.Duration {
	if r.stable(r.readAt.Add(maxStale)) {
		return maxStale + stableInterval
	}
	return maxStale
}

// What ended stableAge ago, and returned the same stableReads times more, is read once per stableInterval: it will
// hardly change again.
const (
	stableAge      = 24 * time.Hour
	stableReads    = 2
	stableInterval = time.Hour
)

// stable reports whether the result will hardly change again.
func (r *result) stable(now time.Time) bool {
	return r != nil && !r.endedAt.IsZero() && r.unchanged >= stableReads && age(now, r.endedAt) >= stableAge
}

// itemState is an item and what is known of it.
type itemState struct {
	Item
	backoff
	result      *result     // nil before the first success
	kept        metric.Kept // by the last read that kept something
	attemptedAt time.Time
}

// current reports whether the result that is served is of the item's last read.
func (s *itemState) current() bool {
	return s.err == nil || s.result.incomplete && !s.result.readAt.Before(s.attemptedAt)
}

// become gives the state the item as it was discovered now, and reports whether that changes what is served. Samples of
// members that have left are dropped at once, and an item that goes on after all is no longer stable.
func (s *itemState) become(item Item) (changed bool) {
	left := item.MemberLabel != "" && s.result != nil && !slices.Equal(s.Members, item.Members)
	s.Item = item
	if s.result != nil && !s.result.endedAt.IsZero() && item.EndsAt.After(s.result.endedAt) {
		r := *s.result
		r.endedAt, r.unchanged = item.EndsAt, 0
		s.result, changed = &r, true
	}
	if !left {
		return changed
	}
	there := make(map[string]bool, len(item.Members))
	for _, member := range item.Members {
		there[metric.CleanLabel(member)] = true
	}
	r := *s.result
	r.samples = slices.DeleteFunc(slices.Clone(r.samples), func(sample metric.Sample) bool {
		return !there[sample.Label(item.MemberLabel)]
	})
	s.result = &r
	return true
}

// due reports whether the item should be read at now, in a refresh for day.
func (s *itemState) due(now time.Time, day metric.Day, minInterval time.Duration) bool {
	if s.Read == nil { // it is restored, and not discovered yet
		return false
	}
	if s.err != nil {
		return !s.backingOff(now)
	}
	if s.result.stable(now) && s.result.day == day && within(now, s.attemptedAt, stableInterval) {
		return false
	}
	return s.result == nil || s.result.day != day || isDue(now, s.result.refreshedAt, minInterval)
}
