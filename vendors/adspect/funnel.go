package adspect

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const funnelEndpoint endpoint = "GET /reports/funnel"

// FunnelQuery says what a funnel counts, and by what.
type FunnelQuery struct {
	From time.Time // zero = as far back as Adspect goes
	To   time.Time // the end of the span; zero = now

	TimeZone string // IANA name, of the days that date and month mean; "" = Adspect's choice

	GroupBy []string // columns, see GroupByColumns; none = one row with the totals
	Metrics []string // see FunnelMetrics; at least one

	// Filters are values by name, see FilterNames: of one filter any value may match, but
	// all filters must.
	Filters map[string][]string
}

// Row is one row of a funnel. Both slices are reused by the next row: copy what you keep.
type Row struct {
	Dimensions []string // in the order of GroupBy; null is ""
	Metrics    []wire.Number
}

// Funnel returns the rows of a funnel in the answer's order, as they arrive. After an error
// there are no more rows. Ending early closes the answer; each range over the sequence is a
// request of its own.
//
// A row with more or fewer values than were asked for makes the answer Malformed, and so
// does one that ends within the report.
//
// Source: GET /reports/funnel.
func (c *Client) Funnel(ctx context.Context, q FunnelQuery) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		columns := len(q.GroupBy)
		row := Row{Dimensions: make([]string, columns), Metrics: make([]wire.Number, len(q.Metrics))}
		previous := make([]string, columns) // row is the caller's to change
		err := c.report(ctx, funnelEndpoint, "/reports/funnel", q.values(), columns+len(q.Metrics), func(cells [][]byte) (bool, error) {
			for i, cell := range cells[:columns] {
				previous[i] = textOfCell(cell, previous[i])
			}
			copy(row.Dimensions, previous)
			for i, cell := range cells[columns:] {
				row.Metrics[i] = numberOfCell(cell)
			}
			return yield(row, nil), nil
		})
		if err != nil {
			yield(Row{}, err)
		}
	}
}

func (q FunnelQuery) values() url.Values {
	query := url.Values{}
	addSpan(query, q.From, q.To)
	if q.TimeZone != "" {
		query.Set("time_zone", q.TimeZone)
	}
	for name, values := range q.Filters {
		query[filterParameter(name)] = values
	}
	query["group_by[]"] = q.GroupBy
	query["metrics[]"] = q.Metrics
	return query
}

// filterParameter returns the parameter of a filter. All take several values but the id of
// a saved query.
func filterParameter(name string) string {
	if name == "query_id" {
		return name
	}
	return name + "[]"
}

// GroupByColumns returns the columns that a funnel can be broken down by, in the order of
// Adspect's document.
func GroupByColumns() []string {
	return []string{
		"date", "month", "stream_id", "asn", "country_code", "os", "browser", "engine", "language", "sub_id", "mode",
		"target", "tag",
	}
}

// FunnelMetrics returns what a funnel can count, in the order of Adspect's document.
func FunnelMetrics() []string {
	return []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality",
		"expenses", "conversions", "cr", "revenue", "profit", "roi", "cpc", "cpm", "cpa", "epl", "ecpc", "ecpm",
	}
}

// FilterNames returns the filters of a funnel, in the order of Adspect's document. They take a
// list of values, but for query_id, which takes one.
func FilterNames() []string {
	return []string{
		"query_id", "stream_id", "ip_address", "asn", "country_code", "os", "browser", "engine", "sub_id", "click_id", "mode", "target",
	}
}
