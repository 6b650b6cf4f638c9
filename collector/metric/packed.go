package metric

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// Packed is the samples of a read in a form that can be stored. Samples share families and label sets, as in memory.
type Packed struct {
	// Families are the names of the families with their labels, so that a family is found again only if both are the same.
	Families []string `json:",omitempty"`
	// LabelSets are the values of the labels beside account, in the order of a family's labels.
	LabelSets [][]string `json:",omitempty"`
	// Samples has for each sample the index of its family and that of its label set, as varints, and its value.
	Samples []byte `json:",omitempty"`
}

// Pack returns samples in a form that can be stored.
func Pack(samples []Sample) Packed {
	p := Packed{Samples: make([]byte, 0, 10*len(samples))}
	var families []*Family // they are few
	sets := make(map[Labels]uint64)
	for _, s := range samples {
		family := slices.Index(families, s.Family)
		if family < 0 {
			family = len(families)
			families = append(families, s.Family)
			p.Families = append(p.Families, s.Family.stored)
		}
		set, known := sets[s.Labels]
		if !known {
			set = uint64(len(p.LabelSets))
			sets[s.Labels] = set
			p.LabelSets = append(p.LabelSets, s.LabelValues())
		}
		p.Samples = binary.AppendUvarint(binary.AppendUvarint(p.Samples, uint64(family)), set)
		p.Samples = binary.LittleEndian.AppendUint64(p.Samples, math.Float64bits(s.Value))
	}
	return p
}

var errPacked = errors.New("the stored samples are not those of this version")

// Unpack returns the stored samples, as samples of the families that are passed. It fails if there is no family of a
// name with the same labels.
func (p Packed) Unpack(account string, families []*Family) ([]Sample, error) {
	found := make([]*Family, len(p.Families))
	for i, stored := range p.Families {
		at := slices.IndexFunc(families, func(f *Family) bool { return f.stored == stored })
		if at < 0 {
			return nil, errPacked
		}
		found[i] = families[at]
	}
	b := NewBatch(account, math.MaxInt)
	for rest := p.Samples; len(rest) > 0; {
		family, n := binary.Uvarint(rest)
		if n <= 0 || family >= uint64(len(found)) {
			return nil, errPacked
		}
		rest = rest[n:]
		set, n := binary.Uvarint(rest)
		if n <= 0 || set >= uint64(len(p.LabelSets)) || len(rest) < n+8 {
			return nil, errPacked
		}
		value := math.Float64frombits(binary.LittleEndian.Uint64(rest[n:]))
		rest = rest[n+8:]
		f, labels := found[family], p.LabelSets[set]
		if len(labels) != len(f.Labels) || !b.Value(f, value, labels...) {
			return nil, errPacked
		}
	}
	return b.Samples(), nil
}
