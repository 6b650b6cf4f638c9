package sensorsdata

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
)

// History returns the sources of past days: Sensors Data has every computation of the configured tags, and so what the
// tag list showed of the last ones.
func (s *reader) History() map[*metric.Spec]*history.Source {
	if len(s.cfg.Tags) == 0 {
		return nil
	}
	failing := history.NewItems()
	tags := &tagComputations{client: s.client, known: make(map[string]computations)}
	return map[*metric.Spec]*history.Source{tagsSpec: {
		Families: []*metric.Family{
			tagUsers, tagSuccessBase, tagSuccessFinished, tagPartitionStatus, tagPartitionBase, tagPartitionDuration,
		},
		Read: func(ctx context.Context, day metric.Day, h *history.Batch) error {
			return failing.Each(ctx, h, s.cfg.Tags, func(id string) error {
				partitions, err := tags.read(ctx, id, day)
				if err != nil {
					return err
				}
				h.Day.Missing += countUnknownFinish(partitions, day)
				for _, period := range tagPeriods(partitions, day) {
					b := h.NewBatch()
					if period.success != nil {
						fillLastSuccess(b, id, *period.success)
					}
					if period.last != nil {
						fillLastPartition(b, id, *period.last)
					}
					h.Add(b, period.Day)
				}
				return nil
			})
		},
	}}
}

// maxComputations bounds the computations that are kept of a tag: the newest, enough for decades of daily ones.
const maxComputations = 10_000

// tagComputations reads all computations of a tag at once and keeps them: one request for each tag, however many days
// are read.
type tagComputations struct {
	client *sensorsdata.Client

	mu       sync.Mutex // held while a tag is read, so that tags are read one at a time
	known    map[string]computations
	failures history.Failures
}

// computations are those of a tag at the time it was read, or the failure of a read that is not tried again.
type computations struct {
	readAt     time.Time
	partitions []sensorsdata.Partition
	err        error
}

// read returns the computations of a tag, read after the day's end or, for the current day, now.
func (t *tagComputations) read(ctx context.Context, id string, day metric.Day) ([]sensorsdata.Partition, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c, ok := t.known[id]; ok && !c.readAt.Before(day.End) {
		return c.partitions, c.err
	}
	readAt := time.Now()
	partitions, err := t.client.TagPartitions(ctx, id, time.Time{}, time.Time{})
	if err != nil {
		if t.failures.Final(id, err) {
			t.known[id] = computations{readAt: readAt, err: err}
		}
		return nil, err
	}
	slices.SortStableFunc(partitions, func(a, b sensorsdata.Partition) int {
		return instant(a.BaseTime).Compare(instant(b.BaseTime))
	})
	if over := len(partitions) - maxComputations; over > 0 {
		partitions = slices.Clone(partitions[over:])
	}
	t.known[id] = computations{readAt: readAt, partitions: partitions}
	return partitions, nil
}
