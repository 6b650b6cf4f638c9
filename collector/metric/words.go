package metric

import (
	"slices"
	"strings"
)

// Words map a vendor's words, such as the names of states, to label values, in the order in which they are exposed.
type Words []struct{ Theirs, Ours string }

// Other is the label value for words that are not in the vendor's document, if the vendor's users choose the words: the
// number of label values must not grow with them.
const Other = "other"

// Name returns the label value for a vendor's word. For a word that is not in the vendor's document, that is the word
// in lower case.
func (w Words) Name(theirs string) string {
	if ours, ok := w.find(theirs); ok {
		return ours
	}
	return strings.ToLower(theirs)
}

// NameOrOther returns the label value for a vendor's word, or "other" for a word that is not in the vendor's document.
func (w Words) NameOrOther(theirs string) string {
	if ours, ok := w.find(theirs); ok {
		return ours
	}
	return Other
}

func (w Words) find(theirs string) (ours string, ok bool) {
	for _, word := range w {
		if strings.EqualFold(word.Theirs, theirs) {
			return word.Ours, true
		}
	}
	return "", false
}

// States returns all label values, and the current one if it is not among them.
func (w Words) States(present string) []string {
	var all []string
	for _, word := range w {
		all = append(all, word.Ours)
	}
	if present != "" && !slices.Contains(all, present) {
		all = append(all, present)
	}
	return all
}
