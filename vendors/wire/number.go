package wire

import (
	"math"
	"strconv"
	"strings"

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
// magnitude is above 2^53 and the figure could be rounded. The zero value is absent.
type Number struct {
	value float64
	state state
}

// NumberOf returns v as a Number, invalid if v is not finite or above 2^53 in magnitude.
func NumberOf(v float64) Number {
	if !(math.Abs(v) <= maxExact) { // the negation catches NaN too
		return Number{state: invalid}
	}
	return Number{value: v, state: valid}
}

// Float returns the figure; ok is false unless the number is usable.
func (n Number) Float() (v float64, ok bool) { return n.value, n.state == valid }

// Valid reports whether there is a usable figure.
func (n Number) Valid() bool { return n.state == valid }

// Absent reports whether the vendor gave no figure.
func (n Number) Absent() bool { return n.state == absent }

// Invalid reports whether the vendor gave something that is no usable figure.
func (n Number) Invalid() bool { return n.state == invalid }

// UnmarshalJSONFrom reads one value of any type. A value that is no number is skipped and
// marks n invalid; only broken JSON is an error.
func (n *Number) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	text, state, err := readScalar(d)
	if err != nil {
		return err
	}
	switch {
	case state != valid:
		*n = Number{state: state}
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
		return Number{state: invalid}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Number{state: invalid}
	}
	// 2^53+1 has rounded down to 2^53 by now, so an integer at the limit is looked at exactly.
	if math.Abs(v) == maxExact {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && (i > maxExact || i < -maxExact) {
			return Number{state: invalid}
		}
	}
	return NumberOf(v)
}

func notNumeric(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) }
