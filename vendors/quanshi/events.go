package quanshi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const eventsEndpoint endpoint = "POST /eventopenapi/event/public/list"

const (
	// EventsPerPage is how many events one request of [Client.Events] asks for.
	EventsPerPage = 100
	// defaultPerPage is how many events a page has for one who does not say.
	defaultPerPage = 20
	maxPages       = 100 // bounds how long a list is followed
	maxPasses      = 3   // bounds how often a list that changes is read
	allEvents      = 2   // listType
)

// EventsQuery says which events to list.
type EventsQuery struct {
	From, To time.Time // the span that is asked for; zero = no bound
	HostID   string    // "" = of all hosts
}

// EventList is what the list has of a span.
type EventList struct {
	Events []Event // each once, in the answer's order

	// Unusable are the rows that are no events (no object, or without an id that is a whole
	// number), and a total that is no count: the text of the id or total, none for a row that is no object.
	Unusable []UnusableValue
	// MoreUnusable counts the rows that are no events beside those in Unusable, which are the first.
	MoreUnusable int
	// Duplicates counts the rows that repeat an event of the same page.
	Duplicates int
	// MissingFields names the documented fields that no row has, though there are rows.
	MissingFields []string
}

// Events returns all events of the span. What the vendor says of the size of the list is checked:
// the document has neither the number of the first page nor the place of the total. Pages are
// read from 0 on until as many rows have come as the answer says there are, or pages bring nothing
// new; a list that changes meanwhile, or comes short of its total, is read again. One that stays
// short is Malformed, as is one of which no row is an event. More than a hundred pages are TooLarge, and so are more
// events than max_response_bytes has room for, each with 1 KiB and its title, on all pages.
//
// Source: POST /eventopenapi/event/public/list, all pages.
func (c *Client) Events(ctx context.Context, q EventsQuery) (EventList, error) {
	var before *listPass
	for range maxPasses {
		pass, err := c.readList(ctx, q)
		if err != nil {
			return EventList{}, err
		}
		repeats := before != nil && pass.same(before)
		if pass.problem() == nil && (!pass.changed || repeats) {
			return pass.finish(), nil
		}
		pass.list = EventList{} // of which nothing is compared
		before = pass
		if repeats {
			break
		}
	}
	problem := before.problem()
	if problem == nil {
		problem = fmt.Errorf(
			"list: want the same events on all pages, got a list that changed while it was read, %d times", maxPasses)
	}
	return EventList{}, &transport.Error{
		Vendor: vendor, Endpoint: string(eventsEndpoint), Kind: transport.Malformed,
		RequestID: before.requestID, Err: problem,
	}
}

// listPass is one reading of the list, from its first page to its last.
type listPass struct {
	list      EventList
	known     map[string]bool
	sizeLimit *transport.SizeLimit
	fields    eventFields

	rows     int     // that were counted: events, their duplicates and unusable rows
	total    float64 // the largest that was given
	hasTotal bool    // a page had a total
	last     float64 // the last that was not of its page alone, -1 for none
	changed  bool    // totals differ, or a page repeats a part of the pages before

	idle          int         // pages in a row, up to the last, that brought nothing new
	news          int         // pages that brought something new
	first         int         // how many rows the first of those had
	unusableTotal wire.Number // the first total that is no count
	repeated      bool        // the last page was one that had come before
	unlisted      bool        // a page had no list
	requestID     string
}

// readList reads all pages once.
func (c *Client) readList(ctx context.Context, q EventsQuery) (*listPass, error) {
	pass := &listPass{known: map[string]bool{}, sizeLimit: c.transport.NewSizeLimit(), last: -1}
	defer pass.sizeLimit.Release()
	var refused error // the vendor does not take page 0
	for number := range maxPages {
		page, err := c.eventPage(ctx, q, number, pass)
		switch {
		case err != nil && number == 0 && refusesPage(err):
			refused = err
			continue
		case err != nil && number == 1 && refused != nil:
			return nil, refused
		case err != nil:
			return nil, err
		}
		pass.take(page)
		if pass.ended(page) {
			return pass, c.confirmRefusal(ctx, q, pass, refused)
		}
	}
	return nil, &transport.Error{
		Vendor: vendor, Endpoint: string(eventsEndpoint), Kind: transport.TooLarge,
		Err:    fmt.Errorf("the list has more than %d pages", maxPages),
		Advice: "configure a shorter span (discover), or one host",
	}
}

// refusesPage reports whether an error is the vendor's refusal of the page's number.
func refusesPage(err error) bool {
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind != transport.Rejected && e.Kind != transport.HTTP || e.Code == "" {
		return false
	}
	message := strings.ReplaceAll(strings.ToLower(e.Message), "页面", "") // of a browser
	return speaksOf(message, []string{"page", "页"})
}

// confirmRefusal returns an error if the refusal of page 0 was rather a failure of the server, which may speak of a page
// as well: no other page has had events, or page 0 fails otherwise now. If page 0 is there now, the list has changed and
// is read again. refused is nil if page 0 was not refused.
func (c *Client) confirmRefusal(ctx context.Context, q EventsQuery, pass *listPass, refused error) error {
	switch failure, ok := errors.AsType[*transport.Error](refused); {
	case !ok || !failure.ServerFailed():
		return nil
	case pass.news == 0:
		return refused
	}
	_, err := c.eventPage(ctx, q, 0, pass)
	switch {
	case err == nil:
		pass.changed = true
	case !refusesPage(err):
		return err
	}
	return nil
}

func (c *Client) eventPage(ctx context.Context, q EventsQuery, number int, pass *listPass) (eventPage, error) {
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
		read: func(a *answer) (err error) {
			page, err = readPage(a, time.Now(), pass.sizeLimit)
			pass.requestID = a.requestID
			// A page that follows may hold one unusable row alone.
			if err == nil && pass.news == 0 && len(page.events) == 0 && page.unusable > 0 {
				a.fail(fmt.Errorf("list: want events, got %d rows, none of which is an event", page.unusable))
			}
			return err
		},
	})
	return page, err
}

// take adds a page.
func (p *listPass) take(page eventPage) {
	fresh, again, duplicates := 0, 0, 0
	here := make(map[string]bool, len(page.events))
	for _, e := range page.events {
		switch {
		case here[e.ID]:
			duplicates++
		case p.known[e.ID]:
			again++
		default:
			fresh++
			p.known[e.ID] = true
			p.list.Events = append(p.list.Events, e)
		}
		here[e.ID] = true
	}
	p.fields.merge(page.fields)
	p.unlisted = p.unlisted || !page.listed
	p.takeTotal(page)

	p.repeated = fresh == 0 && again > 0
	if !p.repeated { // else its rows have been counted
		kept := min(len(page.examples), maxUnusableValues-len(p.list.Unusable))
		p.list.Unusable = append(p.list.Unusable, page.examples[:kept]...)
		p.list.MoreUnusable += page.unusable - kept
		p.list.Duplicates += duplicates
		p.rows += fresh + duplicates + page.unusable
	}
	if fresh == 0 {
		p.idle++
		return
	}
	p.idle = 0
	p.changed = p.changed || again > 0
	p.news++
	if p.news == 1 {
		p.first = page.rows()
	}
}

// takeTotal adds what a page says of how many events there are.
func (p *listPass) takeTotal(page eventPage) {
	total, ok := page.total.Float()
	if page.total.Invalid() && p.unusableTotal.Absent() {
		p.unusableTotal = page.total
	}
	if !ok {
		return
	}
	p.hasTotal, p.total = true, max(p.total, total)
	if total > float64(page.rows()) {
		p.changed = p.changed || p.last >= 0 && p.last != total
		p.last = total
	}
}

// short reports whether fewer rows have come than there are by the vendor's own count.
func (p *listPass) short() bool { return p.hasTotal && float64(p.rows) < p.total }

// ended reports whether the pages are known, or must be taken, to have come to their end with this
// one. That a page is not full says nothing: pages may be smaller than was asked for. Nor does its
// own number as the total: it may count the page alone.
func (p *listPass) ended(page eventPage) bool {
	total, ok := page.total.Float()
	if ok && total > float64(page.rows()) && !p.short() {
		return true
	}
	// Pages 0 and 1 may be the same one, or page 0 none at all.
	first := p.news == 0 || p.news == 1 && p.repeated
	return p.idle >= 2 || p.idle == 1 && !p.short() && !first
}

// problem returns what is wrong with the list, nil for nothing.
func (p *listPass) problem() error {
	switch {
	case p.short() && p.unlisted && p.rows == 0:
		return fmt.Errorf("want a list of the %.0f events that it counts, got none", p.total)
	case p.short():
		return fmt.Errorf("list: want the %.0f events that it counts, got %d on all pages", p.total, p.rows)
	case p.last < 0 && p.news == 1 && p.repeated && (p.first == EventsPerPage || p.first == defaultPerPage):
		return fmt.Errorf("list: want a total, or pages that differ, got the same %d rows again: there may be more", p.first)
	}
	return nil
}

// same reports whether two passes gave the same.
func (p *listPass) same(other *listPass) bool {
	return p.total == other.total && p.rows == other.rows && maps.Equal(p.known, other.known)
}

// finish returns the list.
func (p *listPass) finish() EventList {
	if !p.unusableTotal.Absent() {
		p.list.Unusable = append(p.list.Unusable, UnusableValue{"total", p.unusableTotal.Raw()})
	}
	if len(p.list.Events) > 0 {
		p.list.MissingFields = p.fields.missing()
	}
	return p.list
}
