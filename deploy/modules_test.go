package deploy_test

import (
	"debug/buildinfo"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// checkModules fails the test unless a list of modules is that of a binary: each module with its version and checksum,
// the version of Go and the settings of the build. The checksums must be those of go.sum, which "go mod verify" holds
// the source to.
func checkModules(t *testing.T, list []byte, binary string) {
	t.Helper()
	var listed debug.BuildInfo
	if err := json.Unmarshal(list, &listed); err != nil {
		t.Fatalf("the list of modules: %v", err)
	}
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if listed.String() != built.String() {
		t.Errorf("the list of modules is that of another binary:\n%s\nwant\n%s", listed.String(), built)
	}
	if len(listed.Deps) < 20 || listed.GoVersion == "" || len(listed.Settings) == 0 {
		t.Errorf("the list of modules has %d of them, Go %q and %d settings", len(listed.Deps), listed.GoVersion, len(listed.Settings))
	}
	known := "\n" + testkit.ReadFile(t, "../go.sum")
	for _, m := range listed.Deps {
		if m.Replace != nil || !strings.Contains(known, "\n"+m.Path+" "+m.Version+" "+m.Sum+"\n") || m.Sum == "" {
			t.Errorf("%s %s with the checksum %q is not the one of go.sum", m.Path, m.Version, m.Sum)
		}
	}
}

// moduleHeading is the line of THIRD_PARTY_LICENSES that names a module, with its licences in brackets.
var moduleHeading = regexp.MustCompile(`(?m)^={80}\n(\S+ \S+) \([^)]+\)\n\n--- `)

// checkLicences fails the test unless the licences are those of the modules that a binary is made of.
func checkLicences(t *testing.T, licences, binary string) {
	t.Helper()
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var licensed, linked []string
	for _, heading := range moduleHeading.FindAllStringSubmatch(licences, -1) {
		licensed = append(licensed, heading[1])
	}
	for _, m := range built.Deps {
		linked = append(linked, m.Path+" "+m.Version)
	}
	slices.Sort(licensed)
	slices.Sort(linked)
	if diff := cmp.Diff(linked, licensed); diff != "" {
		t.Errorf("THIRD_PARTY_LICENSES (+) and the modules of the binary (-):\n%s", diff)
	}
	if !strings.Contains(licences, "Go: its standard library and runtime (BSD-3-Clause") {
		t.Error("THIRD_PARTY_LICENSES lacks that of Go itself")
	}
}

// "make sbom" writes the list of what "make build" makes.
func TestModules(t *testing.T) {
	copied, dir := filepath.Join(t.TempDir(), "source"), t.TempDir()
	copySource(t, copied)
	output(t, exec.Command("make", "-C", copied, "sbom", "DIST="+dir))
	checkModules(t, []byte(testkit.ReadFile(t, testkit.Files(t, filepath.Join(dir, "*.modules.json"))[0])), filepath.Join(copied, "engage_exporter"))
}

// What is shipped is compiled with the Go that go.mod names: in the container as well, whose image otherwise keeps to
// its own. The tools must not be of another, or the linter refuses the source and vulncheck looks at another standard
// library.
func TestToolchain(t *testing.T) {
	line := regexp.MustCompile(`(?m)^toolchain go\S+$`)
	want := line.FindString(testkit.ReadFile(t, "../go.mod"))
	if want == "" {
		t.Fatal("go.mod names no toolchain")
	}
	for _, folder := range goModuleFolders {
		file := filepath.Join(folder, "go.mod")
		if got := line.FindString(testkit.ReadFile(t, filepath.Join("..", file))); got != want {
			t.Errorf("%s has %q, go.mod %q", file, got, want)
		}
	}
	stage, _, _ := strings.Cut(testkit.ReadFile(t, "../Dockerfile"), "RUN ")
	if !strings.Contains(stage, "\nENV GOTOOLCHAIN=auto\n") {
		t.Error("the Dockerfile's image keeps to its own Go: want ENV GOTOOLCHAIN=auto before the first RUN")
	}
}
