package sensorsdata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// parameters refuses parameters that the document does not have for an endpoint, and those that are given twice.
func parameters(q url.Values, known []string) error {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		switch {
		case name != "token" && name != "project" && !slices.Contains(known, name):
			return fmt.Errorf("unknown parameter: %s", name)
		case len(q[name]) > 1:
			return fmt.Errorf("parameter given twice: %s", name)
		}
	}
	return nil
}

// query reads parameters and keeps the first mistake.
type query struct {
	values url.Values
	err    error
}

func (q *query) invalid(name string) {
	if q.err == nil {
		q.err = fmt.Errorf("invalid value of %s", name)
	}
}

// number is a whole number that is no less than another; the fallback if it is not given.
func (q *query) number(name string, fallback, least int) int {
	if !q.values.Has(name) {
		return fallback
	}
	n, err := strconv.Atoi(q.values.Get(name))
	if err != nil || n < least {
		q.invalid(name)
	}
	return n
}

// choice is one of some words, or "" if it is not given.
func (q *query) choice(name string, words ...string) string {
	if !q.values.Has(name) {
		return ""
	}
	word := q.values.Get(name)
	if !slices.Contains(words, word) {
		q.invalid(name)
	}
	return word
}

// moment is a day or a time of the day, in a zone.
func (q *query) moment(name string, zone *time.Location) time.Time {
	at, ok := moment(q.values.Get(name), zone)
	if !ok {
		q.invalid(name)
	}
	return at
}

// moment reads 2018-05-04 04:00:00 or 2018-05-04.
func moment(text string, zone *time.Location) (at time.Time, ok bool) {
	for _, layout := range []string{time.DateTime, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// page is a part of a list: count of them from start on, or all.
func page[T any](list []T, start, count int) []T {
	start = min(start, len(list))
	return list[start : start+min(count, len(list)-start)]
}

// decodeBody reads one JSON object into a struct, and nothing that the struct does not have.
func decodeBody(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
			return fmt.Errorf("invalid type of %s", wrong.Field)
		}
		return fmt.Errorf("invalid body: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("invalid body: more than one value")
	}
	return nil
}
