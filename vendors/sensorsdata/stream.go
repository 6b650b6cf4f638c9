package sensorsdata

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	// maxValue bounds a text or number of an answer, in bytes: all that is held of what is
	// skipped at one time.
	maxValue = 1 << 20
	// rowBytes is what a row of a list counts as beside its texts: about what a tag takes.
	rowBytes = 768
	// unreadableBytes is what a value that cannot be read counts as beside its text.
	unreadableBytes = 64
)

// stream reads an answer as it arrives.
type stream struct {
	decoder   *jsontext.Decoder
	input     *boundedReader
	location  *time.Location // of times without a zone
	sizeLimit *transport.SizeLimit
}

func newStream(answer io.Reader, location *time.Location, sizeLimit *transport.SizeLimit) *stream {
	s := &stream{
		input:    &boundedReader{reader: answer, most: min(maxValue, sizeLimit.Limit()/4)},
		location: location, sizeLimit: sizeLimit,
	}
	s.decoder = jsontext.NewDecoder(s.input, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	s.input.consumed = s.decoder.InputOffset
	return s
}

// all lets read take the one value of the answer, after which nothing may come.
func (s *stream) all(read func(*stream) error) error {
	if err := read(s); err != nil {
		err = s.reason(err)
		if s.input.isPage() {
			return &transport.Error{Kind: transport.Malformed, Err: err, Advice: "check base_url: only the host, /api is added"}
		}
		return err
	}
	switch _, err := s.decoder.ReadToken(); {
	case err == nil:
		return errors.New("want the end of the answer after its value, got another value")
	case !errors.Is(err, io.EOF):
		return s.reason(err)
	}
	return nil
}

// list reads the array that the whole answer should be, and calls item for each of its
// values.
func (s *stream) list(item func(i int) error) error {
	if s.decoder.PeekKind() != jsontext.KindBeginObject {
		return s.array(item)
	}
	var p problem
	if err := json.UnmarshalDecode(s.decoder, &p); err != nil {
		return err
	}
	return p.instead("want an array, got object")
}

// array reads an array and calls item for each of its values, which item must read.
func (s *stream) array(item func(i int) error) error {
	if err := s.want(jsontext.KindBeginArray, "an array"); err != nil {
		return err
	}
	if _, err := s.decoder.ReadToken(); err != nil {
		return err
	}
	for i := 0; s.decoder.PeekKind() != jsontext.KindEndArray; i++ {
		if err := item(i); err != nil {
			return err
		}
	}
	_, err := s.decoder.ReadToken()
	return err
}

// object reads an object and calls member for each of its names; member must read the value
// that follows.
func (s *stream) object(member func(name string) error) error {
	if err := s.want(jsontext.KindBeginObject, "an object"); err != nil {
		return err
	}
	_, err := wire.Members(s.decoder, member)
	return err
}

// fields reads an object into a struct. Members that it has no field for are skipped as they
// arrive.
func (s *stream) fields(v any) error {
	if err := s.want(jsontext.KindBeginObject, "an object"); err != nil {
		return err
	}
	return json.UnmarshalDecode(s.decoder, v)
}

func (s *stream) null() bool { return s.decoder.PeekKind() == jsontext.KindNull }

// want fails if the next value is of another kind. Where there is none, the decoder knows why.
func (s *stream) want(kind jsontext.Kind, name string) error {
	switch next := s.decoder.PeekKind(); next {
	case kind:
		return nil
	case jsontext.KindInvalid:
		_, err := s.decoder.ReadToken()
		return err
	default:
		return fmt.Errorf("want %s, got %s", name, wire.KindName(next))
	}
}

// keep counts a row that is kept, with its texts.
func (s *stream) keep(texts ...string) error {
	return s.sizeLimit.AddSized("rows", rowBytes, texts...)
}

// addUnreadable adds what came in place of a value, and counts it.
func (s *stream) addUnreadable(to *[]string, text string) error {
	*to = append(*to, text)
	return s.sizeLimit.AddSized("values that cannot be read", unreadableBytes, text)
}

// reason takes the decoder's words off err that say nothing to who reads the log.
func (s *stream) reason(err error) error {
	if s.input.err != nil {
		return s.input.err
	}
	if e, ok := errors.AsType[*transport.Error](err); ok {
		return e
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the answer ends in the middle: %w", io.ErrUnexpectedEOF)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the answer is empty")
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && e.Err != nil {
		return e.Err
	}
	return err
}

// boundedReader fails if more is read than one value may have beyond what the decoder has made
// use of: a value without an end must not fill the memory.
type boundedReader struct {
	reader   io.Reader
	consumed func() int64
	most     int64
	read     int64
	head     []byte // the first few bytes
	err      error
}

// maxHead is enough to recognize an HTML page.
const maxHead = 32

// isPage reports whether the answer is a page for people rather than data.
func (b *boundedReader) isPage() bool {
	return bytes.HasPrefix(bytes.TrimLeft(b.head, "\ufeff \t\r\n"), []byte("<"))
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.err == nil && b.read-b.consumed() > b.most {
		b.err = fmt.Errorf("got a value of more than %d bytes", b.most)
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.reader.Read(p)
	b.read += int64(n)
	b.head = append(b.head, p[:min(n, maxHead-len(b.head))]...)
	return n, err
}
