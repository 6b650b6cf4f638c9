package sensorsdata

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
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

// partitionFields is a partition with what only a tag's own has.
type partitionFields struct {
	Partition
	next Time
	seen []string // the names of what came of it
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
	call := call{name: partitionsEndpoint, path: "/v2/user_tags/" + transport.PathSegment(id) + "/partitions", query: query}
	err := c.do(ctx, call, func(s *stream) error {
		return s.list(func(i int) error {
			var unusable []string // a state that is none counts like one that did not come
			p, err := s.partition(&unusable)
			if err != nil {
				return fmt.Errorf("/%d: %w", i, err)
			}
			partitions = append(partitions, p.Partition)
			return s.keep(p.Status, unreadable(p.Users))
		})
	})
	if err != nil {
		return nil, err
	}
	return partitions, nil
}

// partition reads a partition; the rules in it are skipped.
func (s *stream) partition(unusable *[]string) (p partitionFields, err error) {
	err = s.object(func(name string) (err error) {
		switch name {
		case "base_time":
			p.BaseTime, err = s.time()
		case "start_time":
			p.StartTime, err = s.time()
		case "finished_time":
			p.FinishedTime, err = s.time()
		case "user_count":
			err = json.UnmarshalDecode(s.decoder, &p.Users)
		case "status":
			p.Status, err = s.text(unusable)
		case "next_partition_base_time":
			p.next, err = s.time()
		default:
			return s.decoder.SkipValue()
		}
		if !slices.Contains(p.seen, name) {
			p.seen = append(p.seen, name)
		}
		return err
	})
	return p, err
}

// partitionIfObject reads a partition that may be null; anything else is added to unusable.
func (s *stream) partitionIfObject(unusable *[]string) (partitionFields, error) {
	kind := s.decoder.PeekKind()
	if kind == jsontext.KindBeginObject {
		return s.partition(unusable)
	}
	if kind != jsontext.KindNull {
		if err := s.addUnreadable(unusable, kindText(kind)); err != nil {
			return partitionFields{}, err
		}
	}
	return partitionFields{}, s.decoder.SkipValue()
}
