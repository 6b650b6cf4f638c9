package quanshi

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const eventsEndpoint endpoint = "POST /eventopenapi/event/public/list"

const (
	// EventsPerPage is how many events one request of [Client.Events] asks for.
	EventsPerPage = 100
	maxPages      = 100 // bounds how long a list is followed
	allEvents     = 2   // listType
)

// EventsQuery says which events to list.
type EventsQuery struct {
	From, To time.Time // the span that is asked for; zero = no bound
	HostID   string    // "" = of all hosts
}

// Event is a live event. What Quanshi leaves out is "", zero or absent.
type Event struct {
	ID     string
	Title  string
	Start  time.Time
	End    time.Time
	Length wire.Number // minutes
	Form   wire.Number // eventForm: 1 phone, 3 web meeting, 4 live, 7 large live
}

// Events returns all events of the span, each once, in the answer's order. It asks for a hundred
// at a time, until a page brings nothing new or as many have come as the answer says there are. An event without an id makes the answer Malformed; more than a
// hundred pages are TooLarge.
//
// Source: POST /eventopenapi/event/public/list, all pages.
func (c *Client) Events(ctx context.Context, q EventsQuery) ([]Event, error) {
	var events []Event
	known := map[string]bool{}
	for page := range maxPages {
		found, err := c.eventPage(ctx, q, page)
		if err != nil {
			return nil, err
		}
		// An event that is made or removed meanwhile shifts others to another page; and a page
		// beyond the last may be the last one again.
		fresh := false
		for _, e := range found.events {
			if !known[e.ID] {
				known[e.ID], fresh = true, true
				events = append(events, e)
			}
		}
		if !fresh || found.last(len(known)) {
			return events, nil
		}
	}
	return nil, &transport.Error{
		Vendor: vendor, Endpoint: string(eventsEndpoint), Kind: transport.TooLarge,
		Err:    fmt.Errorf("the list has more than %d pages", maxPages),
		Advice: "ask for a shorter span (discover), or for one host",
	}
}

// eventPage is a page of the list.
type eventPage struct {
	events []Event
	count  wire.Number // of all events, by its likely meaning
}

// last reports whether this page, with which so many different events have come, is known to be
// the last one. That it is not full says nothing: pages may be smaller than was asked for. Nor
// does its own number as the count: it may count the page alone.
func (p *eventPage) last(known int) bool {
	count, ok := p.count.Float()
	return ok && count > float64(len(p.events)) && float64(known) >= count
}

func (c *Client) eventPage(ctx context.Context, q EventsQuery, number int) (eventPage, error) {
	var page eventPage
	err := c.do(ctx, call{
		name: eventsEndpoint,
		body: func(token string) any {
			return struct {
				Token     string `json:"token"`
				HostID    string `json:"hostId,omitzero"`
				ListType  int    `json:"listType"`
				StartTime int64  `json:"startTime,omitzero"`
				EndTime   int64  `json:"endTime,omitzero"`
				Page      int    `json:"page"`
				Count     int    `json:"count"`
			}{token, q.HostID, allEvents, seconds(q.From), seconds(q.To), number, EventsPerPage}
		},
		read: whole(func(data jsontext.Value, _ *envelope) (err error) {
			page, err = decodeEvents(data)
			return err
		}, jsontext.KindBeginArray),
	})
	return page, err
}

// decodeEvents reads a page: an object with the list and a count, or the list itself.
func decodeEvents(data jsontext.Value) (eventPage, error) {
	var answer struct {
		List  jsontext.Value `json:"list"`
		Count wire.Number    `json:"count"`
	}
	answer.List = data
	if data.Kind() == jsontext.KindBeginObject {
		answer.List = nil
		if err := wire.Unmarshal(data, &answer); err != nil {
			return eventPage{}, err
		}
	}
	page := eventPage{count: answer.Count}
	switch kind := answer.List.Kind(); kind {
	case jsontext.KindBeginArray:
	case jsontext.KindNull: // no events, as some libraries write it
		return page, nil
	default:
		return eventPage{}, fmt.Errorf("list: want an array, got %s", wire.KindName(kind))
	}
	// An event has more members than these.
	var list []struct {
		ID     wire.Text   `json:"eventId"`
		Title  wire.Text   `json:"title"`
		Start  wire.Number `json:"startTime"`
		End    wire.Number `json:"endTime"`
		Length wire.Number `json:"length"`
		Form   wire.Number `json:"eventForm"`
	}
	if err := wire.Unmarshal(answer.List, &list); err != nil {
		return eventPage{}, fmt.Errorf("list: %w", err)
	}
	page.events = make([]Event, len(list))
	for i, e := range list {
		id, _ := e.ID.Get()
		if id == "" {
			return eventPage{}, fmt.Errorf("list/%d/eventId: want an id, got none", i)
		}
		title, _ := e.Title.Get()
		page.events[i] = Event{ID: id, Title: title, Start: timeOf(e.Start), End: timeOf(e.End), Length: e.Length, Form: e.Form}
	}
	return page, nil
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
