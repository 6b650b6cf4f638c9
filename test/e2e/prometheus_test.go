package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// Both jobs of the example are what Prometheus takes.
func TestPrometheusExample(t *testing.T) {
	const example = "../../prometheus.yml.example"
	if out, err := run(t, "", "promtool", "check", "config", example); err != nil {
		t.Errorf("promtool check config: %v\n%s", err, out)
	}
	both := testkit.ReadCommentedOut(t, example)
	if n := strings.Count(both, "job_name:"); n != 2 {
		t.Errorf("%d jobs, want 2", n)
	}
	file := testkit.WriteFile(t, t.TempDir(), "prometheus.yml", both)
	if out, err := run(t, "", "promtool", "check", "config", "--syntax-only", file); err != nil {
		t.Errorf("promtool check config with both jobs: %v\n%s", err, out)
	}
}

// prometheus starts a real Prometheus with both jobs of prometheus.yml.example, scraping the target every few seconds,
// and gives the address of its API.
func prometheus(t *testing.T, target string) string {
	t.Helper()
	text := testkit.ReadCommentedOut(t, "../../prometheus.yml.example")
	for old, replacement := range map[string]string{
		"localhost:9787":      target,
		"scrape_interval: 1m": "scrape_interval: 2s",
		"scrape_timeout: 30s": "scrape_timeout: 2s",
	} {
		if !strings.Contains(text, old) {
			t.Fatalf("prometheus.yml.example has no %q", old)
		}
		text = strings.ReplaceAll(text, old, replacement)
	}
	dir := t.TempDir()
	address := freeAddress(t)
	testkit.Start(t, "prometheus", "--config.file="+testkit.WriteFile(t, dir, "prometheus.yml", text), "--storage.tsdb.path="+dir+"/data", "--web.listen-address="+address)
	api := "http://" + address
	testkit.Await(t, "Prometheus", func() error {
		_, err := get(http.DefaultClient, api+"/-/ready")
		return err
	})
	return api
}

// names are the names of all series that Prometheus has.
func names(api string) ([]string, error) {
	text, err := get(http.DefaultClient, api+"/api/v1/label/__name__/values")
	if err != nil {
		return nil, err
	}
	var answer struct{ Data []string }
	return answer.Data, decode(text, &answer)
}

// series is one element of an instant query's answer.
type series struct {
	Metric map[string]string
	Value  [2]any // time, value as text
}

func query(api, expr string) ([]series, error) {
	text, err := get(http.DefaultClient, api+"/api/v1/query?query="+url.QueryEscape(expr))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct{ Result []series }
	}
	return answer.Data.Result, decode(text, &answer)
}

func decode(text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("%w in %s", err, text)
	}
	return nil
}

var familyRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|[^|]*\\| ([^|]*) \\|[^|]*\\|$")

// documentedFamilies are the vendor and exporter families that docs/metrics.md lists, but for those that a vendor's
// document does not promise.
func documentedFamilies(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var families []string
	for _, row := range familyRow.FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(row[2], "if the vendor sends it") {
			families = append(families, row[1])
		}
	}
	if len(families) < 50 {
		t.Fatalf("only %d families found in docs/metrics.md: has its form changed?", len(families))
	}
	return families
}

// strictParser reads a page as OpenMetrics' reference parser does, which is stricter than Prometheus' own, and prints
// how many families and samples it has.
const strictParser = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8")))
names = [f.name for f in families]
assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)
print(len(families), sum(len(f.samples) for f in families))
`

// wantStrictOpenMetrics checks the page as OpenMetrics: it parses, and has no line for a unit, which Prometheus would
// carry over to the families after it.
func wantStrictOpenMetrics(t *testing.T, address string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=1,*/*;q=0.1")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/openmetrics-text;") {
		t.Fatalf("%s answers with %q", address, got)
	}
	page := string(body)
	if strings.Contains(page, "\n# UNIT ") {
		t.Errorf("%s has a line for a unit", address)
	}
	// Debian's Python, not one that comes first on PATH: its package has the parser.
	out, err := run(t, page, "/usr/bin/python3", "-c", strictParser)
	var families, samples int
	if _, scanErr := fmt.Sscan(out, &families, &samples); err != nil || scanErr != nil || families < 20 || samples < families {
		t.Errorf("%s is not what OpenMetrics allows: %v\n%s", address, err, out)
	}
}

// A real Prometheus that scrapes the running demo gets every family of the docs page, and all that the exporter says
// of itself is well.
func TestPrometheusGetsEveryDocumentedFamily(t *testing.T) {
	demo := testkit.Start(t, binary, "demo", "--no-faults", "--web.listen-address=127.0.0.1:0")
	address := demo.Printed(`Open http://([^/]+)/`)
	api := prometheus(t, address)

	// engage_endpoint_failing is there only while something fails, engage_shard_info only where there are shards, and
	// the families of the storage only where there is one: TestKilledWithStorage has it.
	want := slices.DeleteFunc(documentedFamilies(t), func(name string) bool {
		return name == "engage_endpoint_failing" || name == "engage_shard_info" || name == "engage_read_duration_seconds" ||
			slices.Contains(storageFamilies, name)
	})
	want = append(want, "engage_read_duration_seconds_bucket", "engage_config_hash_info", "engage_exporter_build_info", "go_goroutines", "process_start_time_seconds")
	testkit.Await(t, "series of every family", func() error {
		got, err := names(api)
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(want), func(name string) bool { return slices.Contains(got, name) })
		if len(missing) > 0 {
			return fmt.Errorf("missing %q", missing)
		}
		return nil
	})
	wanted := map[string]int{
		`up{job="engage"} == 1`:                                                                1,
		`engage_endpoint_up{job="engage"} == 0`:                                                0,
		`engage_endpoint_dropped_samples{job="engage"} > 0`:                                    0,
		`getui_online_users{job="engage"}`:                                                     2,
		`engage_endpoint_failures_total{job="engage"} > 0`:                                     0,
		`max(getui_today_start_timestamp_seconds - (time() - (time() + 8*3600) % 86400)) == 0`: 1, // midnight in Shanghai
	}
	configured := testkit.ParseConfig(t, testkit.Unmasked([]byte(mustGet(t, "http://"+address+"/config"))),
		collector.ConfigVendors()...)
	for vendor, count := range enabledEndpoints(configured) {
		wanted[fmt.Sprintf(`engage_endpoint_up{job="engage",vendor=%q} == 1`, vendor)] = count
	}
	for expr, want := range wanted {
		testkit.Await(t, fmt.Sprintf("%d series of %s", want, expr), func() error {
			got, err := query(api, expr)
			if err == nil && len(got) != want {
				err = fmt.Errorf("got %d series, want %d: %v", len(got), want, got)
			}
			return err
		})
	}

	if out, err := run(t, mustGet(t, "http://"+address+"/metrics"), "promtool", "check", "metrics"); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	for _, path := range []string{"/metrics", "/probe?target=getui/shop-android"} {
		wantStrictOpenMetrics(t, "http://"+address+path)
	}
	if code := demo.End(os.Interrupt); code != 0 {
		t.Errorf("Ctrl-C ended the demo with status %d, want 0", code)
	}
}
