package systems_test

import (
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert/config"
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert/notifier"
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert/templates"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/promscrape"
)

// vmalert takes the rules, with each expression and each template of an annotation, as "vmalert -dryRun" does.
func TestVmalertRules(t *testing.T) {
	tried(t, "VictoriaMetrics' vmalert", "github.com/VictoriaMetrics/VictoriaMetrics",
		"its own reader takes `rules/*.yml`, every expression and every template")
	if err := templates.Load(nil, url.URL{}); err != nil {
		t.Fatal(err)
	}
	groups, err := config.Parse([]string{filepath.Join(root, "rules", "*.yml")}, notifier.ValidateTemplates, true)
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, group := range groups {
		rules += len(group.Rules)
	}
	want := 0
	for _, group := range unchanged(t) {
		want += len(group)
	}
	if rules != want {
		t.Errorf("vmalert read %d rules of %d", rules, want)
	}
}

// vmagent takes the file for it in docs/scaling.md, and refuses the example for Prometheus, as that page says.
func TestVmagentConfiguration(t *testing.T) {
	tried(t, "VictoriaMetrics' vmagent", "github.com/VictoriaMetrics/VictoriaMetrics",
		"its own reader takes the jobs in [scaling.md](scaling.md#other-databases-than-prometheus)")
	check := func(t *testing.T, content string) error {
		t.Helper()
		path := filepath.Join(t.TempDir(), "vmagent.yml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := flag.Set("promscrape.config", path); err != nil {
			t.Fatal(err)
		}
		return promscrape.CheckConfig()
	}
	if err := check(t, snippet(t, "docs/scaling.md", "<!-- vmagent")); err != nil {
		t.Error(err)
	}
	if err := check(t, read(t, "prometheus.yml.example")); err == nil || !strings.Contains(err.Error(), "rule_files") {
		t.Errorf("the example for Prometheus: %v, want an error about rule_files", err)
	}
}

// The jobs within the receiver's configuration of the OpenTelemetry Collector are Prometheus' own format, in which the
// Collector's only has "$" written twice.
func TestCollectorConfiguration(t *testing.T) {
	tried(t, "OpenTelemetry Collector", "",
		"`promtool` takes the jobs of the prometheus receiver in [scaling.md](scaling.md#other-databases-than-prometheus)")
	_, jobs, found := strings.Cut(snippet(t, "docs/scaling.md", "<!-- OpenTelemetry"), "\n    config:\n")
	if !found {
		t.Fatal("the snippet has no config of the receiver")
	}
	jobs, _, _ = strings.Cut(jobs, "\nexporters:")
	path := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(jobs, "$$", "$")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("promtool", "check", "config", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// snippet returns the first YAML block that follows a text in a page. It is indented as a part of a list.
func snippet(t *testing.T, page, after string) string {
	t.Helper()
	_, text, _ := strings.Cut(read(t, page), after)
	indent, text, _ := strings.Cut(text, "```yaml\n")
	indent = indent[strings.LastIndexByte(indent, '\n')+1:]
	text, _, found := strings.Cut("\n"+text, "\n"+indent+"```\n")
	if !found {
		t.Fatalf("%s has no snippet after %q", page, after)
	}
	return strings.ReplaceAll(text+"\n", "\n"+indent, "\n")
}
