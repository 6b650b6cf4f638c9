package deploy_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// Each direct dependency has a line in docs/dependencies.md that says what it is for, and each line its dependency.
func TestDependenciesAreDocumented(t *testing.T) {
	page := testkit.ReadFile(t, "../docs/dependencies.md")
	for heading, used := range map[string][]string{
		"Go modules": goModules(t, ".."),
		"Go modules of the tests with other systems": goModules(t, "../test/systems"),
		"Go tools":         goTools(t),
		"npm packages":     npmPackages(t),
		"Debian packages":  debianPackages(t),
		"Container images": images(t),
	} {
		t.Run(heading, func(t *testing.T) {
			documented := purposes(t, page, heading)
			if len(used) == 0 {
				t.Fatal("there are no dependencies at all")
			}
			for _, name := range used {
				if purpose, ok := documented[name]; !ok {
					t.Errorf("%s has no line in docs/dependencies.md: say there what it is for", name)
				} else if strings.TrimSpace(purpose) == "" {
					t.Errorf("docs/dependencies.md does not say what %s is for", name)
				}
			}
			for _, name := range slices.Sorted(maps.Keys(documented)) {
				if !slices.Contains(used, name) {
					t.Errorf("docs/dependencies.md has a line for %s, which is no direct dependency", name)
				}
			}
		})
	}
}

var purposeRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(.*)\\|$")

// purposes are the rows of the table under a heading: what each dependency is for.
func purposes(t *testing.T, page, heading string) map[string]string {
	t.Helper()
	_, section, ok := strings.Cut(page, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/dependencies.md has no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := make(map[string]string)
	for _, row := range purposeRow.FindAllStringSubmatch(section, -1) {
		if _, twice := rows[row[1]]; twice {
			t.Errorf("docs/dependencies.md has two lines for %s", row[1])
		}
		rows[row[1]] = row[2]
	}
	return rows
}

// goMod is what the go command tells of a go.mod.
type goMod struct {
	Require []struct {
		Path     string
		Indirect bool
	}
	Tool []struct{ Path string }
}

func readGoMod(t *testing.T, dir string) goMod {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod goMod
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	return mod
}

func goModules(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, m := range readGoMod(t, dir).Require {
		if !m.Indirect {
			names = append(names, m.Path)
		}
	}
	return names
}

// goModuleFolders are those of the exporter, of the tools and of the tests that need other systems' libraries.
var goModuleFolders = []string{".", "tools", "tools/prometheus", "tools/release", "test/systems"}

func goTools(t *testing.T) (names []string) {
	t.Helper()
	for _, module := range goModuleFolders {
		for _, tool := range readGoMod(t, filepath.Join("..", module)).Tool {
			names = append(names, tool.Path)
		}
	}
	return names
}

func npmPackages(t *testing.T) []string {
	t.Helper()
	names := make(map[string]bool)
	for _, file := range []string{
		"../dashboards/src/package.json", "../scripts/screenshots/page/package.json", "../docs/spelling/package.json",
	} {
		var manifest struct{ Dependencies, DevDependencies map[string]string }
		if err := json.Unmarshal([]byte(testkit.ReadFile(t, file)), &manifest); err != nil {
			t.Fatal(err)
		}
		for _, dependencies := range []map[string]string{manifest.Dependencies, manifest.DevDependencies} {
			for name := range dependencies {
				names[name] = true
			}
		}
	}
	return slices.Collect(maps.Keys(names))
}

func debianPackages(t *testing.T) (names []string) {
	t.Helper()
	_, list, _ := strings.Cut(testkit.ReadFile(t, "../scripts/install-test-tools.sh"), "readonly needed='\n")
	list, _, _ = strings.Cut(list, "'")
	for line := range strings.Lines(list) {
		names = append(names, strings.Fields(line)[1:]...) // what brings a program follows its name
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// imageLine names an image with its tag and digest: the tag is for readers, the digest decides.
var imageLine = regexp.MustCompile(`(?m)^ARG [A-Z]+_IMAGE=([^\s:@]+):\S+@sha256:[0-9a-f]{64}$`)

func images(t *testing.T) (names []string) {
	t.Helper()
	dockerfile := testkit.ReadFile(t, "../Dockerfile")
	for _, image := range imageLine.FindAllStringSubmatch(dockerfile, -1) {
		names = append(names, image[1])
	}
	if used := strings.Count(dockerfile, "\nFROM "); used != len(names) {
		t.Errorf("the Dockerfile has %d stages, and names %d images by digest", used, len(names))
	}
	return names
}
