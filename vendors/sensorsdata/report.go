package sensorsdata

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const reportEndpoint endpoint = "POST /v2/user_tags/ID/report"

// DefaultReportLimit is how many values of a tag Sensors Data's report has, unless it is asked for
// another number.
const DefaultReportLimit = 1000

// allValues is the value under which a report gives all users who have any.
const allValues = "$ALL"

// TagReport is by which values a tag divides the users, on one day.
type TagReport struct {
	BaseTime     time.Time // of the computation; zero if there is none, or the answer does not say
	FinishedTime time.Time // when it ended

	Total  Share // of all values together, the report's $ALL
	Values []TagValue
	Rows   int // of values, also of those that are not in Values

	Unusable []string // what came in place of values and times, and rows that are beside $ALL
	Empty    int      // values without numbers
	Missing  []string // documented fields that no row has
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

// TagReport returns the report of a tag on the calendar day of day, with up to limit values; 0 =
// Sensors Data's own limit. If the tag was computed several times that day, it is the last that has
// finished. A value that has numbers of other days alone is not in it.
//
// Only one request of this kind or of [Client.SegmentUsers] is under way at a time.
//
// Source: POST /v2/user_tags/ID/report.
func (c *Client) TagReport(ctx context.Context, id string, day time.Time, limit int) (TagReport, error) {
	body, err := json.Marshal(struct {
		From  string `json:"from_date"`
		To    string `json:"to_date"`
		Limit int    `json:"limit,omitzero"`
	}{c.day(day), c.day(day), limit})
	if err != nil { // it cannot be
		return TagReport{}, unsent(reportEndpoint, err.Error())
	}
	var report TagReport
	call := call{name: reportEndpoint, path: "/v2/user_tags/" + transport.PathSegment(id) + "/report", body: body, alone: true}
	err = c.do(ctx, call, func(s *stream) error {
		var p problem
		r := reportReader{stream: s, day: c.day(day), seen: make(fieldSet)}
		found := false
		err := s.object(func(name string) (err error) {
			switch name {
			case "aggregate_result":
				r.totals, err = r.rows(false)
				return in(name, err)
			case "non_aggregate_result":
				found = true
				r.values, err = r.rows(true)
				return in(name, err)
			}
			return p.member(s.decoder, name)
		})
		if err == nil && !found {
			err = p.instead(`want "non_aggregate_result", got none`)
		}
		if err == nil {
			err = p.reported()
		}
		if err == nil {
			report = r.report()
		}
		return err
	})
	if err != nil {
		return TagReport{}, err
	}
	return report, nil
}

// reportReader reads a report of one day.
type reportReader struct {
	*stream
	day            string
	totals, values []reportRow
	unusable       []string
	seen           fieldSet // what values have beside them
}

// reportRow is a row with its numbers of the day.
type reportRow struct {
	TagValue
	base, finished time.Time
	isEmpty        bool // it has no numbers, of no day
	isOtherDay     bool // it has numbers, but of other days alone
}

// report puts together what the rows give.
func (r *reportReader) report() TagReport {
	report := TagReport{Rows: len(r.values)}
	var values []reportRow
	totals := r.totals
	for _, row := range r.values {
		if row.isAll() {
			totals = append(totals, row)
		} else {
			values = append(values, row)
		}
	}
	if total := r.total(totals); total != nil {
		totals = []reportRow{*total}
	}
	newest := newestRow(slices.Concat(values, totals))
	report.BaseTime, report.FinishedTime = newest.base, newest.finished
	for _, row := range totals {
		if row.isOf(&newest) {
			report.Total = row.Share
		}
	}
	for _, row := range values {
		switch {
		case row.isOf(&newest):
			report.Values = append(report.Values, row.TagValue)
		case row.isEmpty:
			report.Empty++
		}
	}
	report.Unusable = r.unusable
	if len(r.seen) > 0 {
		for _, name := range []string{"user_count", "percent", "base_time"} {
			if !r.seen[name] {
				report.Missing = append(report.Missing, name)
			}
		}
	}
	return report
}

// total returns the row of all users: that of $ALL, or the only one. Others that say something else are unusable.
func (r *reportReader) total(rows []reportRow) (total *reportRow) {
	for i, row := range rows {
		switch {
		case len(rows) > 1 && !row.isAll():
			r.unusable = append(r.unusable, sent(row.Value))
		case total == nil:
			total = &rows[i]
		case row.Share != total.Share:
			r.unusable = append(r.unusable, row.Users.Raw())
		}
	}
	return total
}

// newestRow is the row of the last computation that has finished or, if none has, of the last.
func newestRow(rows []reportRow) (newest reportRow) {
	isFirst := true
	for _, row := range rows {
		if !row.isEmpty && !row.isOtherDay && (isFirst || row.newer(&newest)) {
			newest, isFirst = row, false
		}
	}
	return newest
}

// isAll reports whether a row is that of all users.
func (r *reportRow) isAll() bool { return sent(r.Value) == allValues }

// isOf reports whether a row is of the same computation as another, or does not say of which.
func (r *reportRow) isOf(other *reportRow) bool {
	return !r.isEmpty && !r.isOtherDay && (r.base.IsZero() || other.base.IsZero() || r.base.Equal(other.base))
}

func (r *reportRow) newer(than *reportRow) bool {
	if finished := !r.finished.IsZero(); finished == than.finished.IsZero() {
		return finished
	}
	return r.base.After(than.base)
}

// rows reads a half of a report, which may be null. With wantValue each row must have a value.
func (r *reportReader) rows(wantValue bool) ([]reportRow, error) {
	var rows []reportRow
	if r.null() {
		return nil, r.decoder.SkipValue()
	}
	err := r.object(func(name string) error {
		if name != "rows" || r.null() {
			return r.decoder.SkipValue()
		}
		return r.array(func(i int) error {
			row, err := r.row(wantValue)
			if err == nil {
				rows = append(rows, row)
				err = r.keep(sent(row.Value), unreadable(row.Users), unreadable(row.Percent))
			}
			return in(fmt.Sprintf("rows/%d", i), err)
		})
	})
	return rows, err
}

// row reads a row, of all computations of the day the newest.
func (r *reportReader) row(wantValue bool) (reportRow, error) {
	var (
		value             wire.Text
		hasValue          bool
		newest            reportRow
		found, isOtherDay bool
		kind              string
	)
	err := r.object(func(name string) (err error) {
		switch {
		case name == "by_value":
			hasValue, kind = true, kindText(r.decoder.PeekKind())
			value, err = r.value()
			return err
		case name != "partition_values" || r.null():
			return r.decoder.SkipValue()
		}
		return r.array(func(int) error {
			seen := r.seen
			if !wantValue {
				seen = fieldSet{}
			}
			day, isDay, err := r.numbers(seen)
			switch {
			case err != nil:
				return err
			case day.Users.Absent() && day.Percent.Absent():
			case !isDay:
				isOtherDay = true
			case !found || day.newer(&newest):
				newest, found = day, true
			}
			return nil
		})
	})
	newest.Value = value
	if wantValue && found && (!hasValue || value.Invalid()) {
		// Users of a value that no label can name.
		r.unusable = append(r.unusable, kind)
		found, isOtherDay = false, true
	}
	newest.isEmpty, newest.isOtherDay = !found && !isOtherDay, !found && isOtherDay
	return newest, err
}

// numbers reads those of one computation, and reports whether it is of the day. seen gets the names of what came.
func (r *reportReader) numbers(seen fieldSet) (row reportRow, isDay bool, err error) {
	var base, finished Time
	err = r.object(func(name string) (err error) {
		switch name {
		case "user_count":
			err = json.UnmarshalDecode(r.decoder, &row.Users)
		case "percent":
			err = json.UnmarshalDecode(r.decoder, &row.Percent)
		case "base_time":
			base, err = r.time()
		case "finished_time":
			finished, err = r.time()
		default:
			return r.decoder.SkipValue()
		}
		seen.add(name)
		return err
	})
	row.base, _ = base.Get()
	row.finished, _ = finished.Get()
	if base.Raw() != "" {
		if err == nil {
			err = r.addUnreadable(&r.unusable, base.Raw())
		}
		return row, false, err
	}
	return row, base.Absent() || row.base.In(r.location).Format(time.DateOnly) == r.day, err
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
