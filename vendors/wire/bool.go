package wire

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Bool is a yes or no that a vendor sends as true/false, "true"/"false", 1/0 or "1"/"0".
// Like [Number] it is absent for a missing value, null and "", and invalid for anything else.
// The zero value is absent.
type Bool struct {
	value bool
	state state
	raw   string // of an invalid one; see Raw
}

// BoolOf returns v as a Bool.
func BoolOf(v bool) Bool { return Bool{value: v, state: valid} }

// Get returns the value; ok is false unless it is usable.
func (b Bool) Get() (v, ok bool) { return b.value, b.state == valid }

// Raw returns what the vendor sent, as [Number.Raw] does.
func (b Bool) Raw() string {
	if b.state == valid {
		return strconv.FormatBool(b.value)
	}
	return b.raw
}

// Valid reports whether there is a usable value.
func (b Bool) Valid() bool { return b.state == valid }

// Absent reports whether the vendor gave no value.
func (b Bool) Absent() bool { return b.state == absent }

// Invalid reports whether the vendor gave something that is neither yes nor no.
func (b Bool) Invalid() bool { return b.state == invalid }

// UnmarshalJSONFrom reads one value of any type. A value that is neither yes nor no is
// skipped and marks b invalid; only broken JSON is an error.
func (b *Bool) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if k := d.PeekKind(); k == jsontext.KindTrue || k == jsontext.KindFalse {
		*b = BoolOf(k == jsontext.KindTrue)
		return d.SkipValue()
	}
	text, state, err := readScalar(d)
	if err != nil {
		return err
	}
	if state != valid {
		*b = Bool{state: state, raw: boundedRaw(text)}
		return nil
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		*b = Bool{}
	case "true", "1":
		*b = BoolOf(true)
	case "false", "0":
		*b = BoolOf(false)
	default:
		*b = Bool{state: invalid, raw: boundedRaw(text)}
	}
	return nil
}
