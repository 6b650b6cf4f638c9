package wire

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// state says what was found where a value was looked for. The zero value is "nothing".
type state uint8

const (
	absent state = iota
	valid
	invalid
)

// maxExact is the largest magnitude up to which every integer has a float64 of its own.
const maxExact = 1 << 53

// Number is a quantity that a vendor sends as a JSON number or as a numeric string.
//
// It is absent where the vendor leaves it out, sends null or an empty string, and invalid
// where something else stands in its place (an object, a bool, "abc", "NaN") or where its
// magnitude is above 2^53 and the value could be rounded. The zero value is absent.
type Number struct {
	value float64
	state state
	raw   string // of an invalid one; see Raw
}

// NumberOf returns v as a Number, invalid if v is not finite or above 2^53 in magnitude.
func NumberOf(v float64) Number {
	if !(math.Abs(v) <= maxExact) { // the negation catches NaN too
		return InvalidNumber(formatFloat(v))
	}
	return Number{value: v, state: valid}
}

// InvalidNumber returns the number for a text that is no number.
func InvalidNumber(text string) Number { return Number{state: invalid, raw: boundedRaw(text)} }

// Raw returns what the vendor sent, for a log: the number, or the text of an invalid one without
// what goes beyond 1 KiB ("{…}" for an object, "[…]" for an array); "" for an absent one. It is the
// vendor's text, not escaped and not redacted.
func (n Number) Raw() string {
	if n.state == valid {
		return formatFloat(n.value)
	}
	return n.raw
}

// maxRaw bounds the copy of a text that is no number. It is far more than is shown, so that a
// secret in the part that is shown is whole and can be found.
const maxRaw = 1 << 10

// boundedRaw returns a copy of the text's first characters.
func boundedRaw(text string) string { return bounded(text, maxRaw) }

// bounded returns a copy of the characters in the text's first bytes.
func bounded(text string, most int) string {
	if len(text) > most {
		end := most
		for end > most-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return strings.Clone(text) // the vendor's whole answer must not stay in memory for it
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Float returns the value; ok is false unless the number is usable.
func (n Number) Float() (v float64, ok bool) { return n.value, n.state == valid }

// Valid reports whether there is a usable value.
func (n Number) Valid() bool { return n.state == valid }

// Absent reports whether the vendor gave no value.
func (n Number) Absent() bool { return n.state == absent }

// Invalid reports whether the vendor gave something that is no usable value.
func (n Number) Invalid() bool { return n.state == invalid }

// UnmarshalJSONFrom reads one value of any type. A value that is no number is skipped and
// marks n invalid; only broken JSON is an error.
func (n *Number) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	text, state, err := readScalar(d)
	if err != nil {
		return err
	}
	switch {
	case state == invalid:
		*n = InvalidNumber(text)
	case state == absent:
		*n = Number{}
	case strings.TrimSpace(text) == "":
		*n = Number{}
	default:
		*n = parseNumber(strings.TrimSpace(text))
	}
	return nil
}

// parseNumber reads a decimal number. strconv alone would let "Inf", "NaN", hexadecimal
// and underscores through, none of which is a count.
func parseNumber(text string) Number {
	if strings.ContainsFunc(text, notNumeric) {
		return InvalidNumber(text)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return InvalidNumber(text)
	}
	// 2^53+1 has rounded down to 2^53 by now, so an integer at the limit is looked at exactly.
	if math.Abs(v) == maxExact {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && (i > maxExact || i < -maxExact) {
			return InvalidNumber(text)
		}
	}
	n := NumberOf(v)
	if n.state == invalid {
		n.raw = boundedRaw(text) // its own digits
	}
	return n
}

func notNumeric(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) }
