package deploy_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// What is shipped is compiled with the Go that go.mod names: in the container as well, whose image otherwise keeps to
// its own. The tools must not be of another, or the linter refuses the source and vulncheck looks at another standard
// library.
func TestToolchain(t *testing.T) {
	line := regexp.MustCompile(`(?m)^toolchain go\S+$`)
	want := line.FindString(testkit.ReadFile(t, "../go.mod"))
	if want == "" {
		t.Fatal("go.mod names no toolchain")
	}
	for _, file := range []string{"tools/go.mod", "tools/prometheus/go.mod", "test/systems/go.mod"} {
		if got := line.FindString(testkit.ReadFile(t, "../"+file)); got != want {
			t.Errorf("%s has %q, go.mod %q", file, got, want)
		}
	}
	stage, _, _ := strings.Cut(testkit.ReadFile(t, "../Dockerfile"), "RUN ")
	if !strings.Contains(stage, "\nENV GOTOOLCHAIN=auto\n") {
		t.Error("the Dockerfile's image keeps to its own Go: want ENV GOTOOLCHAIN=auto before the first RUN")
	}
}
