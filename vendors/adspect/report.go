package adspect

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// errStopped ends the reading of a report that its reader has seen enough of.
var errStopped = errors.New("the reader stopped")

// report asks for a report whose rows have width values, and calls row for each until it
// returns false: that is no failure, and closes the answer. The cells are valid within the
// call.
func (c *Client) report(ctx context.Context, name endpoint, path string, query url.Values, width int,
	row func(cells [][]byte) (more bool, err error)) error {
	stopped := false
	err := c.do(ctx, name, path, query, func(r *transport.Response) error {
		rows := newRows(r.Body, width)
		for {
			cells, err := rows.next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			more, err := row(cells)
			if err != nil {
				return rows.at(err)
			}
			if !more {
				stopped = true
				return errStopped
			}
		}
	})
	if stopped {
		return nil
	}
	return err
}

// addSpan adds the times from which and to which a report reaches, if they are set.
func addSpan(query url.Values, from, to time.Time) {
	for name, t := range map[string]time.Time{"date_from": from, "date_to": to} {
		if !t.IsZero() {
			query.Set(name, strconv.FormatInt(t.Unix(), 10))
		}
	}
}
