package getui_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var update = flag.Bool("update", false, "write the errors of testdata/config/bad to its .txt files")

func TestMistakes(t *testing.T) {
	testkit.ConfigMistakes(t, filepath.Join("testdata", "config", "bad"), *update, getui.Vendor{}.Config())
}

func TestTaskEndpointsFollowTheirKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "task_ids.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, keys string
		want       []string
	}{
		{"none", "", nil},
		{"task ids", "task_ids: [a]", []string{"task_losses", "tasks"}},
		{"empty list", "task_ids: []", nil},
		{"file of task ids", "task_ids_file: " + file, []string{"task_losses", "tasks"}},
		{"task groups", "task_groups: [a]", []string{"task_groups"}},
		{"switched off", "task_ids: [a], endpoints: {tasks: {enabled: false}}", []string{"task_losses"}},
		{"switched on", "task_ids: [a], endpoints: {tasks: {enabled: true}}", []string{"task_losses", "tasks"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := testkit.ParseConfig(t, "getui: [{account: a, app_id: b, app_key: c, master_secret: d, "+tc.keys+"}]",
				getui.Vendor{}.Config())
			var got []string
			for _, name := range []string{"task_groups", "task_losses", "tasks"} {
				if testkit.Accounts[getui.Config](t, c, "getui")[0].Endpoints[name].Enabled {
					got = append(got, name)
				}
			}
			testkit.Equal(t, "enabled", got, tc.want)
		})
	}
}

func TestGetuiEqual(t *testing.T) {
	const account = "account: a, app_id: b, app_key: c, master_secret: d, task_ids: [e]"
	with := func(more string) *getui.Config {
		return testkit.Accounts[getui.Config](t,
			testkit.ParseConfig(t, "getui: [{"+account+more+"}]", getui.Vendor{}.Config()), "getui")[0]
	}
	for _, tc := range []struct {
		name, more string
		want       bool
	}{
		{"same", "", true},
		{"the default written out", ", time_zone: Asia/Shanghai, requests_per_minute: 60", true},
		{"time zone", ", time_zone: UTC", false},
		{"task group", ", task_groups: [f]", false},
		{"endpoint", ", endpoints: {push_quota: {enabled: false}}", false},
		{"times of an endpoint", ", endpoints: {push_quota: {min_interval: 2m, max_stale: 3h, timeout: 4s}}", true},
		{"proxy", ", http_client: {proxy_url: 'http://p.example'}", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			testkit.Equal(t, "equal", config.Equal(with(""), with(tc.more)), tc.want)
		})
	}
	other := testkit.Accounts[getui.Config](t, testkit.ParseConfig(t,
		"getui: [{account: a, app_id: b, app_key: c, master_secret: other, task_ids: [e]}]", getui.Vendor{}.Config()), "getui")[0]
	testkit.Equal(t, "another secret", config.Equal(with(""), other), false)
	other = testkit.Accounts[getui.Config](t, testkit.ParseConfig(t,
		"getui: [{account: a, app_id: b, app_key: other, master_secret: d, task_ids: [e]}]", getui.Vendor{}.Config()), "getui")[0]
	testkit.Equal(t, "another key", config.Equal(with(""), other), false)
}
