package adspect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const collectionEndpoint endpoint = "GET /collections/NAME"

// The collections that the exporter reads, by their names in the API.
const (
	QueryGroupBy       = "query-group-by"
	QueryFunnelMetrics = "query-funnel-metrics"
)

// Collection returns the names in a collection, in the answer's order. An answer without any
// is Malformed.
//
// Source: GET /collections/NAME. The shape of the answer is not documented: a list of names,
// a list of objects with one, and an object by name are understood.
func (c *Client) Collection(ctx context.Context, name string) ([]string, error) {
	var names []string
	sizeLimit := c.transport.NewSizeLimit()
	defer sizeLimit.Release()
	err := c.get(ctx, collectionEndpoint, "/collections/"+url.PathEscape(name), nil, func(body []byte, _ http.Header) (err error) {
		names, err = decodeCollection(body, sizeLimit)
		return err
	})
	return names, err
}

func decodeCollection(body []byte, sizeLimit *transport.SizeLimit) (names []string, err error) {
	collected := collection{sizeLimit: sizeLimit}
	if err := wire.Unmarshal(body, &collected); err != nil {
		return nil, err
	}
	if collected.err != nil {
		return nil, collected.err
	}
	if len(collected.names) == 0 {
		return nil, errors.New("want names, got none")
	}
	return collected.names, nil
}

// collection is the names of an answer.
type collection struct {
	names     []string
	sizeLimit *transport.SizeLimit
	err       error // there are too many names
}

func (c *collection) add(name string) error {
	c.names = append(c.names, name)
	return c.sizeLimit.Add("names", name)
}

// UnmarshalJSONFrom reads a list of names or of objects with one, or an object by name.
func (c *collection) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch kind := d.PeekKind(); kind {
	case jsontext.KindBeginObject:
		_, err := wire.Members(d, func(name string) error {
			if c.err == nil {
				c.err = c.add(name) // an error of UnmarshalJSONFrom would hold the name several times
			}
			return d.SkipValue()
		})
		return err
	case jsontext.KindBeginArray:
		return wire.Elements(d, func(i int) error {
			item, err := d.ReadValue()
			if err != nil {
				return err
			}
			name := nameOf(item)
			if name == "" {
				return fmt.Errorf("/%d: want a name, got %s", i, wire.KindName(item.Kind()))
			}
			return c.add(name)
		})
	default:
		if err := d.SkipValue(); err != nil { // broken JSON is reported as such
			return err
		}
		return fmt.Errorf("want a list of names, got %s", wire.KindName(kind))
	}
}

// nameOf returns what an item of a collection is called in requests, "" if nothing says so.
// An id goes before a name, which may be for people to read; but an id that is a number is
// none that stands in a request.
func nameOf(item jsontext.Value) string {
	if item.Kind() != jsontext.KindBeginObject {
		name, _ := wire.TextIn(item).Get()
		return name
	}
	var o struct {
		ID    jsontext.Value `json:"id"`
		Key   jsontext.Value `json:"key"`
		Value jsontext.Value `json:"value"`
		Code  jsontext.Value `json:"code"`
		Name  jsontext.Value `json:"name"`
	}
	if wire.Unmarshal(item, &o) != nil {
		return ""
	}
	for _, v := range []jsontext.Value{o.ID, o.Key, o.Value, o.Code, o.Name} {
		if v.Kind() == jsontext.KindString {
			if name, _ := wire.TextIn(v).Get(); name != "" {
				return name
			}
		}
	}
	return ""
}
