package cli

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/simulator"
)

// The usual mistakes, each reported once for an account in words that say what to do.
func TestLiveCheckOfTheUsualMistakes(t *testing.T) {
	everywhere := func(old, replacement string) func(string) string {
		pattern := regexp.MustCompile(old)
		return func(text string) string { return pattern.ReplaceAllString(text, replacement) }
	}
	cfg, err := collector.ParseConfig("demo.yml", []byte(demoConfig(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	enabled := testkit.EnabledEndpoints(cfg, collector.ConfigVendors())
	all := func(account string) string { return account + " " + strings.Join(enabled[account], ", ") }
	for _, tt := range []struct {
		name   string
		faults []string
		change func(string) string
		want   []string
	}{
		{"wrong secret", nil, everywhere(`(master_secret|secret_key|api_key|api_secret): (.*)`, "$1: wrong-planted-$2"), []string{
			all("getui/shop-android") + ": auth: answered 400, code 20001 (sign is invalid); check app_id, app_key and master_secret\n",
			all("polyv/academy") + ": auth: answered 200, code 400 (the sign is not right.); check user_id and secret_key\n",
			all("adspect/media-buying") + ": auth: answered 401",
			all("sensorsdata/ebiz") + ": auth: answered 401",
		}},
		{"clock off", []string{"getui=clock:15m", "polyv=clock:15m"}, nil, []string{
			all("getui/shop-android") + ": auth: answered 400, code 20001 (timestamp is invalid); set this machine's clock, it is 1",
			all("polyv/academy") + ": rejected: answered 200, code 400 (ptime is too old.); set this machine's clock, it is 1",
		}},
		{"no permission", []string{"adspect/streams=status:403", "sensorsdata/tag_directories=status:403", "getui/push_day=code:10004:no permission"}, nil, []string{
			"adspect/media-buying streams: ", "sensorsdata/ebiz tag_directories: ", "whether the account may read this", "getui/shop-android push_day: rejected: answered 401, code 10004 (no permission)",
		}},
		{"nothing there", nil, everywhere(`(base_url: http://[^/]*)`, "$1/elsewhere"), []string{
			all("getui/shop-android") + ": http: answered 404; check base_url",
			all("polyv/academy") + ": http: answered 404; check base_url",
		}},
		{"a proxy that is not there", nil, everywhere(`(?m)^    base_url: .*$`, "$0\n    http_client: {proxy_url: 'http://127.0.0.1:1'}"), []string{
			all("getui/shop-android") + ": network: proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused; " +
				"check the proxy: http_client.proxy_url",
		}},
		{"no such host", nil, everywhere(`base_url: http://[^/]*`, "base_url: http://vendor.invalid"), []string{
			all("getui/shop-android") + ": network: dial tcp: lookup vendor.invalid", "check base_url and this machine's name servers",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sim := simulator.New(simulator.Options{Seed: 1})
			for _, text := range tt.faults {
				fault, err := simulator.ParseFault(text)
				if err != nil {
					t.Fatal(err)
				}
				sim.Inject(fault)
			}
			server := httptest.NewServer(sim)
			defer server.Close()
			defer sim.Close()
			text := demoConfig(server.Listener.Addr())
			if tt.change != nil {
				text = tt.change(text)
			}
			file := filepath.Join(t.TempDir(), "engage.yml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			status := Run(t.Context(), []string{"check", "--live", "--live.timeout=1m", "--config.file=" + file}, &stdout, &stderr)
			if status != 1 || !strings.Contains(stderr.String(), "some endpoints failed") {
				t.Errorf("status %d, %s", status, stderr.String())
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("no %q in\n%s", want, stdout.String())
				}
			}
			if strings.Contains(stdout.String(), "wrong-planted") {
				t.Errorf("the secret is printed:\n%s", stdout.String())
			}
			http.DefaultClient.CloseIdleConnections()
		})
	}
}

// Only some accounts are read where the command says so: those that are named, and those of a shard.
func TestLiveCheckOfSomeAccounts(t *testing.T) {
	sim := simulator.New(simulator.Options{Seed: 1})
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "engage.yml")
	if err := os.WriteFile(file, []byte(demoConfig(server.Listener.Addr())), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(args ...string) (status int, accounts []string, said string) {
		var stdout, stderr bytes.Buffer
		status = Run(t.Context(), append([]string{"check", "--live", "--config.file=" + file}, args...), &stdout, &stderr)
		for _, row := range regexp.MustCompile(`(?m)^([a-z]+/\S+) `).FindAllStringSubmatch(stdout.String(), -1) {
			accounts = append(accounts, row[1])
		}
		return status, slices.Compact(accounts), stderr.String()
	}
	for _, tt := range []struct {
		name   string
		args   []string
		want   []string
		stderr string
	}{
		{"two accounts", []string{"--target=polyv/academy", "--target=getui/shop-android"}, []string{"getui/shop-android", "polyv/academy"}, ""},
		{"no such accounts", []string{"--target=polyv/nobody", "--target=academy"}, nil, "--target=polyv/nobody: the configuration (and shard) has no such account\n--target=academy: want VENDOR/ACCOUNT, such as getui/shop-android"},
		{"no such shard", []string{"--shard=3/2"}, nil, "--shard=3/2: there are only 2, counted from 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, got, said := check(tt.args...)
			if !slices.Equal(got, tt.want) || (status == 0) != (tt.stderr == "") || !strings.Contains(said, tt.stderr) {
				t.Errorf("status %d with the accounts %v, want %v\n%s", status, got, tt.want, said)
			}
		})
	}
	var all []string
	for _, shard := range []string{"1/2", "2/2"} {
		status, accounts, said := check("--shard=" + shard)
		if status != 0 {
			t.Errorf("shard %s: status %d, %s", shard, status, said)
		}
		all = append(all, accounts...)
	}
	want := 0
	for _, v := range simulator.Vendors() {
		want += len(v.Accounts)
	}
	slices.Sort(all)
	if want < 10 || len(all) != want || len(slices.Compact(all)) != want {
		t.Errorf("the shards read %v, want each of %d accounts once", all, want)
	}
	var stdout, stderr bytes.Buffer
	status := Run(t.Context(), []string{"check", "--shard=4/4", "--config.file=" + file}, &stdout, &stderr)
	if want := file + " is valid: 10 accounts, of which shard 4/4 reads 2\n"; status != 0 || stdout.String() != want {
		t.Errorf("status %d, got %q, want %q", status, stdout.String(), want)
	}
	http.DefaultClient.CloseIdleConnections()
}

// A reason is reported once for all of an account's endpoints that failed alike.
func TestLiveCheckReportsEachReasonOnce(t *testing.T) {
	sim := simulator.New(simulator.Options{Seed: 1})
	sim.Inject(simulator.Fault{Vendor: "sensorsdata", Kind: simulator.FaultStatus, Status: 503})
	server := httptest.NewServer(sim)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "engage.yml")
	if err := os.WriteFile(file, []byte(demoConfig(server.Listener.Addr())), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	Run(t.Context(), []string{"check", "--live", "--config.file=" + file}, &stdout, &stderr)
	if n := strings.Count(stdout.String(), "answered 503"); n != 2 {
		t.Errorf("told %d times, want once for each account:\n%s", n, fmt.Sprint(stdout.String()))
	}
}

// Each endpoint has one row, also of an account that is named twice, and says in words what is not there.
func TestLiveCheckTable(t *testing.T) {
	sim := simulator.New(simulator.Options{Seed: 1})
	for _, text := range []string{
		"getui/SimShopAndroid0001/online_users=status:503", "getui/SimShopAndroid0001/task_groups#1=status:503",
	} {
		fault, err := simulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		sim.Inject(fault)
	}
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()
	text := strings.Replace(demoConfig(server.Listener.Addr()), "task_ids: [", "task_ids: [RASL_0101_none, ", 1)
	file := testkit.WriteFile(t, t.TempDir(), "engage.yml", text)
	var stdout, stderr bytes.Buffer
	const target = "--target=getui/shop-android"
	args := []string{"check", "--live", "--config.file=" + file, target, target}
	if status := Run(t.Context(), args, &stdout, &stderr); status != 1 {
		t.Errorf("status %d, %s", status, stderr.String())
	}
	for _, row := range []string{
		`getui/shop-android +push_quota +ok +\d+ +\S+`,
		`getui/shop-android +online_users +failed +0 +\S+`,
		`getui/shop-android +tasks +ok, 1 requested item missing +\d+ +\S+`,
		`getui/shop-android +task_groups +1 of 2 items failed +\d+ +\S+`,
	} {
		if n := len(regexp.MustCompile(`(?m)^`+row+` *$`).FindAllString(stdout.String(), -1)); n != 1 {
			t.Errorf("%d rows %s, want one, in\n%s", n, row, stdout.String())
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
