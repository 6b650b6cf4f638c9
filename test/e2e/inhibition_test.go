package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// labels are those of an alert, written as name=value, with blanks between.
func labels(text string) map[string]string {
	all := make(map[string]string)
	for pair := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

// The example for Alertmanager tells the cause and not its consequences, and holds back nothing that has another
// cause.
func TestAlertmanagerInhibitsConsequencesOnly(t *testing.T) {
	const (
		tasks = " vendor=getui account=shop-android api_endpoint=tasks"
		quota = " vendor=getui account=shop-android api_endpoint=push_quota channel=xm kind=general"
		event = " vendor=quanshi account=events-cn api_endpoint=event_report severity=critical"
	)
	tests := map[string]struct {
		source, target string
		inhibited      bool
	}{
		"low by exhausted":                        {"GetuiPushQuotaExhausted severity=critical" + quota, "GetuiPushQuotaLow severity=warning" + quota, true},
		"pace by low":                             {"GetuiPushQuotaLow severity=warning" + quota, "GetuiPushQuotaPace severity=warning" + quota, true},
		"low by another channel's":                {"GetuiPushQuotaExhausted severity=critical" + strings.Replace(quota, "xm", "op", 1), "GetuiPushQuotaLow severity=warning" + quota, false},
		"a warning by its endpoint":               {"EngageEndpointDown severity=warning" + tasks, "GetuiTaskLosses severity=warning" + tasks, true},
		"a warning by its hourly endpoint":        {"EngageHourlyEndpointDown severity=warning" + tasks, "GetuiTaskLosses severity=warning" + tasks, true},
		"a warning by another account's":          {"EngageEndpointDown severity=warning" + tasks, "GetuiTaskLosses severity=warning" + strings.Replace(tasks, "shop", "news", 1), false},
		"a live event by another item":            {"EngageEndpointDown severity=warning vendor=quanshi account=events-cn api_endpoint=event_report", "QuanshiLiveEventEmpty event_id=1" + event, false},
		"a used-up quota by its endpoint":         {"EngageDataExpired severity=critical" + quota, "GetuiPushQuotaExhausted severity=critical" + quota, false},
		"the end of a subscription":               {"EngageEndpointDown severity=warning vendor=adspect account=affiliate api_endpoint=account", "AdspectAccountExpires severity=warning vendor=adspect account=affiliate api_endpoint=account", false},
		"down by expired":                         {"EngageDataExpired severity=critical" + tasks, "EngageEndpointDown severity=warning" + tasks, true},
		"unsteady by down":                        {"EngageEndpointDown severity=warning" + tasks, "EngageEndpointUnsteady severity=warning" + tasks, true},
		"expired by refused":                      {"EngageCredentialsRefused severity=critical" + tasks, "EngageDataExpired severity=critical" + tasks, true},
		"expired by another endpoint's refusal":   {"EngageCredentialsRefused severity=critical" + tasks, "EngageDataExpired severity=critical vendor=getui account=shop-android api_endpoint=push_day", false},
		"restarts by down":                        {"EngageExporterDown severity=critical job=engage instance=a", "EngageExporterRestarts severity=warning job=engage instance=a", true},
		"restarts by another exporter's":          {"EngageExporterDown severity=critical job=engage instance=a", "EngageExporterRestarts severity=warning job=engage instance=b", false},
		"an account missing by any exporter down": {"EngageExporterDown severity=critical job=engage instance=a", "EngageAccountMissing severity=warning vendor=getui account=shop-android", false},
		"a vendor's by no exporter":               {"EngageExporterMissing severity=critical", "GetuiTaskLosses severity=warning" + tasks, true},
		"an exporter's by no exporter":            {"EngageExporterMissing severity=critical", "EngageProbeDown severity=warning job=engage-accounts", true},
		"late by failed":                          {"SensorsdataTagFailed severity=warning vendor=sensorsdata account=ebiz tag_id=1", "SensorsdataTagLate severity=warning vendor=sensorsdata account=ebiz tag_id=1", true},
		"late by another tag's":                   {"SensorsdataTagFailed severity=warning vendor=sensorsdata account=ebiz tag_id=1", "SensorsdataTagLate severity=warning vendor=sensorsdata account=ebiz tag_id=2", false},
		"audience by empty":                       {"QuanshiLiveEventEmpty event_id=1" + event, "QuanshiLiveAudienceDropped event_id=1" + event, true},
		"audience by another event's":             {"QuanshiLiveEventEmpty event_id=1" + event, "QuanshiLiveAudienceDropped event_id=2" + event, false},
	}
	program := "prometheus-alertmanager"
	if _, err := exec.LookPath(program); err != nil {
		program = "alertmanager"
	}
	webhook := newPager(t)
	config := testkit.WriteFile(t, t.TempDir(), "alertmanager.yml", replacing(t, "../../alertmanager.yml.example", "http://localhost:5001", webhook.URL))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			address := freeAddress(t)
			api := "http://" + address + "/api/v2/alerts"
			testkit.Start(t, program, "--config.file="+config, "--storage.path="+filepath.Join(t.TempDir(), "data"), "--web.listen-address="+address, "--cluster.listen-address=")
			testkit.Await(t, "Alertmanager", func() error {
				_, err := get(http.DefaultClient, "http://"+address+"/-/ready")
				return err
			})
			source, target := labels("alertname="+test.source), labels("alertname="+test.target)
			body, err := json.Marshal([]map[string]any{{"labels": source}, {"labels": target}})
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.Post(api, "application/json", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Fatalf("Alertmanager answers %s to two alerts", res.Status)
			}
			testkit.Await(t, "both alerts", func() error {
				text, err := get(http.DefaultClient, api)
				if err != nil {
					return err
				}
				var alerts []struct {
					Labels map[string]string
					Status struct {
						State       string
						InhibitedBy []string
					}
				}
				if err := decode(text, &alerts); err != nil {
					return err
				}
				if len(alerts) != 2 {
					return fmt.Errorf("%d alerts", len(alerts))
				}
				for _, a := range alerts {
					if a.Status.State == "unprocessed" {
						return fmt.Errorf("%s is not processed yet", a.Labels["alertname"])
					}
					want := test.inhibited && maps.Equal(a.Labels, target)
					if got := len(a.Status.InhibitedBy) > 0; got != want {
						return fmt.Errorf("%v is inhibited: %t, want %t", a.Labels, got, want)
					}
				}
				return nil
			})
		})
	}
}
