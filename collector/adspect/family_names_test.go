package adspect

import (
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

func TestFamilyName(t *testing.T) {
	for _, tc := range []struct{ window, funnel, metric, want string }{
		{"today", "stream", "clicks", "adspect_today_stream_clicks"},
		{"yesterday", "stream", "money_uniques", "adspect_yesterday_stream_money_uniques"},
		{"today", "by_os", "quality", "adspect_today_by_os_quality_ratio"},
		{"today", "by_os", "cr", "adspect_today_by_os_conversion_ratio"},
		{"today", "by_os", "roi", "adspect_today_by_os_roi_ratio"},
		{"today", "by_os", "conversions", "adspect_today_by_os_conversions"},
	} {
		testkit.Equal(t, tc.metric, familyName(tc.window, tc.funnel, tc.metric), tc.want)
	}
}

// TestFamilyNamesDiffer has each window and metric of a funnel.
func TestFamilyNamesDiffer(t *testing.T) {
	families := map[string]bool{}
	for _, window := range windowNames() {
		for _, metric := range adspect.FunnelMetrics() {
			families[familyName(window, "all", metric)] = true
		}
	}
	testkit.Equal(t, "families", len(families), 44)
}
