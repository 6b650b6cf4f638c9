package wire

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object whose names are data (channels, task ids, days) rather than
// fields. It keeps the document's order, and both members where a name stands twice: which
// of the two is right is not for a decoder to say. null gives nil, {} an empty Object.
type Object[V any] []Member[V]

// Member is one name of an [Object] with its value.
type Member[V any] struct {
	Name  string
	Value V
}

// UnmarshalJSONFrom reads an object or null; anything else is an error that says what stands
// there instead. Whether a member of the wrong type is an error is up to V.
func (o *Object[V]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*o = nil
	kind := d.PeekKind()
	if kind == jsontext.KindBeginObject {
		*o = Object[V]{}
	}
	isObject, err := Members(d, func(name string) error {
		m := Member[V]{Name: name}
		if err := json.UnmarshalDecode(d, &m.Value); err != nil {
			return err
		}
		*o = append(*o, m)
		return nil
	})
	if err == nil && !isObject && kind != jsontext.KindNull {
		err = fmt.Errorf("want an object, got %s", KindName(kind))
	}
	return err
}

// Members reads the next value of d and, if it is an object, calls member for each of its
// names in the document's order; member must read the one value that follows. A value that
// is no object is skipped.
func Members(d *jsontext.Decoder, member func(name string) error) (isObject bool, err error) {
	if d.PeekKind() != jsontext.KindBeginObject {
		return false, d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return true, err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return true, err
		}
		if err := member(name.String()); err != nil {
			return true, err
		}
	}
	_, err = d.ReadToken()
	return true, err
}

// Elements reads the array that is the next value of d, and calls element for each of its values; element must read it.
func Elements(d *jsontext.Decoder, element func(i int) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for i := 0; d.PeekKind() != jsontext.KindEndArray; i++ {
		if err := element(i); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

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
