package deploy_test

import (
	"net"
	"net/http"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// The manifests are made of the chart, and test/systems tests them with the types of Kubernetes and its operators. What
// remains here needs the exporter's own packages, or a shell.

// The configuration of the manifests names the files of the Secret, and the exporter takes it.
func TestKubernetesConfiguration(t *testing.T) {
	var secret struct {
		StringData map[string]string `yaml:"stringData"`
	}
	decode(t, testkit.ReadFile(t, "kubernetes/secret.example.yaml"), &secret)
	dir := t.TempDir()
	for key, value := range secret.StringData {
		testkit.WriteFile(t, dir, key, value)
	}
	const mounted = "/run/secrets/engage_exporter"
	text := testkit.ReadFile(t, "kubernetes/engage.yml")
	if got := strings.Count(text, "_file: "+mounted+"/"); got != len(secret.StringData) {
		t.Errorf("engage.yml names %d secrets, the Secret has %d", got, len(secret.StringData))
	}
	text = strings.ReplaceAll(text, mounted, dir)
	if _, err := collector.ParseConfig("engage.yml", []byte(text), config.Options{}); err != nil {
		t.Error(err)
	}
}

type probe struct {
	HTTPGet struct{ Path string } `yaml:"httpGet"`
}

// kubernetesContainer is the exporter's container in a manifest.
type kubernetesContainer struct {
	Args           []string
	StartupProbe   probe `yaml:"startupProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
	LivenessProbe  probe `yaml:"livenessProbe"`
}

func readContainer(t *testing.T, path string) kubernetesContainer {
	t.Helper()
	_, document, found := strings.Cut(testkit.ReadFile(t, path), "\nkind: Deployment\n")
	if !found {
		t.Fatalf("%s has no Deployment", path)
	}
	document, _, _ = strings.Cut(document, "\n---\n")
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct{ Containers []kubernetesContainer }
			}
		}
	}
	decode(t, document, &deployment)
	return deployment.Spec.Template.Spec.Containers[0]
}

// Probes have no password. They are answered all the same where --web.config.file asks for one.
func TestKubernetesProbesWithPasswords(t *testing.T) {
	c := readContainer(t, "kubernetes/engage-exporter.yaml")
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	health := l.Addr().String()
	l.Close()
	var args []string
	web := []string{
		"--web.listen-address=127.0.0.1:0",
		// bcrypt's of "scraper-password"
		"--web.config.file=" + testkit.WriteFile(t, dir, "web.yml",
			"basic_auth_users: {scraper: $2a$05$DkG67dY2FMSz195beYL6LOMfMrBb5jRbh4gxiGgn/3khblBr2U7la}\n"),
	}
	for _, arg := range c.Args {
		switch name, _, _ := strings.Cut(arg, "="); name {
		case "--config.file":
			arg = name + "=" + testkit.WriteFile(t, dir, "engage.yml", "polyv: [{account: academy, user_id: u, secret_key: k}]\n")
		case "--web.health-listen-address":
			arg = name + "=" + health
		}
		args = append(args, arg)
	}
	main := testkit.Start(t, binary, append(args, web...)...).Listening()
	for _, p := range []probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		for address, want := range map[string]int{health: http.StatusOK, main: http.StatusUnauthorized} {
			if got := status(t, "http://"+address+p.HTTPGet.Path); got != want {
				t.Errorf("%s of %s answers %d, want %d", p.HTTPGet.Path, address, got, want)
			}
		}
	}
	for _, path := range []string{"/", "/metrics", "/config", "/debug/pprof/"} {
		if got := status(t, "http://"+health+path); got != http.StatusNotFound {
			t.Errorf("%s of the listener for health answers %d, want 404", path, got)
		}
	}
}

// status returns the status of a page.
func status(t *testing.T, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// The PrometheusRule has the groups of all files, as they are.
func TestPrometheusRule(t *testing.T) {
	type groups struct{ Groups []any }
	var rule struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       groups
	}
	decode(t, output(t, exec.Command("../scripts/prometheus-rule.sh")), &rule)
	if rule.APIVersion != "monitoring.coreos.com/v1" || rule.Kind != "PrometheusRule" {
		t.Errorf("%s %s", rule.APIVersion, rule.Kind)
	}
	var want []any
	for _, file := range testkit.Files(t, "../rules/*.yml") {
		var g groups
		decode(t, testkit.ReadFile(t, file), &g)
		want = append(want, g.Groups...)
	}
	if !reflect.DeepEqual(rule.Spec.Groups, want) {
		t.Errorf("groups differ: %d, want %d", len(rule.Spec.Groups), len(want))
	}
}
