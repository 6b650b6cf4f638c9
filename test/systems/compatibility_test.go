package systems_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const compatibilityPage = "docs/compatibility.md"

// attempt is a line of the page: what was tried with a system.
type attempt struct{ system, version, what string }

var attempts []attempt

// tried adds a line to docs/compatibility.md if the test passes. The version is that of a module of this folder's
// go.mod, if it is named.
func tried(t *testing.T, system, module, what string) {
	t.Helper()
	version := "not run itself"
	if module != "" {
		version = moduleVersion(t, "test/systems/go.mod", module)
	}
	// The module of Kubernetes 1.37 is v0.37.
	if minor, ok := strings.CutPrefix(version, "0."); ok && module == "k8s.io/api" {
		version = "1." + minor
	}
	t.Cleanup(func() {
		if !t.Failed() {
			attempts = append(attempts, attempt{system, version, what})
		}
	})
}

func moduleVersion(t *testing.T, file, module string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s+` + regexp.QuoteMeta(module) + ` v(\S+)`).FindStringSubmatch(read(t, file))
	if found == nil {
		t.Fatalf("%s does not require %s", file, module)
	}
	return found[1]
}

// The end-to-end tests and the rules' tests run these themselves; make test runs both.
func TestPrometheusVersions(t *testing.T) {
	for _, line := range []struct{ system, module, debian, what string }{
		{"Prometheus", "github.com/prometheus/prometheus", "2.42", "scrapes, discovery, rules and their tests, backfill, dashboards' queries: `make e2e`, `make check-rules`"},
		{"Alertmanager", "github.com/prometheus/alertmanager", "0.25", "routes, inhibition and delivery: `make e2e`, `make check-rules`"},
	} {
		version := moduleVersion(t, "tools/prometheus/go.mod", line.module)
		// Prometheus 3.16.0 is v0.316.0 as a module.
		if minor, ok := strings.CutPrefix(version, "0.3"); ok && line.system == "Prometheus" {
			version = "3." + minor
		}
		attempts = append(attempts, attempt{line.system, line.debian + " and " + version, line.what})
	}
}

// checkCompatibility compares the table of the page with what was tried, or writes it.
func checkCompatibility() error {
	slices.SortFunc(attempts, func(a, b attempt) int {
		return cmp.Or(strings.Compare(a.system, b.system), strings.Compare(a.what, b.what))
	})
	var table strings.Builder
	table.WriteString("| system | version | what was tried |\n|---|---|---|\n")
	for _, a := range attempts {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", a.system, a.version, a.what)
	}
	path := root + "/" + compatibilityPage
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const begin, end = "<!-- written by the tests -->\n", "<!-- end of what the tests write -->\n"
	before, rest, ok := strings.Cut(string(page), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks %q or %q", compatibilityPage, begin, end)
	}
	want := before + begin + table.String() + end + after
	if *update {
		return os.WriteFile(path, []byte(want), 0o644)
	}
	if want != string(page) {
		return fmt.Errorf("%s is out of date: run \"make systems-update\"", compatibilityPage)
	}
	return nil
}
