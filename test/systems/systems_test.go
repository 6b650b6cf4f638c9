// Package systems_test lets other systems' own libraries read what this repository has for them: helm the chart,
// Kubernetes' and the operators' types what the chart renders, jsonnet the mixin. It is a module of its own, so that
// the exporter's has none of these libraries.
package systems_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is the folder of the repository, from the folder of these tests.
const root = "../.."

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

// exporter is the program, compiled for these tests.
var exporter string

func TestMain(m *testing.M) {
	flag.Parse()
	// helm logs each symbolic link of the chart.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	dir, err := os.MkdirTemp("", "systems")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	exporter = filepath.Join(dir, "engage_exporter")
	build := exec.Command("go", "build", "-o", exporter, ".")
	build.Dir = root
	code := 1
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "compiling the exporter: %v\n%s", err, out)
	} else {
		code = m.Run()
	}
	// Only all tests together know all lines of the page.
	if code == 0 && flag.Lookup("test.run").Value.String() == "" {
		if err := checkCompatibility(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// read returns the content of a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// parseJSON returns the value that a JSON text has.
func parseJSON(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// files returns the paths of the repository that match a pattern. There must be one at least.
func files(t *testing.T, pattern string) (paths []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	for _, path := range found {
		relative, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, filepath.ToSlash(relative))
	}
	return paths
}

// generated fails the test unless a file of the repository has the content; -update writes it.
func generated(t *testing.T, path, content string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if read(t, path) != content {
		t.Errorf("%s is out of date: run \"make systems-update\"", path)
	}
}

// equal fails the test with what differs.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (+) and what is wanted (-):\n%s", what, diff)
	}
}

// typeName returns the name of a value's type.
func typeName(v any) string { return fmt.Sprintf("%T", v) }
