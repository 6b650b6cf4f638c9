package collector

// vendorLimits are what each vendor's API itself leaves out, for the docs page: the exporter cannot serve it, and an
// answer without it is complete. What an answer should hold and does not is counted instead, in
// engage_endpoint_missing_items and engage_endpoint_dropped_samples.
var vendorLimits = map[string][]string{
	"getui": {
		"Reports on a task cover the last 90 days, those on a task group the last 70: older pushes are not in their sums.",
		"Reports on a day do not exist for the current day: yesterday's is the newest.",
		"Of phone brands, a report names the ten with the most messages sent. All others together are `brand=\"others\"`.",
		"Users online come as a point every ten minutes, of the last day. While nobody is online there is no point at all.",
		"Channels that report no displayed messages (−1) have no sample of `…_displayed`.",
	},
	"polyv": {
		"Plays appear one to two hours after they began: until then an hour that has begun shows less, or 0.",
		"The traffic of a day is calculated in the evening of the next one and is there on the second day after it. " +
			"Until then it is 0, which is why only `settled` traffic is served.",
		"Viewers are unique within an hour and a platform: their sum over hours counts a viewer once for each, and there " +
			"is no number of viewers for a whole day.",
		"There is no breakdown by video in this API. How far back it goes is not documented.",
	},
	"adspect": {
		"A report is cut at a number of rows that Adspect does not disclose, and the answer does not say so. A funnel with " +
			"many columns in its `group_by`, or with a column of many values, can lack rows: prefer two small funnels to " +
			"a large one, and compare the sum of a large one with that of a small one.",
		"`uniques` are an estimate, by IP addresses.",
		"`money_hits` and `safe_hits` together may be fewer than `clicks`.",
	},
	"sensorsdata": {
		"A report on a tag's values has 1000 rows if nothing else is asked for; the exporter asks for these, or for " +
			"`tag_value_limit` if that is more. The list of tags leaves out those in hidden directories.",
		"Users and values of a tag are those of its last successful computation, not of now: " +
			"`sensorsdata_tag_last_success_base_timestamp_seconds` says of when.",
	},
	"quanshi": {
		"The document states no limit of rows for the report on an event: it is read whole, up to the exporter's limit " +
			"on answers.",
		"Counts of single sessions can be null where the same person's row in `viewerDetails` has them.",
	},
}
