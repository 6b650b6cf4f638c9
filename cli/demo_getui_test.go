package cli

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
)

// getuiAt runs a test with an exporter of one simulated app, at 10:30 in Shanghai. keys are YAML beside the
// credentials.
func getuiAt(t *testing.T, app getui.App, keys string, run func(t *testing.T, now time.Time, scrape func() sampleFinder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2026, time.November, 22, 10, 30, 0, 0, time.FixedZone("CST", 8*60*60))
		<-time.After(time.Until(now)) // no real time passes
		sim := simulator.New(simulator.Options{Seed: 7, Vendors: []simulator.Vendor{getui.Vendor(app)}})
		defer sim.Close()
		cfg, err := collector.ParseConfig("getui.yml", fmt.Appendf(nil,
			"getui:\n  - account: a\n    base_url: http://127.0.0.1/getui/v2\n    app_id: %s\n    app_key: %s\n    master_secret: %s\n%s",
			app.AppID, app.AppKey, app.MasterSecret, keys), config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		set, err := collector.New(cfg, collector.Options{RoundTripper: inProcess{sim}})
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		run(t, now, func() sampleFinder {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return set.Gather(ctx).Proto(), nil })
			families, err := prometheus.Gatherers{gatherer}.Gather()
			if err != nil {
				t.Fatal(err)
			}
			return families
		})
	})
}

// sampleFinder is a page.
type sampleFinder []*dto.MetricFamily

// value returns the sample of a family with the labels, given as name, value, …
func (p sampleFinder) value(name string, labels ...string) (v float64, ok bool) {
	for _, f := range p {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if hasLabels(m, labels) {
				return m.GetGauge().GetValue(), true
			}
		}
	}
	return 0, false
}

func hasLabels(m *dto.Metric, labels []string) bool {
	has := make(map[string]string)
	for _, pair := range m.GetLabel() {
		has[pair.GetName()] = pair.GetValue()
	}
	for i := 0; i < len(labels); i += 2 {
		if has[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// want checks the value of a sample; below 0 for none.
func (p sampleFinder) want(t *testing.T, want float64, name string, labels ...string) {
	t.Helper()
	if v, ok := p.value(name, labels...); ok != (want >= 0) || ok && v != want {
		t.Errorf("%s%v is %v (%t), want %v", name, labels, v, ok, want)
	}
}

// Of what the vendor does not know it says success with nothing, in one way or another: the endpoints are up, and
// the names are missing.
func TestGetuiNothingThere(t *testing.T) {
	app := getui.DefaultApps()[0]
	for i := range 5 { // of each name the simulator says so in its own way
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			keys := fmt.Sprintf("    task_groups: [nosuchgroup%d]\n    task_ids: [nosuchtask%d]\n", i, i)
			getuiAt(t, app, keys, func(t *testing.T, _ time.Time, scrape func() sampleFinder) {
				p := scrape()
				for _, endpoint := range []string{"task_groups", "tasks", "task_losses"} {
					p.want(t, 1, "engage_endpoint_up", "api_endpoint", endpoint)
					p.want(t, 1, "engage_endpoint_missing_items", "api_endpoint", endpoint)
					p.want(t, 0, "engage_endpoint_samples", "api_endpoint", endpoint)
				}
			})
		})
	}
}

// An app that is younger than a day has no reports of yesterday.
func TestGetuiYoungApp(t *testing.T) {
	app := getui.DefaultApps()[0]
	app.Since = time.Date(2026, time.November, 22, 0, 0, 0, 0, time.FixedZone("CST", 8*60*60))
	getuiAt(t, app, "", func(t *testing.T, _ time.Time, scrape func() sampleFinder) {
		p := scrape()
		for _, endpoint := range []string{"push_day", "user_day"} {
			p.want(t, 1, "engage_endpoint_up", "api_endpoint", endpoint)
			p.want(t, 1, "engage_endpoint_missing_items", "api_endpoint", endpoint)
		}
		p.want(t, -1, "getui_yesterday_users")
	})
}

// While nobody is online the last number is no answer, though the vendor still sends the points of before.
func TestGetuiNobodyOnline(t *testing.T) {
	for _, tt := range []struct {
		name        string
		from, until int
		users       bool
		points      bool
	}{
		{"somebody is", 1, 6, true, true},
		{"nobody since the morning", 6, 24, false, true},
		{"nobody all day", 0, 24, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := getui.DefaultApps()[0]
			app.QuietFrom, app.QuietUntil = tt.from, tt.until
			getuiAt(t, app, "", func(t *testing.T, now time.Time, scrape func() sampleFinder) {
				points := getui.Data{Seed: 7, App: app}.OnlineUsers(now)
				newest, users, peak := -1.0, -1.0, -1.0
				for _, p := range points {
					newest, users, peak = float64(p.Time.UnixMilli())/1000, float64(p.Users), max(peak, float64(p.Users))
				}
				if (len(points) > 0) != tt.points {
					t.Fatalf("%d points", len(points))
				}
				if !tt.users {
					users = -1
				}
				p := scrape()
				p.want(t, 1, "engage_endpoint_up", "api_endpoint", "online_users")
				p.want(t, 0, "engage_endpoint_missing_items", "api_endpoint", "online_users")
				p.want(t, users, "getui_online_users")
				p.want(t, newest, "getui_online_users_sample_timestamp_seconds")
				p.want(t, peak, "getui_online_users_peak")
			})
		})
	}
}

// Of a task the details give in real time what its report gives, and everything that was lost besides.
func TestGetuiRealtimeStages(t *testing.T) {
	app := getui.DefaultApps()[0]
	id := app.TaskIDs[0]
	getuiAt(t, app, "    task_ids: ["+id+"]\n", func(t *testing.T, now time.Time, scrape func() sampleFinder) {
		report, ok := getui.Data{Seed: 7, App: app}.Task(id, now)
		if !ok {
			t.Fatalf("no task %s", id)
		}
		p := scrape()
		p.want(t, 0, "engage_endpoint_missing_items", "api_endpoint", "task_losses")
		p.want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "task_losses")
		for stage, want := range map[string]int64{
			"deliverable": report.Total.Deliverable, "sent": report.Total.Sent, "received": report.Total.Received,
			"displayed": report.Total.Displayed, "clicked": report.Total.Clicked,
		} {
			p.want(t, float64(want), "getui_task_realtime_push_"+stage, "task_id", id)
		}
		for _, row := range report.Channels {
			channel := row.Name
			if channel == "ios" {
				channel = "apn"
			}
			p.want(t, float64(row.Sent), "getui_task_realtime_channel_push_sent", "task_id", id, "channel", channel)
			p.want(t, float64(row.Displayed), "getui_task_realtime_channel_push_displayed", "task_id", id, "channel", channel)
		}
	})
}

// The report of a group is that of its last days.
func TestGetuiTaskGroupDays(t *testing.T) {
	app := getui.DefaultApps()[0]
	group := app.TaskGroups[0]
	for days, keys := range map[int]string{70: "", 7: "    task_group_days: 7\n", 1: "    task_group_days: 1\n"} {
		t.Run(fmt.Sprint(days), func(t *testing.T) {
			getuiAt(t, app, "    task_groups: ["+group+"]\n"+keys, func(t *testing.T, now time.Time, scrape func() sampleFinder) {
				report, _ := getui.Data{Seed: 7, App: app}.TaskGroup(group, now.AddDate(0, 0, -days), now, now)
				scrape().want(t, float64(report.Total.Sent), "getui_task_group_push_sent", "task_group", group)
			})
		})
	}
}
