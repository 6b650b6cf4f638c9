package collector_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/getui"
)

const everyKey = `    task_ids: [RASL_1, RASL_2]
    task_groups: ['spring "sale"']
    action_ids: ['90001']
    brands: true
`

// documented answers as the vendor's document shows them, with the shapes that it mixes: counts as texts, null, −1.
func documented(t *testing.T) *api {
	t.Helper()
	a := newAPI()
	for path, file := range map[string]string{
		pathQuota: "push_quota", pathOnline: "online_users", pathPushDay: "push_day", pathUserDay: "user_day",
		pathTask: "tasks", pathTask + "RASL_1,RASL_2/detail": "task_losses", pathTaskGroup: "task_group",
	} {
		body, err := os.ReadFile(filepath.Join("testdata", "getui", file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		a.answer(path, string(body))
	}
	return a
}

// The whole exposition of one account whose every endpoint answers, as a golden file.
func TestGetuiExposition(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		p := newExporter(t, documented(t), everyKey).scrape(time.Second)
		wantGolden(t, "getui", p.text(t))
		wantEveryFamily(t, p, "getui")
	})
}

func TestBrandsAndActionsAreAskedForOnlyWhereConfigured(t *testing.T) {
	for _, tt := range []struct {
		name, keys, query string
	}{
		{"neither", "    task_ids: [RASL_1]\n", ""},
		{"brands", "    task_ids: [RASL_1]\n    brands: true\n", "needGetuiByBrand=true"},
		{"actions", "    task_ids: [RASL_1]\n    action_ids: ['1', '2']\n", "actionIdList=1,2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				var query string
				a.handle(pathTask, recordQuery(&query, `{"code":0,"data":{"RASL_1":{"total":{"target_num":1}}}}`))
				newExporter(t, a, tt.keys+only(map[string]string{"tasks": ""})).scrape(time.Second).want(t, 1, "getui_task_push_sent")
				if got, err := url.QueryUnescape(query); err != nil || got != tt.query {
					t.Errorf("asked with %q (%v), want %q", query, err, tt.query)
				}
			})
		})
	}
}

func TestEndpointsAreOnWhereTheAccountHasSomethingToRead(t *testing.T) {
	for _, tt := range []struct {
		name, keys string
		want       []string
	}{
		{"credentials alone", "", []string{"push_quota", "online_users", "push_day", "user_day"}},
		{"tasks", "    task_ids: [RASL_1]\n", []string{"push_quota", "online_users", "push_day", "user_day", "tasks", "task_losses"}},
		{"groups", "    task_groups: [G]\n", []string{"push_quota", "online_users", "push_day", "user_day", "task_groups"}},
		{"one is turned off", "    endpoints: {push_day: {enabled: false}}\n", []string{"push_quota", "online_users", "user_day"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				p := newExporter(t, newAPI(), tt.keys).scrape(time.Second)
				on := make(map[string]bool)
				for _, name := range tt.want {
					on[name] = true
				}
				for _, e := range (getui.Vendor{}).Config().Endpoints {
					if _, there := p.value("engage_endpoint_up", "account", "shop", "api_endpoint", e.Name); there != on[e.Name] {
						t.Errorf("endpoint %s exposed: %t, want %t", e.Name, there, on[e.Name])
					}
				}
			})
		})
	}
}

// HELP names the vendor's API and holds no configured value: it is the same in every exporter.
func TestHelpNamesTheSourceAlone(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		for _, interval := range []string{"5m", "0s"} {
			e := newExporter(t, documented(t), only(map[string]string{"push_quota": "min_interval: " + interval}))
			for _, f := range e.scrape(time.Second) {
				if got, want := f.GetHelp(), "Number of messages that may be pushed today. (GET /report/push/count)"; f.GetName() == "getui_push_quota_limit" && got != want {
					t.Errorf("HELP is %q, want %q", got, want)
				}
			}
		}
	})
}

// The sum over the reasons is the category's total, whatever the vendor repeats; where its values contradict each
// other, that is counted.
func TestLossesAddUpToTheirTotal(t *testing.T) {
	for _, tt := range []struct {
		name, category string
		want           map[string]float64
		dropped        float64
	}{
		{"reasons make up the total", `"13001":608,"total":608`, map[string]float64{"invalid_user": 608}, 0},
		{"the total has more", `"13001":600,"total":608`, map[string]float64{"invalid_user": 600, "unspecified": 8}, 0},
		{"a total alone", `"total":608`, map[string]float64{"unspecified": 608}, 0},
		{"no total", `"13001":600`, map[string]float64{"invalid_user": 600}, 0},
		{"a reason twice", `"13001":600,"13001":600,"total":1300`, map[string]float64{"invalid_user": 600, "unspecified": 700}, 1},
		{"a total twice", `"total":5,"total":6`, map[string]float64{"unspecified": 5}, 1},
		{"less than its parts", `"13001":600,"total":5`, map[string]float64{"invalid_user": 600}, 1},
		{"a reason that is no number", `"13001":"many","total":5`, map[string]float64{"unspecified": 5}, 1},
		{"a code that is not documented", `"13777":5,"total":5`, map[string]float64{"13777": 5}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathTask, `{"code":0,"data":{"RASL_1":{"failed_detail":{"ts":{"gt":{"13":{`+tt.category+`}}}}}}}`)
				p := newExporter(t, a, "    task_ids: [RASL_1]\n"+only(map[string]string{"task_losses": ""})).scrape(time.Second)
				for reason, want := range tt.want {
					p.want(t, want, "getui_task_lost_messages", "stage", "deliverable", "category", "invalid_user", "reason", reason)
				}
				p.want(t, float64(len(tt.want)), "engage_endpoint_samples")
				p.want(t, tt.dropped, "engage_endpoint_dropped_samples")
			})
		})
	}
}
