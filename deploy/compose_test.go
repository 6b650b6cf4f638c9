package deploy_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

type composeService struct {
	Image       string
	Build       struct{ Context string }
	Command     []string
	Volumes     []string
	Ports       []string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	DependsOn   map[string]struct {
		Condition string
	} `yaml:"depends_on"`
	Healthcheck struct{ Test []string }
}

type composeFile struct {
	Services map[string]composeService
	Volumes  map[string]any
}

func compose(t *testing.T, name string) composeFile {
	t.Helper()
	var file composeFile
	decode(t, testkit.ReadFile(t, filepath.Join("compose", name)), &file)
	return file
}

func TestCompose(t *testing.T) {
	file := compose(t, "compose.yml")
	if got, want := slices.Sorted(maps.Keys(file.Services)), []string{"alertmanager", "exporter", "grafana", "prometheus"}; !slices.Equal(got, want) {
		t.Fatalf("services %v, want %v", got, want)
	}
	pinned := regexp.MustCompile(`^[a-z/_]+:v?\d+\.\d+\.\d+$`)
	for name, s := range file.Services {
		t.Run(name, func(t *testing.T) {
			if s.Build.Context != "" {
				if _, err := os.Stat(filepath.Join("compose", s.Build.Context, "Dockerfile")); err != nil {
					t.Error(err)
				}
			} else if !pinned.MatchString(s.Image) {
				t.Errorf("image %s: no version", s.Image)
			}
			if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
				t.Error("not hardened")
			}
			for _, port := range s.Ports {
				if !strings.HasPrefix(port, "127.0.0.1:") {
					t.Errorf("port %s is open to the network", port)
				}
			}
			for _, volume := range s.Volumes {
				source, _, _ := strings.Cut(volume, ":")
				if !strings.HasPrefix(source, ".") {
					if _, there := file.Volumes[source]; !there {
						t.Errorf("volume %s is not declared", source)
					}
				} else if _, err := os.Stat(filepath.Join("compose", source)); err != nil {
					t.Error(err) // the engine would make a folder of this name
				} else if !strings.HasSuffix(volume, ":ro") {
					t.Errorf("%s can be written", volume)
				}
			}
			for other, on := range s.DependsOn {
				dependency, there := file.Services[other]
				if !there {
					t.Errorf("depends on %s, which is not there", other)
				}
				if on.Condition == "service_healthy" && dependency.Healthcheck.Test == nil {
					t.Errorf("waits for the health of %s, which has no check", other)
				}
			}
		})
	}
	exporterKnows(t, file.Services["exporter"].Command)
	exporterKnows(t, compose(t, "real.yml").Services["exporter"].Command)
}

// Prometheus gets what its configuration names, and promtool accepts it.
func TestComposePrometheus(t *testing.T) {
	file := compose(t, "compose.yml")
	volumes := file.Services["prometheus"].Volumes
	for _, want := range []string{"./prometheus.yml:/etc/prometheus/prometheus.yml:ro", "../../rules:/etc/prometheus/rules:ro"} {
		if !slices.Contains(volumes, want) {
			t.Errorf("volumes %v, want %s", volumes, want)
		}
	}
	dir := t.TempDir()
	testkit.WriteFile(t, dir, "prometheus.yml", testkit.ReadFile(t, "compose/prometheus.yml"))
	rules := testkit.Files(t, "../rules/*.yml")
	for _, rule := range rules {
		testkit.WriteFile(t, dir, filepath.Join("rules", filepath.Base(rule)), testkit.ReadFile(t, rule))
	}
	out := output(t, exec.Command("promtool", "check", "config", filepath.Join(dir, "prometheus.yml")))
	if n := strings.Count(out, "rules found"); n != len(rules) {
		t.Errorf("promtool found %d of %d files of rules:\n%s", n, len(rules), out)
	}
	if !slices.Contains(file.Services["alertmanager"].Volumes, "../../alertmanager.yml.example:/etc/alertmanager/alertmanager.yml:ro") {
		t.Errorf("volumes of Alertmanager: %v", file.Services["alertmanager"].Volumes)
	}
	output(t, exec.Command("amtool", "check-config", "../alertmanager.yml.example"))

	var prometheus struct {
		ScrapeConfigs []struct {
			JobName       string `yaml:"job_name"`
			StaticConfigs []struct {
				Targets []string
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	decode(t, testkit.ReadFile(t, "compose/prometheus.yml"), &prometheus)
	for _, job := range prometheus.ScrapeConfigs {
		for _, target := range job.StaticConfigs[0].Targets {
			host, port, _ := strings.Cut(target, ":")
			if host == "localhost" {
				host = job.JobName
			}
			if ports := file.Services[host].Ports; !slices.Contains(ports, "127.0.0.1:"+port+":"+port) {
				t.Errorf("job %s: nothing serves %s", job.JobName, target)
			}
		}
	}
}

// Every dashboard is where Grafana's provider looks, and finds its datasource.
func TestComposeGrafana(t *testing.T) {
	var provisioned struct {
		Providers []struct {
			Options struct{ Path string }
		}
	}
	decode(t, testkit.ReadFile(t, "compose/grafana/provisioning/dashboards/engage.yml"), &provisioned)
	folder := provisioned.Providers[0].Options.Path
	for file, set := range map[string]string{"compose.yml": "dashboards/", "zh.yml": "dashboards/zh/"} {
		volumes := compose(t, file).Services["grafana"].Volumes
		for _, dashboard := range testkit.Files(t, "../"+set+"*.json") {
			name := filepath.Base(dashboard)
			if want := "../../" + set + name + ":" + folder + "/" + name + ":ro"; !slices.Contains(volumes, want) {
				t.Errorf("%s does not mount %s", file, want)
			}
			if !json.Valid([]byte(testkit.ReadFile(t, dashboard))) {
				t.Errorf("%s is no JSON", dashboard)
			}
		}
	}
	var sources struct {
		Datasources []struct {
			Type, URL string
			IsDefault bool `yaml:"isDefault"`
		}
	}
	decode(t, testkit.ReadFile(t, "compose/grafana/provisioning/datasources/prometheus.yml"), &sources)
	if s := sources.Datasources; len(s) != 1 || s[0].Type != "prometheus" || s[0].URL != "http://prometheus:9090" || !s[0].IsDefault {
		t.Errorf("datasources %+v", s)
	}
}
