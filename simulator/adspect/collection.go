package adspect

import (
	"net/http"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// collections are the collections. Their shape is not documented: lists of names, but names with a text where the
// name is a code.
var collections = map[string]any{
	"presets": []string{"Default", "Search", "Social", "Native", "Push"},
	"os":      osNames(),
	"browsers": []string{"Google Chrome", "Apple Safari", "Mozilla Firefox", "Microsoft Edge",
		"Samsung Browser", "Opera"},
	"engines":   []string{"Blink", "WebKit", "Gecko"},
	"countries": countryNames(),
	"languages": core.Object{{"ar", "Arabic"}, {"de", "German"}, {"en", "English"}, {"es", "Spanish"},
		{"fr", "French"}, {"ru", "Russian"}, {"zh", "Chinese"}},
	"time-zones":   []string{"Asia/Dubai", "Asia/Hong_Kong", "Asia/Shanghai", "Europe/Moscow", "UTC"},
	"stream-modes": []string{modeFilter, modeReview, modeMoney, modeWhite},
	"stream-actions": []string{"local", "proxy", "fetch", "iframe", "301", "302", "303", "noop", "refresh",
		"meta", "return", "php", "js", "xar", "xsf"},
	"query-group-by":       namesOf(breakdown),
	"query-funnel-metrics": namesOf(funnelMetrics),
	"query-log-columns":    namesOf(logColumns),
}

// collection is GET /collections/NAME.
func (s *server) collection(c *core.Call, name string) core.Answer {
	if refusal := onlyKnown(c.Request.URL.Query()); refusal != nil {
		return *refusal
	}
	values, ok := collections[name]
	if !ok {
		return errorAnswer(http.StatusNotFound, "unknown collection: "+name)
	}
	return jsonAnswer(http.StatusOK, values)
}

func osNames() []string {
	names := make([]string, len(systems))
	for i, system := range systems {
		names[i] = system.name
	}
	return names
}

func countryNames() core.Object {
	names := make(core.Object, len(countries))
	for i, country := range countries {
		names[i] = core.Member{country.code, country.name}
	}
	return names
}
