package transport

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// minSecret is the length of the shortest secret that is hidden. The few characters of a shorter one occur in
	// ordinary words.
	minSecret = 4
	// minPart is the length of the shortest part of a secret that is hidden. A secret that is shorter is hidden whole.
	minPart = 8
)

// span is a part of a text.
type span struct{ from, to int }

// hideSecrets returns the beginning of a text with each secret, and each long part of one, replaced. It finds secrets
// also in another case, escaped as in URLs, JSON and HTML, and in base64 or hex. cut reports that the text was longer.
func (r redactor) hideSecrets(text string) (redacted string, cut bool) {
	read := text[:min(len(text), maxRead)]
	used := len(read)
	if len(text) > maxRead {
		used, cut = maxUsed, true
	}
	var out strings.Builder
	at := 0
	for _, s := range r.find(read) {
		if s.from >= used {
			break
		}
		out.WriteString(read[at:s.from])
		out.WriteString(hidden)
		at = s.to
	}
	if at < used {
		out.WriteString(read[at:used])
	}
	return out.String(), cut
}

// find returns the places of secrets in a text, in order. They do not overlap: a secret that contains another one is
// one span.
func (r redactor) find(text string) []span {
	if len(text) < minSecret || len(r.secrets) == 0 {
		return nil
	}
	views := viewsOf(text)
	index := newIndex(views)
	var found []span
	for _, secret := range r.secrets {
		if len(secret) < minSecret {
			continue
		}
		found = index.find(found, views, secret)
		if strings.ContainsAny(secret, `%&\`) { // it may be escaped itself
			for _, plain := range plainViews(secret)[1:] {
				found = index.find(found, views, string(plain.text))
			}
		}
		if strings.ContainsFunc(secret, func(c rune) bool { return c >= utf8.RuneSelf }) { // letters of ASCII are folded
			found = index.find(found, views, strings.ToLower(secret))
			found = index.find(found, views, strings.ToUpper(secret))
		}
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	merged := found[:0]
	for _, s := range found {
		for s.from > 0 && s.from < len(text) && !utf8.RuneStart(text[s.from]) {
			s.from--
		}
		for s.to < len(text) && !utf8.RuneStart(text[s.to]) {
			s.to++
		}
		if last := len(merged) - 1; last >= 0 && s.from < merged[last].to {
			merged[last].to = max(merged[last].to, s.to)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// fold maps bytes that are compared as equal to the same byte: letters of both cases, and "+" and space as in a query.
var fold = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			table[i] += 'a' - 'A'
		}
	}
	table['+'] = ' '
	return table
}()

func folded(text []byte) []byte {
	for i, c := range text {
		text[i] = fold[c]
	}
	return text
}

// index is a Bloom filter of all sequences of four bytes in views. With it, most secrets are excluded without a search.
// It may report a sequence that does not occur.
type index struct {
	bits  []uint64
	shift int
}

const gramSize = 4

func newIndex(views []view) index {
	total := 0
	for i := range views {
		folded(views[i].text)
		total += len(views[i].text)
	}
	size := max(bits.Len(uint(total*16)), 10)
	x := index{bits: make([]uint64, 1<<size/64), shift: 32 - size}
	for _, v := range views {
		for i := range len(v.text) - gramSize + 1 {
			gram := x.hash(v.text[i:])
			x.bits[gram/64] |= 1 << (gram % 64)
		}
	}
	return x
}

func (x index) hash(text []byte) uint32 {
	return binary.LittleEndian.Uint32(text) * 2654435761 >> x.shift
}

// has reports whether four bytes of a secret, folded, may occur in the views.
func (x index) has(secret string, at int) bool {
	gram := [gramSize]byte{fold[secret[at]], fold[secret[at+1]], fold[secret[at+2]], fold[secret[at+3]]}
	h := x.hash(gram[:])
	return x.bits[h/64]&(1<<(h%64)) != 0
}

// find adds the spans of a secret or of its parts. The spans of a part longer than minPart overlap. A form of a secret
// may be shorter than minSecret though the secret is not: the sign of the kelvin (U+212A, 3 bytes) is "k" in lower case.
func (x index) find(found []span, views []view, secret string) []span {
	if len(secret) < minSecret {
		return found
	}
	size := min(len(secret), minPart)
	for at := 0; at+size <= len(secret); at++ {
		if !x.has(secret, at) || !x.has(secret, at+size-gramSize) {
			continue
		}
		part := folded([]byte(secret[at : at+size]))
		for _, v := range views {
			found = v.find(found, part)
		}
	}
	return found
}

// find adds the spans of all occurrences of a part of a secret.
func (v view) find(found []span, part []byte) []span {
	for from := 0; ; {
		i := bytes.Index(v.text[from:], part)
		if i < 0 {
			return found
		}
		i += from
		found = append(found, span{v.spans[i].from, v.spans[i+len(part)-1].to})
		from = i + 1
	}
}
