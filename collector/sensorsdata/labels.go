package sensorsdata

import (
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// labels are the labels beside account, in the order of the docs page.
var labels = []metric.LabelDoc{
	{Name: "tag_id", Meaning: "Id of the tag; `sensorsdata_tag_info` has its names."},
	{Name: "status", Open: metric.OpenLowerCase,
		Meaning: "Status of a tag (`sensorsdata_tags`, `sensorsdata_tag_status`) or of a computation (a partition).",
		Values: slices.Concat(
			metric.VendorWords(tagStatuses, "a tag: "), metric.VendorWords(partitionStatuses, "a computation: "),
			[]metric.LabelValue{{unknownState, "not reported"}},
		)},
	{Name: "source", Meaning: "How the tag is computed.", Open: "others keep the vendor's number",
		Values: metric.VendorWords(tagSources, "")},
	{Name: "name", Meaning: "Name of the tag in queries."},
	{Name: "display_name", Meaning: "Name of the tag on pages."},
	{Name: "data_type", Meaning: "Type of the tag's values.", Open: metric.OpenAsSent,
		Values: []metric.LabelValue{{"BOOL", ""}, {"NUMBER", ""}, {"STRING", ""}, {"DATETIME", ""}, {"LIST", ""}}},
	{Name: "unit", Meaning: "How often the tag is computed, as the vendor writes it.", Open: metric.OpenAsSent,
		Values: []metric.LabelValue{{"DAY", ""}}},
	{Name: "routine", Meaning: "Whether the vendor computes the tag by schedule.",
		Values: []metric.LabelValue{{"true", ""}, {"false", ""}, {"", "not reported"}}},
	{Name: "directory_id", Meaning: "Id of the directory of the tag."},
	{Name: "directory", Meaning: "Name of the directory."},
	{Name: "value", Meaning: "Value of the tag. A user has one value, or several if the data_type is LIST. " +
		"Empty if the vendor sends null."},
	{Name: "segment", Meaning: "Name of the segment, from `segments`."},
}

// limits say what the API itself leaves out.
var limits = []string{
	"A report on a tag's values has 1000 rows by default. The exporter asks for 1000, or for `tag_value_limit` if that " +
		"is more. The list of tags does not include tags in hidden directories.",
	"Users and values of a tag are those of its last successful computation, not the current ones: " +
		"`sensorsdata_tag_last_success_base_timestamp_seconds` is the time they describe.",
}
