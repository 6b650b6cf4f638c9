package backfill

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Label is a label that Prometheus, not the exporter, gives the scraped series: job, instance, an external label.
type Label struct {
	Name, Value string
}

// ParseLabel reads NAME=VALUE.
func ParseLabel(text string) (Label, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return Label{}, fmt.Errorf("--label=%s, want NAME=VALUE", text)
	}
	return Label{Name: name, Value: value}, nil
}

// accountLabel is the label that every family carries beside its own.
const accountLabel = "account"

var (
	labelName    = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// familyText is a family with what is written for it.
type familyText struct {
	*metric.Family
	// pieces are what stands in a line before each value of a label; slots are the values between them: an index into
	// the sample's, −1 for one that is fixed and in the piece.
	pieces []string
	slots  []int
}

// labelTexts writes the labels of samples.
type labelTexts struct {
	families map[string]int // by name: its number in the order of the output
	texts    []familyText
}

// newLabels checks the labels that are added, all mistakes at once, and prepares the families of a history.
func newLabels(added []Label, h *history.Account) (*labelTexts, error) {
	owners := make(map[string]string)
	for _, part := range h.Parts {
		for _, f := range part.Families {
			for _, name := range f.Labels {
				owners[name] = f.Name
			}
		}
	}
	var mistakes []error
	seen := make(map[string]bool)
	for _, label := range added {
		wrong := func(format string, args ...any) {
			mistakes = append(mistakes, fmt.Errorf("label %q: %s", label.Name, fmt.Sprintf(format, args...)))
		}
		owner, taken := owners[label.Name]
		switch {
		case !labelName.MatchString(label.Name):
			wrong("not a label name: want letters, digits and _, not beginning with a digit")
		case strings.HasPrefix(label.Name, "__"):
			wrong("names that begin with __ are reserved for Prometheus, choose another")
		case label.Name == accountLabel:
			wrong("every series has it already, for the account of --target")
		case taken:
			wrong("%s has it already, choose another", owner)
		case seen[label.Name]:
			wrong("given twice (--job and --instance are labels too)")
		case label.Value == "":
			wrong("it has no value, leave it out")
		case !utf8.ValidString(label.Value):
			wrong("its value is not UTF-8")
		}
		seen[label.Name] = true
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	l := &labelTexts{families: make(map[string]int)}
	fixed := append(slices.Clone(added), Label{accountLabel, h.Target.Account})
	for _, part := range h.Parts {
		for _, f := range part.Families {
			if _, ok := l.families[f.Name]; ok {
				continue // the parts may share one
			}
			l.families[f.Name] = len(l.texts)
			l.texts = append(l.texts, newFamilyText(f, fixed))
		}
	}
	return l, nil
}

// newFamilyText puts the labels in the order of their names, as a scraped page has them.
func newFamilyText(f *metric.Family, fixed []Label) familyText {
	type slot struct {
		name, value string
		index       int
	}
	slots := make([]slot, 0, len(fixed)+len(f.Labels))
	for _, label := range fixed {
		slots = append(slots, slot{label.Name, label.Value, -1})
	}
	for i, name := range f.Labels {
		slots = append(slots, slot{name, "", i})
	}
	slices.SortFunc(slots, func(a, b slot) int { return cmp.Compare(a.name, b.name) })
	text := familyText{Family: f}
	piece := "{"
	for i, s := range slots {
		if i > 0 {
			piece += ","
		}
		piece += s.name + `="`
		if s.index < 0 {
			piece += labelEscapes.Replace(s.value) + `"`
			continue
		}
		text.pieces = append(text.pieces, piece)
		text.slots = append(text.slots, s.index)
		piece = `"`
	}
	text.pieces = append(text.pieces, piece+"}")
	return text
}

// append writes the labels of a sample with these values, with their braces.
func (f familyText) append(b []byte, values []string) []byte {
	for i, slot := range f.slots {
		b = append(b, f.pieces[i]...)
		b = append(b, labelEscapes.Replace(strings.ToValidUTF8(values[slot], "\uFFFD"))...)
	}
	return append(b, f.pieces[len(f.pieces)-1]...)
}
