package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// answer is what a vendor says, before a fault gets at it.
type answer struct {
	status      int
	contentType string
	retryAfter  string
	body        []byte
}

// head writes what stands before the body, but for the length.
func (a answer) head(h http.Header, c *call) {
	// The vendor's clock shows here too.
	h.Set("Date", c.now.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", a.contentType)
	if a.retryAfter != "" {
		h.Set("Retry-After", a.retryAfter)
	}
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
