package quanshi

import (
	"encoding/binary"
	"math/bits"
)

// The functions of this file read JSON that stands in memory, strictly but for bytes that are
// no UTF-8. Each takes the index where a value begins and returns the one after its end, or one
// of the constants below.
//
// That they are here, and not jsontext's, is for speed alone. This is how many times as fast as
// encoding/json each way read the data of the benchmark (medians of 15 to 21 rounds in turns,
// by processor time, with Go 1.26.8 and go-json-experiment/json v1.27.2):
//
//	this scanner, from memory                                          9.2–10.2
//	this scanner, over HTTP                                            8.2–8.6
//	ReadValue for each row, and one pass by the layout, from memory    4.0–4.3
//	the same, over HTTP                                                3.8–4.0
//	ReadValue for each name and value, from memory                     3.4–3.5
//	the same, duplicate names left to the decoder                      2.0–2.2
//
// ReadValue alone, without a look into the row, is at 6.3 to 6.7. Four times are wanted, over
// HTTP too and with something in hand for a busy machine: measure again when jsontext has become
// faster.
const (
	incomplete = -1 // the text ends within the value
	broken     = -2 // it is no JSON
	tooDeep    = -3 // values stand within each other beyond maxNesting
)

// maxNesting is far beyond what is nested in any answer.
const maxNesting = 1000

// scanValue reads any value.
func scanValue(text []byte, i, depth int) int {
	if i == len(text) {
		return incomplete
	}
	switch c := text[i]; {
	case c == '"':
		return scanString(text, i)
	case c == '-' || c >= '0' && c <= '9':
		return scanNumber(text, i)
	case c == '{':
		return scanObject(text, i, depth+1)
	case c == '[':
		return scanArray(text, i, depth+1)
	}
	return scanLiteral(text, i)
}

const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
)

// scanString reads a string, eight bytes at a time where there are as many.
func scanString(text []byte, i int) int {
	i++
	for {
		for ; i+8 <= len(text); i += 8 {
			eight := binary.LittleEndian.Uint64(text[i:])
			// Of each mask the lowest bit that is set is right; higher ones may follow from it.
			quote, slash := eight^('"'*ones), eight^('\\'*ones)
			control := (eight - ' '*ones) &^ eight
			if found := ((quote-ones)&^quote | (slash-ones)&^slash | control) & tops; found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
		}
		for i < len(text) && text[i] >= ' ' && text[i] != '"' && text[i] != '\\' {
			i++
		}
		switch {
		case i == len(text):
			return incomplete
		case text[i] == '"':
			return i + 1
		case text[i] < ' ':
			return broken
		}
		if i = scanEscape(text, i); i < 0 {
			return i
		}
	}
}

// scanEscape reads what a backslash begins.
func scanEscape(text []byte, i int) int {
	i++
	if i == len(text) {
		return incomplete
	}
	switch text[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for range 4 {
			i++
			if i == len(text) {
				return incomplete
			}
			c := text[i] | 0x20 // lower case
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') || text[i] < '0' {
				return broken
			}
		}
		return i + 1
	}
	return broken
}

// scanNumber reads a number. One that reaches to the end of the text is incomplete: it never
// stands alone.
func scanNumber(text []byte, i int) int {
	if text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if i = scanDigits(text, i); i < 0 {
		return i
	}
	if i < len(text) && text[i] == '.' {
		if i = scanDigits(text, i+1); i < 0 {
			return i
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if i = scanDigits(text, i); i < 0 {
			return i
		}
	}
	if i == len(text) {
		return incomplete
	}
	return i
}

// scanDigits reads one digit or more.
func scanDigits(text []byte, i int) int {
	begin := i
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	switch {
	case i == len(text):
		return incomplete
	case i == begin:
		return broken
	}
	return i
}

// scanLiteral reads null, true or false.
func scanLiteral(text []byte, i int) int {
	word := "null"
	switch text[i] {
	case 'n':
	case 't':
		word = "true"
	case 'f':
		word = "false"
	default:
		return broken
	}
	there := text[i:min(i+len(word), len(text))]
	switch {
	case string(there) == word:
		return i + len(word)
	case string(there) == word[:len(there)]:
		return incomplete
	}
	return broken
}

// scanArray reads an array.
func scanArray(text []byte, i, depth int) int {
	if depth > maxNesting {
		return tooDeep
	}
	if i = skipSpace(text, i+1); i < len(text) && text[i] == ']' {
		return i + 1
	}
	for {
		if i = scanValue(text, i, depth); i < 0 {
			return i
		}
		i = skipSpace(text, i)
		switch {
		case i == len(text):
			return incomplete
		case text[i] == ']':
			return i + 1
		case text[i] != ',':
			return broken
		}
		i = skipSpace(text, i+1)
	}
}

// scanObject reads an object.
func scanObject(text []byte, i, depth int) int {
	if depth > maxNesting {
		return tooDeep
	}
	if i = skipSpace(text, i+1); i < len(text) && text[i] == '}' {
		return i + 1
	}
	for {
		switch {
		case i == len(text):
			return incomplete
		case text[i] != '"':
			return broken
		}
		if i = scanString(text, i); i < 0 {
			return i
		}
		if i = scanColon(text, i); i < 0 {
			return i
		}
		if i = scanValue(text, i, depth); i < 0 {
			return i
		}
		i = skipSpace(text, i)
		switch {
		case i == len(text):
			return incomplete
		case text[i] == '}':
			return i + 1
		case text[i] != ',':
			return broken
		}
		i = skipSpace(text, i+1)
	}
}

// scanColon reads what stands between a name and its value, space included.
func scanColon(text []byte, i int) int {
	if i = skipSpace(text, i); i == len(text) {
		return incomplete
	}
	if text[i] != ':' {
		return broken
	}
	return skipSpace(text, i+1)
}

// skipSpace returns the index of the first byte from i on that is no white space.
func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}
