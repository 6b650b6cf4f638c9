package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Answer is a vendor's response, before a fault changes it.
type Answer struct {
	Status      int
	ContentType string
	RetryAfter  string
	Header      Object // more of the header, each value a text
	Body        []byte
	// Stream, if set, writes the body in place of Body, for bodies that are too large for memory. It writes the same
	// bytes each time, stops at the first error of its writer and returns it.
	Stream func(io.Writer) error
}

// SetHeader sets the fields of the response's header, except Content-Length.
func (a Answer) SetHeader(h http.Header, c *Call) {
	// By the vendor's clock, which a fault may have set wrong.
	h.Set("Date", c.Now.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", a.ContentType)
	if a.RetryAfter != "" {
		h.Set("Retry-After", a.RetryAfter)
	}
	for _, field := range a.Header {
		h.Set(field.Name(), fmt.Sprint(field.Value()))
	}
}

// WriteBody writes the body.
func (a Answer) WriteBody(w io.Writer) error {
	if a.Stream != nil {
		return a.Stream(w)
	}
	_, err := w.Write(a.Body)
	return err
}

// Size returns the length of the body in bytes.
func (a Answer) Size() int64 {
	var n counter
	_ = a.WriteBody(&n) // n takes all that comes: a body that ends with an error ends there for every writer
	return int64(n)
}

// counter counts what is written to it.
type counter int64

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}

// Object is a JSON object whose members keep their order, so that answers look as they do in the vendors' documents.
type Object []Member

// Member is a name, which is a string, and a value. It is an array so that literals in other packages need not name its
// fields.
type Member [2]any

// Name returns the member's name, and "" for a member that has none.
func (m Member) Name() string {
	name, _ := m[0].(string)
	return name
}

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

// Encode returns a value as JSON. It panics if the value cannot be encoded: the simulator makes all values itself.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("simulator: encoding an answer: %v", err))
	}
	return b
}
