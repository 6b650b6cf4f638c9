package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const withSecret = "getui:\n  - {account: shop, app_id: A, app_key: K, master_secret: '%s'}\n"
	good := write("good.yml", fmt.Sprintf(withSecret, "planted"))
	variable := write("variable.yml", fmt.Sprintf(withSecret, "${E2E_MASTER}"))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	for _, tt := range []struct {
		name           string
		args           []string
		status         int
		stdout, stderr string
	}{
		{"help", []string{"--help"}, 0, "serve", ""},
		{"help has the flags of Prometheus exporters", []string{"serve", "--help"}, 0, "--web.config.file", ""},
		{"version", []string{"--version"}, 0, "engage_exporter, version ", ""},
		{"metrics", []string{"metrics"}, 0, "getui_push_quota_remaining", ""},
		{"metrics in Chinese", []string{"metrics", "--language=zh"}, 0, "今日还可推送的消息数", ""},
		{"check", []string{"check", "--config.file=" + good}, 0, "is valid: 1 account", ""},
		{
			"a target without --live", []string{"check", "--config.file=" + good, "--target=getui/shop"}, 2, "",
			"--target=getui/shop works only with --live: add --live to read the account",
		},
		{
			"automatic reload of a device", []string{"--config.enable-auto-reload", "--config.file=/dev/null"}, 1, "",
			"--config.enable-auto-reload: /dev/null is a device, want a regular file, which can be read again",
		},
		{
			"automatic reload all the time", []string{"--config.auto-reload-interval=1ms", "--config.file=" + good}, 2, "",
			"--config.auto-reload-interval=1ms: want 1s or more",
		},
		{"check with the environment", []string{"check", "--config.expand-env", "--config.file=" + variable}, 1, "", "E2E_MASTER"},
		{"no such file", []string{"--config.file=" + filepath.Join(dir, "none.yml")}, 1, "", "no such file or directory; name another with --config.file"},
		{"unknown flag", []string{"--web.listen=1"}, 2, "", "unknown long flag '--web.listen'"},
		{"unknown command", []string{"backup"}, 2, "", "backup"},
		{"wrong log level", []string{"--log.level=loud"}, 2, "", "--log.level=loud: want one of debug, info, warn, error"},
		{"no duration", []string{"--scrape.timeout-offset=abc"}, 2, "", "--scrape.timeout-offset=abc: want a duration, such as 30s"},
		{"no number", []string{"--web.max-requests=many"}, 2, "", "--web.max-requests=many: want a whole number"},
		{"no shard", []string{"--config.file=" + good, "--shard=a"}, 2, "", "--shard=a: "},
		{"shard beyond the last", []string{"check", "--config.file=" + good, "--shard=5/4"}, 2, "", "--shard=5/4: "},
		{"no URL", []string{"--config.file=" + good, "--web.external-url=foo"}, 2, "", "--web.external-url=foo: want http(s)://HOST[:PORT][/PATH]"},
		{"no prefix", []string{"--config.file=" + good, "--web.route-prefix=/a b"}, 2, "", "--web.route-prefix=/a b: want a plain path, such as /engage"},
		{"metrics path without a slash", []string{"--config.file=" + filepath.Join(dir, "none.yml"), "--web.telemetry-path=metrics"}, 2, "", "--web.telemetry-path=metrics: want"},
		{"port for an address", []string{"--config.file=" + good, "--web.listen-address=9787"}, 2, "", "--web.listen-address=9787: missing port in address; want HOST:PORT"},
		{"taken metrics path", []string{"--config.file=" + good, "--web.telemetry-path=/-/ready"}, 2, "", "--web.telemetry-path=/-/ready: another page has this path, choose another"},
		{"negative offset", []string{"--config.file=" + good, "--scrape.timeout-offset=-4s"}, 2, "", "want 0s or more"},
		{"no time for a scrape", []string{"--config.file=" + good, "--scrape.default-timeout=0s"}, 2, "", "want more than 0s"},
		{"taken address", []string{"--config.file=" + good, "--web.listen-address=" + taken.Addr().String()}, 1, "", "choose another with --web.listen-address"},
		{"empty address", []string{"--config.file=" + good, "--web.listen-address="}, 2, "", "--web.listen-address= has no port"},
		{"empty address beside another", []string{"--config.file=" + good, "--web.listen-address=127.0.0.1:0", "--web.listen-address="}, 2, "", "--web.listen-address= has no port"},
		{"address without a port", []string{"--config.file=" + good, "--web.listen-address=127.0.0.1:"}, 2, "", "--web.listen-address=127.0.0.1: has no port"},
		{"colon for an address", []string{"--config.file=" + good, "--web.listen-address=:"}, 2, "", "--web.listen-address=: has no port"},
		{"empty address of the demo", []string{"demo", "--web.listen-address="}, 2, "", "--web.listen-address= has no port"},
		{"empty address of the simulator", []string{"simulate", "--listen-address="}, 2, "", "--listen-address= has no port"},
		{"fault of an account that is not there", []string{
			"simulate", "--listen-address=127.0.0.1:0", "--fault=getui/shop-android/push_quota=hang",
		}, 2, "", "SimShopAndroid0001"},
		{"wrong fault", []string{"simulate", "--fault=getui=sulk"}, 2, "", "--fault=getui=sulk: "},
		{"wrong fault of the demo", []string{"demo", "--fault=getui=sulk"}, 2, "", "--fault=getui=sulk: "},
		{"folder of the storage that is a file", []string{
			"--config.file=" + good, "--web.listen-address=127.0.0.1:0", "--storage.path=" + good,
		}, 1, "", "--storage.path=" + good + ": "},
		{"no file of the web configuration", []string{
			"--config.file=" + good, "--web.config.file=" + filepath.Join(dir, "none.yml"),
		}, 1, "", "--web.config.file: "},
		{"taken address of the simulator", []string{"simulate", "--listen-address=" + taken.Addr().String()}, 1, "", "choose another with --listen-address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := Run(t.Context(), tt.args, &stdout, &stderr)
			if status != tt.status || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("status %d, want %d\nstdout (want %q):\n%s\nstderr (want %q):\n%s", status, tt.status, tt.stdout, stdout.String(), tt.stderr, stderr.String())
			}
		})
	}
}

// All that simulate prints is a configuration that check accepts: a shell writes it to engage.yml.
func TestSimulatorsConfigurationIsValid(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	printed := &testkit.Output{}
	ended := make(chan int, 1)
	go func() { ended <- Run(ctx, []string{"simulate", "--listen-address=127.0.0.1:0"}, printed, io.Discard) }()
	printed.Await(t, "Ctrl-C ends it")
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("simulate ended with %d", status)
	}
	file := testkit.WriteFile(t, t.TempDir(), "engage.yml", printed.String())
	var stdout, stderr bytes.Buffer
	if status := Run(t.Context(), []string{"check", "--config.file=" + file}, &stdout, &stderr); status != 0 {
		t.Errorf("status %d: %s", status, stderr.String())
	}
	if !strings.Contains(stdout.String(), "is valid: 10 accounts") {
		t.Errorf("check says %s", stdout.String())
	}
}

// panicking is an output that a command cannot write to.
type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("planted") }

// A command that panics has failed: status 2 is for command lines.
func TestPanicInACommandIsItsFailure(t *testing.T) {
	var stderr testkit.Output
	status := Run(t.Context(), []string{"metrics"}, panicking{}, &stderr)
	if text := stderr.String(); status != 1 || !strings.Contains(text, "please report it") ||
		!strings.Contains(text, "cli_test.go") || strings.Contains(text, "planted") {
		t.Errorf("status %d, the log is:\n%s", status, text)
	}
}
