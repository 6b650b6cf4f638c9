// Package metric holds what a vendor's mapping describes and fills: the families of an endpoint, its window, and the
// batch of samples made from an answer.
package metric

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Batch collects the samples of one answer. It keeps the values that Prometheus can store and counts the others: an
// unusable value is dropped and does not affect the rest of the page. A Batch is filled by one goroutine.
type Batch struct {
	limit        int
	samples      []Sample
	labels       labelSets
	dropped      DropCounts
	endedAt      time.Time
	endsWhenIdle bool // see EndsWhenIdle
	readAt       time.Time
	kept         Kept
	expiry       Expiry

	examples  []DroppedValue          // the first that were dropped
	unusable  map[string]DroppedValue // the first unusable value of each family that had one
	truncated map[string]bool         // families of which the limit on samples left out a value
}

// DropCounts counts, by cause, the samples that an answer should have led to and that are not served, and the items
// that were missing in it.
type DropCounts struct {
	Truncated  int // beyond max_samples_per_endpoint
	Unusable   int // not a number, out of the range that is possible, or too large to be exact
	Duplicates int // the same label set twice
	Missing    int // requested items that are not in the answer
}

// Total returns how many samples came and are not served.
func (d DropCounts) Total() int { return d.Truncated + d.Unusable + d.Duplicates }

// Add adds the counts of another batch.
func (d *DropCounts) Add(other DropCounts) {
	d.Truncated += other.Truncated
	d.Unusable += other.Unusable
	d.Duplicates += other.Duplicates
	d.Missing += other.Missing
}

// NewBatch returns an empty batch of at most limit samples, all with the label account of that value.
func NewBatch(account string, limit int) *Batch {
	return &Batch{limit: limit, labels: newLabelSets(account)}
}

// HideInLabels lets redact hide secrets in the values of labels, once in each that the batch did not have. newRedact is
// called for the first value, when the answer has come.
func (b *Batch) HideInLabels(newRedact func() (redact func(value string) string)) {
	b.labels.newRedact = newRedact
}

// Limit returns how many samples the batch holds at most.
func (b *Batch) Limit() int { return b.limit }

// Samples returns the samples of the batch. They are shared and must not be changed.
func (b *Batch) Samples() []Sample { return b.samples }

// Drops returns how many samples were dropped, by cause, and how many items were missing.
func (b *Batch) Drops() DropCounts { return b.dropped }

// Examples returns the first values that were dropped.
func (b *Batch) Examples() []DroppedValue { return b.examples }

// Expiry returns which samples are served for a part of the day only, as Until has set it.
func (b *Batch) Expiry() Expiry { return b.expiry }

// End returns when the item that was read ended, zero if it has not, and whether it counts as ended once its values no
// longer change.
func (b *Batch) End() (at time.Time, whenIdle bool) { return b.endedAt, b.endsWhenIdle }

// ReadTime returns the time that ReadAt was called with; zero if it was not.
func (b *Batch) ReadTime() time.Time { return b.readAt }

// ReadAt sets the time at which the answer was read, if that was earlier and for another purpose. The age of the
// samples and their next read are counted from it.
func (b *Batch) ReadAt(t time.Time) { b.readAt = t }

// Count adds a count (of users, messages, bytes, seconds): never negative. An absent number adds no sample, nor does
// −1, with which vendors mark values that they do not provide. Any other negative number, and a value that is no
// number, is dropped and counted.
//
// It reports whether a sample was added.
func (b *Batch) Count(f *Family, n wire.Number, labels ...string) bool {
	v, ok := b.Usable(f, n, labels...)
	return ok && b.Value(f, v, labels...)
}

// Number adds a value that may be negative, such as a balance or a profit. An absent one adds no sample; a value that
// is no number is dropped and counted.
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

// Ratio adds a value from 0 to 1. As with Count, an absent number adds no sample, nor does −1. A value
// outside 0 to 1 by no more than rounding is served as 0 or 1; one further outside, and a value that is no number, is
// dropped and counted.
//
// It reports whether a sample was added.
func (b *Batch) Ratio(f *Family, n wire.Number, labels ...string) bool {
	return b.share(f, n, 1, labels)
}

// Percent is Ratio for a share that the vendor sends as 0 to 100: it is served as 0 to 1.
func (b *Batch) Percent(f *Family, n wire.Number, labels ...string) bool {
	return b.share(f, n, 100, labels)
}

// shareTolerance is how far outside 0 to 1 a vendor's rounding may take a share.
const shareTolerance = 0.005

func (b *Batch) share(f *Family, n wire.Number, whole float64, labels []string) bool {
	v, ok := n.Float()
	switch {
	case n.Absent() || ok && v == -1:
		return false
	case !ok || v/whole < -shareTolerance || v/whole > 1+shareTolerance:
		b.Drop(f, n.Raw(), labels...)
		return false
	default:
		return b.Value(f, min(max(v/whole, 0), 1), labels...)
	}
}

// earliestTime and latestAhead limit the times that are believed. Times outside come from a missing value, or from
// seconds that were read as milliseconds.
var earliestTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const latestAhead = 20 // years

// IsPossible reports whether a time of a vendor is believed: it is not before the year 2000, nor more than 20 years
// ahead.
func IsPossible(at time.Time) bool {
	return !at.Before(earliestTime) && !at.After(time.Now().AddDate(latestAhead, 0, 0))
}

// Time adds a time in Unix seconds. The zero time adds no sample; one before the year 2000 or more than 20 years after
// now is dropped and counted.
//
// It reports whether a sample was added.
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

// UnixSeconds is Time for a time that the vendor sends as a number of seconds since 1970. As with Count, an absent
// number adds no sample, nor does −1; 0 is the year 1970, and dropped.
//
// It reports whether a sample was added.
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

// Usable returns the value of a count by the rules of [Batch.Count], to be added to a sum. A value that is no count is
// dropped, for the family with the labels.
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

// Flag adds 1 for true and 0 for false. An absent flag adds no sample; a value that is not a boolean is dropped and
// counted.
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

// Value adds a value as it is. labels are the vendor's texts, one for each of the family's labels, in their order. A
// value that is not finite, a sample over the limit, and a label set that the family already has are dropped and
// counted. It reports whether a sample was added.
func (b *Batch) Value(f *Family, v float64, labels ...string) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b.Drop(f, FormatValue(v), labels...)
		return false
	}
	b.labels.full = len(b.samples) >= b.limit
	set := b.labels.find(f, labels)
	if set != nil && set.has(f) {
		b.dropped.Duplicates++
		b.remember(f, FormatValue(v), labels)
		return false
	}
	if len(b.samples) >= b.limit {
		b.dropped.Truncated++
		b.noteTruncated(f)
		return false
	}
	if set == nil {
		set = b.labels.add()
	}
	set.families = append(set.families, f)
	b.samples = append(b.samples, Sample{f, set.labels, v})
	return true
}

// Drop counts a value of the family that cannot be served: it is no number, or out of range. text is what the vendor
// sent, labels are the labels of the sample, as far as they are known. If every value of a family in a read is dropped,
// the read fails as malformed.
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

// DropAt counts an unusable value that belongs to no family. place is where it is in the answer, in the vendor's names.
// problem says what is wrong; it must not contain the value, which may be personal data.
func (b *Batch) DropAt(place, problem string) {
	b.dropped.Unusable++
	b.example(DroppedValue{Place: bounded(place), Problem: problem})
}

// DropTextAt is [Batch.DropAt] for a value, such as an id or a time, that is shown instead of a problem.
func (b *Batch) DropTextAt(place, text string) {
	b.dropped.Unusable++
	b.example(DroppedValue{Place: bounded(place), Text: bounded(text)})
}

// AddDropped counts n more dropped samples, without examples.
func (b *Batch) AddDropped(n int) { b.dropped.Unusable += n }

// example keeps a dropped value as an example, if there are not enough yet.
func (b *Batch) example(d DroppedValue) {
	if len(b.examples) < MaxDroppedExamples {
		b.examples = append(b.examples, d)
	}
}

// remember keeps a dropped value of the family as an example, if there are not enough yet.
func (b *Batch) remember(f *Family, text string, labels []string) {
	if len(b.examples) < MaxDroppedExamples {
		b.examples = append(b.examples, newDroppedValue(f, text, labels))
	}
}

// noteTruncated records that the family had a usable value, which was dropped because of the limit on samples.
func (b *Batch) noteTruncated(f *Family) {
	if b.truncated == nil {
		b.truncated = make(map[string]bool)
	}
	b.truncated[f.Name] = true
}

// Lost returns the first dropped value of a family of which every value was dropped as unusable; false if there is no
// such family. Of several such families it is the first by name.
func (b *Batch) Lost() (DroppedValue, bool) {
	if len(b.unusable) == 0 {
		return DroppedValue{}, false
	}
	lost := maps.Clone(b.unusable)
	for _, s := range b.samples {
		delete(lost, s.Family.Name)
	}
	maps.DeleteFunc(lost, func(family string, _ DroppedValue) bool { return b.truncated[family] })
	if len(lost) == 0 {
		return DroppedValue{}, false
	}
	return lost[slices.Min(slices.Collect(maps.Keys(lost)))], true
}

// Expiry is the time from which the last samples of an item result, those from index From on, are no longer served;
// the zero value is never.
type Expiry struct {
	From int
	At   time.Time
}

// Whole adds the samples of one object, either all or none: if some of them are over the limit on samples, all are
// dropped and counted.
func (b *Batch) Whole(add func()) {
	before, overLimit := len(b.samples), b.dropped.Truncated
	add()
	if b.dropped.Truncated > overLimit {
		b.dropped.Truncated += len(b.samples) - before
		for _, s := range b.samples[before:] {
			b.noteTruncated(s.Family)
		}
		clear(b.samples[before:])
		b.samples = b.samples[:before]
	}
}

// Until sets the time t until which the samples that are added after it are served. It is for values that are valid for
// a part of a day only.
func (b *Batch) Until(t time.Time) { b.expiry = Expiry{len(b.samples), t} }

// Truncated counts n samples that the limit on samples, or an endpoint's own limit, leaves out.
func (b *Batch) Truncated(n int) { b.dropped.Truncated += n }

// Duplicates counts n objects that are in the answer more than once. place is where, in the vendor's names.
func (b *Batch) Duplicates(n int, place string) {
	if n > 0 {
		b.dropped.Duplicates += n
		b.example(DroppedValue{Place: bounded(place), Problem: "appears twice"})
	}
}

// AddMissing counts n requested items that the answer does not hold.
func (b *Batch) AddMissing(n int) { b.dropped.Missing += n }

// Ended sets when the item that is read ended. Long after that, once its values no longer change, it is read less
// often.
func (b *Batch) Ended(at time.Time) { b.endedAt = at }

// EndsWhenIdle says that the item that is read will end, but no field says when: it counts as ended when its values no
// longer change.
func (b *Batch) EndsWhenIdle() { b.endsWhenIdle = true }

// Kept is a value that a read has kept beside its samples ([Batch.Keep]), encoded as JSON; nil = none. It never
// changes.
type Kept []byte

// Decode decodes the kept value into the value that to points to. It returns false if nothing was kept, or a value of
// another type.
func (k Kept) Decode(to any) bool { return len(k) > 0 && json.Unmarshal(k, to) == nil }

// Keep keeps a value beside the samples, also if the read fails, for the next read of the same item and for endpoints
// whose items come from this one. The value must contain neither secrets nor personal data, since it is stored on disk.
func (b *Batch) Keep(value any) {
	kept, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("a read kept a %T that cannot be encoded: %v", value, err))
	}
	b.kept = kept
}

// Kept returns the value that this read has kept, or else that of the previous read.
func (b *Batch) Kept() Kept { return b.kept }

// SetKept sets the value that the previous read has kept.
func (b *Batch) SetKept(kept Kept) { b.kept = kept }
