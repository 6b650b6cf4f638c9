package adspect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const collectionEndpoint endpoint = "GET /collections/NAME"

// The collections: what Adspect takes in the place of each.
const (
	Presets            = "presets"
	OperatingSystems   = "os"
	Browsers           = "browsers"
	Engines            = "engines"
	Countries          = "countries"
	Languages          = "languages"
	TimeZones          = "time-zones"
	StreamModes        = "stream-modes"
	StreamActions      = "stream-actions"
	QueryGroupBy       = "query-group-by"
	QueryFunnelMetrics = "query-funnel-metrics"
	QueryLogColumns    = "query-log-columns"
)

// Collection returns the names in a collection, in the answer's order. An answer without any
// is Malformed.
//
// Source: GET /collections/NAME. The shape of the answer is not documented: a list of names,
// a list of objects with one, and an object by name are understood.
func (c *Client) Collection(ctx context.Context, name string) ([]string, error) {
	var names []string
	err := c.get(ctx, collectionEndpoint, "/collections/"+url.PathEscape(name), nil, func(body []byte, _ http.Header) (err error) {
		names, err = decodeCollection(body)
		return err
	})
	return names, err
}

func decodeCollection(body []byte) (names []string, err error) {
	switch kind := jsontext.Value(body).Kind(); kind {
	case jsontext.KindBeginObject:
		var members wire.Object[jsontext.Value]
		if err := wire.Unmarshal(body, &members); err != nil {
			return nil, err
		}
		for _, m := range members {
			names = append(names, m.Name)
		}
	case jsontext.KindBeginArray:
		var items []jsontext.Value
		if err := wire.Unmarshal(body, &items); err != nil {
			return nil, err
		}
		for i, item := range items {
			name := nameOf(item)
			if name == "" {
				return nil, fmt.Errorf("/%d: want a name, got %s", i, wire.KindName(item.Kind()))
			}
			names = append(names, name)
		}
	default:
		// Broken JSON is told as such.
		var v jsontext.Value
		if err := wire.Unmarshal(body, &v); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("want a list of names, got %s", wire.KindName(kind))
	}
	if len(names) == 0 {
		return nil, errors.New("want names, got none")
	}
	return names, nil
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
