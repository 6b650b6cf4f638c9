package sensorsdata

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// line is where the requests wait of which one at a time may be under way: those that, as
// Sensors Data puts it, do not support high concurrency.
type line struct {
	slot *semaphore.Weighted
}

func newLine() line { return line{slot: semaphore.NewWeighted(1)} }

// doAlone does what do does, once all earlier calls of doAlone have ended. Each of those is
// bounded by its own time limits, so that the line always moves on.
func (c *Client) doAlone(ctx context.Context, call call, read func(*stream) error) error {
	began := time.Now()
	if err := c.line.slot.Acquire(ctx, 1); err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%s %s: %w", vendor, call.name, err)
		}
		return &transport.Error{
			Vendor: vendor, Endpoint: string(call.name), Kind: transport.Throttled,
			Err: fmt.Errorf("gave up after %s: Sensors Data is asked for reports, users and persona tags one at a time, and another one is under way",
				time.Since(began).Round(time.Millisecond)),
		}
	}
	defer c.line.slot.Release(1)
	return c.do(ctx, call, read)
}
