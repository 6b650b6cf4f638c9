package poll

import (
	"math"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// snapshot is what an endpoint serves: the fresh results of all its items, without duplicate label sets, with no more
// samples than allowed. It never changes.
type snapshot struct {
	results []*result
	samples int
	dropped metric.DropCounts
	// examples are the first values that were dropped.
	examples []metric.DroppedValue
	day      metric.Day
	// oldest is when the oldest result was read; zero without results.
	oldest time.Time
	// until is when the first result becomes too old, or the first sample expires; zero without results.
	until time.Time
}

// currentSnapshot returns the snapshot at now. It is rebuilt only after a result was added, removed or has expired.
// e.mu is held.
func (e *Endpoint) currentSnapshot(now time.Time) snapshot {
	day := e.day(now)
	if !e.changed && e.snapshot.day == day && (e.snapshot.until.IsZero() || age(now, e.snapshot.until) <= 0) {
		return e.snapshot
	}
	e.changed = false
	next := snapshot{day: day}
	var fresh []*result
	for _, s := range e.items {
		r := s.result
		if r == nil || !r.fresh(now, day, e.Settings().MaxStale) {
			continue
		}
		served, expires := r.served(now)
		fresh = append(fresh, served)
		if next.oldest.IsZero() || r.readAt.Before(next.oldest) {
			next.oldest = r.readAt
		}
		for _, until := range []time.Time{r.readAt.Add(r.staleAfter(e.Settings().MaxStale)), expires} {
			if !until.IsZero() && (next.until.IsZero() || until.Before(next.until)) {
				next.until = until
			}
		}
	}
	next.results, next.dropped = merge(fresh, e.account.MaxSamples)
	for _, r := range next.results {
		next.samples += len(r.samples)
		for _, d := range r.examples {
			if len(next.examples) < metric.MaxDroppedExamples {
				next.examples = append(next.examples, d)
			}
		}
	}
	e.snapshot = next
	switch {
	case !next.oldest.IsZero():
		e.servedAt = next.oldest
	case e.discovered && len(e.items) == 0: // an empty list is a successful answer too
		e.servedAt = e.discoveredAt
	}
	return next
}

// merge returns the results with the samples that can be served together.
//
// Where two items return the same label set, the later one's sample is dropped and counted. Where they return more
// samples together than allowed, those with the most are truncated, and to the same number, so that a large item does
// not crowd out a small one.
func merge(results []*result, limit int) (merged []*result, dropped metric.DropCounts) {
	var seen map[metric.SampleKey]struct{}
	if len(results) > 1 {
		seen = make(map[metric.SampleKey]struct{})
	}
	for _, r := range results {
		dropped.Add(r.dropped)
		if seen != nil {
			kept := unseen(r.samples, seen)
			dropped.Duplicates += len(r.samples) - len(kept)
			r = r.with(kept)
		}
		merged = append(merged, r)
	}
	most := fairShare(merged, limit)
	for i, r := range merged {
		if over := len(r.samples) - most; over > 0 {
			merged[i] = r.with(r.samples[:most])
			dropped.Truncated += over
		}
	}
	return merged, dropped
}

// fairShare returns how many samples a result may have at most, so that all together have no more than limit.
func fairShare(results []*result, limit int) int {
	sizes := make([]int, len(results))
	for i, r := range results {
		sizes[i] = len(r.samples)
	}
	slices.Sort(sizes)
	for i, size := range sizes {
		if share := limit / (len(sizes) - i); size > share {
			return share
		}
		limit -= size
	}
	return math.MaxInt
}

// unseen returns the samples whose family and labels are not in seen, to which it adds them.
func unseen(samples []metric.Sample, seen map[metric.SampleKey]struct{}) []metric.Sample {
	kept := make([]metric.Sample, 0, len(samples))
	for _, s := range samples {
		key := s.Key()
		if _, ok := seen[key]; ok {
			continue
		}
		seen[key] = struct{}{}
		kept = append(kept, s)
	}
	return kept
}

// Merge merges the samples of several batches as those of an endpoint's items are: no label set twice, no more than
// limit. It returns the samples and what was dropped, the drops of the batches included.
func Merge(batches []*metric.Batch, limit int) (samples []metric.Sample, dropped metric.DropCounts) {
	results := make([]*result, len(batches))
	for i, b := range batches {
		results[i] = &result{samples: b.Samples(), dropped: b.Drops()}
	}
	merged, dropped := merge(results, limit)
	for _, r := range merged {
		samples = append(samples, r.samples...)
	}
	return samples, dropped
}
