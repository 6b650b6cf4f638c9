// Package rules_test looks at what promtool does not: that the rules, their tests, the runbook and the metrics page
// speak of the same things.
package rules_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// rule is an alerting rule if it has an Alert, else a recording rule.
type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

// rules are those of all files beside this test.
func rules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, path := range testkit.Files(t, "*.yml") {
		var file struct {
			Groups []struct{ Rules []rule }
		}
		decode(t, path, &file)
		for _, group := range file.Groups {
			all = append(all, group.Rules...)
		}
	}
	return all
}

func alerts(t *testing.T) []rule {
	t.Helper()
	return slices.DeleteFunc(rules(t), func(r rule) bool { return r.Alert == "" })
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(testkit.ReadFile(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Each alert is seen to fire and seen to be silent by promtool's tests.
func TestEveryAlertIsTested(t *testing.T) {
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, path := range testkit.Files(t, "tests/*_test.yml") {
		var file struct {
			Tests []struct {
				AlertRuleTest []struct {
					Alertname string
					ExpAlerts []any `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		decode(t, path, &file)
		for _, test := range file.Tests {
			for _, at := range test.AlertRuleTest {
				fires[at.Alertname] = fires[at.Alertname] || len(at.ExpAlerts) > 0
				silent[at.Alertname] = silent[at.Alertname] || len(at.ExpAlerts) == 0
			}
		}
	}
	known := make(map[string]bool)
	for _, a := range alerts(t) {
		if known[a.Alert] {
			t.Errorf("%s stands in the rules twice", a.Alert)
		}
		known[a.Alert] = true
		if !fires[a.Alert] {
			t.Errorf("no test in tests/ makes %s fire", a.Alert)
		}
		if !silent[a.Alert] {
			t.Errorf("no test in tests/ wants %s silent", a.Alert)
		}
	}
	for name := range fires {
		if !known[name] {
			t.Errorf("tests/ tests %s, which is no alert", name)
		}
	}
}

// promtool runs a test of an alert that is not in the rules without a word, and a file of rules without a test.
func TestEveryFileOfRulesHasItsTests(t *testing.T) {
	for _, path := range testkit.Files(t, "*.yml") {
		test := "tests/" + strings.TrimSuffix(path, ".yml") + "_test.yml"
		if text := testkit.ReadFile(t, test); !strings.Contains(text, "rule_files: [../"+path) {
			t.Errorf("%s does not test %s", test, path)
		}
	}
}

const runbook = "https://github.com/engage-exporter/engage_exporter/blob/main/docs/runbook.md#"

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	severities := []string{"critical", "warning", "info"}
	for _, a := range alerts(t) {
		if !slices.Contains(severities, a.Labels["severity"]) {
			t.Errorf("%s has the severity %q, want one of %q", a.Alert, a.Labels["severity"], severities)
		}
		for _, name := range []string{"summary", "description"} {
			if strings.TrimSpace(a.Annotations[name]) == "" {
				t.Errorf("%s has no %s", a.Alert, name)
			}
		}
		if got, want := a.Annotations["runbook_url"], runbook+strings.ToLower(a.Alert); got != want {
			t.Errorf("%s has the runbook %q, want %q", a.Alert, got, want)
		}
		// A vendor's alerts carry what Alertmanager routes and inhibits by; the exporter's have it from their series.
		if !strings.HasPrefix(a.Alert, "Engage") {
			vendor, endpoint := a.Labels["vendor"], a.Labels["api_endpoint"]
			if !strings.HasPrefix(strings.ToLower(a.Alert), vendor) || vendor == "" {
				t.Errorf("%s has the label vendor %q", a.Alert, vendor)
			}
			if !slices.Contains(endpoints(t)[vendor], endpoint) {
				t.Errorf("%s has the label api_endpoint %q, which %s does not have", a.Alert, endpoint, vendor)
			}
		}
	}
}

var (
	chinese  = regexp.MustCompile(`\p{Han}`)
	template = regexp.MustCompile(`\{\{-? *(.*?) *-?\}\}`)
)

// An alert says in Chinese what it says in English, with the same values.
func TestEveryAlertIsInChinese(t *testing.T) {
	values := func(text string) (found []string) {
		for _, m := range template.FindAllStringSubmatch(text, -1) {
			found = append(found, strings.ReplaceAll(m[1], `"name_zh"`, `"name"`))
		}
		slices.Sort(found)
		return found
	}
	for _, a := range alerts(t) {
		for _, name := range []string{"summary", "description"} {
			english, translated := a.Annotations[name], a.Annotations[name+"_zh"]
			if !chinese.MatchString(translated) {
				t.Errorf("%s has no Chinese in %s_zh: %q", a.Alert, name, translated)
			}
			if want, got := values(english), values(translated); !slices.Equal(got, want) {
				t.Errorf("%s has the values\n%q\nin %s_zh, and\n%q\nin %[3]s", a.Alert, got, name, want)
			}
		}
	}
}

var alertSection = regexp.MustCompile(`(?m)^### (\w+)$`)

func TestRunbookHasASectionForEveryAlertAndNoOther(t *testing.T) {
	var sections []string
	for _, heading := range alertSection.FindAllStringSubmatch(testkit.ReadFile(t, "../docs/runbook.md"), -1) {
		if slices.Contains(sections, heading[1]) {
			t.Errorf("docs/runbook.md has two sections %s", heading[1])
		}
		sections = append(sections, heading[1])
	}
	for _, a := range alerts(t) {
		at := slices.Index(sections, a.Alert)
		if at < 0 {
			t.Errorf("docs/runbook.md has no section %s", a.Alert)
			continue
		}
		sections = slices.Delete(sections, at, at+1)
	}
	if len(sections) > 0 {
		t.Errorf("docs/runbook.md has sections for %q, which are no alerts", sections)
	}
}

var alertLine = regexp.MustCompile(`^ +- alert: (\w+)$`)

// A threshold without its reason is never tuned by anybody.
func TestEveryThresholdHasItsReason(t *testing.T) {
	for _, path := range testkit.Files(t, "*.yml") {
		above := ""
		for line := range strings.Lines(testkit.ReadFile(t, path)) {
			if m := alertLine.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && !strings.HasPrefix(strings.TrimSpace(above), "#") {
				t.Errorf("%s: no comment stands above %s", path, m[1])
			}
			above = line
		}
	}
}

func catalogue(t *testing.T) string {
	t.Helper()
	var page bytes.Buffer
	if err := collector.WriteCatalogue(&page); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

var endpointHeading = regexp.MustCompile(`(?m)^### (\w+): (\w+)$`)

// endpoints are those of each vendor, as the metrics page lists them.
func endpoints(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for _, heading := range endpointHeading.FindAllStringSubmatch(catalogue(t), -1) {
		all[heading[1]] = append(all[heading[1]], heading[2])
	}
	return all
}
