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
		{"half a target", []string{"--target=shop-android"}, "--target=shop-android is no VENDOR/ACCOUNT, name one of getui/news-android"},
		{"unknown target", []string{"--target=getui/shop"}, "no account getui/shop in the configuration; it has getui/news-android"},
		{"unknown endpoint", []string{"--target=getui/shop-android", "--endpoint=push_quota"}, `no endpoint "push_quota" with a history; it has push_day`},
		{"no first day", []string{"--target=getui/shop-android"}, "no --from, name the first day to be read, such as --from=" + ago(90)},
		{"no days", []string{"--target=getui/shop-android", "--from=1.9.2026", "--to=yesterday"}, `--from: "1.9.2026" is no day, write it like 2026-09-01`},
		{"the year one", []string{"--target=getui/shop-android", "--from=0001-01-01"}, "--from: 0001-01-01 is before the year 1970"},
		{"all mistakes at once", []string{"--target=getui/shop", "--from=1.9.2026", "--label=site"}, "no account getui/shop in the configuration; it has getui/news-android"},
		{"the others of them", []string{"--target=getui/shop", "--from=1.9.2026", "--label=site"}, "--label=site, want NAME=VALUE"},
		{"both days", []string{"--target=getui/shop-android", "--from=1.9.2026", "--to=yesterday"}, `--to: "yesterday" is no day`},
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
			if (status == 0) != (tt.stderr == "") || !strings.Contains(stderr.String(), tt.stderr) {
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
	status := Run(ctx, []string{"backfill", "--config.file=" + file, "--target=getui/shop-android", "--from=" + ago(3), "--output=" + output}, &stdout, &stderr)
	if want := "interrupted: 0 of 3 days are read and kept in " + output + ".state: run the same command again to go on"; status != 130 || !strings.Contains(stderr.String(), want) {
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
	status := Run(t.Context(), []string{"backfill", "--config.file=" + file, "--target=polyv/academy", "--from=" + ago(3), "--output=-"}, &stdout, &stderr)
	if status != 1 || !strings.Contains(stderr.String(), "check user_id and secret_key; 0 of 3 days were read") || strings.Contains(stderr.String(), "wrong-planted") {
		t.Errorf("status %d, stderr:\n%s", status, stderr.String())
	}
}

// What changes the values makes another account of it, what changes how they are read does not.
func TestAccountFingerprint(t *testing.T) {
	const base = "{account: shop, app_id: A, app_key: K, master_secret: S"
	fingerprint := func(account string) string {
		t.Helper()
		cfg, err := collector.ParseConfig("engage.yml", fmt.Appendf(nil, "getui:\n  - {account: other, app_id: B, app_key: K, master_secret: S}\n  - %s}\n", account), config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := accountFingerprint(cfg, poll.Target{Vendor: "getui", Account: "shop"})
		if err != nil || sum == "" || strings.Contains(sum, "S") {
			t.Fatalf("fingerprint %q, %v", sum, err)
		}
		return sum
	}
	for _, tt := range []struct {
		name, account string
		same          bool
	}{
		{"the same", base, true},
		{"another secret", strings.Replace(base, "master_secret: S", "master_secret: T", 1), true},
		{"another pace", base + ", requests_per_minute: 7, timeout: 3s, max_concurrent_requests: 2", true},
		{"another application", strings.Replace(base, "app_id: A", "app_id: C", 1), false},
		{"brands", base + ", brands: true", false},
		{"time zone", base + ", time_zone: UTC", false},
		{"fewer samples for all accounts", base + "}\nglobal: {max_samples_per_endpoint: 7", false},
		{"more requests for all accounts", base + "}\nglobal: {max_concurrent_requests: 7", true},
		{"host", base + ", base_url: 'https://cncrestapi.getui.com/v2'", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fingerprint(tt.account) == fingerprint(base); got != tt.same {
				t.Errorf("same: %t, want %t", got, tt.same)
			}
		})
	}
}
