package adspect

import (
	"net/http"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// The columns and metrics that reports may have, in the document's order.
var (
	adspectGroupBy = []string{
		"date", "month", "stream_id", "asn", "country_code", "os", "browser", "engine", "language", "sub_id", "mode", "target", "tag",
	}
	adspectMetricNames = []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality", "expenses",
		"conversions", "cr", "revenue", "profit", "roi", "cpc", "cpm", "cpa", "epl", "ecpc", "ecpm",
	}
	adspectLogColumns = []string{
		"timestamp", "ip_address", "asn", "account_id", "stream_id", "country_code", "os", "browser", "engine", "languages", "cost",
		"sub_id", "click_id", "mode", "sequence", "target", "tags",
	}
)

// adspectCollections are the collections. Their shape is not documented: lists of names, but names with a text where the name is a code.
var adspectCollections = map[string]any{
	"presets":              []string{"Default", "Search", "Social", "Native", "Push"},
	"os":                   adspectOSNames(),
	"browsers":             []string{"Google Chrome", "Apple Safari", "Mozilla Firefox", "Microsoft Edge", "Samsung Browser", "Opera"},
	"engines":              []string{"Blink", "WebKit", "Gecko"},
	"countries":            adspectCountryNames(),
	"languages":            core.Object{{"ar", "Arabic"}, {"de", "German"}, {"en", "English"}, {"es", "Spanish"}, {"fr", "French"}, {"ru", "Russian"}, {"zh", "Chinese"}},
	"time-zones":           []string{"Asia/Dubai", "Asia/Hong_Kong", "Asia/Shanghai", "Europe/Moscow", "UTC"},
	"stream-modes":         []string{adspectFilter, adspectReview, adspectMoney, adspectWhite},
	"stream-actions":       []string{"local", "proxy", "fetch", "iframe", "301", "302", "303", "noop", "refresh", "meta", "return", "php", "js", "xar", "xsf"},
	"query-group-by":       adspectGroupBy,
	"query-funnel-metrics": adspectMetricNames,
	"query-log-columns":    adspectLogColumns,
}

// collection is GET /collections/NAME.
func (s *adspectServer) collection(c *core.Call, name string) core.Answer {
	if refusal := onlyKnown(c.Request.URL.Query()); refusal != nil {
		return *refusal
	}
	values, ok := adspectCollections[name]
	if !ok {
		return adspectRefusal(http.StatusNotFound, "unknown collection: "+name)
	}
	return adspectAnswer(http.StatusOK, values)
}

func adspectOSNames() []string {
	names := make([]string, len(adspectSystems))
	for i, system := range adspectSystems {
		names[i] = system.name
	}
	return names
}

func adspectCountryNames() core.Object {
	names := make(core.Object, len(adspectCountries))
	for i, country := range adspectCountries {
		names[i] = core.Member{country.code, country.name}
	}
	return names
}
