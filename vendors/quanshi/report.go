package quanshi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

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
// arrive. The Row is valid within the call only. After an error all that row was called with is void:
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
		read: func(a *answer) error {
			read := &report{answer: a, rows: newRows(a.stream), eventID: q.EventID, given: row}
			err := a.read(read.member)
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

// report reads the answer with a report.
type report struct {
	*answer
	rows    *rows
	eventID string
	given   func(*Row)

	result Report
}

func (r *report) member(n *name) error {
	if string(n.plain) != "data" {
		return r.pass()
	}
	_, err := r.fields("data", map[string]any{
		"eventId": func(t wire.Text) {
			if id, ok := t.Get(); ok && id != r.eventID {
				r.fail(errors.New("data/eventId: want the report on the requested event, got that of another one"))
			}
		},
		"report": r.lists,
	})
	return err
}

// lists reads the report.
func (r *report) lists() error {
	_, err := r.fields("data/report", map[string]any{
		"lives":         func() error { return r.list(Lives, &r.result.Lives) },
		"interactions":  func() error { return r.list(Interactions, &r.result.Interactions) },
		"viewerDetails": func() error { return r.list(ViewerDetails, &r.result.Viewers) },
	})
	return err
}

// list reads a list of the report, or null in its place.
func (r *report) list(section Section, there *bool) error {
	if kind, err := r.kind(); err != nil {
		return err
	} else if kind == jsontext.KindNull {
		return r.pass()
	}
	*there = true
	r.rows.begin(section)
	err := r.array(func(i int) error {
		row, err := r.rows.read()
		if err != nil {
			return within(fmt.Sprint(i), err)
		}
		r.delivered = true
		r.given(row)
		return nil
	})
	r.result.MissingFields = append(r.result.MissingFields, r.rows.missing()...)
	return within(section.String(), err)
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
