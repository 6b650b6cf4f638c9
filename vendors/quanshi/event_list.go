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
	End    time.Time   // where only the length is told: that long after the start
	Length wire.Number // minutes
	Form   wire.Number // eventForm: 1 phone, 3 web meeting, 4 live, 7 large live

	// OddTimes counts those of start and end that are zero because something else than Unix
	// seconds stands in their place: text, an object, milliseconds.
	OddTimes int
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

// maxMinutes bounds the length of an event from which its end is computed.
const maxMinutes = 366 * 24 * 60

func (r eventRow) event() Event {
	e := Event{Length: r.Length, Form: r.Form}
	e.ID, _ = r.ID.Get()
	e.Title, _ = r.Title.Get()
	for _, t := range []struct {
		told wire.Number
		to   *time.Time
	}{{r.Start, &e.Start}, {r.End, &e.End}} {
		at, ok := timeOf(t.told)
		*t.to = at
		if !ok {
			e.OddTimes++
		}
	}
	if minutes, ok := r.Length.Float(); ok && minutes > 0 && minutes <= maxMinutes && e.End.IsZero() && !e.Start.IsZero() && isNoTime(r.End) {
		e.End = e.Start.Add(time.Duration(minutes * float64(time.Minute)))
	}
	return e
}

// maxSeconds is beyond which a time can only be meant in milliseconds: the year 5138.
const maxSeconds = 1e11

// isNoTime reports whether n tells no time, and is not meant to: it is absent, 0 or −1.
func isNoTime(n wire.Number) bool {
	v, ok := n.Float()
	return n.Absent() || ok && (v == 0 || v == -1)
}

// timeOf returns the time of Unix seconds, zero if there is none. Of what is no such time, ok
// is false.
func timeOf(n wire.Number) (at time.Time, ok bool) {
	if isNoTime(n) {
		return time.Time{}, true
	}
	v, ok := n.Float()
	if !ok || v < 0 || v > maxSeconds {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Trunc(v)), 0), true
}
