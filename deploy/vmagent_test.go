package deploy_test

import (
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// vmagentConfig has what vmagent's configuration knows of what a Prometheus has at all; it refuses everything else.
type vmagentConfig struct {
	ScrapeConfigs []struct {
		JobName        string `yaml:"job_name"`
		ScrapeInterval string `yaml:"scrape_interval"`
		ScrapeTimeout  string `yaml:"scrape_timeout"`
		MetricsPath    string `yaml:"metrics_path"`
		StaticConfigs  []struct {
			Targets []string
		} `yaml:"static_configs"`
		HTTPSDConfigs []struct {
			URL string
		} `yaml:"http_sd_configs"`
		RelabelConfigs []struct {
			SourceLabels []string `yaml:"source_labels"`
			TargetLabel  string   `yaml:"target_label"`
		} `yaml:"relabel_configs"`
	} `yaml:"scrape_configs"`
}

// vmagent refuses the example for Prometheus, so docs/scaling.md has a file for it, with the same jobs.
func TestVmagentSnippet(t *testing.T) {
	_, page, _ := strings.Cut(testkit.ReadFile(t, "../docs/scaling.md"), "<!-- vmagent")
	_, page, _ = strings.Cut(page, "```yaml\n")
	snippet, _, found := strings.Cut(page, "\n```\n")
	if !found {
		t.Fatal("docs/scaling.md has no file for vmagent")
	}
	decoder := yaml.NewDecoder(strings.NewReader(snippet))
	decoder.KnownFields(true)
	var got, want vmagentConfig
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	decode(t, testkit.ReadCommentedOut(t, "../prometheus.yml.example"), &want)
	if len(got.ScrapeConfigs) != 2 || !reflect.DeepEqual(got, want) {
		t.Errorf("the jobs for vmagent are\n%+v\nthose of prometheus.yml.example\n%+v", got, want)
	}
}
