package metric

import (
	"cmp"
	"fmt"
	"slices"
)

// labelSlot is one of the labels of a family, account included.
type labelSlot struct {
	name string
	// value is the index of the value in a call of Batch, −1 for the account.
	value int
}

// newLabelSlots returns the labels of a family in the order of their names, as an exposition needs them. labels are
// those beside the account.
func newLabelSlots(labels []string) ([]labelSlot, error) {
	slots := []labelSlot{{AccountLabel, -1}}
	for i, label := range labels {
		slots = append(slots, labelSlot{label, i})
	}
	slices.SortFunc(slots, func(a, b labelSlot) int { return cmp.Compare(a.name, b.name) })
	for i := 1; i < len(slots); i++ {
		if slots[i].name == slots[i-1].name {
			return nil, fmt.Errorf("it has the label %s twice", slots[i].name)
		}
	}
	return slots, nil
}

// labelSet is a label set of an answer.
type labelSet struct {
	labels Labels
	// families are those of which the answer has had a value with these labels.
	families []*Family
}

// has reports whether there is a sample of the family with these labels.
func (l *labelSet) has(f *Family) bool {
	return slices.ContainsFunc(l.families, func(other *Family) bool { return f.Name == other.Name })
}

// labelSets holds the label sets of one answer, each once: samples of the same object in other families share it.
type labelSets struct {
	account   string
	sets      map[Labels]*labelSet
	text      []byte                           // of the set that is looked for
	newRedact func() func(value string) string // returns redact; nil = there are no secrets
	redact    func(value string) string        // hides secrets; nil until the first value
	full      bool                             // no set will be added
	shown     map[string]string                // clean values without secrets, by what the vendor sent
}

func newLabelSets(account string) labelSets {
	return labelSets{account: account, sets: make(map[Labels]*labelSet)}
}

// find returns the set of a family's labels with these values, which are the vendor's texts; nil if there is none yet.
// It keeps their clean form for add.
func (l *labelSets) find(f *Family, values []string) *labelSet {
	l.text = l.text[:0]
	for _, slot := range f.slots {
		if slot.value < 0 {
			l.text = appendLabel(l.text, slot.name, l.account)
		} else {
			l.text = appendLabel(l.text, slot.name, l.clean(values[slot.value]))
		}
	}
	return l.sets[Labels(l.text)]
}

// clean returns a vendor's text as the value of a label: clean, and without secrets.
func (l *labelSets) clean(text string) string {
	if l.newRedact == nil || l.full {
		return cleanedLabel(text)
	}
	if value, known := l.shown[text]; known {
		return value
	}
	if l.redact == nil {
		l.redact = l.newRedact()
		l.shown = make(map[string]string)
	}
	value := cleanedLabel(l.redact(text[:min(len(text), maxRedacted)]))
	l.shown[text] = value
	return value
}

// maxRedacted is how much of a label's value is looked at: more than is served of it, with a secret that begins there.
const maxRedacted = 8 * MaxLabelValue

// add makes the set that find has looked for, and returns it.
func (l *labelSets) add() *labelSet {
	set := &labelSet{labels: Labels(l.text), families: make([]*Family, 0, 4)}
	l.sets[set.labels] = set
	return set
}
