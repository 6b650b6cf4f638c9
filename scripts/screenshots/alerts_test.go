package main

import (
	"slices"
	"strings"
	"testing"
)

func TestRulesAreEvaluatedAfterThoseThatTheyUse(t *testing.T) {
	t.Chdir("../..")
	rules, err := readRules()
	if err != nil {
		t.Fatal(err)
	}
	batches, err := inOrder(rules)
	if err != nil {
		t.Fatal(err)
	}
	batchOf := make(map[string]int)
	evaluated := 0
	for i, batch := range batches {
		evaluated += len(batch)
		for _, r := range batch {
			batchOf[r.Record+r.Alert] = i
		}
	}
	if evaluated != len(rules) {
		t.Errorf("%d of %d rules are evaluated", evaluated, len(rules))
	}
	for after, before := range map[string]string{
		"EngageEndpointDown":   "vendor_account_api_endpoint:engage_hourly_endpoint_up:max",
		"AdspectClicksStopped": "account_stream:adspect_today_clicks:delta1h",
		"vendor_account_api_endpoint:engage_hourly_endpoint_up:max": "vendor_account_api_endpoint:engage_endpoint_up:max",
	} {
		first, foundFirst := batchOf[before]
		second, foundSecond := batchOf[after]
		if !foundFirst || !foundSecond || first >= second {
			t.Errorf("%s is in batch %d, %s in %d", before, first, after, second)
		}
	}

	circle := []rule{{Record: "a:b:c", Expr: "d:e:f"}, {Record: "d:e:f", Expr: "a:b:c offset 1h"}}
	if got, err := inOrder(circle); err == nil {
		t.Errorf("rules that use each other have the order %v", got)
	}
}

func TestHistoryOfAnAlertSaysSinceWhenItIsActive(t *testing.T) {
	s := series{
		Metric: map[string]string{"__name__": "up", "account": `a"b\c`, "severity": "none"},
		Values: []sample{{600.0, "0"}, {900.0, "0"}, {1800.0, "0"}, {2100.0, "0"}},
	}
	for name, c := range map[string]struct {
		rule rule
		want []string
	}{
		"an alert that was not active in between": {
			rule{Alert: "Down", Labels: map[string]string{"severity": "warning"}},
			[]string{
				`ALERTS_FOR_STATE{account="a\"b\\c",alertname="Down",severity="warning"} 600 600`,
				`ALERTS_FOR_STATE{account="a\"b\\c",alertname="Down",severity="warning"} 600 900`,
				`ALERTS_FOR_STATE{account="a\"b\\c",alertname="Down",severity="warning"} 1800 1800`,
				`ALERTS_FOR_STATE{account="a\"b\\c",alertname="Down",severity="warning"} 1800 2100`,
			},
		},
		"a recording rule": {
			rule{Record: "account:up:max"},
			[]string{
				`account:up:max{account="a\"b\\c",severity="none"} 0 600`,
				`account:up:max{account="a\"b\\c",severity="none"} 0 900`,
				`account:up:max{account="a\"b\\c",severity="none"} 0 1800`,
				`account:up:max{account="a\"b\\c",severity="none"} 0 2100`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			s.write(&out, c.rule)
			if got := strings.Split(strings.TrimSpace(out.String()), "\n"); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", out.String(), strings.Join(c.want, "\n"))
			}
		})
	}
}
