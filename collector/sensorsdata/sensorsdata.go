// Package sensorsdata is what the exporter knows of Sensors Data: the keys of its accounts, its families, and how its answers become
// samples.
package sensorsdata

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// catalogue is Sensors Data's part of the catalogue.
var catalogue = metric.Catalogue{
	Labels: labels, Limits: limits,
	Vendor: "sensorsdata", Title: "Sensors Data 神策",
	Specs: []*metric.Spec{
		tagsSpec, directories, values, partitionsSpec, segments,
	},
}

var (
	tagsSpec = &metric.Spec{
		Name: "tags", Source: "GET /v2/user_tags", Families: []*metric.Family{
			tagCount, tagInfo, tagStatus, tagUsers, tagFailedPartitions, tagSuccessBase, tagSuccessFinished,
			tagPartitionStatus, tagPartitionBase, tagPartitionDuration, tagNextBase, tagDue,
		},
		Note: "Of all tags but those in hidden directories: the API leaves these out. A tag without a status is " +
			"counted as `unknown`. " +
			"A field that the API documents and that no tag of the answer has counts as missing. " +
			"About 16 samples of each tag count against `global.max_samples_per_endpoint`: its 10000 by default are " +
			"for about 620 tags. " +
			"A tag beyond that has no samples.",
	}
	directories = &metric.Spec{
		Name: "tag_directories", Source: "GET /v2/user_tags/dirs", Families: []*metric.Family{tagDirectory},
		Note: "Tags in no directory are counted with empty labels. A directory of which the answer does not list the " +
			"tags has no sample and counts as missing.",
	}
	values = &metric.Spec{
		Name: "tag_values", Source: "POST /v2/user_tags/ID/report",
		Families: []*metric.Family{tagValueUsers, tagValueRatio, tagDistribution},
		Note: "Of the day for which the tag was last computed successfully, for the tags that the account names. A " +
			"tag without such a day, or without values on it, counts as missing. " +
			"The `tag_value_limit` values with the most users are served, what it cuts off counts as dropped. The " +
			"API itself gives 1000 values of a tag, or `tag_value_limit` if that is more; " +
			"where it may have left out some, one more counts as missing.",
	}
	partitionsSpec = &metric.Spec{
		Name: "tag_partitions", Source: "GET /v2/user_tags/ID/partitions", Families: []*metric.Family{tagPartitions},
		Note: "For the tags that the account names, over its `partition_window`. A computation without a status is " +
			"counted as `unknown`; one without a time is dropped.",
	}
	segments = &metric.Spec{
		Name: "segments", Source: "POST /v2/reports/user_analytics/users", Families: []*metric.Family{segmentUsers},
	}
)

var (
	tagCount = metric.NewFamily("sensorsdata_tags", "Tags of the project by status.", "status")
	tagInfo  = metric.NewFamily("sensorsdata_tag_info",
		"A tag and what is known of it; always 1.",
		"tag_id", "name", "display_name", "data_type", "source", "unit", "routine", "directory_id")
	tagStatus = metric.NewFamily("sensorsdata_tag_status",
		"1 for the status that the tag has, 0 for the others.", "tag_id", "status")
	tagUsers = metric.NewFamily("sensorsdata_tag_users",
		"Users who have the tag, by its last successful computation.", "tag_id")
	tagFailedPartitions = metric.NewFamily("sensorsdata_tag_failed_partitions",
		"Computations of the tag that failed.", "tag_id")
	tagSuccessBase = metric.NewFamily("sensorsdata_tag_last_success_base_timestamp_seconds",
		"Time as of which the tag was last computed successfully.", "tag_id")
	tagSuccessFinished = metric.NewFamily("sensorsdata_tag_last_success_finished_timestamp_seconds",
		"When the tag's last successful computation finished.", "tag_id")
	tagPartitionStatus = metric.NewFamily("sensorsdata_tag_last_partition_status",
		"1 for the status that the tag's last computation has, 0 for the others.", "tag_id", "status")
	tagPartitionBase = metric.NewFamily("sensorsdata_tag_last_partition_base_timestamp_seconds",
		"Time as of which the tag's last computation is.", "tag_id")
	tagPartitionDuration = metric.NewFamily("sensorsdata_tag_last_partition_duration_seconds",
		"How long the tag's last computation took, once it has finished.", "tag_id")
	tagNextBase = metric.NewFamily("sensorsdata_tag_next_partition_base_timestamp_seconds",
		"Time as of which the tag's next computation will be.", "tag_id")
	tagDue = metric.NewFamily("sensorsdata_tag_due_timestamp_seconds",
		"When the tag's next computation should be done: the time as of which it will be, and as long after that as "+
			"the last success was done after its own.",
		"tag_id")
	tagDirectory = metric.NewFamily("sensorsdata_tag_directory_tags",
		"Tags directly in the directory.", "directory_id", "directory")
	tagValueUsers = metric.NewFamily("sensorsdata_tag_value_users",
		"Users who have the value of the tag.", "tag_id", "value")
	tagValueRatio = metric.NewFamily("sensorsdata_tag_value_users_ratio",
		"Part of the users who have the value of the tag, 0–1.", "tag_id", "value")
	tagDistribution = metric.NewFamily("sensorsdata_tag_distribution_users",
		"Users who have any value of the tag, each counted once.", "tag_id")
	tagPartitions = metric.NewFamily("sensorsdata_tag_partitions",
		"Computations of the tag within the account's partition_window, by status.", "tag_id", "status")
	segmentUsers = metric.NewFamily("sensorsdata_segment_users", "Users whom the segment's filter finds.", "segment")
)

// What Sensors Data calls things, and what we do.
var (
	tagStatuses       = metric.Words{{"PENDING", "pending"}, {"RUNNING", "running"}, {"SUSPEND", "suspended"}}
	partitionStatuses = metric.Words{
		{"NEW", "new"}, {"COMPUTING", "computing"}, {"SUCCEED", "succeeded"}, {"FAILED", "failed"},
	}
	tagSources = metric.Words{
		{"1", "rule"}, {"2", "query_result"}, {"5", "upload"}, {"6", "import"}, {"7", "sql"},
		{"9", "basic_measure"}, {"13", "basic_measure"}, {"10", "first_last_time"}, {"11", "event_preference"}, {"12", "behavior_distribution"}, {"21", "rfm"},
	}
)

// Vendor is Sensors Data.
type Vendor struct{}

// Catalogue returns what is documented of Sensors Data.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	return append(config.Readable(cfg.APISecret), cfg.personal()...)
}

// Build adds the endpoints of an account, and returns what reads them.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	s := &reader{cfg: cfg, client: sensorsdata.New(sensorsdata.Options{
		BaseURL: cfg.BaseURL, Project: cfg.Project, APISecret: cfg.APISecret.Read, SecretInHeader: cfg.SecretInHeader,
		Location: cfg.Location, Transport: a.Client(),
	})}
	a.Add(tagsSpec, poll.Single(s.tags))
	a.Add(directories, poll.Single(s.directories))
	a.Add(values, s.eachTag(s.values))
	a.Add(partitionsSpec, s.eachTag(s.partitions))
	a.Add(segments, s.segments())
	return s
}

// reader maps the client's answers to samples.
type reader struct {
	cfg    Config
	client *sensorsdata.Client
}

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
	b.Missing(len(list.Missing))
	statuses := make([]string, len(list.Tags))
	for i, t := range list.Tags {
		statuses[i] = tagStatuses.Name(t.Status)
	}
	fillCounts(b, tagCount, tagStatuses, statuses) // first, for they must not fall to the cap on samples
	for i, t := range list.Tags {
		b.Whole(func() { fillTag(b, t, statuses[i]) })
	}
	return nil
}

// fillTag gives the samples of one tag.
func fillTag(b *metric.Batch, t sensorsdata.Tag, status string) {
	routine := ""
	if v, ok := t.Routine.Get(); ok {
		routine = strconv.FormatBool(v)
	}
	source := tagSources.Name(t.SourceType)
	b.Value(tagInfo, 1, t.ID, t.Name, t.DisplayName, t.DataType, source, t.Unit, routine, t.DirectoryID)
	for _, odd := range t.Odd {
		b.Drop(tagInfo, odd, t.ID)
	}
	fillState(b, tagStatus, tagStatuses, status, t.ID)
	fillLastSuccess(b, t.ID, t.LastSuccess)
	b.Count(tagFailedPartitions, t.FailedPartitions, t.ID)
	fillLastPartition(b, t.ID, t.LastPartition)
	fillTime(b, tagNextBase, t.NextBaseTime, t.ID)
	fillDue(b, t)
}

// fillDue gives when the next computation should be done, by how long after its base time the last success was.
func fillDue(b *metric.Batch, t sensorsdata.Tag) {
	next, _ := t.NextBaseTime.Get()
	base, _ := t.LastSuccess.BaseTime.Get()
	finished, _ := t.LastSuccess.FinishedTime.Get()
	if !metric.IsPossible(next) || !metric.IsPossible(base) || !metric.IsPossible(finished) { // the zero time is not
		return
	}
	took := finished.Sub(base)
	if took < 0 {
		b.Drop(tagDue, took.Round(time.Second).String(), t.ID)
		return
	}
	b.Time(tagDue, next.Add(took), t.ID)
}

// fillLastSuccess fills what is known of a tag's last computation that succeeded.
func fillLastSuccess(b *metric.Batch, id string, p sensorsdata.Partition) {
	b.Count(tagUsers, p.Users, id)
	fillTime(b, tagSuccessBase, p.BaseTime, id)
	fillTime(b, tagSuccessFinished, p.FinishedTime, id)
}

// fillLastPartition fills what is known of a tag's last computation.
func fillLastPartition(b *metric.Batch, id string, p sensorsdata.Partition) {
	fillState(b, tagPartitionStatus, partitionStatuses, partitionStatuses.Name(p.Status), id)
	fillTime(b, tagPartitionBase, p.BaseTime, id)
	fillDuration(b, tagPartitionDuration, p, id)
}

// fillDuration gives how long a computation took, if it has ended. One that has not begun carries equal times, which say
// nothing.
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

// unknown stands in counts for the state of what has none, so that they add up to all there are.
const unknown = "unknown"

// fillCounts counts how often each state occurs: also 0 times, for the vendor has told all there are.
func fillCounts(b *metric.Batch, f *metric.Family, known metric.Words, states []string, labels ...string) {
	count := make(map[string]int)
	all := known.States("")
	for _, state := range states {
		state = cmp.Or(state, unknown)
		if count[state] == 0 && !slices.Contains(all, state) {
			all = append(all, state)
		}
		count[state]++
	}
	for _, state := range all {
		b.Value(f, float64(count[state]), append(slices.Clone(labels), state)...)
	}
}

// fillState gives 1 for the present state and 0 for the others; nothing where the vendor tells none.
func fillState(b *metric.Batch, f *metric.Family, known metric.Words, present, id string) {
	if present == "" {
		return
	}
	for _, state := range known.States(present) {
		v := 0.0
		if state == present {
			v = 1
		}
		b.Value(f, v, id, state)
	}
}

// fillTime gives a time. An absent one gives no sample; what is no time, or one that cannot be, is dropped and counted.
func fillTime(b *metric.Batch, f *metric.Family, t sensorsdata.Time, labels ...string) {
	switch at, ok := t.Get(); {
	case ok:
		b.Time(f, at, labels...)
	case !t.Absent():
		b.Drop(f, t.Raw(), labels...)
	}
}

func (s *reader) directories(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	list, err := s.client.TagDirectories(ctx)
	if err != nil {
		return err
	}
	for _, id := range list.WithoutID {
		b.DropTextAt("id", id)
	}
	for _, id := range list.Repeated {
		b.DropTextAt("id, a second time", id)
	}
	for _, text := range list.Odd {
		b.DropTextAt("type or cname", text)
	}
	b.Missing(len(list.Missing))
	for _, d := range list.Directories {
		if !d.HasItems {
			b.Missing(1)
			continue
		}
		b.Value(tagDirectory, float64(d.Tags), d.ID, d.Name)
	}
	return nil
}

// eachTag is the source of an endpoint that reads the tags which the account names, one by one.
func (s *reader) eachTag(read func(ctx context.Context, id string, b *metric.Batch) error) poll.Discovery {
	items := make([]poll.Item, 0, len(s.cfg.Tags))
	for _, id := range s.cfg.Tags {
		items = append(items, poll.Item{ID: id, Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
			return read(ctx, id, b)
		}})
	}
	return poll.Fixed(items)
}

// values reads the report of the day for which the tag was last computed successfully. The tag itself says which day that
// is: it may be long ago, for tags are computed by hand too, and a report over many days might leave out values of the
// last one.
func (s *reader) values(ctx context.Context, id string, b *metric.Batch) error {
	tag, err := s.client.Tag(ctx, id)
	if err != nil {
		return err
	}
	base := tag.LastSuccess.BaseTime
	day, ok := base.Get()
	switch {
	case base.Absent():
		b.Missing(1)
		return nil
	case !ok:
		b.Drop(tagDistribution, base.Raw(), id)
		return nil
	case !metric.IsPossible(day):
		b.Drop(tagDistribution, day.UTC().Format(time.RFC3339), id)
		return nil
	}
	// The API does not say which values a limit leaves, so as many are asked for as it gives by itself.
	limit := max(sensorsdata.DefaultReportLimit, s.cfg.TagValueLimit)
	report, err := s.client.TagReport(ctx, id, day, limit)
	if err != nil {
		return err
	}
	fillReport(b, id, report, s.cfg.TagValueLimit, tag.DataType)
	if total, ok := report.Total.Users.Float(); report.Rows >= limit && (!ok || total != usersOf(report.Values)) {
		b.Missing(1) // the API may have left out some
	}
	return nil
}

// fillReport gives the users of a tag's values, of those with the most users as many as limit says.
func fillReport(b *metric.Batch, id string, report sensorsdata.TagReport, limit int, dataType string) {
	for _, odd := range report.Odd {
		b.DropTextAt("by_value or time", odd)
	}
	b.Missing(report.Empty + len(report.Missing))
	total, hasTotal := report.Total.Users.Float()
	if len(report.Values) == 0 && report.Empty == 0 && (!hasTotal || total != 0) {
		b.Missing(1)
	}
	switch {
	case report.Total.Users.Absent() || total == -1:
		if len(report.Values) > 0 {
			b.Missing(1)
		}
	case hasTotal && exceeds(report.Values, total, dataType):
		b.Drop(tagDistribution, report.Total.Users.Raw(), id)
	default:
		b.Count(tagDistribution, report.Total.Users, id)
	}

	values := slices.Clone(report.Values)
	slices.SortStableFunc(values, func(a, b sensorsdata.TagValue) int {
		return cmp.Compare(usersOrNone(b), usersOrNone(a))
	})
	limit = min(len(values), limit)
	for _, v := range values[:limit] {
		value, _ := v.Value.Get()
		b.Count(tagValueUsers, v.Users, id, value)
		b.Percent(tagValueRatio, v.Percent, id, value)
	}
	for _, v := range values[limit:] {
		for _, number := range []wire.Number{v.Users, v.Percent} {
			if !number.Absent() {
				b.Truncated(1)
			}
		}
	}
}

// usersOrNone is the users of a value; less than any where it tells none.
func usersOrNone(v sensorsdata.TagValue) float64 {
	if users, ok := v.Users.Float(); ok {
		return users
	}
	return -1
}

// usersOf adds up the users of values.
func usersOf(values []sensorsdata.TagValue) (sum float64) {
	for _, v := range values {
		sum += max(usersOrNone(v), 0)
	}
	return sum
}

// exceeds reports whether values have more users than there are in total: one of them or, if a user has one value only,
// all of them together.
func exceeds(values []sensorsdata.TagValue, total float64, dataType string) bool {
	if slices.ContainsFunc(values, func(v sensorsdata.TagValue) bool { return usersOrNone(v) > total }) {
		return true
	}
	return slices.Contains([]string{"BOOL", "NUMBER", "STRING", "DATETIME"}, dataType) && usersOf(values) > total
}

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
		b.Missing(1)
	}
	fillCounts(b, tagPartitions, partitionStatuses, statuses, id)
	return nil
}

func (s *reader) segments() poll.Discovery {
	items := make([]poll.Item, 0, len(s.cfg.Segments))
	for _, segment := range s.cfg.Segments {
		items = append(items, poll.Item{ID: segment.Name, Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
			users, err := s.client.SegmentUsers(ctx, segment.Filter)
			if err != nil {
				return err
			}
			if v, ok := users.Float(); ok && v == -1 {
				b.Missing(1)
				return nil
			}
			b.Count(segmentUsers, users, segment.Name)
			return nil
		}})
	}
	return poll.Fixed(items)
}
