// Package metric holds what a vendor's mapping describes and fills: the families of an endpoint, its window, and the
// batch of samples made from an answer.
package metric

import (
	"maps"
	"math"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Batch collects the samples of one answer. It keeps what Prometheus can serve and counts the rest: a vendor's odd figure costs that figure, never the page.
// A Batch is filled by one goroutine.
type Batch struct {
	limit   int
	samples []Sample
	labels  labelSets
	dropped DropCounts
	endedAt time.Time
	fades   bool // see Fades
	readAt  time.Time
	kept    any
	expiry  Expiry

	examples  []DroppedValue          // the first that were dropped
	unusable  map[string]DroppedValue // the first unusable value of each family that had one
	overLimit map[string]bool         // families of which the cap on samples left something out
}

// DropCounts counts the samples that an answer should have given and that are not served, by cause, and what was missing in it.
type DropCounts struct {
	Truncated  int // beyond max_samples_per_endpoint
	Unusable   int // not a number, out of the range that is possible, or too large to be exact
	Duplicates int // the same label set twice
	Missing    int // things asked for that are not in the answer
}

// Total is the samples that came and are not served.
func (d DropCounts) Total() int { return d.Truncated + d.Unusable + d.Duplicates }

// Add adds the counts of another batch.
func (d *DropCounts) Add(other DropCounts) {
	d.Truncated += other.Truncated
	d.Unusable += other.Unusable
	d.Duplicates += other.Duplicates
	d.Missing += other.Missing
}

// NewBatch gives an empty batch of at most limit samples, all with the label account.
func NewBatch(account *dto.LabelPair, limit int) *Batch {
	return &Batch{limit: limit, labels: newLabelSets(account)}
}

// Limit returns how many samples the batch takes at most.
func (b *Batch) Limit() int { return b.limit }

// Samples returns the samples of the batch. They are shared and must not be changed.
func (b *Batch) Samples() []Sample { return b.samples }

// Drops returns how many samples were dropped, by cause, and how many items were missing.
func (b *Batch) Drops() DropCounts { return b.dropped }

// Examples returns the first values that were dropped.
func (b *Batch) Examples() []DroppedValue { return b.examples }

// Expiry returns which samples are served for a part of the day only, as Until has set it.
func (b *Batch) Expiry() Expiry { return b.expiry }

// Keep keeps a value beside the samples: what other endpoints of the account take their items from.
func (b *Batch) Keep(value any) { b.kept = value }

// Kept returns the value that the read kept; nil if there is none.
func (b *Batch) Kept() any { return b.kept }

// End returns when the thing that was read ended, zero if it has not, and whether it counts as ended once its values no
// longer change.
func (b *Batch) End() (at time.Time, whenIdle bool) { return b.endedAt, b.fades }

// ReadTime returns the time that ReadAt was called with; zero if it was not.
func (b *Batch) ReadTime() time.Time { return b.readAt }

// ReadAt says that what the batch is filled from was read before, at that time, for something else: its samples are as old as that, and due again by it.
func (b *Batch) ReadAt(t time.Time) { b.readAt = t }

// Count adds a count (of users, messages, bytes, seconds): never negative. An absent number gives no sample, nor does −1, with which vendors mark what they do
// not provide. Any other negative number and what is no number at all is dropped and counted.
//
// It tells whether there is a sample now.
func (b *Batch) Count(f *Family, n wire.Number, labels ...string) bool {
	v, ok := b.Usable(f, n, labels...)
	return ok && b.Value(f, v, labels...)
}

// Number adds a figure that may be negative, such as a balance or a profit. An absent one gives no sample; what is no number is dropped and counted.
func (b *Batch) Number(f *Family, n wire.Number, labels ...string) {
	v, ok := n.Float()
	switch {
	case n.Absent():
	case !ok:
		b.Drop(f, n.Raw(), labels...)
	default:
		b.Value(f, v, labels...)
	}
}

// Ratio adds a share of something, 0 to 1. As with Count an absent number gives no sample, nor does −1. What lies outside 0 to 1 by no more than rounding is served as 0 or 1; what
// lies further outside, and what is no number, is dropped and counted.
//
// It reports whether there is a sample now.
func (b *Batch) Ratio(f *Family, n wire.Number, labels ...string) bool {
	return b.share(f, n, 1, labels)
}

// Percent is Ratio for a share that the vendor sends as 0 to 100: it is served as 0 to 1.
func (b *Batch) Percent(f *Family, n wire.Number, labels ...string) bool {
	return b.share(f, n, 100, labels)
}

// roundingOfShares is how far outside 0 to 1 a vendor's rounding may take a share.
const roundingOfShares = 0.005

func (b *Batch) share(f *Family, n wire.Number, whole float64, labels []string) bool {
	v, ok := n.Float()
	switch {
	case n.Absent() || ok && v == -1:
		return false
	case !ok || v/whole < -roundingOfShares || v/whole > 1+roundingOfShares:
		b.Drop(f, n.Raw(), labels...)
		return false
	default:
		return b.Value(f, min(max(v/whole, 0), 1), labels...)
	}
}

// Times before earliestTime, and those more than latestAhead after now, are none that a vendor of today can mean: they come of a missing value, of seconds taken for milliseconds.
var earliestTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const latestAhead = 20 // years

// IsPossible reports whether a vendor of today can mean the time: not before the year 2000, nor more than 20 years ahead.
func IsPossible(at time.Time) bool {
	return !at.Before(earliestTime) && !at.After(time.Now().AddDate(latestAhead, 0, 0))
}

// Time adds a time in Unix seconds. The zero time gives no sample; one before the year 2000 or more than 20 years after now is dropped and counted.
//
// It reports whether there is a sample now.
func (b *Batch) Time(f *Family, at time.Time, labels ...string) bool {
	switch {
	case at.IsZero():
		return false
	case !IsPossible(at):
		b.Drop(f, at.UTC().Format(time.RFC3339), labels...)
		return false
	default:
		return b.Value(f, float64(at.UnixMilli())/1000, labels...)
	}
}

// UnixSeconds is Time for one that the vendor sends as a number of seconds since 1970. As with Count an absent number gives no sample, nor does −1; 0 is the year 1970, and dropped.
//
// It reports whether there is a sample now.
func (b *Batch) UnixSeconds(f *Family, n wire.Number, labels ...string) bool {
	v, ok := n.Float()
	switch {
	case n.Absent() || ok && v == -1:
		return false
	case !ok || v < float64(earliestTime.Unix()) || v > float64(time.Now().AddDate(latestAhead, 0, 0).Unix()):
		b.Drop(f, n.Raw(), labels...)
		return false
	default:
		return b.Value(f, v, labels...)
	}
}

// Usable returns a count's value by the rules of [Batch.Count], for a sum of the family with the labels, and counts what
// must be dropped.
func (b *Batch) Usable(f *Family, n wire.Number, labels ...string) (v float64, ok bool) {
	v, ok = n.Float()
	switch {
	case n.Absent() || ok && v == -1:
		return 0, false
	case !ok || v < 0:
		b.Drop(f, n.Raw(), labels...)
		return 0, false
	default:
		return v, true
	}
}

// Flag adds 1 for true and 0 for false. An absent flag gives no sample; what is no truth value is dropped and counted.
func (b *Batch) Flag(f *Family, flag wire.Bool, labels ...string) {
	truth, ok := flag.Get()
	switch {
	case flag.Absent():
	case !ok:
		b.Drop(f, flag.Raw(), labels...)
	case truth:
		b.Value(f, 1, labels...)
	default:
		b.Value(f, 0, labels...)
	}
}

// Value adds a value as it is. labels are the vendor's texts, one for each of the family's labels, in their order. What is not finite, one sample too many and a
// label set that the family has already are dropped and counted. It tells whether there is a sample now.
func (b *Batch) Value(f *Family, v float64, labels ...string) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b.Drop(f, FormatValue(v), labels...)
		return false
	}
	set := b.labels.find(f, labels)
	if set != nil && set.has(f) {
		b.dropped.Duplicates++
		b.remember(f, FormatValue(v), labels)
		return false
	}
	if len(b.samples) >= b.limit {
		b.dropped.Truncated++
		b.cut(f)
		return false
	}
	if set == nil {
		set = b.labels.add(f)
	}
	set.families = append(set.families, f)
	b.samples = append(b.samples, Sample{f, NewGauge(set.pairs, v)})
	return true
}

// Drop counts a value of the family that cannot be served: no number, out of range. text is what the vendor sent, labels
// are those that the sample would have had, as far as they are known. A family of which every value of a read is dropped
// makes the read fail as malformed.
func (b *Batch) Drop(f *Family, text string, labels ...string) {
	b.dropped.Unusable++
	b.remember(f, text, labels)
	if b.unusable == nil {
		b.unusable = make(map[string]DroppedValue)
	}
	if _, known := b.unusable[f.Name]; !known {
		b.unusable[f.Name] = newDroppedValue(f, text, labels)
	}
}

// DropAt counts what stands at a place of the answer where something else belongs, so that no family can be named. place
// is made of the vendor's names, problem says in our own words what is wrong: no value of the vendor's, which might be a
// person's.
func (b *Batch) DropAt(place, problem string) {
	b.dropped.Unusable++
	b.example(DroppedValue{Place: bounded(place), Problem: problem})
}

// DropTextAt is [Batch.DropAt] where what the vendor sent says what is wrong: no id, no time.
func (b *Batch) DropTextAt(place, text string) {
	b.dropped.Unusable++
	b.example(DroppedValue{Place: bounded(place), Text: bounded(text)})
}

// Dropped counts n samples more, beside those that [Batch.Drop] and [Batch.DropAt] name.
func (b *Batch) Dropped(n int) { b.dropped.Unusable += n }

// example keeps what was dropped, of the first values of a read.
func (b *Batch) example(d DroppedValue) {
	if len(b.examples) < MaxDroppedExamples {
		b.examples = append(b.examples, d)
	}
}

// remember keeps a value of the family that was dropped, of the first of a read.
func (b *Batch) remember(f *Family, text string, labels []string) {
	if len(b.examples) < MaxDroppedExamples {
		b.examples = append(b.examples, newDroppedValue(f, text, labels))
	}
}

// cut notes that the family had a usable value which the cap on samples left out.
func (b *Batch) cut(f *Family) {
	if b.overLimit == nil {
		b.overLimit = make(map[string]bool)
	}
	b.overLimit[f.Name] = true
}

// Lost returns the first dropped value of a family of which every value was dropped as unusable, the family that comes first by its name; false if there is no such family.
func (b *Batch) Lost() (DroppedValue, bool) {
	if len(b.unusable) == 0 {
		return DroppedValue{}, false
	}
	lost := maps.Clone(b.unusable)
	for _, s := range b.samples {
		delete(lost, s.Family.Name)
	}
	maps.DeleteFunc(lost, func(family string, _ DroppedValue) bool { return b.overLimit[family] })
	if len(lost) == 0 {
		return DroppedValue{}, false
	}
	return lost[slices.Min(slices.Collect(maps.Keys(lost)))], true
}

// Expiry is when the last samples of a part, those from an index on, are not served any more; the zero value is never.
type Expiry struct {
	From int
	At   time.Time
}

// Whole adds the samples of one thing, all of them or none: where the cap on samples would cut through them, all are dropped and counted.
func (b *Batch) Whole(add func()) {
	before, overLimit := len(b.samples), b.dropped.Truncated
	add()
	if b.dropped.Truncated > overLimit {
		b.dropped.Truncated += len(b.samples) - before
		for _, s := range b.samples[before:] {
			b.cut(s.Family)
		}
		clear(b.samples[before:])
		b.samples = b.samples[:before]
	}
}

// Until limits how long the samples that are added from now on are served: no longer than t, and as long as all others before it. It is for what holds for a
// part of a day.
func (b *Batch) Until(t time.Time) { b.expiry = Expiry{len(b.samples), t} }

// Truncated counts n samples that the cap on samples, or a bound of an endpoint's own, cuts off.
func (b *Batch) Truncated(n int) { b.dropped.Truncated += n }

// Duplicates counts n things that the answer has given before, at a place that is made of the vendor's names.
func (b *Batch) Duplicates(n int, place string) {
	if n > 0 {
		b.dropped.Duplicates += n
		b.example(DroppedValue{Place: bounded(place), Problem: "is there a second time"})
	}
}

// Missing counts n things that were asked for and that the answer does not hold.
func (b *Batch) Missing(n int) { b.dropped.Missing += n }

// Ended says when the thing that is read ended. Long after that, and once it changes no more, it is read less often.
func (b *Batch) Ended(at time.Time) { b.endedAt = at }

// EndsWhenIdle says that the thing that is read ends, and that no field says when: it counts as ended from the first
// read on after which its values did not change.
func (b *Batch) EndsWhenIdle() { b.fades = true }
