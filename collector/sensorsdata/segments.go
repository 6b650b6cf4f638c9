package sensorsdata

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

var segments = &metric.Spec{
	Name: "segments", Source: "POST /v2/reports/user_analytics/users", Families: []*metric.Family{segmentUsers},
}

var segmentUsers = metric.NewFamily("sensorsdata_segment_users", "Number of users that match the segment's filter.", "segment")

func (s *reader) segments() poll.Discovery {
	items := make([]poll.Item, 0, len(s.cfg.Segments))
	for _, segment := range s.cfg.Segments {
		items = append(items, poll.Item{ID: segment.Name,
			Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
				users, err := s.client.SegmentUsers(ctx, segment.Filter)
				if err != nil {
					return err
				}
				if v, ok := users.Float(); ok && v == -1 {
					b.AddMissing(1)
					return nil
				}
				b.Count(segmentUsers, users, segment.Name)
				return nil
			}})
	}
	return poll.Fixed(items)
}
