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

const (
	// maxValue bounds a text, a number, or the white space between two of them, in bytes.
	maxValue = 1 << 20
	// maxMembers bounds the names of one object, far beyond those of any documented.
	maxMembers = 256
	// maxName bounds the names that are compared with known ones, in bytes as they are sent.
	maxName = 128
	// maxNesting is far beyond what is nested in any answer.
	maxNesting = 1000
)

// tooLargeError is the error of an answer that goes beyond a bound.
type tooLargeError string

// Error returns what goes beyond which bound.
func (e tooLargeError) Error() string { return string(e) }

var (
	errTooLong    = tooLargeError(fmt.Sprintf("want values of at most %d bytes, got a longer one", maxValue))
	errTooMany    = tooLargeError(fmt.Sprintf("want an object of at most %d names, got more", maxMembers))
	errTooDeep    = fmt.Errorf("got values nested deeper than %d", maxNesting)
	errRepeated   = errors.New("a name appears twice in one object")
	errNotJSON    = errors.New("want JSON, got something else")
	errCut        = fmt.Errorf("the answer ends in the middle: %w", io.ErrUnexpectedEOF)
	errAfterwards = errors.New("want the end of the answer after its value, got more")
)

// stream reads a JSON document as it arrives. It holds no more of it than one value, which maxValue bounds.
//
// The decoder lets names repeat: an object that is wanted looks for repeated names itself, which its layout makes
// cheap, and in values that are passed over nobody looks for them.
type stream struct {
	decoder *jsontext.Decoder
	reader  *boundedReader
}

func newStream(answer io.Reader) *stream {
	r := &boundedReader{answer: answer}
	r.decoder = jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return &stream{decoder: r.decoder, reader: r}
}

// boundedReader is what the decoder of a stream reads from. It fails when the decoder wants more of a value that is
// longer than maxValue already.
type boundedReader struct {
	answer  io.Reader
	decoder *jsontext.Decoder
	bytes   int64 // read so far
	err     error // why there is no more, but for the end of the answer
}

// Read reads more of the answer.
func (r *boundedReader) Read(p []byte) (n int, err error) {
	room := r.decoder.InputOffset() + maxValue - r.bytes
	if room <= 0 {
		r.err = errTooLong
		return 0, r.err
	}
	n, err = r.answer.Read(p[:min(int64(len(p)), room)])
	r.bytes += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// failure returns the reason for an error of the decoder. What the decoder quotes of the answer is left out: it may be
// anybody's data.
func (s *stream) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case s.reader.err != nil:
		return s.reader.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	}
	return errNotJSON
}

// kind returns the type of the next value.
func (s *stream) kind() (jsontext.Kind, error) {
	switch kind := s.decoder.PeekKind(); kind {
	case jsontext.KindInvalid, jsontext.KindEndObject, jsontext.KindEndArray:
		_, err := s.decoder.ReadValue() // which fails
		return kind, s.failure(err)
	default:
		return kind, nil
	}
}

// What stands for an object or array that is passed over.
var (
	emptyObject = jsontext.Value(`{}`)
	someObject  = jsontext.Value(`{"":0}`)
	emptyArray  = jsontext.Value(`[]`)
	someArray   = jsontext.Value(`[0]`)
)

// value returns the next value as it was sent; it is valid until the next one is read. An object or array is passed
// over, whatever its size: only whether it is empty can be seen in what is returned.
func (s *stream) value() (jsontext.Value, error) {
	empty, some := emptyObject, someObject
	switch s.decoder.PeekKind() {
	case jsontext.KindBeginObject:
	case jsontext.KindBeginArray:
		empty, some = emptyArray, someArray
	default:
		value, err := s.decoder.ReadValue()
		return value, s.failure(err)
	}
	switch tokens, err := s.passTokens(); {
	case err != nil:
		return nil, err
	case tokens == 2: // both brackets
		return empty, nil
	}
	return some, nil
}

// pass passes over the next value, whatever its size.
func (s *stream) pass() error {
	_, err := s.passTokens()
	return err
}

// passTokens is pass, and returns how many tokens the value has.
func (s *stream) passTokens() (n int, err error) {
	for outside := s.decoder.StackDepth(); ; {
		if _, err := s.decoder.ReadToken(); err != nil {
			return n, s.failure(err)
		}
		n++
		switch depth := s.decoder.StackDepth(); {
		case depth == outside:
			return n, nil
		case depth > maxNesting:
			return n, errTooDeep
		}
	}
}

// isNone reports whether a value is null, {} or [].
func isNone(value jsontext.Value) bool {
	return value.Kind() == jsontext.KindNull || string(value) == string(emptyObject) || string(value) == string(emptyArray)
}

// field reads the next value: into what to points to, as wire does; with a call of to, if that is a function without
// parameters; as a text with which to is called, if that is a function of one. Without to, the value is passed over.
func (s *stream) field(to any) error {
	switch read := to.(type) {
	case nil:
		return s.pass()
	case func() error:
		return read()
	}
	value, err := s.value()
	if err != nil {
		return err
	}
	set, ok := to.(func(wire.Text))
	if !ok {
		return wire.Unmarshal(value, to)
	}
	var t wire.Text
	err = wire.Unmarshal(value, &t)
	set(t)
	return err
}

// begin reads the bracket that opens an object or array; want names it.
func (s *stream) begin(bracket jsontext.Kind, want string) error {
	switch kind, err := s.kind(); {
	case err != nil:
		return err
	case kind != bracket:
		return fmt.Errorf("want %s, got %s", want, wire.KindName(kind))
	}
	_, err := s.decoder.ReadToken()
	return s.failure(err)
}

// object reads an object and calls member for each name, which must read the value that follows. A name that stands
// twice is an error.
func (s *stream) object(l *layout, member func(*name) error) error {
	if err := s.begin(jsontext.KindBeginObject, "an object"); err != nil {
		return err
	}
	for i := 0; s.decoder.PeekKind() != jsontext.KindEndObject; i++ {
		quoted, err := s.decoder.ReadValue()
		if err != nil {
			return s.failure(err)
		}
		n, err := l.at(i, quoted)
		if err != nil {
			return err
		}
		if err := member(n); err != nil {
			return err
		}
	}
	_, err := s.decoder.ReadToken()
	return s.failure(err)
}

// array reads an array and calls item for each of its values, which item must read.
func (s *stream) array(item func(i int) error) error {
	if err := s.begin(jsontext.KindBeginArray, "an array"); err != nil {
		return err
	}
	for i := 0; s.decoder.PeekKind() != jsontext.KindEndArray; i++ {
		if err := item(i); err != nil {
			return err
		}
	}
	_, err := s.decoder.ReadToken()
	return s.failure(err)
}

// end makes sure that nothing follows.
func (s *stream) end() error {
	switch _, err := s.decoder.ReadToken(); {
	case s.reader.err != nil:
		return s.reader.err
	case errors.Is(err, io.EOF):
		return nil
	}
	return errAfterwards
}

// layout is the names of an object in their order. Objects of a list have the same names in the same order, nearly
// always: each name then takes one comparison, and none can stand twice.
type layout struct {
	names   []name
	fieldOf func(plain []byte) field // what a name stands for in a row; nil for other objects
}

// name is a name of an object.
type name struct {
	quoted []byte // as it is sent
	plain  []byte // without quotes and escapes; both are empty for one that is longer than maxName
	hash   uint64
	field  field
}

var nameSeed = maphash.MakeSeed()

// at returns the name at index i, which follows those that were asked for before.
func (l *layout) at(i int, quoted []byte) (*name, error) {
	if i < len(l.names) && bytes.Equal(l.names[i].quoted, quoted) {
		return &l.names[i], nil
	}
	if i == maxMembers {
		return nil, errTooMany
	}
	plain := plainText(quoted)
	hash := maphash.Bytes(nameSeed, plain)
	if slices.ContainsFunc(l.names[:i], func(n name) bool { return n.hash == hash }) {
		return nil, errRepeated
	}
	if len(quoted) > maxName {
		quoted, plain = nil, nil
	}
	l.names = slices.Grow(l.names[:i], 1)[:i+1]
	n := &l.names[i]
	n.quoted, n.plain, n.hash = append(n.quoted[:0], quoted...), append(n.plain[:0], plain...), hash
	if l.fieldOf != nil {
		n.field = l.fieldOf(plain)
	}
	return n, nil
}

// plainText returns what a string says: the bytes between its quotes, or where those hold escapes or are no UTF-8, a
// copy in plain text.
func plainText(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	inner, _ = jsontext.AppendUnquote(nil, quoted) // the error is about bytes that are U+FFFD now
	return inner
}
