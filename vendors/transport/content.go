package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxHead is how many bytes of a body are used to find out what kind of data it is.
const maxHead = 512

var utf8BOM = []byte("\xef\xbb\xbf")

// startReader removes a byte order mark at the start of a body, which some servers send although JSON has none. It
// keeps a copy of the first bytes.
type startReader struct {
	body    io.Reader
	buffer  *[maxHead]byte // nil until the first Read
	head    []byte         // the first bytes, as far as they were read; a part of buffer
	pending []byte         // the part of head that Read has not returned yet
	err     error          // that Read returns after pending
}

var headBuffers = sync.Pool{New: func() any { return new([maxHead]byte) }}

func (s *startReader) Read(p []byte) (int, error) {
	if s.buffer == nil {
		s.start()
	}
	if len(s.pending) > 0 {
		n := copy(p, s.pending)
		s.pending = s.pending[n:]
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.body.Read(p)
	if room := maxHead - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(n, room)]...)
	}
	s.err = err
	return n, err
}

// start reads the first bytes: at least as many as it needs to recognize a byte order mark.
func (s *startReader) start() {
	s.buffer = headBuffers.Get().(*[maxHead]byte) //nolint:errcheck // it has no others
	head, n := s.buffer[:], 0
	for s.err == nil && (n == 0 || n < len(utf8BOM) && bytes.HasPrefix(utf8BOM, head[:n])) {
		var read int
		read, s.err = s.body.Read(head[n:])
		n += read
	}
	s.head = bytes.TrimPrefix(head[:n], utf8BOM)
	s.pending = s.head
}

// release releases the buffer.
func (s *startReader) release() {
	if s.buffer != nil {
		headBuffers.Put(s.buffer)
		s.buffer, s.head, s.pending = nil, nil, nil
	}
}

// ended reports whether head is the whole body.
func (s *startReader) ended() bool { return errors.Is(s.err, io.EOF) && len(s.head) < maxHead }

// notJSON returns a failure that says what the body is, if its first bytes show that it is not JSON, with what the
// header says about it. It returns nil if the body begins as JSON does, or if nothing of it was read.
func (r *Response) notJSON() *Error {
	kind, advice := r.kindOfBody()
	if kind == "" {
		return nil
	}
	var said []string
	if text := r.Header.Get("Content-Type"); text != "" {
		if mediaType, _, err := mime.ParseMediaType(text); err == nil {
			text = mediaType
		}
		said = append(said, "Content-Type "+text)
	}
	if text := r.Header.Get("Content-Encoding"); text != "" {
		said = append(said, "Content-Encoding "+text)
	}
	text := "want JSON, got " + kind
	if len(said) > 0 {
		text += " (" + strings.Join(said, ", ") + ")"
	}
	return &Error{Kind: Malformed, Err: errors.New(text), Advice: advice}
}

const (
	advicePage       = "check base_url, and whether a proxy or a login page answers instead of the vendor"
	adviceCompressed = "check what compresses answers between the exporter and the vendor"
)

// kindOfBody returns what kind of data the body is; "" if it may be JSON.
func (r *Response) kindOfBody() (kind, advice string) {
	head, ended := r.start.head, r.start.ended()
	text := bytes.TrimSpace(head)
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); {
	case len(text) == 0 && ended:
		return "an empty answer", ""
	case len(text) == 0 || beginsAsJSON(text):
		return "", ""
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "data compressed with gzip once more, or without a Content-Encoding that says so", adviceCompressed
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return "data compressed with zstd, which was not requested", adviceCompressed
	case encoding != "" && encoding != "identity" && !isGzip(r.Header):
		return "data in a Content-Encoding that was not requested", adviceCompressed
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "text in UTF-16", ""
	case isBinary(text, ended):
		return "binary data", ""
	case text[0] != '<':
		return "plain text", ""
	case isHTML(text, r.Header):
		return "an HTML page", advicePage
	default:
		return "XML", advicePage
	}
}

// beginsAsJSON reports whether a JSON value may begin with the text. After a number it looks at what follows, so that
// "502 Bad Gateway" is not taken for JSON.
func beginsAsJSON(text []byte) bool {
	switch first := text[0]; {
	case bytes.IndexByte([]byte(`{["`), first) >= 0:
		return true
	case first == '-' || first >= '0' && first <= '9':
		rest := bytes.TrimSpace(bytes.TrimLeft(text, "0123456789+-.eE"))
		return len(rest) == 0 || bytes.IndexByte([]byte(`{["-0123456789`), rest[0]) >= 0
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(word, string(text)) {
			return true
		}
		if rest, ok := bytes.CutPrefix(text, []byte(word)); ok {
			return bytes.IndexByte([]byte(" \t\r\n,"), rest[0]) >= 0
		}
	}
	return false
}

// isBinary reports whether the data has control characters or invalid UTF-8. If ended is false the last few bytes may
// be an incomplete character.
func isBinary(text []byte, ended bool) bool {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		invalid := r == utf8.RuneError && size == 1 && (ended || i <= len(text)-utf8.UTFMax)
		if invalid || r < ' ' && !strings.ContainsRune("\t\r\n\f\x1b", r) {
			return true
		}
		i += size
	}
	return false
}

func isHTML(text []byte, header http.Header) bool {
	lower := bytes.ToLower(text)
	tags := []string{"<!doctype html", "<html", "<head", "<body", "<title", "<script", "<meta", "<center", "<h1"}
	for _, tag := range tags {
		if bytes.Contains(lower, []byte(tag)) {
			return true
		}
	}
	contentType := strings.ToLower(header.Get("Content-Type"))
	return strings.Contains(contentType, "text/html") && !bytes.HasPrefix(lower, []byte("<?xml"))
}

func isGzip(header http.Header) bool {
	encoding := strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding")))
	return encoding == "gzip" || encoding == "x-gzip"
}

// notGzip returns the failure of a body that is not compressed although its header says so.
func notGzip(err error) error {
	text := fmt.Sprintf("the answer is not compressed with gzip, as its Content-Encoding says: %s", err)
	return &Error{Kind: Malformed, Err: withText(err, text)}
}
