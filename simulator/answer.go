package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// answer is what a vendor says, before a fault gets at it.
type answer struct {
	status      int
	contentType string
	retryAfter  string
	header      object // more of the header, each value a text
	body        []byte
	// stream writes a body that is too large to be held, in place of body, and writes the same each time. It ends at the first error of
	// its writer, and gives it.
	stream func(io.Writer) error
}

// head writes what stands before the body, but for the length.
func (a answer) head(h http.Header, c *call) {
	// The vendor's clock shows here too.
	h.Set("Date", c.now.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", a.contentType)
	if a.retryAfter != "" {
		h.Set("Retry-After", a.retryAfter)
	}
	for _, field := range a.header {
		h.Set(field.name, fmt.Sprint(field.value))
	}
}

// write sends the body.
func (a answer) write(w io.Writer) error {
	if a.stream != nil {
		return a.stream(w)
	}
	_, err := w.Write(a.body)
	return err
}

// size is the length of the body.
func (a answer) size() int64 {
	var n counter
	if a.write(&n) != nil {
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

// object is a JSON object whose members keep their order, so that answers read as the vendors' documents show them.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", m.name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is an answer's body. All values are made here, so one that cannot be encoded is a mistake in this package.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("simulator: encoding an answer: %v", err))
	}
	return b
}
