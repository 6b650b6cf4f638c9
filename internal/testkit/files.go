package testkit

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// ReadFile returns the content of a file as text.
func ReadFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commentedOut is a line of YAML that is commented out. A comment has one space after the #, such a line two or more.
var commentedOut = regexp.MustCompile(`(?m)^#(  )`)

// ReadCommentedOut returns the content of a YAML file with what is commented out in it.
func ReadCommentedOut(t testing.TB, path string) string {
	t.Helper()
	return commentedOut.ReplaceAllString(ReadFile(t, path), "$1")
}

// WriteFile writes a file into a folder and returns its path. Missing folders are created.
func WriteFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Files returns the files that match a glob pattern. There must be at least one.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	return paths
}
