package quanshi

import (
	"bytes"
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

// scanClock reads the value at i as a duration: hours, minutes and seconds with colons between them, or
// in words (1小时2分3秒), or seconds as a number. "" and "-" are none.
func scanClock(text []byte, i int, to *wire.Number) int {
	end := scanValue(text, i, 1)
	if end < 0 || text[i] != '"' {
		return scanFigure(text, i, to)
	}
	switch says := plainText(text[i:end]); {
	case len(says) == 0, len(says) == 1 && says[0] == '-':
		*to = wire.Number{}
	default:
		seconds, ok := clockSeconds(says)
		if !ok {
			return scanFigure(text, i, to)
		}
		*to = wire.NumberOf(seconds)
	}
	return end
}

// clockSeconds returns the seconds of a duration as a text; ok is false for another text.
func clockSeconds(says []byte) (seconds float64, ok bool) {
	if bytes.IndexByte(says, ':') < 0 {
		return wordSeconds(says)
	}
	total, part := int64(0), 0
	for ; part < 3; part++ {
		n, rest, ok := shortNumber(says)
		switch {
		case !ok, part > 0 && (n > 59 || len(says)-len(rest) != 2), (part == 2) != (len(rest) == 0):
			return 0, false
		case part < 2:
			if rest[0] != ':' {
				return 0, false
			}
			rest = rest[1:]
		}
		total, says = total*60+n, rest
	}
	return float64(total), true
}

// clockUnits are the units of a duration in words, of two that begin alike the longer first.
var clockUnits = []struct {
	word    string
	seconds int64
}{{"天", 86400}, {"小时", 3600}, {"时", 3600}, {"分钟", 60}, {"分", 60}, {"秒", 1}}

// wordSeconds is clockSeconds for a text in words: numbers with units, each smaller than the one before.
func wordSeconds(says []byte) (seconds float64, ok bool) {
	total, before := int64(0), int64(math.MaxInt64)
	for len(says) > 0 {
		n, rest, ok := shortNumber(says)
		if !ok {
			return 0, false
		}
		unit := int64(0)
		for _, u := range clockUnits {
			if after, found := bytes.CutPrefix(rest, []byte(u.word)); found {
				unit, rest = u.seconds, after
				break
			}
		}
		if unit == 0 || unit >= before {
			return 0, false
		}
		total, before, says = total+n*unit, unit, rest
	}
	return float64(total), before != math.MaxInt64
}

// shortNumber cuts a number of up to nine digits from the beginning of a text.
func shortNumber(text []byte) (n int64, rest []byte, ok bool) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + int64(text[i]-'0')
		i++
		if i > 9 {
			return 0, text, false
		}
	}
	return n, text[i:], i > 0
}
