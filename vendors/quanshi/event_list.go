package quanshi

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Event is a live event. What Quanshi leaves out is "", zero or absent.
type Event struct {
	ID     string
	Title  string
	Start  time.Time
	End    time.Time
	Length wire.Number // minutes
	Form   wire.Number // eventForm: 1 phone, 3 web meeting, 4 live, 7 large live
}

// Reportable reports whether a report on the event can be asked for: whether its id is a whole
// number, as Quanshi's document says.
func (e Event) Reportable() bool { return isEventID(e.ID) }

// eventPage is a page of the list.
type eventPage struct {
	events []Event
	odd    int         // rows that are no events
	count  wire.Number // of all events, by its likely meaning
}

// last reports whether this page, with which so many different events have come, is known to be
// the last one. That it is not full says nothing: pages may be smaller than was asked for. Nor
// does its own number as the count: it may count the page alone.
func (p *eventPage) last(known int) bool {
	count, ok := p.count.Float()
	return ok && count > float64(len(p.events)+p.odd) && float64(known) >= count
}

// decodeEvents reads a page: an object with the list and a count, or the list itself.
func decodeEvents(data jsontext.Value) (eventPage, error) {
	var answer struct {
		List  jsontext.Value `json:"list"`
		Count wire.Number    `json:"count"`
	}
	switch data.Kind() {
	case jsontext.KindNull:
		return eventPage{}, nil
	case jsontext.KindBeginArray:
		answer.List = data
	default:
		if err := wire.Unmarshal(data, &answer); err != nil {
			return eventPage{}, err
		}
	}
	page := eventPage{count: answer.Count}
	switch kind := answer.List.Kind(); kind {
	case jsontext.KindBeginArray:
	case jsontext.KindNull: // no events, as some libraries write it
		return page, nil
	case jsontext.KindInvalid: // not there
		if isEmptyWithoutList(data, answer.Count) {
			return page, nil
		}
		return eventPage{}, errors.New("list: want an array, got nothing")
	default:
		return eventPage{}, fmt.Errorf("list: want an array, got %s", wire.KindName(kind))
	}
	var list []wire.IfObject[eventRow]
	if err := wire.Unmarshal(answer.List, &list); err != nil {
		return eventPage{}, fmt.Errorf("list: %w", err)
	}
	page.events = make([]Event, 0, len(list))
	for _, row := range list {
		if id, _ := row.Value.ID.Get(); !row.OK || id == "" {
			page.odd++
			continue
		}
		page.events = append(page.events, row.Value.event())
	}
	return page, nil
}

// isEmptyWithoutList reports whether a page that has no list is one without events: nothing is
// counted, and nothing stands there that could be a list by another name.
func isEmptyWithoutList(data jsontext.Value, count wire.Number) bool {
	if n, ok := count.Float(); !count.Absent() {
		return ok && n == 0
	}
	var members wire.Object[jsontext.Value]
	return wire.Unmarshal(data, &members) == nil && !slices.ContainsFunc(members, func(m wire.Member[jsontext.Value]) bool {
		var rows []jsontext.Value
		return m.Value.Kind() == jsontext.KindBeginArray && wire.Unmarshal(m.Value, &rows) == nil && len(rows) > 0
	})
}

// eventRow is what is read of a row of the list.
type eventRow struct {
	ID     wire.Text   `json:"eventId"`
	Title  wire.Text   `json:"title"`
	Start  wire.Number `json:"startTime"`
	End    wire.Number `json:"endTime"`
	Length wire.Number `json:"length"`
	Form   wire.Number `json:"eventForm"`
}

func (r eventRow) event() Event {
	e := Event{Start: timeOf(r.Start), End: timeOf(r.End), Length: r.Length, Form: r.Form}
	e.ID, _ = r.ID.Get()
	e.Title, _ = r.Title.Get()
	return e
}

// maxSeconds is the last second of the year 9999, beyond which no time is meant.
const maxSeconds = 253402300799

// timeOf returns the time of Unix seconds, zero if there is none.
func timeOf(n wire.Number) time.Time {
	v, ok := n.Float()
	if !ok || v <= 0 || v > maxSeconds {
		return time.Time{}
	}
	return time.Unix(int64(math.Trunc(v)), 0)
}
