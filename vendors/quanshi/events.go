package quanshi

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
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

// Events returns all events of the span, each once, in the answer's order. It asks for a hundred
// at a time, until a page brings nothing new or as many have come as the answer says there are. A row
// that is no event, or has no id, is left out and counted as odd, but a list that begins with
// nothing else is Malformed; more than a hundred pages are TooLarge.
//
// Source: POST /eventopenapi/event/public/list, all pages.
func (c *Client) Events(ctx context.Context, q EventsQuery) (events []Event, odd int, err error) {
	known := map[string]bool{}
	for page := range maxPages {
		found, err := c.eventPage(ctx, q, page)
		if err != nil {
			return nil, 0, err
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
		if fresh || len(found.events) == 0 { // else it is a page that was counted
			odd += found.odd
		}
		if !fresh || found.last(len(known)+odd) {
			return events, odd, nil
		}
	}
	return nil, 0, &transport.Error{
		Vendor: vendor, Endpoint: string(eventsEndpoint), Kind: transport.TooLarge,
		Err:    fmt.Errorf("the list has more than %d pages", maxPages),
		Advice: "ask for a shorter span (discover), or for one host",
	}
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
			if number == 0 && len(page.events) == 0 && page.odd > 0 { // a page that follows may hold one odd row alone
				err = fmt.Errorf("list: want events, got %d rows of which none is one", page.odd)
			}
			return err
		}, jsontext.KindBeginArray, jsontext.KindNull),
	})
	return page, err
}
