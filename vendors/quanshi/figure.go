package quanshi

import (
	"math"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// scanFigure reads the value at i as a number, as wire does. Nearly all are null or a few
// digits, which take no decoder of their own.
func scanFigure(text []byte, i int, to *wire.Number) int {
	begin := i
	if text[i] == '"' {
		i++
	}
	n, digits := int64(0), i
	for i < len(text) && text[i] >= '0' && text[i] <= '9' && i-digits < 15 {
		n = n*10 + int64(text[i]-'0')
		i++
	}
	if i > digits && i < len(text) {
		c := text[i]
		switch {
		case text[begin] == '"' && c == '"':
			*to = wire.NumberOf(float64(n))
			return i + 1
		case text[begin] != '"' && (c == ',' || c == '}' || c <= ' ') && (text[digits] != '0' || i == digits+1):
			*to = wire.NumberOf(float64(n))
			return i
		}
	}

	end := scanValue(text, begin, 1)
	if end < 0 {
		return end
	}
	switch text[begin] {
	case 'n':
		*to = wire.Number{}
	case '{', '[', 't', 'f':
		*to = wire.NumberOf(math.NaN()) // there, but no number
	default:
		if wire.Unmarshal(text[begin:end], to) != nil { // it cannot be: the value is valid JSON
			*to = wire.NumberOf(math.NaN())
		}
	}
	return end
}
