package config

import (
	"bytes"
	"encoding/json"
	"slices"
)

// personalFilters are the filters of funnels whose values may be a person's.
func personalFilters() []string { return []string{"ip_address", "click_id", "sub_id"} }

// Personal returns the values of filters that may be a person's, sorted: requests
// carry them, and a vendor that quotes a request quotes them.
func (a Adspect) Personal() []string {
	var values []string
	for _, funnel := range a.Funnels {
		for _, name := range personalFilters() {
			values = append(values, funnel.Filters[name]...)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// Personal returns what the segments' filters compare with, their params, sorted:
// it may be a person's number, requests carry it, and a vendor that quotes a
// request quotes it.
func (s Sensorsdata) Personal() []string {
	var values []string
	for _, segment := range s.Segments {
		d := json.NewDecoder(bytes.NewReader(segment.Filter))
		d.UseNumber() // a number is quoted with the digits that were sent
		var filter any
		if d.Decode(&filter) == nil {
			values = appendParams(values, filter, false)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// appendParams adds the texts and numbers under each key params; within tells
// that v stands under one.
func appendParams(values []string, v any, within bool) []string {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			values = appendParams(values, inner, within || key == "params")
		}
	case []any:
		for _, inner := range v {
			values = appendParams(values, inner, within)
		}
	case string:
		if within && v != "" {
			values = append(values, v)
		}
	case json.Number:
		if within {
			values = append(values, v.String())
		}
	}
	return values
}
