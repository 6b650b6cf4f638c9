package sensorsdata

import (
	"context"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
)

var tagsSpec = &metric.Spec{
	Name: "tags", Source: "GET /v2/user_tags", Families: []*metric.Family{
		tagCount, tagInfo, tagStatus, tagUsers, tagFailedPartitions, tagSuccessBase, tagSuccessFinished,
		tagPartitionStatus, tagPartitionBase, tagPartitionDuration, tagNextBase, tagDue,
	},
	Note: "Covers all tags except those in hidden directories, which the API does not list. A tag without a status is " +
		"counted as `unknown`. " +
		"A documented field that no tag of the answer has counts as missing. " +
		"Each tag has about 16 samples, so the default of `global.max_samples_per_endpoint` (10000) is enough for about " +
		"620 tags. Further tags have no samples.",
}

var (
	tagCount = metric.NewFamily("sensorsdata_tags", "Number of tags of the project by status.", "status")
	tagInfo  = metric.NewFamily("sensorsdata_tag_info",
		"Properties of a tag, as labels; always 1.",
		"tag_id", "name", "display_name", "data_type", "source", "unit", "routine", "directory_id")
	tagStatus = metric.NewFamily("sensorsdata_tag_status",
		"1 for the current status of the tag, 0 for the others.", "tag_id", "status")
	tagUsers = metric.NewFamily("sensorsdata_tag_users",
		"Users who have the tag, according to its last successful computation.", "tag_id")
	tagFailedPartitions = metric.NewFamily("sensorsdata_tag_failed_partitions",
		"Failed computations of the tag.", "tag_id")
	tagSuccessBase = metric.NewFamily("sensorsdata_tag_last_success_base_timestamp_seconds",
		"Base time of the tag's last successful computation: the time that its values describe.", "tag_id")
	tagSuccessFinished = metric.NewFamily("sensorsdata_tag_last_success_finished_timestamp_seconds",
		"When the tag's last successful computation finished.", "tag_id")
	tagPartitionStatus = metric.NewFamily("sensorsdata_tag_last_partition_status",
		"1 for the status of the tag's last computation, 0 for the others.", "tag_id", "status")
	tagPartitionBase = metric.NewFamily("sensorsdata_tag_last_partition_base_timestamp_seconds",
		"Base time of the tag's last computation: the time that its values describe.", "tag_id")
	tagPartitionDuration = metric.NewFamily("sensorsdata_tag_last_partition_duration_seconds",
		"Duration of the tag's last computation, once it has finished.", "tag_id")
	tagNextBase = metric.NewFamily("sensorsdata_tag_next_partition_base_timestamp_seconds",
		"Base time of the tag's next computation.", "tag_id")
	tagDue = metric.NewFamily("sensorsdata_tag_due_timestamp_seconds",
		"When the tag's next computation should be ready: its base time plus the time between base time and end of the "+
			"last successful computation.",
		"tag_id")
)

func (s *reader) tags(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	list, err := s.client.Tags(ctx)
	if err != nil {
		return err
	}
	for _, id := range list.WithoutID {
		b.DropTextAt("id", id)
	}
	for _, id := range list.Repeated {
		b.DropTextAt("id, a second time", id)
	}
	b.AddMissing(len(list.Missing))
	statuses := make([]string, len(list.Tags))
	for i, t := range list.Tags {
		statuses[i] = tagStatuses.Name(t.Status)
	}
	fillCounts(b, tagCount, tagStatuses, statuses) // first, so that the limit on samples does not leave them out
	for i, t := range list.Tags {
		b.Whole(func() { fillTag(b, t, statuses[i]) })
	}
	return nil
}

// fillTag adds the samples of one tag.
func fillTag(b *metric.Batch, t sensorsdata.Tag, status string) {
	routine := ""
	if v, ok := t.Routine.Get(); ok {
		routine = strconv.FormatBool(v)
	}
	source := tagSources.Name(t.SourceType)
	b.Value(tagInfo, 1, t.ID, t.Name, t.DisplayName, t.DataType, source, t.Unit, routine, t.DirectoryID)
	for _, unusable := range t.Unusable {
		b.Drop(tagInfo, unusable, t.ID)
	}
	fillState(b, tagStatus, tagStatuses, status, t.ID)
	fillLastSuccess(b, t.ID, t.LastSuccess)
	b.Count(tagFailedPartitions, t.FailedPartitions, t.ID)
	fillLastPartition(b, t.ID, t.LastPartition)
	fillTime(b, tagNextBase, t.NextBaseTime, t.ID)
	fillDue(b, t)
}

// fillDue adds when the next computation should be done: as long after its base time as the last success was after its
// own.
func fillDue(b *metric.Batch, t sensorsdata.Tag) {
	next, _ := t.NextBaseTime.Get()
	base, _ := t.LastSuccess.BaseTime.Get()
	finished, _ := t.LastSuccess.FinishedTime.Get()
	// the zero time is not possible
	if !metric.IsPossible(next) || !metric.IsPossible(base) || !metric.IsPossible(finished) {
		return
	}
	took := finished.Sub(base)
	if took < 0 {
		b.Drop(tagDue, took.Round(time.Second).String(), t.ID)
		return
	}
	b.Time(tagDue, next.Add(took), t.ID)
}

// fillLastSuccess adds the samples of a tag's last successful computation.
func fillLastSuccess(b *metric.Batch, id string, p sensorsdata.Partition) {
	b.Count(tagUsers, p.Users, id)
	fillTime(b, tagSuccessBase, p.BaseTime, id)
	fillTime(b, tagSuccessFinished, p.FinishedTime, id)
}

// fillLastPartition adds the samples of a tag's last computation.
func fillLastPartition(b *metric.Batch, id string, p sensorsdata.Partition) {
	fillState(b, tagPartitionStatus, partitionStatuses, partitionStatuses.Name(p.Status), id)
	fillTime(b, tagPartitionBase, p.BaseTime, id)
	fillDuration(b, tagPartitionDuration, p, id)
}

// fillDuration adds how long a computation took, if it has ended. One that has not begun has two equal times, which
// mean nothing.
func fillDuration(b *metric.Batch, f *metric.Family, p sensorsdata.Partition, labels ...string) {
	status := partitionStatuses.Name(p.Status)
	if status != "succeeded" && status != "failed" || p.StartTime.Absent() || p.FinishedTime.Absent() {
		return
	}
	began, hasBegun := p.StartTime.Get()
	ended, hasEnded := p.FinishedTime.Get()
	switch {
	case !hasBegun:
		b.Drop(f, p.StartTime.Raw(), labels...)
	case !hasEnded:
		b.Drop(f, p.FinishedTime.Raw(), labels...)
	case ended.Before(began) || !metric.IsPossible(began) || !metric.IsPossible(ended):
		b.Drop(f, ended.Sub(began).Round(time.Second).String(), labels...)
	default:
		b.Value(f, ended.Sub(began).Seconds(), labels...)
	}
}
