package sensorsdata

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const reportEndpoint endpoint = "POST /v2/user_tags/ID/report"

// ReportQuery says which days of a tag to look at, and how many of its values.
type ReportQuery struct {
	From  time.Time // its calendar day is the first
	To    time.Time // its calendar day is the last
	Limit int       // of values; 0 = Sensors Data's own, 1000
}

// TagReport is by which values a tag divides the users, on one day.
type TagReport struct {
	BaseTime     time.Time // of the day; zero if there is none
	FinishedTime time.Time // when it was computed

	Total  Share // of all values together
	Values []TagValue
}

// Share is a part of the users.
type Share struct {
	Users   wire.Number
	Percent wire.Number // 0–100
}

// TagValue is one value of a tag with the users who have it.
type TagValue struct {
	Value wire.Text // true and false are texts too
	Share
}

// TagReport returns the newest day that the answer has figures of: of the days whose
// computation has finished or, where there are none, of all. A value that has no figures for
// that day is not in it. A tag that was not computed in those days gives a report
// without a day.
//
// Only one request of this kind or of [Client.SegmentUsers] is under way at a time.
//
// Source: POST /v2/user_tags/ID/report.
func (c *Client) TagReport(ctx context.Context, id string, q ReportQuery) (TagReport, error) {
	body, err := json.Marshal(struct {
		From  string `json:"from_date"`
		To    string `json:"to_date"`
		Limit int    `json:"limit,omitzero"`
	}{c.day(q.From), c.day(q.To), q.Limit})
	if err != nil { // it cannot be
		return TagReport{}, unsent(reportEndpoint, err.Error())
	}
	var report TagReport
	err = c.do(ctx, call{name: reportEndpoint, path: "/v2/user_tags/" + segment(id) + "/report", body: body, alone: true}, func(s *stream) error {
		var (
			p              problem
			totals, values []reportRow
			told           bool
		)
		err := s.object(func(name string) (err error) {
			switch name {
			case "aggregate_result":
				totals, err = s.reportRows()
				return in(name, err)
			case "non_aggregate_result":
				told = true
				values, err = s.reportRows()
				return in(name, err)
			}
			return p.member(s.decoder, name)
		})
		if err == nil && !told {
			err = p.instead(`want "non_aggregate_result", got none`)
		}
		if err == nil {
			report = newestReport(totals, values)
		}
		return err
	})
	if err != nil {
		return TagReport{}, err
	}
	return report, nil
}

// newestReport is the report of the newest day that a value or the total has figures of.
func newestReport(totals, values []reportRow) TagReport {
	var newest reportRow
	for i, row := range slices.Concat(values, totals) {
		if i == 0 || row.newer(&newest) {
			newest = row
		}
	}
	report := TagReport{BaseTime: newest.base, FinishedTime: newest.finished}
	for _, row := range totals {
		if row.base.Equal(newest.base) {
			report.Total = row.Share
		}
	}
	for _, row := range values {
		if row.base.Equal(newest.base) {
			report.Values = append(report.Values, row.TagValue)
		}
	}
	return report
}

// reportRow is one value on its newest day.
type reportRow struct {
	TagValue
	base, finished time.Time
}

func (r *reportRow) newer(than *reportRow) bool {
	if finished := !r.finished.IsZero(); finished == than.finished.IsZero() {
		return finished
	}
	return r.base.After(than.base)
}

// reportRows reads a half of a report, which may be null. Rows without figures are left out.
func (s *stream) reportRows() ([]reportRow, error) {
	var rows []reportRow
	if s.null() {
		return nil, s.decoder.SkipValue()
	}
	err := s.object(func(name string) error {
		if name != "rows" || s.null() {
			return s.decoder.SkipValue()
		}
		return s.array(func(i int) error {
			row, found, err := s.reportRow()
			if err == nil && found {
				rows = append(rows, row)
				err = s.keep(sent(row.Value))
			}
			return in(fmt.Sprintf("rows/%d", i), err)
		})
	})
	return rows, err
}

// reportRow reads a row, of all days of which it keeps the newest.
func (s *stream) reportRow() (newest reportRow, found bool, err error) {
	var value wire.Text
	err = s.object(func(name string) (err error) {
		switch {
		case name == "by_value":
			value, err = s.value()
			return err
		case name != "partition_values" || s.null():
			return s.decoder.SkipValue()
		}
		return s.array(func(int) error {
			var f struct {
				Users    wire.Number `json:"user_count"`
				Percent  wire.Number `json:"percent"`
				Base     wire.Text   `json:"base_time"`
				Finished wire.Text   `json:"finished_time"`
			}
			if err := s.fields(&f); err != nil {
				return err
			}
			var day reportRow
			day.base, _ = s.time(f.Base).Get()
			day.finished, _ = s.time(f.Finished).Get()
			day.Share = Share{Users: f.Users, Percent: f.Percent}
			if f.Users.Absent() && f.Percent.Absent() || found && !day.newer(&newest) {
				return nil
			}
			newest, found = day, true
			return nil
		})
	})
	newest.Value = value
	return newest, found, err
}

// value reads a value of a tag, which is true or false if that is its type.
func (s *stream) value() (t wire.Text, err error) {
	switch kind := s.decoder.PeekKind(); kind {
	case jsontext.KindTrue, jsontext.KindFalse:
		return wire.TextOf(kind.String()), s.decoder.SkipValue()
	default:
		err = json.UnmarshalDecode(s.decoder, &t)
		return t, err
	}
}

// in says where err was found.
func in(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}
