package collector

import (
	"math"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Batch collects the samples of one answer. It keeps what Prometheus can serve and counts the rest: a vendor's odd figure costs that figure, never the page.
// A Batch is filled by one goroutine.
type Batch struct {
	limit   int
	samples []sample
	labels  labelSets
	dropped drops
	endedAt time.Time
	fades   bool // see Fades
	readAt  time.Time
}

// drops counts the samples that an answer should have given and that are not served, by cause, and what was missing in it.
type drops struct {
	overLimit  int // beyond max_samples_per_endpoint
	unusable   int // not a number, negative where only counts make sense, or too large to be exact
	duplicates int // the same label set twice
	missing    int // things asked for that are not in the answer
}

// total is the samples that came and are not served.
func (d drops) total() int { return d.overLimit + d.unusable + d.duplicates }

func (d *drops) add(other drops) {
	d.overLimit += other.overLimit
	d.unusable += other.unusable
	d.duplicates += other.duplicates
	d.missing += other.missing
}

// newBatch gives an empty batch of at most limit samples, all with the label account.
func newBatch(account *dto.LabelPair, limit int) *Batch {
	return &Batch{limit: limit, labels: newLabelSets(account)}
}

// ReadAt says that what the batch is filled from was read before, at that time, for something else: its samples are as old as that, and due again by it.
func (b *Batch) ReadAt(t time.Time) { b.readAt = t }

// Count adds a count (of users, messages, bytes, seconds): never negative. An absent number gives no sample, nor does −1, with which vendors mark what they do
// not provide. Any other negative number and what is no number at all is dropped and counted.
//
// It tells whether there is a sample now.
func (b *Batch) Count(f *Family, n wire.Number, labels ...string) bool {
	v, ok := b.usable(n)
	return ok && b.Value(f, v, labels...)
}

// Number adds a figure that may be negative, such as a balance or a profit. An absent one gives no sample; what is no number is dropped and counted.
func (b *Batch) Number(f *Family, n wire.Number, labels ...string) {
	v, ok := n.Float()
	switch {
	case n.Absent():
	case !ok:
		b.dropped.unusable++
	default:
		b.Value(f, v, labels...)
	}
}

// usable gives a count's value by the rules of Count, and counts what must be dropped.
func (b *Batch) usable(n wire.Number) (v float64, ok bool) {
	v, ok = n.Float()
	switch {
	case n.Absent() || ok && v == -1:
		return 0, false
	case !ok || v < 0:
		b.dropped.unusable++
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
		b.dropped.unusable++
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
		b.dropped.unusable++
		return false
	}
	set := b.labels.find(f, labels)
	if set != nil && set.has(f) {
		b.dropped.duplicates++
		return false
	}
	if len(b.samples) >= b.limit {
		b.dropped.overLimit++
		return false
	}
	if set == nil {
		set = b.labels.add(f)
	}
	set.families = append(set.families, f)
	b.samples = append(b.samples, sample{f, newGauge(set.pairs, v)})
	return true
}

// Whole adds the samples of one thing, all of them or none: where the cap on samples would cut through them, all are dropped and counted.
func (b *Batch) Whole(add func()) {
	before, overLimit := len(b.samples), b.dropped.overLimit
	add()
	if b.dropped.overLimit > overLimit {
		b.dropped.overLimit += len(b.samples) - before
		clear(b.samples[before:])
		b.samples = b.samples[:before]
	}
}

// Missing counts n things that were asked for and that the answer does not hold.
func (b *Batch) Missing(n int) { b.dropped.missing += n }

// Ended says when the thing that is read ended. Long after that, and once it changes no more, it is read less often.
func (b *Batch) Ended(at time.Time) { b.endedAt = at }

// Fades says that the thing that is read ends, and that nothing tells when: it counts as ended since its figures have not changed.
func (b *Batch) Fades() { b.fades = true }
