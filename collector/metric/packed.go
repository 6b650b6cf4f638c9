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
// It is a sequence of varints and of texts with their length before them: the number of families, and of each the hash
// of its name and labels, so that a family is found again only if both are the same; the number of label sets, and of
// each the values of its labels beside account, in the order of a family's labels; then for each sample the index of its
// family, that of its label set, and its value, whose last bytes are mostly zero and come first.
type Packed []byte

// Pack returns samples in a form that can be stored.
func Pack(samples []Sample) Packed {
	packed := make([]byte, 0, 16*len(samples))
	var families []*Family // they are few
	var sets []Sample      // one with each label set
	known := make(map[Labels]uint64)
	for _, s := range samples {
		family := slices.Index(families, s.Family)
		if family < 0 {
			family = len(families)
			families = append(families, s.Family)
		}
		set, found := known[s.Labels]
		if !found {
			set = uint64(len(sets))
			known[s.Labels] = set
			sets = append(sets, s)
		}
		packed = binary.AppendUvarint(binary.AppendUvarint(packed, uint64(family)), set)
		packed = binary.AppendUvarint(packed, bits.ReverseBytes64(math.Float64bits(s.Value)))
	}
	head := binary.AppendUvarint(make([]byte, 0, 10*len(families)+20*len(sets)+len(packed)), uint64(len(families)))
	for _, f := range families {
		head = binary.LittleEndian.AppendUint64(head, f.hash)
	}
	head = binary.AppendUvarint(head, uint64(len(sets)))
	for _, s := range sets {
		values := s.LabelValues()
		head = binary.AppendUvarint(head, uint64(len(values)))
		for _, value := range values {
			head = append(binary.AppendUvarint(head, uint64(len(value))), value...)
		}
	}
	return append(head, packed...)
}

var errPacked = errors.New("the stored samples are not those of this version")

// Unpack returns the stored samples, as samples of the families that are passed. It fails if there is no family of a
// name with the same labels.
func (p Packed) Unpack(account string, families []*Family) ([]Sample, error) {
	r := unpacker{rest: p}
	found := make([]*Family, r.count())
	for i := range found {
		hash := r.hash()
		at := slices.IndexFunc(families, func(f *Family) bool { return f.hash == hash })
		if at < 0 {
			return nil, errPacked
		}
		found[i] = families[at]
	}
	sets := make([][]string, r.count())
	for i := range sets {
		sets[i] = make([]string, r.count())
		for j := range sets[i] {
			sets[i][j] = r.text()
		}
	}
	b := NewBatch(account, math.MaxInt)
	for len(r.rest) > 0 {
		family, set := r.uvarint(), r.uvarint()
		value := math.Float64frombits(bits.ReverseBytes64(r.uvarint()))
		if r.failed || family >= uint64(len(found)) || set >= uint64(len(sets)) {
			return nil, errPacked
		}
		f, labels := found[family], sets[set]
		if len(labels) != len(f.Labels) || !b.Value(f, value, labels...) {
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
