package adspect

// GroupByColumns returns the columns that a funnel can be broken down by, in the order of
// Adspect's document.
func GroupByColumns() []string {
	return []string{
		"date", "month", "stream_id", "asn", "country_code", "os", "browser", "engine", "language", "sub_id", "mode",
		"target", "tag",
	}
}

// FunnelMetrics returns what a funnel can count, in the order of Adspect's document.
func FunnelMetrics() []string {
	return []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality",
		"expenses", "conversions", "cr", "revenue", "profit", "roi", "cpc", "cpm", "cpa", "epl", "ecpc", "ecpm",
	}
}

// FilterNames returns the filters of a funnel, in the order of Adspect's document. They take a
// list of values, but for query_id, which takes one.
func FilterNames() []string {
	return []string{
		"query_id", "stream_id", "ip_address", "asn", "country_code", "os", "browser", "engine", "sub_id", "click_id", "mode", "target",
	}
}
