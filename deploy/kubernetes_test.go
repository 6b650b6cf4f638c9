package deploy_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

type (
	metadata struct {
		Name   string
		Labels map[string]string
	}
	selector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	probe struct {
		HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
	}
	container struct {
		Name, Image string
		Args        []string
		Env         []map[string]any
		Ports       []struct {
			Name          string
			ContainerPort int `yaml:"containerPort"`
		}
		StartupProbe    probe `yaml:"startupProbe"`
		ReadinessProbe  probe `yaml:"readinessProbe"`
		LivenessProbe   probe `yaml:"livenessProbe"`
		Resources       map[string]map[string]string
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct{ Drop []string }
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	}
	podSpec struct {
		AutomountServiceAccountToken  *bool `yaml:"automountServiceAccountToken"`
		EnableServiceLinks            *bool `yaml:"enableServiceLinks"`
		TerminationGracePeriodSeconds int   `yaml:"terminationGracePeriodSeconds"`
		SecurityContext               struct {
			RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
			RunAsUser      int                   `yaml:"runAsUser"`
			RunAsGroup     int                   `yaml:"runAsGroup"`
			FSGroup        int                   `yaml:"fsGroup"`
			SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
		} `yaml:"securityContext"`
		Containers []container
		Volumes    []struct {
			Name      string
			ConfigMap struct{ Name string } `yaml:"configMap"`
			Secret    struct {
				SecretName  string `yaml:"secretName"`
				DefaultMode int    `yaml:"defaultMode"`
			}
		}
	}
	workload struct {
		Kind     string
		Metadata metadata
		Spec     struct {
			Replicas    int
			ServiceName string `yaml:"serviceName"`
			Ordinals    struct{ Start int }
			Selector    struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			}
			Template struct {
				Metadata metadata
				Spec     podSpec
			}
			VolumeClaimTemplates []struct{ Metadata metadata } `yaml:"volumeClaimTemplates"`
		}
	}
	service struct {
		Metadata metadata
		Spec     struct {
			Selector map[string]string
			Ports    []struct {
				Name       string
				Port       int
				TargetPort string `yaml:"targetPort"`
			}
		}
	}
	kustomization struct {
		Resources []string
		Patches   []struct{ Path string }
		Images    []struct {
			Name   string
			NewTag string `yaml:"newTag"`
		}
		ConfigMapGenerator []struct {
			Name  string
			Files []string
		} `yaml:"configMapGenerator"`
	}
)

// manifest decodes a file of the Kubernetes folder.
func manifest[T any](t *testing.T, name string) T {
	t.Helper()
	var m T
	decode(t, testkit.ReadFile(t, filepath.Join("kubernetes", name)), &m)
	return m
}

// The Secret, the ConfigMap and what the pod mounts of them make a configuration that the exporter takes.
func TestKubernetesConfiguration(t *testing.T) {
	base := manifest[kustomization](t, "base/kustomization.yaml")
	pod := manifest[workload](t, "base/deployment.yaml").Spec.Template.Spec
	var secret struct {
		Metadata   metadata
		StringData map[string]string `yaml:"stringData"`
	}
	decode(t, testkit.ReadFile(t, "kubernetes/base/secret.example.yaml"), &secret)

	mounted := map[string]string{}
	for _, mount := range pod.Containers[0].VolumeMounts {
		mounted[mount.Name] = mount.MountPath
		if !mount.ReadOnly {
			t.Errorf("%s can be written", mount.MountPath)
		}
	}
	secretsAt := ""
	for _, volume := range pod.Volumes {
		switch {
		case mounted[volume.Name] == "":
			t.Errorf("volume %s is not mounted", volume.Name)
		case volume.ConfigMap.Name != "":
			if generator := base.ConfigMapGenerator[0]; volume.ConfigMap.Name != generator.Name || !slices.Equal(generator.Files, []string{"engage.yml"}) {
				t.Errorf("ConfigMap %s is not what %+v makes", volume.ConfigMap.Name, generator)
			}
			if want := "--config.file=" + mounted[volume.Name] + "/engage.yml"; !slices.Contains(pod.Containers[0].Args, want) {
				t.Errorf("args %v, want %s", pod.Containers[0].Args, want)
			}
		default:
			secretsAt = mounted[volume.Name]
			if volume.Secret.SecretName != secret.Metadata.Name || volume.Secret.DefaultMode != 0o440 {
				t.Errorf("volume %+v, want the Secret %s with mode 0440", volume, secret.Metadata.Name)
			}
		}
	}
	dir := t.TempDir()
	for key, value := range secret.StringData {
		testkit.WriteFile(t, dir, key, value)
	}
	text := testkit.ReadFile(t, "kubernetes/base/engage.yml")
	if secretsAt == "" || strings.Count(text, secretsAt+"/") != len(secret.StringData) {
		t.Fatalf("the configuration names other files below %q than the Secret's %v", secretsAt, slices.Sorted(maps.Keys(secret.StringData)))
	}
	if _, err := collector.ParseConfig("engage.yml", []byte(strings.ReplaceAll(text, secretsAt, dir)), config.Options{}); err != nil {
		t.Error(err)
	}
}

func TestKubernetesWorkloads(t *testing.T) {
	svc := manifest[service](t, "base/service.yaml")
	for _, name := range []string{"base/deployment.yaml", "sharded/statefulset.yaml"} {
		t.Run(name, func(t *testing.T) {
			w := manifest[workload](t, name)
			labels, pod := w.Spec.Template.Metadata.Labels, w.Spec.Template.Spec
			for _, selector := range []map[string]string{w.Spec.Selector.MatchLabels, svc.Spec.Selector} {
				if len(selector) == 0 || !maps.Equal(selector, labels) {
					t.Errorf("selector %v, the pod's labels %v", selector, labels)
				}
			}
			c := pod.Containers[0]
			port, health := c.Ports[0], c.Ports[1]
			if flag := fmt.Sprintf("--web.health-listen-address=:%d", health.ContainerPort); !slices.Contains(c.Args, flag) {
				t.Errorf("args %v, want %s", c.Args, flag)
			}
			if s := svc.Spec.Ports[0]; s.TargetPort != port.Name || s.Port != port.ContainerPort || port.ContainerPort != 9787 {
				t.Errorf("the service's port %+v, the container's %+v", s, port)
			}
			for kind, p := range map[string]struct{ got, path string }{
				"startup":   {c.StartupProbe.HTTPGet.Path + " " + c.StartupProbe.HTTPGet.Port, "/-/ready"},
				"readiness": {c.ReadinessProbe.HTTPGet.Path + " " + c.ReadinessProbe.HTTPGet.Port, "/-/ready"},
				"liveness":  {c.LivenessProbe.HTTPGet.Path + " " + c.LivenessProbe.HTTPGet.Port, "/-/healthy"},
			} {
				if p.got != p.path+" "+health.Name {
					t.Errorf("%s probe of %q, want %s on port %s", kind, p.got, p.path, health.Name)
				}
			}
			// What Kubernetes calls the restricted pod security standard, and a file system that cannot be written.
			s, cs := pod.SecurityContext, c.SecurityContext
			if !s.RunAsNonRoot || s.RunAsUser == 0 || s.SeccompProfile.Type == "" || cs.AllowPrivilegeEscalation == nil ||
				*cs.AllowPrivilegeEscalation || !slices.Equal(cs.Capabilities.Drop, []string{"ALL"}) || !cs.ReadOnlyRootFilesystem {
				t.Errorf("not restricted: %+v %+v", s, cs)
			}
			if !strings.Contains(testkit.ReadFile(t, "../Dockerfile"), "\nUSER "+strconv.Itoa(s.RunAsUser)+":"+strconv.Itoa(s.RunAsGroup)+"\n") {
				t.Errorf("the image's user is not %d:%d", s.RunAsUser, s.RunAsGroup)
			}
			for _, want := range []string{c.Resources["requests"]["memory"], c.Resources["requests"]["cpu"], c.Resources["limits"]["memory"]} {
				if want == "" {
					t.Errorf("resources %v", c.Resources)
				}
			}
			args := slices.Clone(c.Args)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "$(SHARD)", strconv.Itoa(max(1, w.Spec.Ordinals.Start)))
			}
			exporterKnows(t, args)
		})
	}
}

// Probes have no password. They are answered all the same where --web.config.file asks for one.
func TestKubernetesProbesWithPasswords(t *testing.T) {
	c := manifest[workload](t, "base/deployment.yaml").Spec.Template.Spec.Containers[0]
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

// status is the status of a page.
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

// The shards are the base's exporter but for the flag with the number of each, and the claim for its state.
func TestKubernetesShards(t *testing.T) {
	one, many := manifest[workload](t, "base/deployment.yaml"), manifest[workload](t, "sharded/statefulset.yaml")
	shard := "--shard=$(SHARD)/" + strconv.Itoa(many.Spec.Replicas)
	args, mounts := many.Spec.Template.Spec.Containers[0].Args, many.Spec.Template.Spec.Containers[0].VolumeMounts
	if args[len(args)-2] != shard {
		t.Errorf("args %v, want %s for %d replicas", args, shard, many.Spec.Replicas)
	}
	state, claims := mounts[len(mounts)-1], many.Spec.VolumeClaimTemplates
	if args[len(args)-1] != "--storage.path="+state.MountPath+"/state" || state.ReadOnly ||
		len(claims) != 1 || claims[0].Metadata.Name != state.Name {
		t.Errorf("args %v, with the state in %+v and the claims %+v", args, state, claims)
	}
	if many.Spec.Ordinals.Start != 1 {
		t.Errorf("the first pod has number %d, the first shard 1", many.Spec.Ordinals.Start)
	}
	if many.Spec.ServiceName != manifest[service](t, "base/service.yaml").Metadata.Name {
		t.Errorf("serviceName %s", many.Spec.ServiceName)
	}
	c := &many.Spec.Template.Spec.Containers[0]
	c.Args, c.Env, c.VolumeMounts = args[:len(args)-2], nil, mounts[:len(mounts)-1]
	if !reflect.DeepEqual(one.Spec.Template, many.Spec.Template) {
		t.Errorf("the pods differ otherwise too:\n%+v\n%+v", one.Spec.Template, many.Spec.Template)
	}

	overlay := manifest[kustomization](t, "sharded/kustomization.yaml")
	headless := manifest[struct {
		Kind     string
		Metadata metadata
		Spec     struct {
			ClusterIP string `yaml:"clusterIP"`
		}
	}](t, "sharded/service.patch.yaml")
	if headless.Kind != "Service" || headless.Metadata.Name != many.Spec.ServiceName || headless.Spec.ClusterIP != "None" {
		t.Errorf("%+v is not the headless Service of the StatefulSet", headless)
	}
	labels := many.Spec.Template.Metadata.Labels
	disruption := manifest[struct {
		Spec struct {
			MaxUnavailable int `yaml:"maxUnavailable"`
			Selector       selector
		}
	}](t, "sharded/poddisruptionbudget.yaml").Spec
	if disruption.MaxUnavailable != 1 || !maps.Equal(disruption.Selector.MatchLabels, labels) {
		t.Errorf("the PodDisruptionBudget is %+v, the pods' labels %v", disruption, labels)
	}
	type preferred struct {
		Weight int
		Term   struct {
			TopologyKey   string   `yaml:"topologyKey"`
			LabelSelector selector `yaml:"labelSelector"`
		} `yaml:"podAffinityTerm"`
	}
	apart := manifest[struct {
		Spec struct {
			Template struct {
				Spec struct {
					Affinity struct {
						Anti struct {
							Preferred []preferred `yaml:"preferredDuringSchedulingIgnoredDuringExecution"`
						} `yaml:"podAntiAffinity"`
					}
				}
			}
		}
	}](t, "sharded/statefulset.yaml").Spec.Template.Spec.Affinity.Anti.Preferred
	if len(apart) != 1 || apart[0].Weight < 1 || apart[0].Term.TopologyKey != "kubernetes.io/hostname" ||
		!maps.Equal(apart[0].Term.LabelSelector.MatchLabels, labels) {
		t.Errorf("anti-affinity %+v, the pods' labels %v", apart, labels)
	}
	deleted := manifest[struct {
		workload `yaml:",inline"`
		Patch    string `yaml:"$patch"`
	}](t, "sharded/"+overlay.Patches[0].Path)
	if deleted.Patch != "delete" || deleted.Kind != one.Kind || deleted.Metadata.Name != one.Metadata.Name {
		t.Errorf("%+v does not delete the Deployment", deleted)
	}
}

// The policy is that of the exporter's pods, and lets Prometheus in at their port and the exporter out to DNS and HTTPS.
func TestNetworkPolicy(t *testing.T) {
	type rule struct {
		From []struct {
			NamespaceSelector *map[string]any `yaml:"namespaceSelector"`
			PodSelector       selector        `yaml:"podSelector"`
		}
		Ports []struct {
			Protocol string
			Port     string
		}
	}
	policy := manifest[struct {
		Spec struct {
			PodSelector     selector `yaml:"podSelector"`
			PolicyTypes     []string `yaml:"policyTypes"`
			Ingress, Egress []rule
		}
	}](t, "networkpolicy/networkpolicy.yaml").Spec
	pod := manifest[workload](t, "base/deployment.yaml").Spec.Template
	if !maps.Equal(policy.PodSelector.MatchLabels, pod.Metadata.Labels) || !slices.Equal(policy.PolicyTypes, []string{"Ingress", "Egress"}) {
		t.Errorf("it is for %+v, %v; the pod's labels are %v", policy.PodSelector, policy.PolicyTypes, pod.Metadata.Labels)
	}
	ports := func(rules []rule) (all []string) {
		for _, r := range rules {
			for _, p := range r.Ports {
				all = append(all, p.Protocol+" "+p.Port)
			}
		}
		return all
	}
	if got := ports(policy.Ingress); !slices.Equal(got, []string{"TCP " + pod.Spec.Containers[0].Ports[0].Name}) {
		t.Errorf("it lets in %v", got)
	}
	if got := ports(policy.Egress); !slices.Equal(got, []string{"UDP 53", "TCP 53", "TCP 443"}) {
		t.Errorf("it lets out %v", got)
	}
	from := policy.Ingress[0].From
	if len(from) != 1 || from[0].NamespaceSelector == nil || from[0].PodSelector.MatchLabels["app.kubernetes.io/name"] != "prometheus" {
		t.Errorf("it lets in %+v, want Prometheus of any namespace", from)
	}
}

func TestKustomizations(t *testing.T) {
	for _, name := range []string{"base", "sharded", "monitoring", "networkpolicy"} {
		t.Run(name, func(t *testing.T) {
			k := manifest[kustomization](t, name+"/kustomization.yaml")
			for _, resource := range k.Resources {
				testkit.Files(t, filepath.Join("kubernetes", name, resource))
			}
			for _, patch := range k.Patches {
				testkit.Files(t, filepath.Join("kubernetes", name, patch.Path))
			}
			for _, image := range k.Images {
				if version := strings.TrimSpace(testkit.ReadFile(t, "../VERSION")); image.Name != "engage_exporter" || image.NewTag != version {
					t.Errorf("image %s:%s, want engage_exporter:%s", image.Name, image.NewTag, version)
				}
			}
		})
	}
}

func TestServiceMonitor(t *testing.T) {
	svc := manifest[service](t, "base/service.yaml")
	var monitor struct {
		Spec struct {
			Selector struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			}
			Endpoints []struct {
				Port, Path string
			}
		}
	}
	decode(t, testkit.ReadFile(t, "kubernetes/monitoring/servicemonitor.yaml"), &monitor)
	// kustomization.yaml gives every object this label.
	if got := monitor.Spec.Selector.MatchLabels; !maps.Equal(got, map[string]string{"app.kubernetes.io/name": svc.Metadata.Name}) {
		t.Errorf("selector %v", got)
	}
	endpoint := monitor.Spec.Endpoints[0]
	if endpoint.Port != svc.Spec.Ports[0].Name || endpoint.Path != "/metrics" {
		t.Errorf("endpoint %+v, the service's ports %+v", endpoint, svc.Spec.Ports)
	}
	// The rules find the exporter by its job, which the operator names after the service.
	if !strings.Contains(testkit.ReadFile(t, "../rules/exporter.yml"), `job=~"engage|engage[-_]exporter"`) || svc.Metadata.Name != "engage-exporter" {
		t.Errorf("the rules do not know the job %s", svc.Metadata.Name)
	}
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
