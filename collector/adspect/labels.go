package adspect

import "github.com/engage-exporter/engage_exporter/collector/metric"

// labels are the labels beside account, in the order of the docs page.
var labels = []metric.LabelDoc{
	{Name: "stream_id", Meaning: "Id of the stream; `adspect_stream_info` has its name. " +
		"A funnel that you define has the columns of its `group_by` as labels instead."},
	{Name: "stream", Meaning: "Name of the stream, as the user wrote it."},
	{Name: "mode", Meaning: "What the stream does with visitors.", Open: metric.OpenAsSent, Values: []metric.LabelValue{
		{"Filter", "shows each visitor the page that the checks decide on"}, {"Review", "for a review"},
		{"Money", "shows everyone the money page"}, {"White", "shows everyone the safe page"},
	}},
	{Name: "filter_level", Meaning: "How strictly the stream filters.", Open: metric.OpenLowerCase,
		Values: []metric.LabelValue{{"off", ""}, {"low", ""}, {"medium", ""}, {"high", ""}, {"paranoid", ""}}},
	{Name: "tag", Meaning: "Tag that the user gave the stream."},
	{Name: "stage", Meaning: "Step in the handling of a click.", Open: "others keep the vendor's number",
		Values: []metric.LabelValue{
			{"basic", "sequence 0: the basic check"}, {"fingerprint", "sequence 1: the check by JavaScript"},
			{"conversion", "sequence 255"}, {"", "not reported"},
		}},
	{Name: "page", Meaning: "The page that the visitor was shown.",
		Values: []metric.LabelValue{{"safe", "target 0"}, {"money", "any other target"}, {"", "not reported"}}},
}

// limits say what the API itself leaves out.
var limits = []string{
	"Adspect cuts reports at a number of rows that it does not document, and the answer does not show it. A funnel with " +
		"many columns in its `group_by`, or with a column of many values, can lack rows: use two small funnels instead " +
		"of a large one, and compare the sum of a large one with the sum of a small one.",
	"`uniques` are an estimate from IP addresses.",
	"`money_hits` and `safe_hits` together may be fewer than `clicks`.",
	"Adspect does not document whether a report includes the second `date_to`. As in the example of its document, a day " +
		"ends at the next midnight: if that second is included, its clicks count for both days.",
}
