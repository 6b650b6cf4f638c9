package collector_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

var update = flag.Bool("update", false, "write the golden files")

// wantGolden compares an exposition with testdata/NAME.prom, and lints it.
func wantGolden(t *testing.T, name, text string) {
	t.Helper()
	golden := filepath.Join("testdata", name+".prom")
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("exposition differs from %s (−want +got; go test ./collector -update writes it again):\n%s", golden, diff)
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("lint: %s: %s", p.Metric, p.Text)
	}
}

// wantEveryFamily checks that the page has every family that the catalogue promises of a vendor, so that none is
// described and never filled.
func wantEveryFamily(t *testing.T, p page, vendor string) {
	t.Helper()
	given := make(map[string]bool)
	for _, f := range p {
		given[f.GetName()] = true
	}
	for name, condition := range catalogue(t) {
		if strings.HasPrefix(name, vendor+"_") && !strings.Contains(condition, "if the vendor sends it") && !given[name] {
			t.Errorf("%s (%s) has no sample", name, condition)
		}
	}
}
