package adspect

import (
	"context"
	"errors"
	"fmt"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const savedQueriesEndpoint endpoint = "HEAD /reports"

// MaxSavedQueries is how many queries an account may have saved.
const MaxSavedQueries = 100

// SavedQueries returns how many queries the account has saved, for guests to look at. An
// answer that does not say it, or whose number of pages does not fit, is Malformed.
//
// Source: HEAD /reports.
func (c *Client) SavedQueries(ctx context.Context) (wire.Number, error) {
	var count wire.Number
	err := c.do(ctx, savedQueriesEndpoint, "/reports", nil, func(r *transport.Response) error {
		total, pages := parseHeaderCount(r.Header, totalCountHeader), parseHeaderCount(r.Header, pageCountHeader)
		if !total.ok {
			return errors.New("header " + totalCountHeader + ": want a count, got none")
		}
		// A page has 1 to 100 queries. No query at all may stand on no page or on one.
		if least := (total.n + MaxPerPage - 1) / MaxPerPage; pages.ok && (pages.n < least || pages.n > max(1, total.n)) {
			return fmt.Errorf("header %s: %v pages do not fit %v queries", pageCountHeader, pages, total)
		}
		count = wire.NumberOf(float64(total.n))
		return nil
	})
	return count, err
}
