package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// IfObject is a value that counts only if it is an object, as a report does beside fields
// nobody knows. Anything else is skipped and leaves OK false.
type IfObject[V any] struct {
	Value V
	OK    bool
}

// UnmarshalJSONFrom reads one value of any type.
func (o *IfObject[V]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*o = IfObject[V]{}
	if d.PeekKind() != jsontext.KindBeginObject {
		return d.SkipValue()
	}
	o.OK = true
	return json.UnmarshalDecode(d, &o.Value)
}
