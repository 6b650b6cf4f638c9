package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	listedName = regexp.MustCompile("`([a-z_]+\\*?)`")
	// What is no name of a series: texts, selectors' labels, ranges, what stands in the brackets of by, on and the
	// like, numbers.
	noNames     = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\b[0-9][0-9a-z.]*\b`)
	name        = regexp.MustCompile(`[a-zA-Z_][a-zA-Z0-9_:]*`)
	lookedUp    = regexp.MustCompile(`query \(printf "((?:[^"\\]|\\.)*)"`)
	selectorEnd = regexp.MustCompile(`\\"`)
)

// promQL is every word of the language that the rules use.
var promQL = []string{
	"and", "or", "unless", "on", "offset", "bool",
	"max", "min", "sum", "count", "quantile", "count_values",
	"absent", "avg_over_time", "changes", "clamp_min", "deriv", "floor", "increase", "label_replace", "last_over_time", "max_over_time",
	"predict_linear", "present_over_time", "quantile_over_time", "time", "vector",
}

// exported reports whether the exporter, or Prometheus itself, has series of this name.
func exported(t *testing.T) func(series string) bool {
	t.Helper()
	listed := []string{"up", "ALERTS"}
	for _, m := range listedName.FindAllStringSubmatch(catalogue(t), -1) {
		listed = append(listed, m[1])
	}
	return func(series string) bool {
		return slices.ContainsFunc(listed, func(s string) bool {
			family, isPrefix := strings.CutSuffix(s, "*")
			return s == series || isPrefix && strings.HasPrefix(series, family)
		})
	}
}

// A name that is mistyped or that was renamed gives no series, and an alert that never fires.
func TestEverySeriesOfTheRulesExists(t *testing.T) {
	all, exists := rules(t), exported(t)
	var recorded, used []string
	for _, r := range all {
		if r.Record != "" {
			recorded = append(recorded, r.Record)
		}
	}
	for _, r := range all {
		queries := []string{r.Expr}
		for _, annotation := range r.Annotations {
			for _, m := range lookedUp.FindAllStringSubmatch(annotation, -1) {
				queries = append(queries, selectorEnd.ReplaceAllString(m[1], `"`))
			}
		}
		for _, query := range queries {
			for _, series := range name.FindAllString(noNames.ReplaceAllString(query, " "), -1) {
				used = append(used, series)
				switch {
				case slices.Contains(promQL, series):
				case strings.Contains(series, ":"):
					if !slices.Contains(recorded, series) {
						t.Errorf("%s%s uses %s, which no rule records", r.Alert, r.Record, series)
					}
				case !exists(series):
					t.Errorf("%s%s uses %s, which the exporter does not have", r.Alert, r.Record, series)
				}
			}
		}
	}
	for _, series := range recorded {
		if !slices.Contains(used, series) {
			t.Errorf("%s is recorded and never used", series)
		}
	}
}

// recordedName is level:metric:operations, as Prometheus' naming practices have it.
var recordedName = regexp.MustCompile(`^[a-z_]+:(getui|polyv|adspect|sensorsdata|quanshi|engage)_[a-z0-9_]+:[a-z0-9_]+$`)

func TestRecordedNamesSayTheirLevel(t *testing.T) {
	for _, r := range rules(t) {
		if r.Record != "" && !recordedName.MatchString(r.Record) {
			t.Errorf("%s is not level:metric:operations", r.Record)
		}
	}
}
