package collector

import (
	"slices"
	"strings"
)

// words are the vendor's words of one kind with ours, in the order in which they are exposed.
type words []struct{ theirs, ours string }

// other stands for words that a vendor's document does not have, where a label must not grow with what the vendor's users send.
const other = "other"

// name gives our word; what the vendor's document does not have stays, in lower case.
func (w words) name(theirs string) string {
	if ours, ok := w.find(theirs); ok {
		return ours
	}
	return strings.ToLower(theirs)
}

// nameOrOther gives our word, or "other" for what the vendor's document does not have.
func (w words) nameOrOther(theirs string) string {
	if ours, ok := w.find(theirs); ok {
		return ours
	}
	return other
}

func (w words) find(theirs string) (ours string, ok bool) {
	for _, word := range w {
		if strings.EqualFold(word.theirs, theirs) {
			return word.ours, true
		}
	}
	return "", false
}

// states gives each known word, and the present one if it is none of them.
func (w words) states(present string) []string {
	var all []string
	for _, word := range w {
		all = append(all, word.ours)
	}
	if present != "" && !slices.Contains(all, present) {
		all = append(all, present)
	}
	return all
}
