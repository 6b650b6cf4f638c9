package sensorsdata

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const partitionsEndpoint endpoint = "GET /v2/user_tags/ID/partitions"

// Partition is one computation of a tag.
type Partition struct {
	BaseTime     Time // as of when the tag is computed
	StartTime    Time
	FinishedTime Time
	Users        wire.Number
	Status       string // NEW, COMPUTING, SUCCEED, FAILED, as sent
}

// partitionFields is a partition as Sensors Data writes it; the rules in it are skipped.
type partitionFields struct {
	BaseTime     wire.Text   `json:"base_time"`
	StartTime    wire.Text   `json:"start_time"`
	FinishedTime wire.Text   `json:"finished_time"`
	Users        wire.Number `json:"user_count"`
	Status       wire.Text   `json:"status"`
	NextBaseTime wire.Text   `json:"next_partition_base_time"`
}

// TagPartitions returns the partitions of a tag from the calendar day of from to that of to,
// both included, in the answer's order; all of them if both times are zero. One of the two
// alone is Rejected, as Sensors Data would, without being sent.
//
// Source: GET /v2/user_tags/ID/partitions.
func (c *Client) TagPartitions(ctx context.Context, id string, from, to time.Time) ([]Partition, error) {
	if from.IsZero() != to.IsZero() {
		return nil, unsent(partitionsEndpoint, "want both ends of the span of days or neither, got one")
	}
	query := url.Values{}
	if !from.IsZero() {
		query.Set("from_date", c.day(from))
		query.Set("to_date", c.day(to))
	}
	var partitions []Partition
	call := call{name: partitionsEndpoint, path: "/v2/user_tags/" + segment(id) + "/partitions", query: query}
	err := c.do(ctx, call, func(s *stream) error {
		return s.list(func(i int) error {
			var f partitionFields
			if err := s.fields(&f); err != nil {
				return fmt.Errorf("/%d: %w", i, err)
			}
			p := s.partition(&f)
			partitions = append(partitions, p)
			return s.keep(p.Status)
		})
	})
	if err != nil {
		return nil, err
	}
	return partitions, nil
}

func (s *stream) partition(f *partitionFields) Partition {
	return Partition{
		BaseTime:     s.time(f.BaseTime),
		StartTime:    s.time(f.StartTime),
		FinishedTime: s.time(f.FinishedTime),
		Users:        f.Users,
		Status:       sent(f.Status),
	}
}
