package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var (
	promqlBlock = regexp.MustCompile("\n\n((?:[^\n]+\n)+)\n```promql\n((?:[^\n]+\n)+?)```")

	// withoutData are the questions whose answer is "none" in a demo without faults.
	withoutData = []string{
		"Which endpoints fail", "Is anything cut off?", "Is something configured that the vendor does not know",
		"Which accounts wait for their own rate limit", "Which quotas are used up?",
		"Which tags are late",
	}
)

// Every query of docs/promql.md returns data from a Prometheus that scrapes the demo and has the rules. Questions about
// what is wrong return none there, but Prometheus accepts them.
func TestPrometheusAnswersTheQuestionsOfThePage(t *testing.T) {
	demo := testkit.Start(t, binary, "demo", "--no-faults", "--web.listen-address=127.0.0.1:0")
	rules, err := filepath.Abs("../../rules")
	if err != nil {
		t.Fatal(err)
	}
	api := scrapingWithRules(t, rules+"/getui_quota.yml", demo.Printed(`Open http://([^/]+)/`))

	pending := make(map[string]string)
	page := testkit.ReadFile(t, "../../docs/promql.md")
	blocks := promqlBlock.FindAllStringSubmatch(page, -1)
	if n := strings.Count(page, "```promql"); n < 30 || n != len(blocks) {
		t.Fatalf("%d queries, %d of them after a question", n, len(blocks))
	}
	for _, block := range blocks {
		pending[block[2]] = block[1]
	}
	for expr, question := range pending {
		for _, none := range withoutData {
			if strings.HasPrefix(question, none) {
				delete(pending, expr)
				if _, err := query(api, expr); err != nil {
					t.Errorf("%s\n%s: %v", question, expr, err)
				}
			}
		}
	}
	testkit.Await(t, "an answer to every question", func() error {
		for expr, question := range pending {
			result, err := query(api, expr)
			if err != nil {
				t.Fatalf("%s\n%s: %v", question, expr, err)
			}
			if len(result) > 0 {
				delete(pending, expr)
			}
		}
		if len(pending) > 0 {
			return fmt.Errorf("no data for %q", pending)
		}
		return nil
	})
}
