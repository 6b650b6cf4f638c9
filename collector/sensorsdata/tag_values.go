package sensorsdata

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var values = &metric.Spec{
	Name: "tag_values", Source: "POST /v2/user_tags/ID/report",
	Families: []*metric.Family{tagValueUsers, tagValueRatio, tagDistribution},
	Note: "Covers the account's `tags`, on the day of their last successful computation. A tag without such a day, or " +
		"without values on that day, counts as missing. " +
		"The `tag_value_limit` values with the most users are exported, further values count as dropped. " +
		"The API returns 1000 values of a tag, or `tag_value_limit` if that is more; " +
		"if it may have left out some, one more counts as missing.",
}

var (
	tagValueUsers = metric.NewFamily("sensorsdata_tag_value_users",
		"Users who have the value of the tag.", "tag_id", "value")
	tagValueRatio = metric.NewFamily("sensorsdata_tag_value_users_ratio",
		"Share of users who have the value of the tag, 0–1.", "tag_id", "value")
	tagDistribution = metric.NewFamily("sensorsdata_tag_distribution_users",
		"Users who have any value of the tag, each counted once.", "tag_id")
)

// values reads the report of the day for which the tag was last computed successfully. The tag itself says which day
// that is. It may be long ago, because tags are also computed by hand, and a report over many days might leave out
// values of the last one.
func (s *reader) values(ctx context.Context, id string, b *metric.Batch) error {
	tag, err := s.client.Tag(ctx, id)
	if err != nil {
		return err
	}
	base := tag.LastSuccess.BaseTime
	day, ok := base.Get()
	switch {
	case base.Absent():
		b.AddMissing(1)
		return nil
	case !ok:
		b.Drop(tagDistribution, base.Raw(), id)
		return nil
	case !metric.IsPossible(day):
		b.Drop(tagDistribution, day.UTC().Format(time.RFC3339), id)
		return nil
	}
	// The API does not say which values a limit leaves out, so the limit is not below the API's own.
	limit := max(sensorsdata.DefaultReportLimit, s.cfg.TagValueLimit)
	report, err := s.client.TagReport(ctx, id, day, limit)
	if err != nil {
		return err
	}
	fillReport(b, id, report, s.cfg.TagValueLimit, tag.DataType)
	if total, ok := report.Total.Users.Float(); report.Rows >= limit && (!ok || total != usersOf(report.Values)) {
		b.AddMissing(1) // the API may have left out some
	}
	return nil
}

// fillReport adds the users of a tag's values: of the limit values with the most users.
func fillReport(b *metric.Batch, id string, report sensorsdata.TagReport, limit int, dataType string) {
	for _, unusable := range report.Unusable {
		b.DropTextAt("by_value or time", unusable)
	}
	b.AddMissing(report.Empty + len(report.Missing))
	total, hasTotal := report.Total.Users.Float()
	if len(report.Values) == 0 && report.Empty == 0 && (!hasTotal || total != 0) {
		b.AddMissing(1)
	}
	switch {
	case report.Total.Users.Absent() || total == -1:
		if len(report.Values) > 0 {
			b.AddMissing(1)
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

// usersOrNone returns the users of a value; −1 if the value has no number of them.
func usersOrNone(v sensorsdata.TagValue) float64 {
	if users, ok := v.Users.Float(); ok {
		return users
	}
	return -1
}

// usersOf returns the sum of the users of values.
func usersOf(values []sensorsdata.TagValue) (sum float64) {
	for _, v := range values {
		sum += max(usersOrNone(v), 0)
	}
	return sum
}

// exceeds reports whether values have more users than there are in total: one of them or, if a user has one value
// only, all of them together.
func exceeds(values []sensorsdata.TagValue, total float64, dataType string) bool {
	if slices.ContainsFunc(values, func(v sensorsdata.TagValue) bool { return usersOrNone(v) > total }) {
		return true
	}
	return slices.Contains([]string{"BOOL", "NUMBER", "STRING", "DATETIME"}, dataType) && usersOf(values) > total
}
