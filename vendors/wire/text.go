package wire

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Text is a name, code or message that a vendor sends as a string or as a number; a number
// keeps the digits it was sent with. It is absent for a missing value and null, and invalid
// for a bool, an object, an array and what is longer than 64 KiB. An empty string is a text like any other.
// The zero value is absent.
type Text struct {
	value string
	state state
}

// TextOf returns s as a Text.
func TextOf(s string) Text { return Text{value: s, state: valid} }

// TextIn returns the text in a JSON value. It is absent for no value and for broken JSON.
func TextIn(value jsontext.Value) (t Text) {
	if value != nil && Unmarshal(value, &t) != nil {
		return Text{}
	}
	return t
}

// FirstText returns the first text that is not blank, without the space around it; "" if there is none.
func FirstText(texts ...Text) string {
	for _, t := range texts {
		if s, ok := t.Get(); ok && strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// Get returns the text; ok is false unless it is usable.
func (t Text) Get() (s string, ok bool) {
	if t.state != valid {
		return "", false
	}
	return t.value, true
}

// Raw returns what the vendor sent, for a log: the text, or what stands in its place ("true", "{…}" for an object,
// "[…]" for an array, the first 1 KiB of what is too long); "" for an absent one. It is neither escaped nor redacted.
func (t Text) Raw() string { return t.value }

// Valid reports whether there is a usable text.
func (t Text) Valid() bool { return t.state == valid }

// Absent reports whether the vendor gave no text.
func (t Text) Absent() bool { return t.state == absent }

// Invalid reports whether the vendor gave something that is no text.
func (t Text) Invalid() bool { return t.state == invalid }

// UnmarshalJSONFrom reads one value of any type. A value that is neither string nor number
// is skipped and marks t invalid; only broken JSON is an error.
func (t *Text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	text, state, err := readScalar(d)
	if err != nil {
		return err
	}
	*t = Text{value: text, state: state}
	return nil
}
