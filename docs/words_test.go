package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// unclear are words that readers have stumbled over, each with the plain words to use.
var unclear = map[string]string{
	`tells?|told|telling`:   "reports, says, lists",
	`figures?`:              "values, metrics",
	`things?`:               "values, items, metrics",
	`mends?|mended|mending`: "fix",
	`anew`:                  "again",
	`budgets?`:              "limits, rate limit",
	`judges?`:               "checks",
	`patience`:              "how long it waits",
	`forgives?`:             "resets the backoff",
	`turn(?:s|ed)? away`:    "rejects",
	`in force`:              "current",
	`likewise`:              "the same, also",
	`whoever|whosoever`:     "everyone who, if you",
	`bad credentials rest`:  "rejected credentials are not retried",
	`half as high again`:    "1.5 × the usual",
	`gone by`:               "that is over",
	`to no purpose`:         "without use",
	`goes? on with`:         "continues with",
	`must needs|want of`:    "because there is no …",
	`aught|naught|thereof`:  "anything, nothing, of it",
}

var (
	codeInText = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|<!--.*?-->")
	// Written by make bench, from the texts in test/bench.
	generated = map[string]bool{"performance.md": true}
)

// Pages, examples, rules, and HELP as docs/metrics.md has it use plain English.
func TestPagesUsePlainWords(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../*.md", "*.md", "../rules/*.md", "../rules/*.yml", "../*.example"} {
		files = append(files, testkit.Files(t, pattern)...)
	}
	if len(files) < 25 {
		t.Fatalf("only %q", files)
	}
	for _, file := range files {
		if generated[file] {
			continue
		}
		text := codeInText.ReplaceAllStringFunc(testkit.ReadFile(t, file), func(code string) string {
			return strings.Repeat("\n", strings.Count(code, "\n"))
		})
		for word, plain := range unclear {
			pattern := regexp.MustCompile(`(?i)\b(?:` + word + `)\b`)
			for at, line := range strings.Split(text, "\n") {
				if found := pattern.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: write %s", file, at+1, found, plain)
				}
			}
		}
	}
}
