package collector_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/metric"
)

var catalogueRow = regexp.MustCompile("^\\| `([a-z_]+)` \\|[^|]*\\| ([^|]*) \\|[^|]*\\|$")

// catalogue returns each vendor family of the docs page with the condition under which it is given.
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
		"GeTui": {"90 days", "70"}, "Polyv": {"two hours", "second day"}, "Adspect": {"does not document"}, "Sensors Data": {"1000"}, "Quanshi": {"no limit"},
	} {
		i := slices.IndexFunc(sections, func(s string) bool { return strings.HasPrefix(s, name) })
		if i < 0 {
			t.Errorf("%s has no section", name)
			continue
		}
		head, _, _ := strings.Cut(sections[i], "\n### ")
		for _, text := range append(want, "Limits of the API itself:\n\n- ") {
			if !strings.Contains(head, text) {
				t.Errorf("%s: %q is not in\n%s", name, text, head)
			}
		}
	}
}

var (
	labelRow   = regexp.MustCompile("^\\| `([a-z_]+)` \\| ([^|]*) \\| ([^|]*) \\|$")
	quoted     = regexp.MustCompile("`([^`]*)`")
	oneSample  = regexp.MustCompile(`^([a-z_]+)\{(.*)\} `)
	oneLabel   = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
	openValues = regexp.MustCompile(`(^|, )others [^,]*$`)
)

// Each label of a family is explained, of closed sets all values are, and what the golden pages have is among them.
func TestCatalogueExplainsEveryLabel(t *testing.T) {
	var b bytes.Buffer
	if err := collector.WriteCatalogue(&b); err != nil {
		t.Fatal(err)
	}
	type explained struct {
		closed bool
		values []string
	}
	docs, vendor := map[string]map[string]explained{}, ""
	var used []string // vendor label
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "### "):
			vendor, _, _ = strings.Cut(strings.TrimPrefix(line, "### "), ":")
		case strings.HasPrefix(line, "## The exporter"):
			vendor = "engage"
		case labelRow.MatchString(line):
			row := labelRow.FindStringSubmatch(line)
			d := explained{closed: row[3] != "" && !openValues.MatchString(row[3])}
			for _, v := range quoted.FindAllStringSubmatch(row[3], -1) {
				d.values = append(d.values, v[1])
				if strings.Contains(row[3], metric.OpenLowerCase) && v[1] != strings.ToLower(v[1]) {
					t.Errorf("%s: %s is never %q, as its values are exported in lower case", vendor, row[1], v[1])
				}
			}
			if strings.Contains(row[3], "empty") {
				d.values = append(d.values, "")
			}
			if docs[vendor] == nil {
				docs[vendor] = map[string]explained{}
			}
			docs[vendor][row[1]] = d
		case catalogueRow.MatchString(line) && vendor != "engage":
			columns := strings.Split(line, "|")
			for _, label := range quoted.FindAllStringSubmatch(columns[2], -1) {
				used = append(used, vendor+" "+label[1])
			}
		}
	}
	if len(used) < 100 {
		t.Fatalf("only %d labels are used: has the form of the page changed?", len(used))
	}
	for _, use := range used {
		vendor, label, _ := strings.Cut(use, " ")
		if _, ok := docs[vendor][label]; !ok {
			t.Errorf("%s: the label %s is not explained", vendor, label)
		}
	}
	checked := 0
	for _, v := range collector.ConfigVendors() {
		vendor := v.Name
		page, err := os.ReadFile(filepath.Join("testdata", vendor+".prom"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(page)) {
			sample := oneSample.FindStringSubmatch(line)
			if sample == nil {
				continue
			}
			of := vendor
			if strings.HasPrefix(sample[1], "engage_") {
				of = "engage"
			}
			for _, pair := range oneLabel.FindAllStringSubmatch(sample[2], -1) {
				d := docs[of][pair[1]]
				if d.closed {
					checked++
				}
				if d.closed && !slices.Contains(d.values, pair[2]) {
					t.Errorf("%s has %s=%q, which the catalogue does not list: %q", sample[1], pair[1], pair[2], d.values)
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d values of closed sets were checked", checked)
	}
}

func recordQuery(query *string, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*query = r.URL.RawQuery
		answering(200, answer)(w, r)
	}
}

var catalogueName = regexp.MustCompile("(?m)^(?:\\| `[a-z_*]+`|### [a-z_]+: [a-z_]+$|`[A-Z]+ /[^`]*`)")

// Each text of the page has its Chinese, the dictionary has no other, and both pages list the same endpoints and families.
func TestCatalogueInChinese(t *testing.T) {
	var english, chinese bytes.Buffer
	if err := errors.Join(collector.WriteCatalogue(&english), collector.WriteChineseCatalogue(&chinese)); err != nil {
		t.Error(err)
	}
	names := func(page string) []string {
		return slices.DeleteFunc(catalogueName.FindAllString(page, -1), func(name string) bool {
			return strings.HasSuffix(name, ": labels") || strings.HasSuffix(name, ": days") // headings in words
		})
	}
	want, got := names(english.String()), names(chinese.String())
	if len(want) < 250 || !slices.Equal(got, want) {
		t.Errorf("the Chinese page has %d endpoints, families and labels, want the %d of the English one:\n%q\n%q",
			len(got), len(want), got, want)
	}
}
