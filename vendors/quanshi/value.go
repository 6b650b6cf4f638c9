package quanshi

import (
	"bytes"
	"math"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// numberIn returns a value as a number, as wire does. Nearly all are null or a few digits, which take no decoder of
// their own.
func numberIn(value []byte) wire.Number {
	if value[0] == 'n' {
		return wire.Number{}
	}
	if v, rest, ok := shortNumber(bytes.Trim(value, `"`)); ok && len(rest) == 0 {
		return wire.NumberOf(float64(v))
	}
	var n wire.Number
	if err := wire.Unmarshal(value, &n); err != nil { // it cannot be: the value is valid JSON
		return wire.InvalidNumber("")
	}
	return n
}

// durationIn returns the seconds of a value that is a duration: hours, minutes and seconds with colons between them,
// or in words (1小时2分3秒), or seconds as a number. "" and "-" are none.
func durationIn(value []byte) wire.Number {
	if value[0] != '"' {
		return numberIn(value)
	}
	text := plainText(value)
	if len(text) == 0 || string(text) == "-" {
		return wire.Number{}
	}
	if seconds, ok := clockSeconds(text); ok {
		return wire.NumberOf(seconds)
	}
	return numberIn(value)
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

// shortNumber cuts a number of up to ten digits from the beginning of a text.
func shortNumber(text []byte) (n int64, rest []byte, ok bool) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + int64(text[i]-'0')
		i++
		if i > 10 {
			return 0, text, false
		}
	}
	return n, text[i:], i > 0
}
