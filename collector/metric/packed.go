package metric

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
)

// Packed is the samples of a read in a form that can be stored. Samples share families and label sets, as in memory.
//
// It is a sequence of varints and of texts with their length before them: for each sample the index of its family, that
// of its label set, and its value, whose last bytes are mostly zero and come first. An index that is used for the first
// time is followed by the hash of the family's name and labels, so that a family is found again only if both are the
// same; or by the number of the set's labels beside account, and their values in the order of their names.
type Packed []byte

// Packer packs samples. It keeps the memory that it needs for that, and is not safe for concurrent use.
type Packer struct {
	families []*Family // they are few
	sets     map[Labels]uint64
}

// maxKeptSets is how many label sets the memory may be for that a Packer keeps.
const maxKeptSets = 256

// Append appends samples to those that are packed already.
func (p *Packer) Append(packed Packed, samples []Sample) Packed {
	if p.sets == nil {
		p.sets = make(map[Labels]uint64)
	}
	for _, s := range samples {
		family := slices.Index(p.families, s.Family)
		if family >= 0 {
			packed = binary.AppendUvarint(packed, uint64(family))
		} else {
			packed = binary.AppendUvarint(packed, uint64(len(p.families)))
			packed = binary.LittleEndian.AppendUint64(packed, s.Family.hash)
			p.families = append(p.families, s.Family)
		}
		set, known := p.sets[s.Labels]
		if !known {
			set = uint64(len(p.sets))
			p.sets[s.Labels] = set
		}
		packed = binary.AppendUvarint(packed, set)
		if !known {
			packed = binary.AppendUvarint(packed, uint64(len(s.Family.Labels)))
			for name, value := range s.Labels.All() {
				if name != AccountLabel {
					packed = append(binary.AppendUvarint(packed, uint64(len(value))), value...)
				}
			}
		}
		packed = binary.AppendUvarint(packed, bits.ReverseBytes64(math.Float64bits(s.Value)))
	}
	clear(p.families)
	p.families = p.families[:0]
	if len(p.sets) > maxKeptSets {
		p.sets = nil
	}
	clear(p.sets)
	return packed
}

var errPacked = errors.New("the stored samples are not those of this version")

// Unpack returns the stored samples, as samples of the families that are passed. It fails if there is no family of a
// name with the same labels.
func (p Packed) Unpack(account string, families []*Family) ([]Sample, error) {
	r := unpacker{rest: p}
	var found []*Family
	var sets [][]string
	var labels []string
	b := NewBatch(account, math.MaxInt)
	for len(r.rest) > 0 {
		family := r.uvarint()
		if family == uint64(len(found)) {
			hash := r.hash()
			at := slices.IndexFunc(families, func(f *Family) bool { return f.hash == hash })
			if at < 0 {
				return nil, errPacked
			}
			found = append(found, families[at])
		}
		set := r.uvarint()
		if set == uint64(len(sets)) {
			values := make([]string, r.count())
			for i := range values {
				values[i] = r.text()
			}
			sets = append(sets, values)
		}
		value := math.Float64frombits(bits.ReverseBytes64(r.uvarint()))
		if r.failed || family >= uint64(len(found)) || set >= uint64(len(sets)) {
			return nil, errPacked
		}
		f, stored := found[family], sets[set]
		if len(stored) != len(f.Labels) {
			return nil, errPacked
		}
		labels = append(labels[:0], stored...)
		for _, slot := range f.slots {
			if slot.value >= 0 {
				labels[slot.value], stored = stored[0], stored[1:]
			}
		}
		if !b.Value(f, value, labels...) {
			return nil, errPacked
		}
	}
	if r.failed {
		return nil, errPacked
	}
	return b.Samples(), nil
}

// unpacker reads a Packed. Once it has failed, it reads zero values.
type unpacker struct {
	rest   []byte
	failed bool
}

func (u *unpacker) uvarint() uint64 {
	n, length := binary.Uvarint(u.rest)
	if u.take(length) == nil {
		return 0
	}
	return n
}

// take returns the next n bytes; nil if there are fewer, or n is not positive.
func (u *unpacker) take(n int) []byte {
	if n <= 0 || n > len(u.rest) {
		u.failed, u.rest = true, nil
		return nil
	}
	taken := u.rest[:n]
	u.rest = u.rest[n:]
	return taken
}

// count returns how many elements follow, each of at least one byte.
func (u *unpacker) count() int {
	n := u.uvarint()
	if n > uint64(len(u.rest)) {
		u.failed, u.rest = true, nil
		return 0
	}
	return int(n)
}

func (u *unpacker) text() string {
	if n := u.count(); n > 0 {
		return string(u.take(n))
	}
	return ""
}

func (u *unpacker) hash() uint64 {
	if b := u.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}
