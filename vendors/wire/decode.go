// Package wire reads values as vendors really send them: counts as numbers or as strings,
// codes as strings or as numbers, null and absent alike for "not there", names repeated
// within an object, bytes that are no UTF-8.
//
// Its types follow one rule: one unusual value costs that value, never the answer it stands in.
// They say whether a value is usable, absent or invalid and leave it to the caller what
// follows from that.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Unmarshal reads the one JSON value in b into v. Names may repeat (an [Object] keeps both
// members, a struct field the last one), invalid UTF-8 becomes U+FFFD, names must match
// exactly, unknown names are passed over. Data after the value is an error.
//
// An error names the place by JSON pointer and quotes what stands there: it is the vendor's
// text, neither bounded nor escaped.
func Unmarshal(b []byte, v any) error {
	err := json.Unmarshal(b, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	// The library's text speaks of Go types, which say nothing to who reads the log.
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return err
	}
	cause := e.Err
	if cause == nil {
		cause = fmt.Errorf("unexpected %s", KindName(e.JSONKind))
	}
	if e.JSONPointer == "" {
		return cause
	}
	return fmt.Errorf("%s: %w", bounded(string(e.JSONPointer), maxPlace), cause)
}

// maxPlace is how much of a place is named: the names in it may be as long as the answer.
const maxPlace = 200

// KindName names a JSON type for an error text: "object", "array", "string", "number",
// "bool", "null"; "nothing" if there is no value.
func KindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindBeginObject:
		return "object"
	case jsontext.KindBeginArray:
		return "array"
	case jsontext.KindString:
		return "string"
	case jsontext.KindNumber:
		return "number"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "bool"
	case jsontext.KindNull:
		return "null"
	}
	return "nothing"
}

// maxScalar bounds a text or a number, in bytes as JSON. No name, code or message comes near it.
const maxScalar = 64 << 10

// readScalar reads one value. A string or a number gives its text and valid, null gives
// absent, anything else is skipped and gives invalid, with a text that names its kind. One that is longer than
// maxScalar returns invalid, with the beginning of its text as JSON. Only broken JSON is an error.
func readScalar(d *jsontext.Decoder) (text string, s state, err error) {
	switch kind := d.PeekKind(); kind {
	case jsontext.KindString, jsontext.KindNumber:
		raw, err := d.ReadValue()
		switch {
		case err != nil:
			return "", invalid, err
		case len(raw) > maxScalar:
			return boundedRaw(strings.Trim(string(raw[:maxRaw+utf8.UTFMax]), `"`)), invalid, nil
		case kind == jsontext.KindNumber:
			return string(raw), valid, nil
		}
		inner := raw[1 : len(raw)-1]
		if bytes.IndexByte(inner, '\\') >= 0 || !utf8.Valid(inner) {
			// The error is about bytes that are no UTF-8; they are U+FFFD now.
			inner, _ = jsontext.AppendUnquote(nil, raw)
		}
		return string(inner), valid, nil
	case jsontext.KindNull:
		return "", absent, d.SkipValue()
	case jsontext.KindTrue, jsontext.KindFalse:
		token, err := d.ReadToken()
		return token.String(), invalid, err
	case jsontext.KindBeginObject:
		return "{…}", invalid, d.SkipValue()
	case jsontext.KindBeginArray:
		return "[…]", invalid, d.SkipValue()
	default:
		return "", invalid, d.SkipValue()
	}
}
