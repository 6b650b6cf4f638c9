package deploy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// vendorExamples are the files outside the places of a vendor that may name one, and why. A new vendor needs no edit in
// any of them.
var vendorExamples = map[string]string{
	"cli/backfill.go":                   "the help of a flag has an example",
	"cli/check.go":                      "an error has an example of a target",
	"cli/demo.go":                       "the demo begins with faults of these vendors",
	"cli/simulate.go":                   "the help of a flag has examples of faults",
	"simulator/control.go":              "an error has an example of a fault",
	"simulator/fault_parse.go":          "an error has an example of a fault",
	"simulator/simtest/getui.go":        "the tests of the simulator's core try faults on this vendor",
	"scripts/screenshots/dashboards.go": "the pictures show faults of these vendors",
	"test/bench/decoders.go":            "the vendors whose answers are large are measured",
	"test/bench/reports.go":             "the vendors whose answers are large are measured",
	"test/bench/single.go":              "the exporter's own costs are measured with one vendor",
	"test/bench/vendor.go":              "the exporter's own costs are measured with one vendor",
	"web/probe.go":                      "an error has an example of a target",
	"web/webtest/webtest.go":            "the tests of the web pages read this vendor",
}

// TestPlacesOfAVendor compares the list in CONTRIBUTING.md with the code: every vendor has each place, and no other
// file names a vendor. Tests may do so.
func TestPlacesOfAVendor(t *testing.T) {
	places := vendorPlaces(t)
	var names []string
	for _, v := range collector.ConfigVendors() {
		names = append(names, v.Name)
	}
	if len(names) < 5 {
		t.Fatalf("the collector has the vendors %q only", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			for _, place := range places {
				if folder, ok := strings.CutSuffix(strings.ReplaceAll(place, "VENDOR", name), "/"); ok {
					if files, err := filepath.Glob(filepath.Join("..", folder, "*.go")); err != nil || len(files) == 0 {
						t.Errorf("%s has no Go file (%v), but CONTRIBUTING.md lists it", folder, err)
					}
					continue
				}
				imports, entries := 0, 0
				for _, where := range vendorMentions(t, place, []string{name}) {
					if where.isImport {
						imports++
					} else {
						entries++
					}
				}
				if imports != 1 || entries != 1 {
					t.Errorf("%s has %d imports and %d entries of %s, want one of each", place, imports, entries, name)
				}
			}
		})
	}

	t.Run("no other file", func(t *testing.T) {
		mentioned := make(map[string]bool)
		err := filepath.WalkDir("..", func(file string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			file = strings.TrimPrefix(filepath.ToSlash(file), "../")
			if entry.IsDir() && (isVendorPlace(file+"/", places, names) || strings.HasPrefix(entry.Name(), ".git") ||
				entry.Name() == "node_modules") {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") ||
				isVendorPlace(file, places, names) {
				return nil
			}
			for _, where := range vendorMentions(t, file, names) {
				mentioned[file] = true
				if vendorExamples[file] == "" {
					t.Errorf("%s: %s names a vendor; it belongs into a place that CONTRIBUTING.md lists", where.position,
						where.text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for file := range vendorExamples {
			if !mentioned[file] {
				t.Errorf("%s names no vendor: take it out of vendorExamples", file)
			}
		}
	})
}

var vendorPlace = regexp.MustCompile("(?m)^[0-9]+\\. `([^`]+)`")

// vendorPlaces returns the places that CONTRIBUTING.md lists; a folder ends in a slash.
func vendorPlaces(t *testing.T) []string {
	t.Helper()
	text := testkit.ReadFile(t, "../CONTRIBUTING.md")
	_, list, found := strings.Cut(text, "<!-- places of a vendor: ")
	list, _, ended := strings.Cut(list, "<!-- end of the places of a vendor -->")
	if !found || !ended {
		t.Fatal("CONTRIBUTING.md has no list of the places of a vendor between its two comments")
	}
	var places []string
	for _, m := range vendorPlace.FindAllStringSubmatch(list, -1) {
		places = append(places, m[1])
	}
	if len(places) != 5 {
		t.Fatalf("CONTRIBUTING.md lists %q, want three folders and two files", places)
	}
	return places
}

// isVendorPlace reports whether a path is one of the places of one of the vendors.
func isVendorPlace(file string, places, names []string) bool {
	for _, place := range places {
		for _, name := range names {
			if file == strings.ReplaceAll(place, "VENDOR", name) {
				return true
			}
		}
	}
	return false
}

// vendorMention is an import, an identifier or a string that has the name of a vendor.
type vendorMention struct {
	position token.Position
	text     string
	isImport bool
}

// vendorMentions returns where the code of a file, without its comments, names one of the vendors.
func vendorMentions(t *testing.T, file string, names []string) []vendorMention {
	t.Helper()
	positions := token.NewFileSet()
	parsed, err := parser.ParseFile(positions, filepath.Join("..", file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	named := func(text string) bool {
		text = strings.ToLower(text)
		for _, name := range names {
			if strings.Contains(text, name) {
				return true
			}
		}
		return false
	}
	var mentions []vendorMention
	note := func(n ast.Node, text string, isImport bool) {
		mentions = append(mentions, vendorMention{positions.Position(n.Pos()), text, isImport})
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			if named(path.Base(strings.Trim(n.Path.Value, `"`))) {
				note(n, n.Path.Value, true)
			}
			return false
		case *ast.Ident:
			if named(n.Name) {
				note(n, n.Name, false)
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && named(n.Value) {
				note(n, n.Value, false)
			}
		}
		return true
	})
	return mentions
}
