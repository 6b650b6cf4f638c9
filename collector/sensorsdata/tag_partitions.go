package sensorsdata

import (
	"context"
	"fmt"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

var partitionsSpec = &metric.Spec{
	Name: "tag_partitions", Source: "GET /v2/user_tags/ID/partitions", Families: []*metric.Family{tagPartitions},
	Note: "Covers the account's `tags` over its `partition_window`. A computation without a status is counted as " +
		"`unknown`; one without a time is dropped.",
}

var tagPartitions = metric.NewFamily("sensorsdata_tag_partitions",
	"Computations of the tag within the account's partition_window, by status.", "tag_id", "status")

func (s *reader) partitions(ctx context.Context, id string, b *metric.Batch) error {
	now := time.Now()
	from := now.Add(-s.cfg.PartitionWindow)
	partitions, err := s.client.TagPartitions(ctx, id, from, now)
	if err != nil {
		return err
	}
	var statuses []string
	known := make(map[int64]bool)
	hasStatus, unplaced := false, 0
	for _, p := range partitions {
		hasStatus = hasStatus || p.Status != ""
		base, ok := p.BaseTime.Get()
		switch {
		case !ok:
			b.DropTextAt("base_time", p.BaseTime.Raw())
			unplaced++
			continue
		case base.After(now) && !metric.IsPossible(base):
			b.DropTextAt("base_time", base.UTC().Format(time.RFC3339))
			unplaced++
			continue
		case base.Before(from) || base.After(now.AddDate(0, 0, 1)): // whole days are asked for
			continue
		case known[base.Unix()]:
			b.DropTextAt("base_time, a second time", base.UTC().Format(time.RFC3339))
			continue
		}
		known[base.Unix()] = true
		statuses = append(statuses, partitionStatuses.Name(p.Status))
	}
	switch {
	case unplaced > 0 && unplaced == len(partitions):
		return &transport.Error{
			Vendor: catalogue.Vendor, Endpoint: partitionsSpec.Source, Kind: transport.Malformed,
			Err: fmt.Errorf("want computations with a base_time, got %d without a usable one", unplaced),
		}
	case len(partitions) > 0 && !hasStatus:
		b.AddMissing(1)
	}
	fillCounts(b, tagPartitions, partitionStatuses, statuses, id)
	return nil
}
