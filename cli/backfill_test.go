package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/simulator"
)

// simulatedVendors serves the vendors' APIs for a test, and gives the file of a configuration for them.
func simulatedVendors(t *testing.T, faults ...simulator.Fault) (file string) {
	t.Helper()
	sim := simulator.New(simulator.Options{Seed: 1})
	for _, fault := range faults {
		sim.Inject(fault)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		sim.Close()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	file = filepath.Join(t.TempDir(), "engage.yml")
	if err := os.WriteFile(file, []byte(demoConfig(server.Listener.Addr())), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ago is a day in Shanghai, so many days before today.
func ago(days int) string {
	return time.Now().In(time.FixedZone("", 8*60*60)).AddDate(0, 0, -days).Format(time.DateOnly)
}

func TestBackfillCommandLine(t *testing.T) {
	file := simulatedVendors(t)
	for _, tt := range []struct {
		name   string
		args   []string
		stderr string
	}{
		{"no target", nil, "no --target, name one of getui/news-android, getui/shop-android, polyv/academy"},
		{"half a target", []string{"--target=shop-android"}, "--target=shop-android is not VENDOR/ACCOUNT, name one of getui/news-android"},
		{"unknown target", []string{"--target=getui/shop"}, "no account getui/shop in the configuration; it has getui/news-android"},
		{"unknown endpoint", []string{"--target=getui/shop-android", "--endpoint=push_quota"}, `no endpoint "push_quota" with a history; it has push_day`},
		{"no first day", []string{"--target=getui/shop-android"}, "no --from, name the first day to be read, such as --from=" + ago(90)},
		{"no days", []string{"--target=getui/shop-android", "--from=1.9.2026", "--to=yesterday"}, `--from: "1.9.2026" is not a date, write it like 2026-09-01`},
		{"the year one", []string{"--target=getui/shop-android", "--from=0001-01-01"}, "--from: 0001-01-01 is before the year 1970"},
		{"all mistakes at once", []string{"--target=getui/shop", "--from=1.9.2026", "--label=site"}, "no account getui/shop in the configuration; it has getui/news-android"},
		{"the others of them", []string{"--target=getui/shop", "--from=1.9.2026", "--label=site"}, "--label=site, want NAME=VALUE"},
		{"both days", []string{"--target=getui/shop-android", "--from=1.9.2026", "--to=yesterday"}, `--to: "yesterday" is not a date`},
		{"older than the vendor keeps", []string{"--target=getui/shop-android", "--from=" + ago(200)}, "the vendor keeps 90 days, so the earliest is --from=" + ago(90)},
		{"no label", []string{"--target=getui/shop-android", "--label=site"}, "--label=site, want NAME=VALUE"},
		{"label that is taken", []string{"--target=getui/shop-android", "--from=" + ago(2), "--label=channel=x"}, `label "channel": getui_`},
		{"no output", []string{"--target=getui/shop-android", "--output="}, "no --output, name a file"},
		{"large step", []string{"--target=getui/shop-android", "--step=10m"}, "--step=10m0s: queries look 5m0s back and find gaps"},
		{"credentials", []string{"--target=polyv/academy", "--from=" + ago(2)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "history.om")
			var stdout, stderr bytes.Buffer
			args := append([]string{"backfill", "--config.file=" + file}, tt.args...)
			if !slices.Contains(args, "--output=") {
				args = append(args, "--output="+output)
			}
			status := Run(t.Context(), args, &stdout, &stderr)
			want := 0
			if tt.stderr != "" {
				want = 2
			}
			if status != want || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("status %d, stderr (want %q):\n%s", status, tt.stderr, stderr.String())
			}
			if _, err := os.Stat(output); (err == nil) != (status == 0) {
				t.Errorf("output: %v", err)
			}
		})
	}
}

func TestBackfillToStandardOutput(t *testing.T) {
	file := simulatedVendors(t)
	var stdout, stderr bytes.Buffer
	status := Run(t.Context(), []string{
		"backfill", "--config.file=" + file, "--target=getui/shop-android", "--from=" + ago(6), "--to=" + ago(4), "--step=1h", "--output=-",
		"--job=engage", "--instance=localhost:9787", "--label=site=north", "--endpoint=user_day",
	}, &stdout, &stderr)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	text := stdout.String()
	const series = `getui_yesterday_users{account="shop-android",instance="localhost:9787",job="engage",site="north"} `
	if strings.Count(text, series) != 3*24 || !strings.HasSuffix(text, "# EOF\n") || strings.Contains(text, "push") {
		t.Errorf("output:\n%s", text)
	}
	for _, want := range []string{"reading 3 days\n", "standard output: getui/shop-android, " + ago(6) + " to " + ago(4) + " (3 days)\n", "no gaps"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in\n%s", want, stderr.String())
		}
	}
}

// An interrupted run says how to go on, and its exit status is that of an interrupted command.
func TestBackfillInterrupted(t *testing.T) {
	file := simulatedVendors(t, simulator.Fault{Vendor: "getui", Endpoint: "user_day", Kind: simulator.FaultHang})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	output := filepath.Join(t.TempDir(), "history.om")
	var stdout, stderr bytes.Buffer
	status := Run(ctx, []string{"backfill", "--config.file=" + file, "--target=getui/shop-android", "--from=" + ago(4), "--to=" + ago(2), "--output=" + output}, &stdout, &stderr)
	if want := "interrupted: 0 of 3 days are read and kept in " + output + ".state: run the same command again to continue"; status != 130 || !strings.Contains(stderr.String(), want) {
		t.Errorf("status %d, stderr (want %q):\n%s", status, want, stderr.String())
	}
}

// Refused credentials end the run at once, with what to do.
func TestBackfillRefused(t *testing.T) {
	file := simulatedVendors(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, regexp.MustCompile(`secret_key: .*`).ReplaceAll(text, []byte("secret_key: wrong-planted")), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := Run(t.Context(), []string{"backfill", "--config.file=" + file, "--target=polyv/academy", "--from=" + ago(4), "--to=" + ago(2), "--output=-"}, &stdout, &stderr)
	if status != 1 || !strings.Contains(stderr.String(), "check user_id and secret_key; 0 of 3 days were read") || strings.Contains(stderr.String(), "wrong-planted") {
		t.Errorf("status %d, stderr:\n%s", status, stderr.String())
	}
}

// A run is not continued with another configuration of the account, unless only the way of reading has changed.
func TestBackfillIsNotContinuedWithAnotherAccount(t *testing.T) {
	const (
		getui    = "getui: [{account: a, app_id: A, app_key: K, master_secret: S"
		adspect  = "adspect: [{account: a, api_key: S, funnels: [{name: f, group_by: [], filters: {sub_id: [buyer-1]"
		segments = "sensorsdata: [{account: a, base_url: http://s.example, api_secret: S, tags: [15], " +
			"segments: [{name: v, filter: {params: [1]"
		quanshi = "quanshi: [{account: a, app_key: K, app_secret: S, event_ids: [7], user_email: one@example.org"
	)
	for _, tt := range []struct {
		name, was, is string
		same          bool
	}{
		{"the same", getui + "}]", getui + "}]", true},
		{"another account beside it", getui + "}]", getui + "}, {account: b, app_id: B, app_key: K, master_secret: S}]", true},
		{"another secret", getui + "}]", strings.Replace(getui, "master_secret: S", "master_secret: T", 1) + "}]", true},
		{"another pace", getui + "}]", getui + ", requests_per_minute: 7, timeout: 3s, max_concurrent_requests: 2}]", true},
		{"another application", getui + "}]", strings.Replace(getui, "app_id: A", "app_id: C", 1) + "}]", false},
		{"another key", getui + "}]", strings.Replace(getui, "app_key: K", "app_key: L", 1) + "}]", false},
		{"brands", getui + "}]", getui + ", brands: true}]", false},
		{"time zone", getui + "}]", getui + ", time_zone: UTC}]", false},
		{"fewer samples for all accounts", getui + "}]", getui + "}]\nglobal: {max_samples_per_endpoint: 7}", false},
		{"more requests for all accounts", getui + "}]", getui + "}]\nglobal: {max_concurrent_requests: 7}", true},
		{"host", getui + "}]", getui + ", base_url: 'https://cncrestapi.getui.com/v2'}]", false},
		{"sub_id of a filter", adspect + "}}]}]", strings.Replace(adspect, "buyer-1", "buyer-2", 1) + "}}]}]", false},
		{"ip_address of a filter", adspect + ", ip_address: [192.0.2.1]}}]}]", adspect + ", ip_address: [192.0.2.2]}}]}]", false},
		{"click_id of a filter", adspect + ", click_id: [c1]}}]}]", adspect + ", click_id: [c2]}}]}]", false},
		{"parameter of a segment", segments + "}}]}]", strings.Replace(segments, "params: [1]", "params: [2]", 1) + "}}]}]", false},
		{"email address", quanshi + "}]", strings.Replace(quanshi, "one@", "two@", 1) + "}]", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			identity := func(text string) string {
				t.Helper()
				cfg, err := collector.ParseConfig("engage.yml", []byte(text), config.Options{})
				if err != nil {
					t.Fatal(err)
				}
				vendor, _, _ := strings.Cut(text, ":")
				return accountIdentity(cfg, poll.Target{Vendor: vendor, Account: "a"})
			}
			if got := identity(tt.was) == identity(tt.is); got != tt.same {
				t.Errorf("same: %t, want %t", got, tt.same)
			}
		})
	}
}

// An interrupted run is not continued after a filter has changed whose values are masked, and the files that it keeps do
// not hold them.
func TestBackfillInterruptedAndReconfigured(t *testing.T) {
	file := simulatedVendors(t, simulator.Fault{Vendor: "adspect", Kind: simulator.FaultHang})
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	base := regexp.MustCompile(`(?s)adspect:.*?base_url: (\S+).*?api_key: (\S+)`).FindSubmatch(text)
	if base == nil {
		t.Fatalf("no account of Adspect in\n%s", text)
	}
	output := filepath.Join(t.TempDir(), "history.om")
	run := func(person string) (int, string) {
		testkit.WriteFile(t, filepath.Dir(file), "engage.yml", fmt.Sprintf("adspect: [{account: a, base_url: '%s', api_key: '%s', "+
			"funnels: [{name: f, group_by: [], windows: [yesterday], filters: {sub_id: [%s]}}]}]", base[1], base[2], person))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var stdout, stderr bytes.Buffer
		status := Run(ctx, []string{
			"backfill", "--config.file=" + file, "--target=adspect/a", "--from=" + ago(5), "--to=" + ago(3), "--output=" + output,
		}, &stdout, &stderr)
		return status, stderr.String()
	}
	if status, stderr := run("planted-1"); status != 130 {
		t.Fatalf("status %d:\n%s", status, stderr)
	}
	const want = "contains an unfinished run with other parameters (the account's configuration has changed)"
	if status, stderr := run("planted-2"); status != 1 || !strings.Contains(stderr, want) || strings.Contains(stderr, "planted") {
		t.Errorf("status %d, want 1 and %q:\n%s", status, want, stderr)
	}
	journal, err := os.ReadFile(filepath.Join(output+".state", "journal"))
	if err != nil || len(journal) == 0 || bytes.Contains(journal, []byte("planted")) {
		t.Errorf("%v, journal:\n%s", err, journal)
	}
	if status, stderr := run("planted-1"); status != 130 {
		t.Errorf("status %d:\n%s", status, stderr)
	}
}
