package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Answer is what a vendor says, before a fault gets at it.
type Answer struct {
	Status      int
	ContentType string
	RetryAfter  string
	Header      Object // more of the header, each value a text
	Body        []byte
	// Stream writes a body that is too large to be held, in place of body, and writes the same each time. It ends at the first error of
	// its writer, and gives it.
	Stream func(io.Writer) error
}

// SetHeader writes what stands before the body, but for the length.
func (a Answer) SetHeader(h http.Header, c *Call) {
	// The vendor's clock shows here too.
	h.Set("Date", c.Now.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", a.ContentType)
	if a.RetryAfter != "" {
		h.Set("Retry-After", a.RetryAfter)
	}
	for _, field := range a.Header {
		h.Set(field.Name(), fmt.Sprint(field.Value()))
	}
}

// WriteBody sends the body.
func (a Answer) WriteBody(w io.Writer) error {
	if a.Stream != nil {
		return a.Stream(w)
	}
	_, err := w.Write(a.Body)
	return err
}

// Size is the length of the body.
func (a Answer) Size() int64 {
	var n counter
	if a.WriteBody(&n) != nil {
		panic("simulator: a body ends before its writer does")
	}
	return int64(n)
}

// counter counts what is written to it.
type counter int64

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}

// Object is a JSON object whose members keep their order, so that answers read as the vendors' documents show them.
type Object []Member

// Member is a name, which is a string, and a value. It is an array so that literals of other packages need not name its fields.
type Member [2]any

// Name returns the member's name.
func (m Member) Name() string { return m[0].(string) }

// Value returns the member's value.
func (m Member) Value() any { return m[1] }

// MarshalJSON writes the members in order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name())
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.Value())
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", m.Name(), err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Encode is an answer's body. All values are made here, so one that cannot be encoded is a mistake in this package.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("simulator: encoding an answer: %v", err))
	}
	return b
}
