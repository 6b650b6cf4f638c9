package metric

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LabelDoc says what a label of a vendor's families means, and which values it can have.
type LabelDoc struct {
	Name    string
	Meaning string
	// Values are the known values, each with its meaning; none where they are the user's own or the vendor's ids and
	// texts.
	Values []LabelValue
	// Open says how values look that the vendor's document does not have; "" where there can be none.
	Open string
}

// How the other values of an open set look.
const (
	OpenLowerCase = "others as the vendor sends them but in lower case"
	OpenAsSent    = "others as the vendor sends them"
)

// LabelValue is one value of a label and its meaning; the meaning is "" where the value explains itself.
type LabelValue = [2]string

// NamedCodes returns the names of a vendor's codes, in the order of the codes.
func NamedCodes(names map[string]string) []LabelValue {
	codes := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var values []LabelValue
	for _, code := range codes {
		values = AddMeaning(values, names[code], "code "+code)
	}
	return values
}

// VendorWords returns our words, each with the vendor's as its meaning, which begins with the text of.
func VendorWords(w Words, of string) []LabelValue {
	var values []LabelValue
	for _, word := range w {
		values = AddMeaning(values, word.Ours, of+word.Theirs)
	}
	return values
}

// AddMeaning returns the values with one more, or with a further meaning of one that is there.
func AddMeaning(values []LabelValue, value, meaning string) []LabelValue {
	for i := range values {
		if values[i][0] == value {
			values[i][1] += ", " + meaning
			return values
		}
	}
	return append(values, LabelValue{value, meaning})
}

// ValueList returns the values with their meanings as one text, each meaning in the language that inLanguage returns it
// in.
func (d LabelDoc) ValueList(inLanguage func(string) string) string {
	var texts []string
	for _, v := range d.Values {
		text := "`" + v[0] + "`"
		if v[0] == "" {
			text = inLanguage("empty")
		}
		if v[1] != "" {
			text += fmt.Sprintf(" (%s)", inLanguage(v[1]))
		}
		texts = append(texts, text)
	}
	if d.Open != "" {
		texts = append(texts, inLanguage(d.Open))
	}
	return strings.Join(texts, ", ")
}
