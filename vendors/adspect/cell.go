package adspect

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// textOfCell returns a cell as text: null is "", a number keeps the digits it was sent with.
// If that is what previous says, previous itself is returned: values repeat from row to row.
func textOfCell(cell []byte, previous string) string {
	switch cell[0] {
	case 'n': // null
		return ""
	case '"':
		inner := cell[1 : len(cell)-1]
		if bytes.IndexByte(inner, '\\') >= 0 || !utf8.Valid(inner) {
			// The error is about bytes that are no UTF-8; they are U+FFFD now.
			inner, _ = jsontext.AppendUnquote(nil, cell)
		}
		cell = inner
	}
	if string(cell) == previous {
		return previous
	}
	return string(cell)
}

// numberOfCell returns a cell as a number, as wire reads it. Nearly all are plain decimals,
// which take no decoder of their own.
func numberOfCell(cell []byte) wire.Number {
	text := cell
	if cell[0] == '"' {
		text = cell[1 : len(cell)-1]
	}
	if v, ok := parsePlain(text); ok {
		return wire.NumberOf(v)
	}
	if v, ok := parseDecimal(text); ok {
		return wire.NumberOf(v)
	}
	var n wire.Number
	if wire.Unmarshal(cell, &n) != nil { // it cannot be: the cell is valid JSON
		return wire.NumberOf(math.NaN())
	}
	return n
}

// parsePlain reads up to 15 digits with or without a point among them. Both what
// the digits are without the point and the power of ten below are exact in a float64, so
// that their quotient is rounded once, as it should be.
func parsePlain(text []byte) (v float64, ok bool) {
	if len(text) == 0 || len(text) > 16 {
		return 0, false
	}
	n, point := int64(0), -1
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return 0, false
		}
	}
	if point < 0 {
		return float64(n), len(text) <= 15
	}
	decimals := len(text) - 1 - point
	return float64(n) / powersOfTen[decimals], decimals > 0
}

var powersOfTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// parseDecimal reads a decimal number whose magnitude is below the limit of exact integers:
// at the limit it takes a closer look.
func parseDecimal(text []byte) (v float64, ok bool) {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil && math.Abs(v) < 1<<53
}
