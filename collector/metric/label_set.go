package metric

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// separator stands between names and values in keys. It is in no clean text.
const separator = 0xff

// schema is the labels of a family: those of families that have the same labels in the same order are alike.
type schema struct {
	id string
	// slots are all labels, account included, in the order of their names, as an exposition needs them.
	slots []labelSlot
}

type labelSlot struct {
	name *string
	// value is the index into the values that Batch was given, −1 for the account.
	value int
}

// newSchema gives the schema of labels beside the account.
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

// labelSet is the labels of one thing that an answer tells of, ready to be shown.
type labelSet struct {
	pairs []*dto.LabelPair
	// families are those of which the answer has given a figure with these labels.
	families []*Family
}

// has tells whether there is a sample of the family with these labels.
func (l *labelSet) has(f *Family) bool {
	return slices.ContainsFunc(l.families, func(other *Family) bool { return f.Name == other.Name })
}

// labelSets makes the label sets of one answer. Most of what a sample takes is its labels, and most figures of an answer have theirs in common with others: with those of the same thing
// in other families all of them, with other things some. Each set, and each label with its value, is there once.
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

// find gives the set of a family's labels with the given values, which are the vendor's; nil if there was none yet. It stays at hand for add.
func (l *labelSets) find(f *Family, values []string) *labelSet {
	l.key, l.values = append(l.key[:0], f.schema.id...), l.values[:0]
	for i := range f.Labels {
		value := cleanedLabel(values[i])
		l.key = append(append(l.key, separator, separator), value...)
		l.values = append(l.values, value)
	}
	return l.sets[string(l.key)]
}

// add makes the set that find has looked for.
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

func (l *labelSets) pair(label *string, value string) *dto.LabelPair {
	if pair := l.pairs[labelAndValue{*label, value}]; pair != nil {
		return pair
	}
	value = strings.Clone(value) // the vendor's whole answer must not stay in memory for the sake of a label
	pair := &dto.LabelPair{Name: label, Value: &value}
	l.pairs[labelAndValue{*label, value}] = pair
	return pair
}
