package systems_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-jsonnet"
	"sigs.k8s.io/yaml"
)

type (
	ruleFile struct {
		Groups []struct {
			Name     string
			Interval string
			Rules    []rule
		}
	}
	rule = map[string]any
)

// mixin returns what jsonnet makes of an expression in which "mixin" is the mixin.
func mixin[T any](t *testing.T, expression string) (result T) {
	t.Helper()
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.FileImporter{JPaths: []string{filepath.Join(root, "mixin")}})
	text, err := vm.EvaluateAnonymousSnippet("test.jsonnet", "local mixin = import 'mixin.libsonnet'; "+expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		t.Fatal(err)
	}
	return result
}

const allRules = "{ groups: m.prometheusAlerts.groups + m.prometheusRules.groups }"

// mixinRules returns the rules of the mixin with a configuration, by group and name.
func mixinRules(t *testing.T, config string) map[string][]rule {
	t.Helper()
	return byGroup(t, mixin[ruleFile](t, "local m = mixin { _config+:: "+config+" }; "+allRules))
}

func byGroup(t *testing.T, file ruleFile) map[string][]rule {
	t.Helper()
	groups := map[string][]rule{}
	for _, group := range file.Groups {
		if _, twice := groups[group.Name]; twice {
			t.Errorf("two groups are called %s", group.Name)
		}
		groups[group.Name+" "+group.Interval] = group.Rules
	}
	return groups
}

// With its own values the mixin has the rules and dashboards of this repository.
func TestMixin(t *testing.T) {
	tried(t, "jsonnet", "github.com/google/go-jsonnet", "renders the mixin to the same rules and dashboards")
	equal(t, "the rules of the mixin", mixinRules(t, "{}"), unchanged(t))

	equal(t, "the dashboards of the mixin", mixin[map[string]any](t, "mixin.grafanaDashboards"),
		dashboardFiles(t, dashboardLanguages["[en]"]))
}

func TestMixinDashboardLanguages(t *testing.T) {
	for languages, prefixes := range dashboardLanguages {
		t.Run(languages, func(t *testing.T) {
			config := strings.NewReplacer("[", "['", ", ", "', '", "]", "']").Replace(languages)
			got := mixin[map[string]any](t, "(mixin { _config+:: { dashboardLanguages: "+config+" } }).grafanaDashboards")
			equal(t, "the dashboards of the mixin", got, dashboardFiles(t, prefixes))
		})
	}
}

var rulesOfRepository map[string][]rule

// unchanged returns the rules of this repository.
func unchanged(t *testing.T) map[string][]rule {
	t.Helper()
	if rulesOfRepository == nil {
		var repository ruleFile
		for _, path := range files(t, "rules/*.yml") {
			var file ruleFile
			if err := yaml.Unmarshal([]byte(read(t, path)), &file); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			repository.Groups = append(repository.Groups, file.Groups...)
		}
		rulesOfRepository = byGroup(t, repository)
	}
	return rulesOfRepository
}

// changed returns the rules that differ from those of this repository, by name.
func changed(t *testing.T, config string) map[string]rule {
	t.Helper()
	differ := map[string]rule{}
	before := unchanged(t)
	for group, rules := range mixinRules(t, config) {
		for i, r := range rules {
			if name, ok := r["alert"].(string); ok && fmt.Sprint(r) != fmt.Sprint(before[group][i]) {
				differ[name] = r
			} else if !ok && fmt.Sprint(r) != fmt.Sprint(before[group][i]) {
				t.Errorf("the recording rule %v has changed", r)
			}
		}
	}
	return differ
}

// Each threshold is a number in the expression of one alert.
func TestMixinThresholds(t *testing.T) {
	thresholds := mixin[map[string]string](t, "mixin._config.thresholds")
	if len(thresholds) < 20 {
		t.Fatalf("the mixin has the thresholds %v", thresholds)
	}
	for name := range thresholds {
		t.Run(name, func(t *testing.T) {
			differ := changed(t, "{ thresholds+: { "+name+": 0.123456 } }")
			if len(differ) != 1 {
				t.Fatalf("%d alerts change: %v", len(differ), differ)
			}
			for alert, r := range differ {
				if !strings.Contains(fmt.Sprint(r["expr"]), " 0.123456") {
					t.Errorf("the expression of %s is %s", alert, r["expr"])
				}
			}
		})
	}
}

func TestMixinConfig(t *testing.T) {
	t.Run("jobs", func(t *testing.T) {
		differ := changed(t, "{ jobs: 'crm', accountJobs: 'crm-accounts' }")
		for _, name := range []string{"EngageExporterDown", "EngageProbeDown"} {
			if expr := fmt.Sprint(differ[name]["expr"]); !strings.Contains(expr, `job=~"crm"`) || strings.Contains(expr, "engage[") {
				t.Errorf("%s: %s", name, expr)
			}
		}
		if len(differ) != 2 {
			t.Errorf("%d alerts change", len(differ))
		}
	})
	t.Run("runbook and labels", func(t *testing.T) {
		all := mixinRules(t, "{ runbookURL: 'https://wiki.example/', alertLabels: { team: 'push' } }")
		for _, rules := range all {
			for _, r := range rules {
				name, ok := r["alert"].(string)
				if !ok {
					continue
				}
				labels, annotations := r["labels"].(rule), r["annotations"].(rule)
				if labels["team"] != "push" || labels["severity"] == nil ||
					annotations["runbook_url"] != "https://wiki.example/"+strings.ToLower(name) {
					t.Errorf("%s: %v %v", name, labels, annotations["runbook_url"])
				}
			}
		}
	})
	t.Run("one alert", func(t *testing.T) {
		differ := changed(t, "{ alerts: { GetuiPushQuotaLow: { 'for': '10m', labels+: { severity: 'critical' } } } }")
		r := differ["GetuiPushQuotaLow"]
		if len(differ) != 1 || r["for"] != "10m" || r["labels"].(rule)["severity"] != "critical" || r["labels"].(rule)["vendor"] == nil {
			t.Errorf("changed: %v", differ)
		}
	})
	t.Run("without an alert", func(t *testing.T) {
		for _, rules := range mixinRules(t, "{ withoutAlerts: ['GetuiPushQuotaLow'] }") {
			if slices.ContainsFunc(rules, func(r rule) bool { return r["alert"] == "GetuiPushQuotaLow" }) {
				t.Error("the alert is still there")
			}
		}
	})
	t.Run("tags", func(t *testing.T) {
		overview := mixin[struct{ Tags []string }](t,
			"(mixin { _config+:: { dashboardTags: ['crm'] } }).grafanaDashboards['engage-overview.json']")
		if !slices.Equal(overview.Tags, []string{"engage", "overview", "crm"}) {
			t.Errorf("tags %v", overview.Tags)
		}
	})
}
