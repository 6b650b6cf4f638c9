package metric

import (
	"slices"
	"strings"
)

// Words are the vendor's words of one kind, each with ours, in the order in which they are exposed.
type Words []struct{ Theirs, Ours string }

// Other is the label value for words that a vendor's document does not have, where the number of label values must not
// grow with the texts that the vendor's users send.
const Other = "other"

// Name returns our word; a word that the vendor's document does not have stays, in lower case.
func (w Words) Name(theirs string) string {
	if ours, ok := w.find(theirs); ok {
		return ours
	}
	return strings.ToLower(theirs)
}

// NameOrOther returns our word, or "other" for a word that the vendor's document does not have.
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

// States returns each known word, and the present one if it is none of them.
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
