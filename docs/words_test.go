package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var (
	// codeInText is what is not prose: code, and comments that readers of a page do not see.
	codeInText = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|<!--.*?-->")
	unclearRow = regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\| ([^|]+) \\|$")
)

// unclearWords returns the words of the table in CONTRIBUTING.md, as a pattern each, with the words to use instead.
func unclearWords(t *testing.T) map[*regexp.Regexp]string {
	t.Helper()
	_, section, _ := strings.Cut(testkit.ReadFile(t, "../CONTRIBUTING.md"), "## Plain English\n")
	section, _, _ = strings.Cut(section, "\n## ")
	words := make(map[*regexp.Regexp]string)
	for _, row := range unclearRow.FindAllStringSubmatch(section, -1) {
		for word := range strings.SplitSeq(row[1], ", ") {
			words[regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(strings.Trim(word, "`"))+`\b`)] = row[2]
		}
	}
	if len(words) < 30 {
		t.Fatalf("the table in CONTRIBUTING.md has only %d words", len(words))
	}
	return words
}

// Pages, examples, rules, and files that users copy or read use plain English, in their comments too.
func TestPagesUsePlainWords(t *testing.T) {
	var files []string
	for _, pattern := range []string{
		"../*.md", "*.md", "../rules/*.md", "../rules/*.yml", "../*.example", "../Makefile", "../Dockerfile",
		"../scripts/*.sh", "../mixin/*.libsonnet", "../deploy/*/*.*ml", "../deploy/*/*.sh", "../deploy/systemd/*/*", "../deploy/helm/*/*.*", "../.github/*/*.yml",
	} {
		files = append(files, testkit.Files(t, pattern)...)
	}
	if len(files) < 60 {
		t.Fatalf("only %q", files)
	}
	words := unclearWords(t)
	for _, file := range files {
		if file == "performance.md" { // written by test/bench, whose texts are looked at below
			continue
		}
		text := codeInText.ReplaceAllStringFunc(testkit.ReadFile(t, file), func(code string) string {
			return strings.Repeat("\n", strings.Count(code, "\n"))
		})
		for at, line := range strings.Split(text, "\n") {
			for word, plain := range words {
				if found := word.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: write %s", file, at+1, found, plain)
				}
			}
		}
	}
}

// So do the texts of the program: errors, log messages, help, the status page.
func TestProgramUsesPlainWords(t *testing.T) {
	words, texts := unclearWords(t), 0
	for _, folder := range []string{"../cli", "../config", "../vendors", "../collector", "../web", "../backfill", "../test/bench"} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING || !strings.Contains(literal.Value, " ") {
					return true
				}
				texts++
				for word, plain := range words {
					if found := word.FindString(literal.Value); found != "" {
						t.Errorf("%s: %q: write %s", files.Position(literal.Pos()), found, plain)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if texts < 500 {
		t.Errorf("only %d texts were looked at", texts)
	}
}
