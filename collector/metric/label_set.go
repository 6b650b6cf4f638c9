package metric

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// separator is between names and values in keys. It is in no clean text.
const separator = 0xff

// schema is the labels of a family. Families that have the same labels in the same order have equal schemas.
type schema struct {
	id string
	// slots are all labels, account included, in the order of their names, as an exposition needs them.
	slots []labelSlot
}

type labelSlot struct {
	name *string
	// value is the index of the value in a call of Batch, −1 for the account.
	value int
}

// newSchema returns the schema of labels beside the account.
func newSchema(labels []string) (schema, error) {
	s := schema{id: strings.Join(labels, string([]byte{separator})), slots: []labelSlot{{new(AccountLabel), -1}}}
	for i, label := range labels {
		s.slots = append(s.slots, labelSlot{new(label), i})
	}
	slices.SortFunc(s.slots, func(a, b labelSlot) int { return cmp.Compare(*a.name, *b.name) })
	for i := 1; i < len(s.slots); i++ {
		if *s.slots[i].name == *s.slots[i-1].name {
			return schema{}, fmt.Errorf("it has the label %s twice", *s.slots[i].name)
		}
	}
	return s, nil
}

// labelSet is a label set of an answer, in the form of the exposition.
type labelSet struct {
	pairs []*dto.LabelPair
	// families are those of which the answer has had a value with these labels.
	families []*Family
}

// has reports whether there is a sample of the family with these labels.
func (l *labelSet) has(f *Family) bool {
	return slices.ContainsFunc(l.families, func(other *Family) bool { return f.Name == other.Name })
}

// labelSets holds the label sets of one answer, each once, and each label with its value once. Labels are most of the
// memory of a sample, and samples share them: with samples of the same object in other families, and with those of
// other objects.
type labelSets struct {
	account *dto.LabelPair
	sets    map[string]*labelSet
	pairs   map[labelAndValue]*dto.LabelPair
	key     []byte   // of the set that is looked for
	values  []string // its clean values
}

type labelAndValue struct{ label, value string }

func newLabelSets(account *dto.LabelPair) labelSets {
	return labelSets{account: account, sets: make(map[string]*labelSet), pairs: make(map[labelAndValue]*dto.LabelPair)}
}

// find returns the set of a family's labels with these values, which are the vendor's texts; nil if there is none yet.
// It keeps their clean form for add.
func (l *labelSets) find(f *Family, values []string) *labelSet {
	l.key, l.values = append(l.key[:0], f.schema.id...), l.values[:0]
	for i := range f.Labels {
		value := cleanedLabel(values[i])
		l.key = append(append(l.key, separator, separator), value...)
		l.values = append(l.values, value)
	}
	return l.sets[string(l.key)]
}

// add makes the set that find has looked for, and returns it.
func (l *labelSets) add(f *Family) *labelSet {
	set := &labelSet{pairs: make([]*dto.LabelPair, len(f.schema.slots))}
	for i, slot := range f.schema.slots {
		if slot.value < 0 {
			set.pairs[i] = l.account
		} else {
			set.pairs[i] = l.pair(slot.name, l.values[slot.value])
		}
	}
	l.sets[string(l.key)] = set
	return set
}

// pair returns the label with the value; equal ones share their memory.
func (l *labelSets) pair(label *string, value string) *dto.LabelPair {
	if pair := l.pairs[labelAndValue{*label, value}]; pair != nil {
		return pair
	}
	value = strings.Clone(value) // the vendor's whole answer must not stay in memory for the sake of a label
	pair := &dto.LabelPair{Name: label, Value: &value}
	l.pairs[labelAndValue{*label, value}] = pair
	return pair
}
