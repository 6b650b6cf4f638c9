package quanshi

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// maxMembers bounds the names of one object, far beyond those of any documented.
const maxMembers = 256

var (
	errRepeated   = errors.New("a name stands twice in one object")
	errTooMany    = fmt.Errorf("want an object of at most %d names, got more", maxMembers)
	errTooDeep    = fmt.Errorf("got values nested deeper than %d", maxNesting)
	errAfterwards = errors.New("want the end of the answer after its value, got more")
)

// stream reads a JSON document as it arrives. What it holds is bounded by its window.
//
// It takes what jsontext takes in the lax mode that the other vendors' answers are read in. With
// that, each row would be read twice: to find its end, and to find what is wanted in it. Here
// one pass does both, which is what reports of hundreds of megabytes need.
type stream struct {
	*window
	seed maphash.Seed
}

func newStream(answer io.Reader) *stream {
	return &stream{window: newWindow(answer), seed: maphash.MakeSeed()}
}

// peek returns the first byte of the next value or bracket.
func (s *stream) peek() (byte, error) {
	for {
		if s.next = skipSpace(s.held, s.next); s.next < len(s.held) {
			return s.held[s.next], nil
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// scan takes from the window what read reads from its index on.
func (s *stream) scan(read func(text []byte, i int) int) ([]byte, error) {
	for {
		end := read(s.held, s.next)
		if end >= 0 {
			text := s.held[s.next:end]
			s.next = end
			return text, nil
		}
		if err := s.trouble(end); err != nil {
			return nil, err
		}
	}
}

// trouble is what to do about a scan that came to no end: nothing, if there is more to read
// and it may be tried again.
func (s *stream) trouble(end int) error {
	switch end {
	case incomplete:
		return s.more()
	case tooDeep:
		return errTooDeep
	}
	return s.notJSON()
}

// notJSON tells a syntax error. What is there is not quoted: it may be anybody's data.
func (*stream) notJSON() error { return errors.New("want JSON, got something else") }

// value returns the next value whole; it is valid until the next call. It must not be
// longer than maxValue.
func (s *stream) value() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	return s.scan(func(text []byte, i int) int { return scanValue(text, i, 0) })
}

// skip passes over the next value, whatever its size.
func (s *stream) skip(depth int) error {
	if depth > maxNesting {
		return errTooDeep
	}
	first, err := s.peek()
	if err != nil {
		return err
	}
	switch first {
	case '{':
		return s.members(func([]byte) error { return s.skip(depth + 1) })
	case '[':
		return s.items(func(int) error { return s.skip(depth + 1) })
	}
	_, err = s.value()
	return err
}

// object reads an object and calls member for each name, which must read the value that
// follows. The name is valid until then. A name that stands twice is an error.
func (s *stream) object(member func(name []byte) error) error {
	if err := s.want('{', "an object"); err != nil {
		return err
	}
	var seen []uint64
	return s.members(func(name []byte) error {
		sum := maphash.Bytes(s.seed, name)
		switch {
		case slices.Contains(seen, sum):
			return errRepeated
		case len(seen) == maxMembers:
			return errTooMany
		}
		seen = append(seen, sum)
		return member(name)
	})
}

// array reads an array and calls item for each of its values, which item must read.
func (s *stream) array(item func(i int) error) error {
	if err := s.want('[', "an array"); err != nil {
		return err
	}
	return s.items(item)
}

func (s *stream) members(member func(name []byte) error) error {
	return s.list('}', func(int) error {
		if first, err := s.peek(); err != nil {
			return err
		} else if first != '"' {
			return s.notJSON()
		}
		quoted, err := s.scan(scanString)
		if err != nil {
			return err
		}
		name := plainText(quoted)
		if s.next == len(s.held) || s.held[s.next] != ':' { // the colon is not at hand
			name = bytes.Clone(name)
			if first, err := s.peek(); err != nil {
				return err
			} else if first != ':' {
				return s.notJSON()
			}
		}
		s.next++
		return member(name)
	})
}

func (s *stream) items(item func(i int) error) error { return s.list(']', item) }

// list reads brackets with values between them, each by a call of one.
func (s *stream) list(closing byte, one func(i int) error) error {
	s.next++ // the opening bracket
	for i := 0; ; i++ {
		next, err := s.peek()
		switch {
		case err != nil:
			return err
		case next == closing && i == 0:
			s.next++
			return nil
		}
		if err := one(i); err != nil {
			return err
		}
		switch next, err := s.peek(); {
		case err != nil:
			return err
		case next == closing:
			s.next++
			return nil
		case next != ',':
			return s.notJSON()
		}
		s.next++
	}
}

// want fails if the next value does not begin with first.
func (s *stream) want(first byte, name string) error {
	kind, err := s.kind()
	if err != nil {
		return err
	}
	if s.held[s.next] != first {
		return fmt.Errorf("want %s, got %s", name, wire.KindName(kind))
	}
	return nil
}

// kind tells of which type the next value is.
func (s *stream) kind() (jsontext.Kind, error) {
	first, err := s.peek()
	if err != nil {
		return 0, err
	}
	switch {
	case first == '-' || first >= '0' && first <= '9':
		return jsontext.KindNumber, nil
	case bytes.IndexByte([]byte(`{["tfn`), first) < 0:
		return 0, s.notJSON()
	}
	return jsontext.Kind(first), nil
}

// end makes sure that nothing follows.
func (s *stream) end() error {
	switch _, err := s.peek(); {
	case err == nil:
		return errAfterwards
	case errors.Is(err, errCut):
		return nil
	default:
		return err
	}
}

// plainText returns what a string says: the bytes between its quotes, or where those hold
// escapes or are no UTF-8, a copy in plain text.
func plainText(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	inner, _ = jsontext.AppendUnquote(nil, quoted) // the error is about bytes that are U+FFFD now
	return inner
}
