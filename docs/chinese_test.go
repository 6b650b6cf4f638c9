// Package docs_test compares the pages in Chinese with those in English.
package docs_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// onlyInChinese are the sections that a Chinese page has at its end beside those of the English one.
var onlyInChinese = []string{"## 常见的配置错误", "## 国内镜像", "## 企业微信、钉钉、飞书", "## 兼容性"}

// section is a heading with what follows it.
type section struct {
	level string   // # or more
	name  string   // the heading, if it is a name such as that of an alert
	rows  []string // of each row of tables: how many cells it has, and the code in the first one
	code  []string // code within the text and tables
	block []string // the lines of code blocks, without comments
}

var (
	nameHeading = regexp.MustCompile(`^### (\w+)$`)
	inlineCode  = regexp.MustCompile("`[^`]+`")
	comment     = regexp.MustCompile(`(^|\s+)# .*$`)
	errorRow    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	onlyHan     = regexp.MustCompile(`^\p{Han}+$`)
	han         = regexp.MustCompile(`\p{Han}`)
)

// sections returns those of a page without the ones that are only in Chinese.
func sections(t *testing.T, page string) (all []section) {
	t.Helper()
	inBlock, skipped := false, false
	for line := range strings.Lines(testkit.ReadFile(t, page)) {
		line = strings.TrimRight(line, "\n")
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") {
			inBlock = !inBlock
			continue
		}
		if !inBlock && strings.HasPrefix(line, "#") {
			level, _, _ := strings.Cut(line, " ")
			skipped = slices.Contains(onlyInChinese, line)
			if !skipped {
				all = append(all, section{level: level})
			}
			if m := nameHeading.FindStringSubmatch(line); m != nil && !skipped {
				all[len(all)-1].name = m[1]
			}
			continue
		}
		if skipped || len(all) == 0 {
			continue
		}
		s := &all[len(all)-1]
		switch {
		case inBlock:
			s.block = append(s.block, comment.ReplaceAllString(line, ""))
		case strings.HasPrefix(trimmed, "|"):
			cells := strings.Split(strings.ReplaceAll(trimmed, `\|`, ""), "|")
			first := strings.Join(inlineCode.FindAllString(cells[1], -1), " ")
			s.rows = append(s.rows, strings.Repeat("|", len(cells)-1)+first)
			fallthrough
		default:
			s.code = append(s.code, inlineCode.FindAllString(line, -1)...)
		}
	}
	return all
}

// A Chinese page has the headings, tables, commands and keys of the English one.
func TestChinesePagesAreInStep(t *testing.T) {
	pages := map[string]string{"../README.md": "../README.zh-CN.md"}
	for _, chinese := range testkit.Files(t, "zh/*.md") {
		switch base := filepath.Base(chinese); base {
		case "metrics.md": // both are generated from one catalogue
		case "security.md":
			pages["../SECURITY.md"] = chinese
		default:
			pages[base] = chinese
		}
	}
	if len(pages) < 5 {
		t.Errorf("only %d pages are in Chinese", len(pages))
	}
	for english, chinese := range pages {
		t.Run(filepath.Base(english), func(t *testing.T) {
			want, got := sections(t, english), sections(t, chinese)
			if !han.MatchString(testkit.ReadFile(t, chinese)) {
				t.Errorf("%s is not in Chinese", chinese)
			}
			if len(want) != len(got) {
				t.Fatalf("%s has %d headings, %s has %d", english, len(want), chinese, len(got))
			}
			for i, w := range want {
				g := got[i]
				if g.level != w.level || g.name != w.name {
					t.Errorf("heading %d: %s %s in %s, %s %s in %s", i+1, w.level, w.name, english, g.level, g.name, chinese)
				}
				if !slices.Equal(g.rows, w.rows) {
					t.Errorf("heading %d: the rows of tables are %q in %s, %q in %s", i+1, w.rows, english, g.rows, chinese)
				}
				if !slices.Equal(g.block, w.block) {
					t.Errorf("heading %d: the code blocks are\n%s\nin %s, and\n%s\nin %s", i+1,
						strings.Join(w.block, "\n"), english, strings.Join(g.block, "\n"), chinese)
				}
				for _, code := range w.code {
					if !slices.Contains(g.code, code) {
						t.Errorf("heading %d: %s is in %s, not in %s", i+1, code, english, chinese)
					}
				}
			}
		})
	}
}

// Errors of the configuration stay English: those that the Chinese page explains are ones that the exporter has.
func TestChinesePageQuotesErrorsThatExist(t *testing.T) {
	_, section, found := strings.Cut(testkit.ReadFile(t, "zh/configuration.md"), "## 常见的配置错误\n")
	var errors strings.Builder
	for _, pattern := range []string{
		"../config/testdata/bad/*.txt", "../collector/*/testdata/config/bad/*.txt", "../config/*_test.go",
	} {
		for _, file := range testkit.Files(t, pattern) {
			errors.WriteString(testkit.ReadFile(t, file))
		}
	}
	rows := 0
	for _, m := range errorRow.FindAllStringSubmatch(section, -1) {
		rows++
		for part := range strings.SplitSeq(m[1], "…") {
			if !strings.Contains(errors.String(), part) {
				t.Errorf("no configuration in the tests has the error %q", m[1])
			}
		}
	}
	if !found || rows < 15 {
		t.Errorf("the page explains %d errors", rows)
	}
}

// The Chinese texts call each thing by the word of the glossary in CONTRIBUTING.md.
func TestChineseTextsKeepToTheGlossary(t *testing.T) {
	_, glossary, _ := strings.Cut(testkit.ReadFile(t, "../CONTRIBUTING.md"), "| English | Chinese | not |\n")
	var forbidden []string
	for line := range strings.Lines(glossary) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 {
			break
		}
		for part := range strings.SplitSeq(cells[3], ", ") {
			if word := strings.TrimSpace(part); onlyHan.MatchString(word) {
				forbidden = append(forbidden, word)
			}
		}
	}
	if len(forbidden) < 8 {
		t.Fatalf("the glossary forbids only %q", forbidden)
	}
	for _, pattern := range []string{
		"zh/*.md", "../README.zh-CN.md", "../alertmanager.zh.*", "../rules/*.yml", "../collector/catalogue.zh.txt",
		"../web/status/chinese.go", "../dashboards/src/dictionary.ts", "../dashboards/src/words.ts",
	} {
		for _, file := range testkit.Files(t, pattern) {
			text := testkit.ReadFile(t, file)
			for _, word := range forbidden {
				if strings.Contains(text, word) {
					t.Errorf("%s has the word %s: see the glossary in CONTRIBUTING.md", file, word)
				}
			}
		}
	}
}
