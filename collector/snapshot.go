package collector

import (
	"math"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// snapshot is what an endpoint's items give together at a time: no part that is too old or of a day gone by, no label set twice, no more samples than allowed. It is
// made of the items' parts and never changes.
type snapshot struct {
	parts   []*part
	samples int
	dropped metric.DropCounts
	// examples are the first values that were dropped.
	examples []metric.DroppedValue
	day      metric.Day
	// oldest is when the oldest part was read; zero without parts.
	oldest time.Time
	// until is when the first part becomes too old, or the first sample expires; zero without parts.
	until time.Time
}

// current gives the snapshot at now. It is made anew only when a part came, left or died. e.mu is held.
func (e *endpoint) current(now time.Time) snapshot {
	day := e.day(now)
	if !e.dirty && e.snapshot.day == day && (e.snapshot.until.IsZero() || age(now, e.snapshot.until) <= 0) {
		return e.snapshot
	}
	e.dirty = false
	next := snapshot{day: day}
	var live []*part
	for _, s := range e.items {
		p := s.part
		if p == nil || !p.live(now, day, e.settings.MaxStale) {
			continue
		}
		served, expires := p.expiring(now)
		live = append(live, served)
		if next.oldest.IsZero() || p.readAt.Before(next.oldest) {
			next.oldest = p.readAt
		}
		for _, until := range []time.Time{p.readAt.Add(p.staleAfter(e.settings.MaxStale)), expires} {
			if !until.IsZero() && (next.until.IsZero() || until.Before(next.until)) {
				next.until = until
			}
		}
	}
	next.parts, next.dropped = fit(live, e.account.maxSamples)
	for _, p := range next.parts {
		next.samples += len(p.samples)
		for _, d := range p.examples {
			if len(next.examples) < metric.MaxDroppedExamples {
				next.examples = append(next.examples, d)
			}
		}
	}
	e.snapshot = next
	switch {
	case !next.oldest.IsZero():
		e.servedAt = next.oldest
	case e.listed && len(e.items) == 0: // an empty list is an answer too
		e.servedAt = e.listedAt
	}
	return next
}

// fit gives copies of the parts with the samples that can be served together.
//
// Where two items give the same label set, the later one's sample is dropped and counted. Where they give more samples together than allowed, those with the most give up
// theirs, and as many each, so that a large item does not crowd out a small one.
func fit(parts []*part, limit int) (fitted []*part, dropped metric.DropCounts) {
	var seen map[string]struct{}
	if len(parts) > 1 {
		seen = make(map[string]struct{})
	}
	for _, whole := range parts {
		p := *whole
		dropped.Add(p.dropped)
		if seen != nil {
			p.samples = unseen(p.samples, seen)
			dropped.Duplicates += len(whole.samples) - len(p.samples)
		}
		fitted = append(fitted, &p)
	}
	most := fairShare(fitted, limit)
	for _, p := range fitted {
		if over := len(p.samples) - most; over > 0 {
			p.samples = p.samples[:most]
			dropped.Truncated += over
		}
	}
	return fitted, dropped
}

// fairShare is how many samples a part may have at most, so that all parts together have no more than limit.
func fairShare(parts []*part, limit int) int {
	sizes := make([]int, len(parts))
	for i, p := range parts {
		sizes[i] = len(p.samples)
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

// unseen is the samples whose family and labels are not in seen, to which it adds them.
func unseen(samples []metric.Sample, seen map[string]struct{}) []metric.Sample {
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
