package polyv

import "github.com/engage-exporter/engage_exporter/collector/metric"

// labelDocs are the labels beside account, in the order of the docs page.
var labelDocs = []metric.LabelDoc{
	{Name: "platform", Meaning: "Where videos were played.", Values: []metric.LabelValue{{"pc", "computers"}, {"mobile", "phones and tablets"}}},
	{Name: "hour", Meaning: "Hour of the day in the account's time zone: `00` to `23`."},
}

// limits are what the API itself leaves out.
var limits = []string{
	"Plays appear one to two hours after they began: until then an hour that has begun shows less, or 0.",
	"The traffic of a day is calculated in the evening of the next one and is there on the second day after it. " +
		"Until then it is 0, which is why only `settled` traffic is served.",
	"Viewers are unique within an hour and a platform: their sum over hours counts a viewer once for each, and there " +
		"is no number of viewers for a whole day.",
	"There is no breakdown by video in this API. How far back it goes is not documented.",
}
