package collector

import "strings"

// snapshot is what an endpoint's items give together: no label set twice, no more samples than allowed. It is made of the items' parts and never changed.
type snapshot struct {
	parts   []*part
	dropped drops
}

// assemble makes the snapshot anew. An item comes before those behind it in the list: where two give the same label set, or the limit is reached, the later one's
// samples are dropped and counted. e.mu is held.
func (e *endpoint) assemble() {
	if !e.dirty {
		return
	}
	e.dirty = false
	e.snapshot = snapshot{}
	room := e.account.maxSamples
	var seen map[string]struct{}
	if len(e.items) > 1 {
		seen = make(map[string]struct{})
	}
	for _, s := range e.items {
		if s.part == nil {
			continue
		}
		p := *s.part
		e.snapshot.dropped.add(p.dropped)
		if seen != nil {
			p.samples = unseen(p.samples, seen)
			e.snapshot.dropped.duplicates += len(s.part.samples) - len(p.samples)
		}
		if over := len(p.samples) - room; over > 0 {
			p.samples = p.samples[:room]
			e.snapshot.dropped.overLimit += over
		}
		room -= len(p.samples)
		e.snapshot.parts = append(e.snapshot.parts, &p)
	}
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
