package deploy_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var (
	makeCommand = regexp.MustCompile(`(?m)^ +(?:- )?run: make ([a-z-]+)`)
	npmFolder   = regexp.MustCompile(`(?m)^\w+_modules +:= (\S+)/node_modules/`)
)

// The workflows run what a developer runs: targets of the Makefile.
func TestWorkflowsCallMake(t *testing.T) {
	makefile := testkit.ReadFile(t, "../Makefile")
	for _, path := range testkit.Files(t, "../.github/workflows/*.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			calls := makeCommand.FindAllStringSubmatch(testkit.ReadFile(t, path), -1)
			if len(calls) == 0 {
				t.Error("it calls no target of the Makefile")
			}
			for _, call := range calls {
				if !strings.Contains(makefile, "\n.PHONY: "+call[1]+"\n") {
					t.Errorf("the Makefile has no target %s", call[1])
				}
			}
		})
	}
}

// Dependabot looks at each Go module, at the npm packages, the Dockerfile and the workflows.
func TestDependabot(t *testing.T) {
	var file struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	decode(t, testkit.ReadFile(t, "../.github/dependabot.yml"), &file)
	covered := map[string]bool{}
	for _, update := range file.Updates {
		for _, folder := range append(update.Directories, update.Directory) {
			covered[update.Ecosystem+" "+folder] = true
		}
	}
	want := []string{"docker /", "github-actions /"}
	packages := npmFolder.FindAllStringSubmatch(testkit.ReadFile(t, "../Makefile"), -1)
	if len(packages) == 0 {
		t.Error("the Makefile installs no npm packages")
	}
	for _, folder := range packages {
		want = append(want, "npm /"+folder[1])
	}
	for _, module := range goModuleFolders {
		want = append(want, "gomod /"+strings.TrimPrefix(module, "."))
	}
	for _, name := range want {
		if !covered[name] {
			t.Errorf(".github/dependabot.yml lacks %s", name)
		}
	}
}

// Each module of the repository is one that make check-modules checks.
func TestAllModulesAreChecked(t *testing.T) {
	list := "for module in " + strings.Join(goModuleFolders, " ") + "; do"
	if !strings.Contains(testkit.ReadFile(t, "../Makefile"), list) {
		t.Errorf("make check-modules does not have %q", list)
	}
	found := 0
	for _, pattern := range []string{"../go.mod", "../*/go.mod", "../*/*/go.mod"} {
		modules, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found += len(modules)
	}
	if found != len(goModuleFolders) {
		t.Errorf("the repository has %d modules, and these are known: %v", found, goModuleFolders)
	}
}
