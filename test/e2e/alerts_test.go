package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
)

// notification is what Alertmanager posts to a webhook.
type notification struct {
	Receiver, Status string
	Alerts           []struct {
		Status              string
		Labels, Annotations map[string]string
	}
}

// pager is a webhook that remembers what it was sent.
type pager struct {
	*httptest.Server
	mu   sync.Mutex
	told []notification
}

func newPager(t *testing.T) *pager {
	p := &pager{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n notification
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told = append(p.told, n)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) notifications() []notification {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]notification(nil), p.told...)
}

// replacing returns a file of the repository with texts replaced, each of which must be in it.
func replacing(t *testing.T, file string, pairs ...string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%s has no %q", file, pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// A push quota that runs dry pages whoever is on call, by the rules and routes of the repository: that alert and no
// other, once; and it tells when the quota is there again.
func TestExhaustedQuotaPagesOnce(t *testing.T) {
	dir := t.TempDir()
	app := getui.DefaultApps()[0]
	app.PushCountPerMinute = 120 // the test has no time for a minute between reads
	app.Quotas = []getui.Quota{{Channel: "gt", Kind: "app", Limit: 1_000_000, Fill: 300_000}}
	sim := simulator.New(simulator.Options{Seed: 1, Vendors: []simulator.Vendor{getui.Vendor(app)}})
	defer sim.Close()
	vendor := httptest.NewServer(sim)
	defer vendor.Close()
	engage := testkit.WriteFile(t, dir, "engage.yml", fmt.Sprintf(`getui:
  - account: shop-android
    base_url: %s/getui/v2
    app_id: %s
    app_key: %s
    master_secret: %s
    endpoints: {push_quota: {min_interval: 1s}, push_day: {enabled: false}, user_day: {enabled: false}, online_users: {enabled: false}}
`, vendor.URL, app.AppID, app.AppKey, app.MasterSecret))
	exporter := testkit.Start(t, binary, "--config.file="+engage, "--web.listen-address=127.0.0.1:0")

	webhook := newPager(t)
	alertmanager := freeAddress(t)
	program := "prometheus-alertmanager"
	if _, err := exec.LookPath(program); err != nil {
		program = "alertmanager"
	}
	testkit.Start(t, program, "--storage.path="+filepath.Join(dir, "alertmanager"), "--web.listen-address="+alertmanager, "--cluster.listen-address=",
		"--config.file="+testkit.WriteFile(t, dir, "alertmanager.yml", replacing(t, "../../alertmanager.yml.example",
			"http://localhost:5001", webhook.URL, "group_wait: 30s", "group_wait: 1s", "group_interval: 5m", "group_interval: 1s")))
	rules, err := filepath.Abs("../../rules")
	if err != nil {
		t.Fatal(err)
	}
	prometheus := freeAddress(t)
	testkit.Start(t, "prometheus", "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+prometheus,
		"--config.file="+testkit.WriteFile(t, dir, "prometheus.yml", "global: {evaluation_interval: 1s}\n"+replacing(t, "../../prometheus.yml.example",
			"localhost:9787", exporter.Listening(), "localhost:9093", alertmanager, "rules/*.yml", rules+"/*.yml",
			"scrape_interval: 1m", "scrape_interval: 1s", "scrape_timeout: 30s", "scrape_timeout: 1s")))
	api := "http://" + prometheus
	quota := func(want string) func() error {
		return func() error {
			found, err := query(api, `getui_push_quota_exhausted{account="shop-android",job="engage"}`)
			if err == nil && (len(found) != 1 || found[0].Value[1] != want) {
				err = fmt.Errorf("it is %v", found)
			}
			return err
		}
	}
	testkit.Await(t, "Alertmanager", func() error { _, err := get(http.DefaultClient, "http://"+alertmanager+"/-/ready"); return err })
	testkit.Await(t, "a quota that is not used up", quota("0"))
	firing, err := query(api, `ALERTS{alertstate="firing"}`)
	if err != nil || len(firing) > 0 {
		t.Fatalf("on an ordinary day, alerts fire: %v %v", firing, err)
	}

	end := sim.Inject(simulator.Fault{Vendor: "getui", Account: app.AppID, Endpoint: "push_quota", Kind: simulator.FaultExhausted})
	testkit.Await(t, "a page", func() error {
		if len(webhook.notifications()) == 0 {
			return fmt.Errorf("none came")
		}
		return nil
	})
	// A few rounds of Prometheus and Alertmanager, which could tell it again or something else.
	<-time.After(5 * time.Second)
	told := webhook.notifications()
	if len(told) != 1 || told[0].Status != "firing" || told[0].Receiver != "shop-team-on-call" || len(told[0].Alerts) != 1 {
		t.Fatalf("paged %+v, want one alert, once", told)
	}
	alert := told[0].Alerts[0]
	for label, want := range map[string]string{
		"alertname": "GetuiPushQuotaExhausted", "vendor": "getui", "account": "shop-android", "channel": "gt", "kind": "app", "severity": "critical",
	} {
		if alert.Labels[label] != want {
			t.Errorf("the alert's %s is %q, want %q", label, alert.Labels[label], want)
		}
	}
	if summary, description := alert.Annotations["summary"], alert.Annotations["description"]; !strings.Contains(summary, "shop-android") || !strings.Contains(description, "1M messages") {
		t.Errorf("it says %q, %q", summary, description)
	}
	if got, want := alert.Annotations["summary_zh"], "个推 shop-android：个推 (gt) 通道的 app 推送配额已用尽"; got != want {
		t.Errorf("in Chinese it says %q, want %q", got, want)
	}

	end()
	testkit.Await(t, "the end of the page", func() error {
		if n := len(webhook.notifications()); n < 2 {
			return fmt.Errorf("%d notifications", n)
		}
		return nil
	})
	told = webhook.notifications()
	if len(told) != 2 || told[1].Status != "resolved" || len(told[1].Alerts) != 1 || told[1].Alerts[0].Labels["alertname"] != "GetuiPushQuotaExhausted" {
		t.Errorf("afterwards paged %+v, want the alert resolved", told)
	}
}
