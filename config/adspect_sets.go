package config

// What a funnel may name, as Adspect documents it and in the order of the
// documents. The slices are the caller's.

// AdspectColumns lists the columns that a funnel can be broken down by.
func AdspectColumns() []string {
	return []string{
		"date", "month", "stream_id", "asn", "country_code", "os", "browser", "engine", "language", "sub_id", "mode",
		"target", "tag",
	}
}

// AdspectMetrics lists the metrics of a funnel, as Adspect names them.
func AdspectMetrics() []string {
	return []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality",
		"expenses", "conversions", "cr", "revenue", "profit", "roi", "cpc", "cpm", "cpa", "epl", "ecpc", "ecpm",
	}
}

// AdspectFilters lists what a funnel can be filtered by. All take several values,
// of which one must match, but for query_id: the one saved query to go by.
func AdspectFilters() []string {
	return []string{
		"query_id", "stream_id", "ip_address", "asn", "country_code", "os", "browser", "engine", "sub_id", "click_id", "mode", "target",
	}
}

// AdspectWindows lists the windows of a funnel; each has an endpoint of its own.
func AdspectWindows() []string { return []string{"today", "yesterday"} }
