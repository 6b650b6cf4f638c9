package transport

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text after some decoding, with the span of the original text that each of its bytes comes from.
type view struct {
	text  []byte
	spans []span
}

func (v *view) add(from span, text ...byte) {
	v.text = append(v.text, text...)
	for range text {
		v.spans = append(v.spans, from)
	}
}

// viewsOf returns the views of a text: as it is, unescaped once, twice and so on, and decoded from base64 and hex.
func viewsOf(text string) []view {
	views := plainViews(text)
	plain := views[len(views)-1]
	// It is not known at which character the first byte begins, so each possible offset is a view.
	for skip := range 4 {
		views = append(views, plain.decoded(6, &base64Value, skip))
	}
	for skip := range 2 {
		views = append(views, plain.decoded(4, &hexValue, skip))
	}
	return views
}

// maxTimesEscaped is how many levels of escapes are removed.
const maxTimesEscaped = 5

// plainViews returns a text as it is, and then each time with one more level of the escapes of URLs, JSON and HTML
// removed.
func plainViews(text string) []view {
	raw := view{text: []byte(text), spans: make([]span, len(text))}
	for i := range raw.spans {
		raw.spans[i] = span{i, i + 1}
	}
	views := []view{raw}
	for range maxTimesEscaped {
		next, changed := views[len(views)-1].unescaped()
		if !changed {
			break
		}
		views = append(views, next)
	}
	return views
}

// unescaped returns the view with one level of escapes removed.
func (v view) unescaped() (plain view, changed bool) {
	for i := 0; i < len(v.text); {
		text, size := unescape(v.text[i:])
		if size == 0 {
			plain.add(v.spans[i], v.text[i])
			i++
			continue
		}
		plain.add(span{v.spans[i].from, v.spans[i+size-1].to}, text...)
		i += size
		changed = true
	}
	return plain, changed
}

// maxEntity is more than the length of any HTML entity for a character of a secret.
const maxEntity = 16

// unescape returns the decoded bytes of the escape at the start of a text, and the length of the escape; 0 if there is
// none.
func unescape(text []byte) (plain []byte, size int) {
	switch text[0] {
	case '%': // %2F, %2f
		if b := hexadecimal(text[1:], 2); b >= 0 {
			return []byte{byte(b)}, 3
		}
	case '&': // &amp;, &#47;, &#x2F;
		entity, _, ended := strings.Cut(string(text[:min(len(text), maxEntity)]), ";")
		if plain := html.UnescapeString(entity + ";"); ended && plain != entity+";" {
			return []byte(plain), len(entity) + 1
		}
	case '\\': // \/, \", \u002f, \x2f
		return unescapeBackslash(text)
	}
	return nil, 0
}

func unescapeBackslash(text []byte) (plain []byte, size int) {
	if len(text) < 2 {
		return nil, 0
	}
	switch text[1] {
	case '/', '"', '\'', '\\':
		return text[1:2], 2
	case 't':
		return []byte("\t"), 2
	case 'x':
		if b := hexadecimal(text[2:], 2); b >= 0 {
			return []byte{byte(b)}, 4
		}
	case 'u':
		r := rune(hexadecimal(text[2:], 4))
		if r < 0 {
			return nil, 0
		}
		if utf16.IsSurrogate(r) && len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
			return utf8.AppendRune(nil, utf16.DecodeRune(r, rune(hexadecimal(text[8:], 4)))), 12
		}
		return utf8.AppendRune(nil, r), 6
	}
	return nil, 0
}

// hexadecimal returns the number that the first digits of text are; −1 if they are no number.
func hexadecimal(text []byte, digits int) int {
	if len(text) < digits {
		return -1
	}
	v, err := strconv.ParseUint(string(text[:digits]), 16, 32)
	if err != nil {
		return -1
	}
	return int(v)
}

var (
	// base64Value has the values of the characters of both alphabets; −1 for all others.
	base64Value = values("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_")
	hexValue    = values("0123456789abcdef", "ABCDEF")
)

// values returns the value of each character of an alphabet. others are alternatives for its last characters.
func values(alphabet, others string) (table [256]int8) {
	for i := range table {
		table[i] = -1
	}
	for i, c := range []byte(alphabet) {
		table[c] = int8(i)
	}
	for i, c := range []byte(others) {
		table[c] = int8(len(alphabet) - len(others) + i)
	}
	return table
}

// decoded returns the text decoded from characters of width bits each. It skips the first characters of each run of
// such characters. Another character ends a run, and becomes a byte that occurs in no secret.
func (v view) decoded(width int, value *[256]int8, skip int) view {
	var out view
	var held, length, start, run int // the bits that are held, their number, where they begin; characters of the run
	for i, c := range v.text {
		bits := value[c]
		if bits < 0 {
			if run > skip {
				out.add(v.spans[i], '\n')
			}
			length, run = 0, 0
			continue
		}
		run++
		if run <= skip {
			continue
		}
		if length == 0 {
			start = i
		}
		held, length = held<<width|int(bits), length+width
		if length >= 8 {
			length -= 8
			out.add(span{v.spans[start].from, v.spans[i].to}, byte(held>>length))
			held &= 1<<length - 1
			start = i
		}
	}
	return out
}
