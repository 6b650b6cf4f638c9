package quanshi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const reportEndpoint endpoint = "POST /eventopenapi/event/report/details"

// ReportQuery says what a report is on.
type ReportQuery struct {
	EventID string // a whole number

	// From and To bound when viewers came; zero = no bound.
	From, To time.Time
}

// Sections tells which lists a report has, be they empty.
type Sections struct {
	Lives, Interactions, Viewers bool
}

// Report says what a report has beside its rows.
type Report struct {
	Sections
	// MissingFields names the documented members that are read and that no row of their list has,
	// though it has rows: "lives.chat_num".
	MissingFields []string
}

// EventReport reads the report on one event and calls row for each row of its lists, as they
// arrive. The Row is valid within the call only. After an error all that row was told is void:
// that the report is none may show after its last row.
//
// A value in a row that is not what it should be costs that value; a row that is no object, a
// list that is no array and a name that stands twice in an object make the answer Malformed; a
// text of more than 1 MiB, or an object of more than 256 names, makes it TooLarge. A success
// without data, or with null, {} or [] there, is a report without lists.
//
// Source: POST /eventopenapi/event/report/details, live and replay.
func (c *Client) EventReport(ctx context.Context, q ReportQuery, row func(*Row)) (Report, error) {
	if !isEventID(q.EventID) {
		return Report{}, unsent(reportEndpoint, "the id of an event is a whole number")
	}
	var result Report
	err := c.do(ctx, call{
		name: reportEndpoint,
		body: func(token string) any {
			return struct {
				Token     string         `json:"token"`
				EventID   jsontext.Value `json:"eventId"`
				StartTime int64          `json:"startTime,omitzero"`
				EndTime   int64          `json:"endTime,omitzero"`
			}{token, jsontext.Value(q.EventID), seconds(q.From), seconds(q.To)}
		},
		read: func(r *transport.Response, e *envelope) error {
			read := newReport(r.Body, e, q.EventID, row)
			err := read.all()
			result = read.result
			return err
		},
	})
	if err != nil {
		return Report{}, err
	}
	return result, nil
}

// isEventID reports whether id is a number as JSON writes it and Quanshi counts: above 0, within 64
// bits.
func isEventID(id string) bool {
	n, err := strconv.ParseInt(id, 10, 64)
	return err == nil && n > 0 && id[0] >= '1' && id[0] <= '9'
}

// seconds returns a time as requests tell it, 0 for none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// report reads the answer with a report, whatever the order of its members.
type report struct {
	*stream
	rows     *rows
	envelope *envelope
	eventID  string
	told     func(*Row)

	result Report
}

func newReport(answer io.Reader, e *envelope, eventID string, told func(*Row)) *report {
	s := newStream(answer)
	return &report{stream: s, rows: newRows(s), envelope: e, eventID: eventID, told: told}
}

// all reads the whole answer.
func (r *report) all() error {
	if _, err := r.kind(); errors.Is(err, errCut) {
		return errors.New("the answer is empty")
	}
	if err := r.object(&layout{}, r.envelopeMember); err != nil {
		return err
	}
	return r.end()
}

func (r *report) envelopeMember(n *name) error {
	e := r.envelope
	switch string(n.plain) {
	case "code":
		return r.give(e.setCode)
	case "msg":
		return r.give(e.setMessage)
	case "requestId":
		return r.give(e.setRequestID)
	case "data":
		kind, err := r.kind()
		if err != nil {
			return err
		}
		switch {
		case kind == jsontext.KindBeginObject && !e.failed():
			return within("data", r.object(&layout{}, r.dataMember))
		case kind == jsontext.KindBeginArray:
			return r.emptyArray(func() { e.problem = errors.New("data: want an object, got array") })
		case kind != jsontext.KindBeginObject && kind != jsontext.KindNull:
			e.problem = fmt.Errorf("data: want an object, got %s", wire.KindName(kind))
		}
	}
	return r.pass()
}

func (r *report) dataMember(n *name) error {
	switch string(n.plain) {
	case "eventId":
		return r.give(func(t wire.Text) {
			if id, ok := t.Get(); ok && id != r.eventID {
				r.envelope.problem = errors.New("data/eventId: want the report on the event that was asked for, got another one's")
			}
		})
	case "report":
		switch kind, err := r.kind(); {
		case err != nil:
			return err
		case kind == jsontext.KindNull:
			return r.pass()
		case kind == jsontext.KindBeginArray:
			return r.emptyArray(func() { r.envelope.problem = errors.New("data/report: want an object, got array") })
		}
		return within("report", r.object(&layout{}, r.list))
	}
	return r.pass()
}

// emptyArray reads an array, and calls full if it is not empty.
func (r *report) emptyArray(full func()) error {
	return r.array(func(i int) error {
		if i == 0 {
			full()
		}
		return r.pass()
	})
}

// list reads a list of the report, or something else that stands there.
func (r *report) list(n *name) error {
	section, ok := sectionOf(n.plain)
	if !ok {
		return r.pass()
	}
	if kind, err := r.kind(); err != nil {
		return err
	} else if kind == jsontext.KindNull {
		return r.pass()
	}
	switch section {
	case Lives:
		r.result.Lives = true
	case Interactions:
		r.result.Interactions = true
	case ViewerDetails:
		r.result.Viewers = true
	}
	r.rows.begin(section)
	err := r.array(func(i int) error {
		row, err := r.rows.read()
		if err != nil {
			return within(fmt.Sprint(i), err)
		}
		r.envelope.told = true
		r.told(row)
		return nil
	})
	r.result.MissingFields = append(r.result.MissingFields, r.rows.missing()...)
	return within(section.String(), err)
}

// give reads a text and gives it to set.
func (r *report) give(set func(wire.Text)) error {
	t, err := r.text()
	if err != nil {
		return err
	}
	set(t)
	return nil
}

// placed is an error at a place within the answer.
type placed struct {
	place string
	err   error
}

func (p *placed) Error() string {
	if inner, ok := p.err.(*placed); ok { //nolint:errorlint // The very next one: the places make one path.
		return p.place + "/" + inner.Error()
	}
	return p.place + ": " + p.err.Error()
}

func (p *placed) Unwrap() error { return p.err }

// within says in what err was found.
func within(place string, err error) error {
	if err == nil {
		return nil
	}
	return &placed{place, err}
}
