package adspect

import (
	"context"
	"errors"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const savedQueriesEndpoint endpoint = "HEAD /reports"

// MaxSavedQueries is how many queries an account may have saved.
const MaxSavedQueries = 100

// SavedQueries returns how many queries the account has saved, for guests to look at. An
// answer that does not tell is Malformed.
//
// Source: HEAD /reports.
func (c *Client) SavedQueries(ctx context.Context) (wire.Number, error) {
	var count wire.Number
	err := c.do(ctx, savedQueriesEndpoint, "/reports", nil, func(r *transport.Response) error {
		v, ok := parseHeaderCount(r.Header, "X-Pagination-Total-Count")
		if !ok {
			return errors.New("header X-Pagination-Total-Count: want a count, got none")
		}
		count = wire.NumberOf(v)
		return nil
	})
	return count, err
}
