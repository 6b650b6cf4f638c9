package e2e

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// accountsOf are the accounts of the demo: vendor/account, sorted.
func accountsOf(t *testing.T) []string {
	t.Helper()
	page := mustGet(t, "http://"+testkit.Start(t, binary, "demo", "--no-faults", "--web.listen-address=127.0.0.1:0").Printed(`Open http://([^/]+)/`)+"/sd")
	return targets(page)
}

var target = regexp.MustCompile(`"__param_target":"([^"]+)"`)

// targets are those that a page of /sd lists, sorted.
func targets(page string) []string {
	var all []string
	for _, match := range target.FindAllStringSubmatch(page, -1) {
		all = append(all, match[1])
	}
	slices.Sort(all)
	return all
}

// Prometheus discovers the accounts and probes each, as well as it scrapes all at once.
func TestPrometheusDiscoversAndProbesEachAccount(t *testing.T) {
	demo := testkit.Start(t, binary, "demo", "--no-faults", "--web.listen-address=127.0.0.1:0")
	address := demo.Printed(`Open http://([^/]+)/`)
	api := prometheus(t, address)
	accounts := targets(mustGet(t, "http://"+address+"/sd"))
	if len(accounts) < 8 {
		t.Fatalf("the demo has only the accounts %v", accounts)
	}
	testkit.Await(t, "a target for each account, up", func() error {
		up, err := query(api, `up{job="engage-accounts"} == 1`)
		if err != nil {
			return err
		}
		found := make(map[string]bool)
		for _, s := range up {
			found[s.Metric["instance"]] = true
		}
		if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, accounts) {
			return fmt.Errorf("up are %v of %v", got, accounts)
		}
		return nil
	})
	// Either way gives the same series, and no account has another's.
	testkit.Await(t, "the same series by both jobs", func() error {
		for _, expr := range []string{
			`count(getui_push_quota_remaining{job="engage"} unless on(account, channel, kind) getui_push_quota_remaining{job="engage-accounts"})`,
			`count(engage_endpoint_up{job="engage"} == 1 unless on(vendor, account, endpoint) engage_endpoint_up{job="engage-accounts"} == 1)`,
		} {
			missing, err := query(api, expr)
			if err != nil || len(missing) > 0 {
				return fmt.Errorf("%s: %v, %w", expr, missing, err)
			}
		}
		strangers, err := query(api, `label_join(engage_endpoint_up{job="engage-accounts"}, "target", "/", "vendor", "account")`)
		if err != nil {
			return err
		}
		for _, s := range strangers {
			if s.Metric["target"] != s.Metric["instance"] {
				return fmt.Errorf("%s has %s", s.Metric["instance"], s.Metric["target"])
			}
		}
		if len(strangers) == 0 {
			return fmt.Errorf("nothing there yet")
		}
		return nil
	})
	if code := demo.End(os.Interrupt); code != 0 {
		t.Errorf("the demo ended with %d", code)
	}
}

// Three shards cover the demo's accounts, each account by exactly one.
func TestShardsCoverEachAccountOnce(t *testing.T) {
	all := accountsOf(t)
	var covered []string
	for shard := 1; shard <= 3; shard++ {
		address := testkit.Start(t, binary, "demo", "--no-faults", "--web.listen-address=127.0.0.1:0", fmt.Sprintf("--shard=%d/3", shard)).Printed(`Open http://([^/]+)/`)
		own := targets(mustGet(t, "http://"+address+"/sd"))
		covered = append(covered, own...)
		page := mustGet(t, "http://"+address+"/metrics")
		if want := fmt.Sprintf("engage_shard_info{shard=\"%d/3\"} 1\n", shard); !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
		for _, account := range all {
			vendor, name, _ := strings.Cut(account, "/")
			has := strings.Contains(page, fmt.Sprintf("engage_throttle_wait_seconds_total{account=%q,vendor=%q}", name, vendor))
			if has != slices.Contains(own, account) {
				t.Errorf("shard %d, whose accounts are %v: %s on its page: %t", shard, own, account, has)
			}
		}
	}
	slices.Sort(covered)
	if !slices.Equal(covered, all) {
		t.Errorf("the shards cover %v, want %v", covered, all)
	}
}
