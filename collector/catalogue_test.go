package collector_test

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
)

var catalogueRow = regexp.MustCompile("^\\| `([a-z_]+)` \\|[^|]*\\| ([^|]*) \\|[^|]*\\|$")

// catalogue gives each vendor family of the docs page with the condition under which it is given.
func catalogue(t *testing.T) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := collector.WriteCatalogue(&b); err != nil {
		t.Fatal(err)
	}
	families := make(map[string]string)
	for line := range strings.Lines(b.String()) {
		if row := catalogueRow.FindStringSubmatch(strings.TrimSpace(line)); row != nil {
			if _, twice := families[row[1]]; twice {
				t.Errorf("%s stands in the catalogue twice", row[1])
			}
			families[row[1]] = row[2]
		}
	}
	return families
}

func TestCatalogueConditions(t *testing.T) {
	families := catalogue(t)
	for name, want := range map[string]string{
		"getui_push_quota_remaining":                  "by default",
		"getui_yesterday_brand_push_sent":             "with `brands: true`",
		"getui_yesterday_push_deliverable":            "if the vendor sends it",
		"getui_task_push_deliverable":                 "with `task_ids`",
		"getui_task_actions":                          "with `task_ids`, with `action_ids`",
		"getui_task_group_push_sent":                  "with `task_groups`",
		"getui_yesterday_start_timestamp_seconds":     "by default",
		"getui_task_lost_messages":                    "with `task_ids`",
		"getui_online_users_sample_timestamp_seconds": "by default",
	} {
		if got := families[name]; got != want {
			t.Errorf("%s is given %q, want %q", name, got, want)
		}
	}
}

// The page says of each vendor what its API itself leaves out, before the first endpoint.
func TestCatalogueSaysWhatEachAPILeavesOut(t *testing.T) {
	var b bytes.Buffer
	if err := collector.WriteCatalogue(&b); err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(b.String(), "\n## ")
	for name, want := range map[string][]string{
		"GeTui": {"90 days", "70"}, "Polyv": {"two hours", "second day"}, "Adspect": {"does not disclose"}, "Sensors Data": {"1000"}, "Quanshi": {"no limit"},
	} {
		i := slices.IndexFunc(sections, func(s string) bool { return strings.HasPrefix(s, name) })
		if i < 0 {
			t.Errorf("%s has no section", name)
			continue
		}
		head, _, _ := strings.Cut(sections[i], "\n### ")
		for _, text := range append(want, "What the API itself leaves out:\n\n- ") {
			if !strings.Contains(head, text) {
				t.Errorf("%s: %q is not in\n%s", name, text, head)
			}
		}
	}
}

func recordQuery(query *string, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*query = r.URL.RawQuery
		answering(200, answer)(w, r)
	}
}
