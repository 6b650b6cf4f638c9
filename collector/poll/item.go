package poll

import (
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// result is what the last successful read of an item returned. It never changes.
type result struct {
	samples []metric.Sample
	dropped metric.DropCounts
	// examples are the first values that were dropped.
	examples []metric.DroppedValue
	// incomplete: the read failed for a family of which every value was dropped; samples are those of other families.
	incomplete bool
	// credentials are those that the item was read with.
	credentials transport.CredentialsVersion
	expiry      metric.Expiry
	day         metric.Day
	// readAt is when the read began: its values are at least that fresh.
	readAt time.Time
	// refreshedAt is when the refresh of this read began. The next read is due counted from it, so that all items of a
	// long refresh become due together.
	refreshedAt time.Time
	// endedAt is when the item ended; zero if it has not ended, or has no end.
	endedAt time.Time
	// unchanged counts the reads in a row, up to this one, that returned the same as the read before them; since is
	// when the first read with these values began.
	unchanged int
	since     time.Time
}

// newResult returns the result of a read that began at readAt. before is the item's previous result, nil if there is
// none.
func newResult(
	b *metric.Batch, day metric.Day, credentials transport.CredentialsVersion, readAt, refreshedAt time.Time, before *result,
) *result {
	_, incomplete := b.Lost()
	endedAt, whenIdle := b.End()
	r := &result{
		samples: b.Samples(), dropped: b.Drops(), examples: b.Examples(), incomplete: incomplete, expiry: b.Expiry(),
		credentials: credentials,
		day:         day, readAt: readAt, refreshedAt: refreshedAt, endedAt: endedAt, since: readAt,
	}
	if before != nil && before.credentials == credentials && before.day == r.day && before.dropped == r.dropped &&
		slices.Equal(before.samples, r.samples) {
		r.unchanged, r.since = before.unchanged+1, before.since
	}
	if whenIdle {
		r.endedAt = r.since
	}
	return r
}

// with returns the result with a part of its samples.
func (r *result) with(samples []metric.Sample) *result {
	if len(samples) == len(r.samples) {
		return r // most results have only samples that can be served: they are not kept twice
	}
	other := *r
	other.samples = samples
	return &other
}

// served returns the result as it is served at now, without expired samples. until is the last instant before the next
// samples expire; zero if none will.
func (r *result) served(now time.Time) (served *result, until time.Time) {
	switch {
	case r.expiry.At.IsZero():
		return r, time.Time{}
	case now.Before(r.expiry.At):
		return r, r.expiry.At.Add(-time.Nanosecond)
	}
	return r.with(r.samples[:r.expiry.From]), time.Time{}
}

// fresh reports whether the result may be served at now. day is the current day of the window.
func (r *result) fresh(now time.Time, day metric.Day, maxStale time.Duration) bool {
	return r.day == day && age(now, r.readAt) <= r.staleAfter(maxStale)
}

// staleAfter returns the age at which the result is no longer served: maxStale, and as much longer as a stable item is
// read less often.
func (r *result) staleAfter(maxStale time.Duration) time.Duration {
	if r.stable(r.readAt.Add(maxStale)) {
		return maxStale + stableInterval
	}
	return maxStale
}

// An item that ended stableAge ago, and whose next stableReads reads returned the same values, is stable: it will
// probably not change again, and is read only once per stableInterval.
const (
	stableAge      = 24 * time.Hour
	stableReads    = 2
	stableInterval = time.Hour
)

// stable reports whether the result is that of a stable item.
func (r *result) stable(now time.Time) bool {
	return r != nil && !r.endedAt.IsZero() && r.unchanged >= stableReads && age(now, r.endedAt) >= stableAge
}

// itemState is an item with the outcome of its reads.
type itemState struct {
	Item
	backoff
	result      *result     // of the last successful read; nil before the first
	kept        metric.Kept // of the last read that kept a value
	keptWith    transport.CredentialsVersion
	attemptedAt time.Time // when the last read began, successful or not
}

// current reports whether the result is that of the item's last read.
func (s *itemState) current() bool {
	return s.err == nil || s.result.incomplete && !s.result.readAt.Before(s.attemptedAt)
}

// update sets the item as it is discovered now, and reports whether that changes the result. Samples of objects that
// are no longer members are removed at once. An item that ends later than its last read found is no longer stable.
func (s *itemState) update(item Item) (changed bool) {
	membersChanged := item.MemberLabel != "" && s.result != nil && !slices.Equal(s.Members, item.Members)
	s.Item = item
	if s.result != nil && !s.result.endedAt.IsZero() && item.EndsAt.After(s.result.endedAt) {
		r := *s.result
		r.endedAt, r.unchanged = item.EndsAt, 0
		s.result, changed = &r, true
	}
	if !membersChanged {
		return changed
	}
	isMember := make(map[string]bool, len(item.Members))
	for _, member := range item.Members {
		isMember[metric.CleanLabel(member)] = true
	}
	r := *s.result
	r.samples = slices.DeleteFunc(slices.Clone(r.samples), func(sample metric.Sample) bool {
		return !isMember[sample.Labels.Get(item.MemberLabel)]
	})
	s.result = &r
	return true
}

// due reports whether the item should be read at now, in a refresh for day. What was read with other credentials may be
// of another account, and is read again.
func (s *itemState) due(
	now time.Time, day metric.Day, minInterval time.Duration, credentials transport.CredentialsVersion,
) bool {
	if s.Read == nil { // it was restored from storage and has not been discovered yet
		return false
	}
	if s.err != nil {
		return !s.backingOff(now)
	}
	if s.result == nil || s.result.credentials != credentials {
		return true
	}
	if s.result.stable(now) && s.result.day == day && within(now, s.attemptedAt, stableInterval) {
		return false
	}
	return s.result.day != day || isDue(now, s.result.refreshedAt, minInterval)
}
