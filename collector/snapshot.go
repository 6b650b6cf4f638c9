package collector

import (
	"strings"
	"time"
)

// snapshot is what an endpoint's items give together at a time: no part that is too old or of a day gone by, no label set twice, no more samples than allowed. It is
// made of the items' parts and never changes.
type snapshot struct {
	parts   []*part
	samples int
	dropped drops
	day     Day
	// oldest is when the oldest part was read; zero without parts.
	oldest time.Time
}

// current gives the snapshot at now. It is made anew only when a part came, left or died. e.mu is held.
//
// An item comes before those behind it in the list: where two give the same label set, or the limit is reached, the later one's samples are dropped and counted.
func (e *endpoint) current(now time.Time) snapshot {
	day := e.day(now)
	if !e.dirty && e.snapshot.day == day && (e.snapshot.oldest.IsZero() || age(now, e.snapshot.oldest) <= e.settings.MaxStale) {
		return e.snapshot
	}
	e.dirty = false
	next := snapshot{day: day}
	room := e.account.maxSamples
	var seen map[string]struct{}
	if len(e.items) > 1 {
		seen = make(map[string]struct{})
	}
	for _, s := range e.items {
		if s.part == nil || !s.part.live(now, day, e.settings.MaxStale) {
			continue
		}
		p := *s.part
		next.dropped.add(p.dropped)
		if seen != nil {
			p.samples = unseen(p.samples, seen)
			next.dropped.duplicates += len(s.part.samples) - len(p.samples)
		}
		if over := len(p.samples) - room; over > 0 {
			p.samples = p.samples[:room]
			next.dropped.overLimit += over
		}
		room -= len(p.samples)
		next.parts = append(next.parts, &p)
		next.samples += len(p.samples)
		if next.oldest.IsZero() || p.readAt.Before(next.oldest) {
			next.oldest = p.readAt
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

// unseen is the samples whose family and labels are not in seen, to which it adds them.
func unseen(samples []sample, seen map[string]struct{}) []sample {
	kept := make([]sample, 0, len(samples))
	for _, s := range samples {
		key := s.key()
		if _, ok := seen[key]; ok {
			continue
		}
		seen[key] = struct{}{}
		kept = append(kept, s)
	}
	return kept
}

// key tells a sample from all others of its endpoint.
func (s sample) key() string {
	var b strings.Builder
	b.WriteString(s.family.Name)
	for _, pair := range s.metric.GetLabel() {
		b.WriteByte(0xff) // is in no clean label value
		b.WriteString(pair.GetValue())
	}
	return b.String()
}

// label is the value of one of the sample's labels; "" if it has none of that name.
func (s sample) label(name string) string {
	for _, pair := range s.metric.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}
