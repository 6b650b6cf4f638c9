package systems_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	yamlv3 "go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const chartFolder = "deploy/helm/engage-exporter"

// values are those of a chart, as helm reads them from a file.
type values map[string]any

// parseValues returns the values that a YAML document has.
func parseValues(t *testing.T, document string) values {
	t.Helper()
	v, err := common.ReadValues([]byte(document))
	if err != nil {
		t.Fatalf("%v:\n%s", err, document)
	}
	return values(v)
}

var loadChart = sync.OnceValues(func() (*chart.Chart, error) { return loader.Load(filepath.Join(root, chartFolder)) })

// render returns what the chart's templates make of the values, by the name of the template.
func render(release string, v values) (map[string]string, error) {
	c, err := loadChart()
	if err != nil {
		return nil, err
	}
	capabilities := common.DefaultCapabilities.Copy()
	options := common.ReleaseOptions{Name: release, Namespace: "monitoring", Revision: 1, IsInstall: true}
	all, err := util.ToRenderValues(c, v, options, capabilities)
	if err != nil {
		return nil, err
	}
	rendered, err := engine.Render(c, all)
	if err != nil {
		return nil, err
	}
	byTemplate := map[string]string{}
	for path, text := range rendered {
		byTemplate[filepath.Base(path)] = text
	}
	return byTemplate, nil
}

// objects are those of a release, each decoded by its own type.
type objects struct {
	configMaps      []*corev1.ConfigMap
	secrets         []*corev1.Secret
	services        []*corev1.Service
	deployments     []*appsv1.Deployment
	statefulSets    []*appsv1.StatefulSet
	networkPolicies []*networkingv1.NetworkPolicy
	budgets         []*policyv1.PodDisruptionBudget
	serviceMonitors []*monitoringv1.ServiceMonitor
	podMonitors     []*monitoringv1.PodMonitor
	rules           []*monitoringv1.PrometheusRule
	scrapeConfigs   []*monitoringv1alpha1.ScrapeConfig

	all []metav1.Object
}

// object is a pointer to a type of Kubernetes.
type object[T any] interface {
	*T
	metav1.Object
}

// add decodes a document strictly: an unknown field, or one that is there twice, is an error.
func add[T any, P object[T]](o *objects, list *[]P, document string) error {
	decoded := P(new(T))
	if err := yaml.UnmarshalStrict([]byte(document), decoded); err != nil {
		return err
	}
	*list = append(*list, decoded)
	o.all = append(o.all, decoded)
	return nil
}

// decode returns the objects of YAML documents.
func decode(t *testing.T, documents ...string) *objects {
	t.Helper()
	o := new(objects)
	for _, text := range documents {
		for document := range strings.SplitSeq("\n"+text, "\n---") {
			var kind metav1.TypeMeta
			if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
				t.Fatalf("%v:\n%s", err, document)
			}
			var err error
			switch kind.APIVersion + " " + kind.Kind {
			case " ": // comments
			case "v1 ConfigMap":
				err = add(o, &o.configMaps, document)
			case "v1 Secret":
				err = add(o, &o.secrets, document)
			case "v1 Service":
				err = add(o, &o.services, document)
			case "apps/v1 Deployment":
				err = add(o, &o.deployments, document)
			case "apps/v1 StatefulSet":
				err = add(o, &o.statefulSets, document)
			case "networking.k8s.io/v1 NetworkPolicy":
				err = add(o, &o.networkPolicies, document)
			case "policy/v1 PodDisruptionBudget":
				err = add(o, &o.budgets, document)
			case "monitoring.coreos.com/v1 ServiceMonitor":
				err = add(o, &o.serviceMonitors, document)
			case "monitoring.coreos.com/v1 PodMonitor":
				err = add(o, &o.podMonitors, document)
			case "monitoring.coreos.com/v1 PrometheusRule":
				err = add(o, &o.rules, document)
			case "monitoring.coreos.com/v1alpha1 ScrapeConfig":
				err = add(o, &o.scrapeConfigs, document)
			default:
				t.Fatalf("an object of unknown kind:\n%s", document)
			}
			if err != nil {
				t.Fatalf("%v:\n%s", err, document)
			}
		}
	}
	return o
}

// release renders the chart with values that are right.
func release(t *testing.T, v values) *objects {
	t.Helper()
	rendered, err := render("engage-exporter", v)
	if err != nil {
		t.Fatal(err)
	}
	delete(rendered, "NOTES.txt")
	return decode(t, slices.Collect(maps.Values(rendered))...)
}

// workload returns the pods of a release, how many there are, and the claims of each.
func (o *objects) workload(t *testing.T) (corev1.PodTemplateSpec, int32, []corev1.PersistentVolumeClaim) {
	t.Helper()
	if len(o.deployments)+len(o.statefulSets) != 1 {
		t.Fatalf("%d Deployments and %d StatefulSets", len(o.deployments), len(o.statefulSets))
	}
	if len(o.deployments) == 1 {
		d := o.deployments[0]
		within(t, "the Deployment's selector", d.Spec.Selector.MatchLabels, d.Spec.Template.Labels)
		return d.Spec.Template, *d.Spec.Replicas, nil
	}
	s := o.statefulSets[0]
	within(t, "the StatefulSet's selector", s.Spec.Selector.MatchLabels, s.Spec.Template.Labels)
	if s.Spec.ServiceName != o.services[0].Name || o.services[0].Spec.ClusterIP != "None" {
		t.Errorf("serviceName %s, the Service is %s with the address %q",
			s.Spec.ServiceName, o.services[0].Name, o.services[0].Spec.ClusterIP)
	}
	if s.Spec.Ordinals.Start != 1 {
		t.Errorf("the first pod has number %d, the first shard 1", s.Spec.Ordinals.Start)
	}
	return s.Spec.Template, *s.Spec.Replicas, s.Spec.VolumeClaimTemplates
}

// within fails the test unless the labels have all that a selector asks for.
func within(t *testing.T, what string, selector, labels map[string]string) {
	t.Helper()
	if len(selector) == 0 {
		t.Errorf("%s is empty", what)
	}
	for name, value := range selector {
		if labels[name] != value {
			t.Errorf("%s asks for %s=%s, the labels are %v", what, name, value, labels)
		}
	}
}

// option is a value of the chart with its alternatives: YAML by name.
type option map[string]string

// combine calls a function with each combination of the options, and the values that it means.
func combine(t *testing.T, options []option, test func(t *testing.T, chosen []string, v values)) {
	t.Helper()
	var next func(chosen []string, v values, rest []option)
	next = func(chosen []string, v values, rest []option) {
		if len(rest) == 0 {
			t.Run(strings.Join(chosen, ","), func(t *testing.T) { test(t, chosen, v) })
			return
		}
		for _, name := range slices.Sorted(maps.Keys(rest[0])) {
			merged := loader.MergeMaps(v, parseValues(t, rest[0][name]))
			next(append(slices.Clip(chosen), name), merged, rest[1:])
		}
	}
	next(nil, values{}, options)
}

// The options of how the exporter runs and is scraped, which have to do with each other.
var workloadOptions = []option{
	{"config": "config: 'polyv: []'", "existing config": "existingConfigMap: mine"},
	{"no secrets": "{}", "secrets": "secrets: {academy: s3cret}", "existing secret": "existingSecret: mine"},
	{"one exporter": "shards: 1", "four shards": "shards: 4"},
	{"no storage": "{}", "storage": "storage: {enabled: true, storageClassName: fast}"},
	{
		"not scraped": "{}", "service monitor": "monitoring: {kind: ServiceMonitor, labels: {release: prom}}",
		"pod monitor": "monitoring: {kind: PodMonitor, interval: 30s, scrapeTimeout: 20s}",
	},
	{"accounts together": "{}", "account targets": "monitoring: {accountTargets: true}"},
	{"plain": "{}", "TLS": "{web: {existingSecret: web}, monitoring: {endpoint: {scheme: HTTPS, " +
		"tlsConfig: {ca: {secret: {name: ca, key: ca.crt}}}, basicAuth: {username: {name: web, key: user}}}}}"},
	{"no extras": "{}", "extras": `
image: {repository: mirror.example/engage_exporter, digest: "sha256:` + strings.Repeat("0", 64) + `"}
imagePullSecrets: [{name: pull}]
extraArgs: [--log.level=debug]
extraEnv: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
extraVolumes: [{name: ca, configMap: {name: ca}}]
extraVolumeMounts: [{name: ca, mountPath: /etc/ssl/certs, readOnly: true}]
podAnnotations: {a: b}
podLabels: {team: push}
nodeSelector: {disk: ssd}
tolerations: [{key: a, operator: Exists}]
affinity: {nodeAffinity: {}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
priorityClassName: high
serviceAccountName: engage
service: {port: 80, annotations: {a: b}}
resources: {limits: {memory: 512Mi}}`},
}

// Whatever the values, the objects fit each other, and the exporter knows its flags.
func TestChartWorkload(t *testing.T) {
	tried(t, "Kubernetes", "k8s.io/api", "its types strictly decode what the chart renders, and `deploy/kubernetes`")
	tried(t, "Prometheus operator", "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring",
		"its types strictly decode ServiceMonitor, PodMonitor, ScrapeConfig and PrometheusRule")
	known := map[string]bool{}
	combine(t, workloadOptions, func(t *testing.T, chosen []string, v values) {
		o := release(t, v)
		has := func(option string) bool { return slices.Contains(chosen, option) }
		pods, replicas, claims := o.workload(t)
		checkPod(t, pods.Spec, claims)
		checkScraping(t, o, pods, has)

		if want := map[bool]int32{false: 1, true: 4}[has("four shards")]; replicas != want {
			t.Errorf("%d replicas, want %d", replicas, want)
		}
		if got, want := len(o.statefulSets) == 1, has("four shards") || has("storage"); got != want {
			t.Errorf("a StatefulSet: %v, want %v", got, want)
		}
		if got, want := len(claims) == 1, has("storage"); got != want {
			t.Errorf("%d claims", len(claims))
		}
		if got, want := len(o.budgets) == 1, has("four shards"); got != want {
			t.Errorf("%d PodDisruptionBudgets", len(o.budgets))
		}
		if got, want := len(o.configMaps) == 1, has("config"); got != want {
			t.Errorf("%d ConfigMaps", len(o.configMaps))
		}
		if got, want := len(o.secrets) == 1, has("secrets"); got != want {
			t.Errorf("%d Secrets", len(o.secrets))
		}

		c := pods.Spec.Containers[0]
		for flag, want := range map[string]bool{
			"--config.enable-auto-reload":                        true,
			"--shard=$(SHARD)/4":                                 has("four shards"),
			"--storage.path=/var/lib/engage_exporter/state":      has("storage"),
			"--web.config.file=/etc/engage_exporter_web/web.yml": has("TLS"),
			"--no-metrics.accounts":                              has("account targets"),
			"--log.level=debug":                                  has("extras"),
		} {
			if got := slices.Contains(c.Args, flag); got != want {
				t.Errorf("args %v: %s: %v, want %v", c.Args, flag, got, want)
			}
		}
		if line := strings.ReplaceAll(strings.Join(c.Args, " "), "$(SHARD)", "1"); !known[line] {
			known[line] = true
			out, err := exec.Command(exporter, append(strings.Fields(line), "--help")...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "usage: engage_exporter serve") {
				t.Errorf("engage_exporter %s: %v\n%s", line, err, out)
			}
		}
	})
}

// checkPod fails the test unless the pod mounts what it has, probes its ports, and is what Kubernetes calls restricted.
func checkPod(t *testing.T, pod corev1.PodSpec, claims []corev1.PersistentVolumeClaim) {
	t.Helper()
	c := pod.Containers[0]
	var volumes, mounts []string
	for _, v := range pod.Volumes {
		volumes = append(volumes, v.Name)
		if s := v.Secret; s != nil && (s.SecretName == "" || *s.DefaultMode != 0o440) {
			t.Errorf("volume %s: Secret %q with mode %o", v.Name, s.SecretName, *s.DefaultMode)
		}
	}
	for _, claim := range claims {
		volumes = append(volumes, claim.Name)
	}
	for _, m := range c.VolumeMounts {
		mounts = append(mounts, m.Name)
		if m.ReadOnly != (m.Name != "state") {
			t.Errorf("%s: read-only is %v", m.MountPath, m.ReadOnly)
		}
	}
	slices.Sort(volumes)
	slices.Sort(mounts)
	if !slices.Equal(volumes, mounts) {
		t.Errorf("the pod has the volumes %v and mounts %v", volumes, mounts)
	}

	ports := map[string]int32{}
	for _, p := range c.Ports {
		ports[p.Name] = p.ContainerPort
	}
	if ports["http"] != 9787 || !slices.Contains(c.Args, "--web.health-listen-address=:"+strconv.Itoa(int(ports["health"]))) {
		t.Errorf("ports %v, args %v", ports, c.Args)
	}
	for _, test := range []struct {
		probe *corev1.Probe
		want  string
	}{{c.StartupProbe, "/-/ready"}, {c.ReadinessProbe, "/-/ready"}, {c.LivenessProbe, "/-/healthy"}} {
		if got := test.probe.HTTPGet; got.Path != test.want || got.Port.String() != "health" {
			t.Errorf("a probe asks %s of port %s, want %s of health", got.Path, got.Port.String(), test.want)
		}
	}

	s, cs := pod.SecurityContext, c.SecurityContext
	if !*s.RunAsNonRoot || *s.RunAsUser != 65532 || *s.RunAsGroup != 65532 || *s.FSGroup != 65532 ||
		s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault || *cs.AllowPrivilegeEscalation ||
		!*cs.ReadOnlyRootFilesystem || !slices.Equal(cs.Capabilities.Drop, []corev1.Capability{"ALL"}) ||
		*pod.AutomountServiceAccountToken {
		t.Errorf("not restricted: %+v %+v", s, cs)
	}
	if _, limited := c.Resources.Limits[corev1.ResourceMemory]; !limited {
		t.Error("there is no limit on the memory")
	}
}

// checkScraping fails the test unless the Service and what the operator takes find the pods.
func checkScraping(t *testing.T, o *objects, pods corev1.PodTemplateSpec, has func(string) bool) {
	t.Helper()
	service := o.services[0]
	within(t, "the Service's selector", service.Spec.Selector, pods.Labels)
	if p := service.Spec.Ports[0]; p.Name != "http" || p.TargetPort.String() != "http" {
		t.Errorf("the Service's port is %+v", p)
	}
	if got, want := len(o.serviceMonitors) == 1, has("service monitor"); got != want {
		t.Errorf("%d ServiceMonitors", len(o.serviceMonitors))
	}
	if got, want := len(o.podMonitors) == 1, has("pod monitor"); got != want {
		t.Errorf("%d PodMonitors", len(o.podMonitors))
	}
	if got, want := len(o.scrapeConfigs) == 1, has("account targets"); got != want {
		t.Errorf("%d ScrapeConfigs", len(o.scrapeConfigs))
	}
	// The rules know this job.
	for _, m := range o.serviceMonitors {
		within(t, "the ServiceMonitor's selector", m.Spec.Selector.MatchLabels, service.Labels)
		if e := m.Spec.Endpoints[0]; service.Labels[m.Spec.JobLabel] != "engage-exporter" || e.Port != "http" ||
			e.Interval != "1m" || (e.Scheme != nil) != has("TLS") || m.Labels["release"] != "prom" {
			t.Errorf("the ServiceMonitor %v is %+v", m.Labels, m.Spec)
		}
	}
	for _, m := range o.podMonitors {
		within(t, "the PodMonitor's selector", m.Spec.Selector.MatchLabels, pods.Labels)
		if e := m.Spec.PodMetricsEndpoints[0]; pods.Labels[m.Spec.JobLabel] != "engage-exporter" || *e.Port != "http" ||
			e.Interval != "30s" || e.ScrapeTimeout != "20s" || (e.Scheme != nil) != has("TLS") {
			t.Errorf("the PodMonitor is %+v", m.Spec)
		}
	}
	for _, s := range o.scrapeConfigs {
		var got, want []string
		for _, sd := range s.Spec.HTTPSDConfigs {
			got = append(got, string(sd.URL))
			if (sd.TLSConfig != nil && sd.BasicAuth != nil) != has("TLS") {
				t.Errorf("discovery with %+v", sd)
			}
		}
		scheme := map[bool]string{false: "http", true: "https"}[has("TLS")]
		switch {
		case has("four shards"):
			for _, n := range []string{"1", "2", "3", "4"} {
				want = append(want, scheme+"://engage-exporter-"+n+".engage-exporter-pods.monitoring.svc:9787/sd")
			}
		case has("storage"):
			want = []string{scheme + "://engage-exporter-1.engage-exporter-pods.monitoring.svc:9787/sd"}
		case has("extras"):
			want = []string{scheme + "://engage-exporter.monitoring.svc:80/sd"}
		default:
			want = []string{scheme + "://engage-exporter.monitoring.svc:9787/sd"}
		}
		if !slices.Equal(got, want) || *s.Spec.MetricsPath != "/probe" || *s.Spec.JobName != "engage-accounts" {
			t.Errorf("the ScrapeConfig asks %v, want %v; it is %+v", got, want, s.Spec)
		}
	}
	for _, budget := range o.budgets {
		within(t, "the PodDisruptionBudget's selector", budget.Spec.Selector.MatchLabels, pods.Labels)
	}
}

// What is beside the exporter, in each combination.
func TestChartOptionalObjects(t *testing.T) {
	combine(t, []option{
		{"one": "config: 'polyv: []'", "shards": "{config: 'polyv: []', shards: 2}"},
		{"no rules": "{}", "rules": "rules: {enabled: true, labels: {release: prom}}"},
		{"no dashboards": "{}", "dashboards": "dashboards: {enabled: true, annotations: {grafana_folder: engage}}",
			"both languages": "dashboards: {enabled: true, languages: [zh, en]}"},
		{"no policy": "{}", "policy": "networkPolicy: {enabled: true, ports: [443, 8106]}"},
		{"budget": "{}", "no budget": "podDisruptionBudget: {enabled: false}"},
	}, func(t *testing.T, chosen []string, v values) {
		has := func(option string) bool { return slices.Contains(chosen, option) }
		o := release(t, v)
		pods, _, _ := o.workload(t)
		if got, want := len(o.rules) == 1, has("rules"); got != want {
			t.Errorf("%d PrometheusRules", len(o.rules))
		}
		dashboards := 0
		switch {
		case has("dashboards"):
			dashboards = len(files(t, "dashboards/*.json"))
		case has("both languages"):
			dashboards = len(files(t, "dashboards/*.json")) + len(files(t, "dashboards/zh/*.json"))
		}
		if got, want := len(o.configMaps), 1+dashboards; got != want {
			t.Errorf("%d ConfigMaps, want %d", got, want)
		}
		if got, want := len(o.budgets) == 1, has("shards") && has("budget"); got != want {
			t.Errorf("%d PodDisruptionBudgets", len(o.budgets))
		}
		if got, want := len(o.networkPolicies) == 1, has("policy"); got != want {
			t.Errorf("%d NetworkPolicies", len(o.networkPolicies))
		}
		for _, policy := range o.networkPolicies {
			within(t, "the NetworkPolicy's selector", policy.Spec.PodSelector.MatchLabels, pods.Labels)
			var in, out []string
			for _, p := range policy.Spec.Ingress[0].Ports {
				in = append(in, p.Port.String())
			}
			for _, rule := range policy.Spec.Egress {
				for _, p := range rule.Ports {
					out = append(out, string(*p.Protocol)+" "+p.Port.String())
				}
			}
			if !slices.Equal(in, []string{"http"}) || !slices.Equal(out, []string{"UDP 53", "TCP 53", "TCP 443", "TCP 8106"}) {
				t.Errorf("it lets in %v and out %v", in, out)
			}
			from := policy.Spec.Ingress[0].From
			if len(from) != 1 || from[0].NamespaceSelector == nil ||
				from[0].PodSelector.MatchLabels["app.kubernetes.io/name"] != "prometheus" {
				t.Errorf("it lets in %+v, want Prometheus of any namespace", from)
			}
		}
	})
}

// The PrometheusRule has the groups of rules/ as they are.
func TestChartRules(t *testing.T) {
	o := release(t, parseValues(t, "{config: 'polyv: []', rules: {enabled: true}}"))
	var want monitoringv1.PrometheusRuleSpec
	for _, path := range files(t, "rules/*.yml") {
		var file monitoringv1.PrometheusRuleSpec
		if err := yaml.UnmarshalStrict([]byte(read(t, path)), &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		want.Groups = append(want.Groups, file.Groups...)
	}
	equal(t, "the groups of the PrometheusRule", o.rules[0].Spec, want)
}

// The languages of the dashboards, as values and _config name them, with the files of each.
var dashboardLanguages = map[string]map[string]string{
	"[en]":     {"dashboards/*.json": "engage-"},
	"[zh]":     {"dashboards/zh/*.json": "engage-zh-"},
	"[zh, en]": {"dashboards/*.json": "engage-", "dashboards/zh/*.json": "engage-zh-"},
}

// dashboardFiles returns the content of the dashboards whose paths match patterns, by the name that they are released
// by: the pattern's prefix before the name of the file.
func dashboardFiles(t *testing.T, prefixes map[string]string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for pattern, prefix := range prefixes {
		for _, path := range files(t, pattern) {
			all[prefix+filepath.Base(path)] = parseJSON(t, read(t, path))
		}
	}
	return all
}

// The ConfigMaps have the dashboards, in the languages that the values name.
func TestChartDashboards(t *testing.T) {
	for languages, prefixes := range dashboardLanguages {
		t.Run(languages, func(t *testing.T) {
			o := release(t, parseValues(t, "{config: x, dashboards: {enabled: true, languages: "+languages+"}}"))
			got := map[string]any{}
			for _, m := range o.configMaps {
				for name, content := range m.Data {
					if m.Labels["grafana_dashboard"] == "1" {
						got[name] = parseJSON(t, content)
					}
				}
			}
			equal(t, "the dashboards of the ConfigMaps", got, dashboardFiles(t, prefixes))
		})
	}
}

// The configuration reaches the pod byte by byte, and the exporter reads it with the Secret's files.
func TestChartConfiguration(t *testing.T) {
	config := read(t, "deploy/kubernetes/engage.yml")
	o := release(t, values{"config": config, "secrets": map[string]any{"shop-android": "one", "academy": "{{two}}"}})
	if got := o.configMaps[0].Data["engage.yml"]; got != config {
		t.Errorf("engage.yml is\n%s\nwant\n%s", got, config)
	}
	dir := t.TempDir()
	for name, content := range o.secrets[0].StringData {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "engage.yml")
	local := strings.ReplaceAll(config, "/run/secrets/engage_exporter", dir)
	if err := os.WriteFile(path, []byte(local), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(exporter, "check", "--config.file="+path).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// The README of the chart has each value with its default and the comment of values.yaml.
func TestChartReadme(t *testing.T) {
	var document yamlv3.Node
	if err := yamlv3.Unmarshal([]byte(read(t, chartFolder+"/values.yaml")), &document); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| value | default | what it is |\n|---|---|---|\n")
	documentValues(t, &table, "", document.Content[0])

	const begin, end = "<!-- made from values.yaml by the tests -->\n", "<!-- end of what the tests make -->\n"
	readme := chartFolder + "/README.md"
	before, _, ok := strings.Cut(read(t, readme), begin)
	_, after, ok2 := strings.Cut(read(t, readme), end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks %q or %q", readme, begin, end)
	}
	generated(t, readme, before+begin+table.String()+end+after)
}

// documentValues adds the values of a map, and of the maps in it whose values have comments, to a table.
func documentValues(t *testing.T, table *strings.Builder, prefix string, values *yamlv3.Node) {
	t.Helper()
	for i := 0; i < len(values.Content); i += 2 {
		key, value := values.Content[i], values.Content[i+1]
		name := prefix + key.Value
		comment := strings.ReplaceAll(strings.TrimPrefix(key.HeadComment, "# "), "\n# ", " ")
		if comment == "" || strings.ContainsAny(comment, "|\n") {
			t.Errorf("values.yaml: %s has no comment, or one that breaks a table: %q", name, comment)
		}
		if value.Kind == yamlv3.MappingNode && len(value.Content) > 0 && value.Content[0].HeadComment != "" {
			fmt.Fprintf(table, "| `%s` | | %s |\n", name, comment)
			documentValues(t, table, name+".", value)
			continue
		}
		var content any
		if err := value.Decode(&content); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(table, "| `%s` | `%s` | %s |\n", name, text, comment)
	}
}

// The values in the pages for users are right.
func TestChartExamples(t *testing.T) {
	for _, page := range []string{"docs/deployment.md", "docs/zh/deployment.md"} {
		t.Run(page, func(t *testing.T) {
			v := parseValues(t, snippet(t, page, "`values.yaml`"))
			v["config"] = read(t, "deploy/kubernetes/engage.yml")
			o := release(t, v)
			pods, _, _ := o.workload(t)
			mounted := slices.ContainsFunc(pods.Spec.Volumes, func(v corev1.Volume) bool {
				return v.Secret != nil && v.Secret.SecretName == "engage-secrets"
			})
			if !mounted || len(o.serviceMonitors) != 1 || len(o.rules) != 1 || len(o.networkPolicies) != 1 {
				t.Errorf("the values make %d objects, the Secret is mounted: %v", len(o.all), mounted)
			}
		})
	}
}

// From one exporter to shards and back, no field changes that Kubernetes does not let change: the Deployment and its
// Service go, and others come.
func TestChartFromOneToShards(t *testing.T) {
	one := release(t, parseValues(t, "config: x"))
	stored := release(t, parseValues(t, "{config: x, storage: {enabled: true}}"))
	three := release(t, parseValues(t, "{config: x, shards: 3, storage: {enabled: true}}"))
	if name := one.services[0].Name; name != "engage-exporter" || name == three.services[0].Name {
		t.Errorf("the Service is called %s, that of shards %s", name, three.services[0].Name)
	}
	before, after := stored.statefulSets[0].Spec, three.statefulSets[0].Spec
	if *before.Replicas != 1 || *after.Replicas != 3 {
		t.Fatalf("%d replicas, then %d", *before.Replicas, *after.Replicas)
	}
	// What may change: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
	before.Replicas, before.Template = after.Replicas, after.Template
	equal(t, "the StatefulSet of three, but for replicas and template", after, before)
	equal(t, "the Service of three", three.services[0].Spec, stored.services[0].Spec)
}

// What helm prints after an installation names what there is.
func TestChartNotes(t *testing.T) {
	const scraping = "Nothing scrapes the exporter's own metrics"
	for values, want := range map[string][]string{
		"{config: x, service: {port: 80}}": {
			"reads all accounts.\n", " deployment/engage-exporter\n", " service/engage-exporter 9787:80\n",
		},
		"{config: x, storage: {enabled: true}}": {
			"reads all accounts.\n", " statefulset/engage-exporter\n", " pod/engage-exporter-1 9787:9787\n",
		},
		"{config: x, shards: 3, monitoring: {accountTargets: true}}": {
			"in 3 shards.\n", " statefulset/engage-exporter\n", " pod/engage-exporter-1 9787:9787\n", scraping,
		},
	} {
		t.Run(values, func(t *testing.T) {
			rendered, err := render("engage-exporter", parseValues(t, values))
			if err != nil {
				t.Fatal(err)
			}
			notes := rendered["NOTES.txt"]
			for _, text := range want {
				if !strings.Contains(notes, text) {
					t.Errorf("the notes lack %q:\n%s", text, notes)
				}
			}
			if strings.Contains(notes, scraping) != slices.Contains(want, scraping) || !strings.HasPrefix(notes, "engage_exporter") {
				t.Errorf("the notes are\n%s", notes)
			}
		})
	}
}

// Wrong values are refused, with what to do.
func TestChartRefusesWrongValues(t *testing.T) {
	for name, test := range map[string]struct{ values, want string }{
		"no configuration":       {"{}", "(--set-file config=engage.yml), or existingConfigMap"},
		"two configurations":     {"{config: x, existingConfigMap: x}", "config and existingConfigMap are both set"},
		"two kinds of secrets":   {"{config: x, secrets: {a: b}, existingSecret: x}", "secrets and existingSecret are both set"},
		"an unknown key":         {"{config: x, shard: 4}", "'shard'"},
		"an unknown nested key":  {"{config: x, storage: {enable: true}}", "'enable'"},
		"a configuration as map": {"config: {polyv: []}", "/config"},
		"no shard":               {"{config: x, shards: 0}", "/shards"},
		"half a shard":           {"{config: x, shards: 1.5}", "/shards"},
		"an unknown monitor":     {"{config: x, monitoring: {kind: VMServiceScrape}}", "/monitoring/kind"},
		"an interval without unit": {
			"{config: x, monitoring: {kind: PodMonitor, interval: '60'}}", "/monitoring/interval"},
		"an endpoint with another path": {
			"{config: x, monitoring: {kind: PodMonitor, endpoint: {path: /other}}}", "/monitoring/endpoint"},
		"a secret with a path":   {"{config: x, secrets: {a/b: c}}", "'a/b' does not match"},
		"a digest without name":  {"{config: x, image: {digest: abc}}", "/image/digest"},
		"a flag without dashes":  {"{config: x, extraArgs: [log.level=debug]}", "/extraArgs/0"},
		"an unknown language":    {"{config: x, dashboards: {enabled: true, languages: [fr]}}", "/dashboards/languages/0"},
		"a policy without ports": {"{config: x, networkPolicy: {enabled: true, ports: []}}", "/networkPolicy/ports"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := render("engage-exporter", parseValues(t, test.values))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error that has %q", err, test.want)
			}
		})
	}
}

// The longest name of a release leaves room for the number and the revision of a pod.
func TestChartNames(t *testing.T) {
	for release, want := range map[string]string{
		"engage-exporter":       "engage-exporter",
		"prod":                  "prod-engage-exporter",
		"engage-exporter-eu":    "engage-exporter-eu",
		strings.Repeat("a", 53): strings.Repeat("a", 50),
	} {
		t.Run(release, func(t *testing.T) {
			rendered, err := render(release, parseValues(t, "{config: 'polyv: []', shards: 2, dashboards: {enabled: true}}"))
			if err != nil {
				t.Fatal(err)
			}
			delete(rendered, "NOTES.txt")
			o := decode(t, slices.Collect(maps.Values(rendered))...)
			if got := o.statefulSets[0].Name; got != want {
				t.Errorf("the StatefulSet is called %s, want %s", got, want)
			}
			names := map[string]bool{}
			for _, object := range o.all {
				key := typeName(object) + " " + object.GetName()
				if names[key] || len(object.GetName()) > 253 {
					t.Errorf("%s is there twice, or its name is too long", key)
				}
				names[key] = true
			}
		})
	}
}

// helm's own checks have nothing to say but that the chart has no icon.
func TestChartLint(t *testing.T) {
	tried(t, "Helm", "helm.sh/helm/v4", "its library checks the chart and renders it with each combination of its values")
	for _, message := range lint.RunAll(filepath.Join(root, chartFolder), parseValues(t, "config: 'polyv: []'"), "monitoring").Messages {
		if !strings.Contains(message.Error(), "icon is recommended") {
			t.Error(message)
		}
	}
	var chart struct{ Version, AppVersion string }
	if err := yaml.Unmarshal([]byte(read(t, chartFolder+"/Chart.yaml")), &chart); err != nil {
		t.Fatal(err)
	}
	if version := strings.TrimSpace(read(t, "VERSION")); chart.Version != version || chart.AppVersion != version {
		t.Errorf("the chart has version %s and appVersion %s, VERSION is %s", chart.Version, chart.AppVersion, version)
	}
}

// deploy/kubernetes has what the chart renders, for those who do without helm.
func TestKubernetesManifests(t *testing.T) {
	config := read(t, "deploy/kubernetes/engage.yml")
	for name, test := range map[string]struct {
		values    string
		templates []string
	}{
		"engage-exporter.yaml": {"{}", []string{"config.yaml", "workload.yaml", "service.yaml"}},
		"sharded.yaml": {"{shards: 4, storage: {enabled: true}}",
			[]string{"config.yaml", "workload.yaml", "service.yaml", "poddisruptionbudget.yaml"}},
		"servicemonitor.yaml": {"monitoring: {kind: ServiceMonitor}", []string{"monitoring.yaml"}},
		"networkpolicy.yaml":  {"networkPolicy: {enabled: true}", []string{"networkpolicy.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := parseValues(t, test.values)
			v["config"], v["existingSecret"] = config, "engage-exporter"
			rendered, err := render("engage-exporter", v)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			text.WriteString("# Made of deploy/helm/engage-exporter by \"make systems-update\".\n")
			for _, template := range test.templates {
				text.WriteString("---\n" + strings.TrimSpace(rendered[template]) + "\n")
			}
			generated(t, "deploy/kubernetes/"+name, text.String())
			decode(t, text.String())
		})
	}
}
