package deploy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// units are the files of the systemd folder, with this test's exporter in place of the installed one, which systemd
// looks for.
func units(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		testkit.WriteFile(t, dir, name, strings.ReplaceAll(testkit.ReadFile(t, filepath.Join("systemd", name)), "/usr/local/bin/engage_exporter", binary))
	}
	return dir
}

func TestUnitsAreValid(t *testing.T) {
	for _, tt := range []struct {
		name  string
		units []string
		check []string
	}{
		{"service alone", []string{"engage_exporter.service"}, []string{"engage_exporter.service"}},
		{
			"with its socket",
			[]string{"engage_exporter.service", "engage_exporter.service.d/socket.conf", "engage_exporter.socket"},
			[]string{"engage_exporter.service", "engage_exporter.socket"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The colon at the end stands for systemd's own folders, which have the targets.
			cmd := exec.Command("systemd-analyze", append([]string{"verify", "--man=no"}, tt.check...)...)
			cmd.Env = append(cmd.Environ(), "SYSTEMD_UNIT_PATH="+units(t, tt.units...)+":")
			// An unknown key is a warning only.
			if out := output(t, cmd); out != "" {
				t.Error(out)
			}
		})
	}
}

// What systemd says of the unit is quoted in the documentation.
func TestServiceIsHardened(t *testing.T) {
	cmd := exec.Command("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=15", "./engage_exporter.service")
	cmd.Dir = "systemd"
	out := output(t, cmd)
	overall := regexp.MustCompile(`Overall exposure level for engage_exporter\.service: \d+\.\d+ [A-Z]+`).FindString(out)
	if overall == "" {
		t.Fatal(out)
	}
	page := strings.ReplaceAll(testkit.ReadFile(t, "../docs/deployment.md"), `\|`, "|") // in a table, | is written \|
	if !strings.Contains(page, overall) {
		t.Errorf("docs/deployment.md does not quote %q", overall)
	}
	for line := range strings.Lines(out) {
		if setting, found := strings.CutPrefix(strings.TrimSpace(line), "✗ "); found && !strings.Contains(page, strings.Fields(setting)[0]) {
			t.Errorf("docs/deployment.md does not explain what systemd marks: %s", line)
		}
	}
}

func TestServiceFitsTheExporter(t *testing.T) {
	starts := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/engage_exporter (.+) \$ENGAGE_EXPORTER_OPTS$`)
	for _, name := range []string{"engage_exporter.service", "engage_exporter.service.d/socket.conf"} {
		line := starts.FindStringSubmatch(testkit.ReadFile(t, filepath.Join("systemd", name)))
		if line == nil {
			t.Fatalf("%s: no ExecStart as expected", name)
		}
		exporterKnows(t, strings.Fields(line[1]))
	}
	examples := regexp.MustCompile(`(?m)^#   (--\S+(?: --\S+)*)`).FindAllStringSubmatch(testkit.ReadFile(t, "systemd/engage_exporter.env.example"), -1)
	if len(examples) == 0 {
		t.Fatal("the example of the environment shows no flag")
	}
	for _, example := range examples {
		exporterKnows(t, append([]string{"serve"}, strings.Fields(example[1])...))
	}
}

// The configuration finds the secrets where the unit's LoadCredential puts them.
func TestServiceConfiguration(t *testing.T) {
	unit := testkit.ReadFile(t, "systemd/engage_exporter.service")
	id, folder, found := strings.Cut(regexp.MustCompile(`(?m)^LoadCredential=(.+)$`).FindStringSubmatch(unit)[1], ":")
	if !found || folder != "/etc/engage_exporter/secrets" {
		t.Fatalf("LoadCredential of %q", folder)
	}
	credentials := t.TempDir()
	for _, file := range []string{"shop-android", "academy"} {
		testkit.WriteFile(t, credentials, id+"_"+file, "K3y\n")
	}
	cfg, err := collector.ParseConfig("/etc/engage_exporter/engage.yml", []byte(testkit.ReadFile(t, "systemd/engage.yml.example")), config.Options{
		ExpandEnv: true,
		LookupEnv: func(name string) (string, bool) { return credentials, name == "CREDENTIALS_DIRECTORY" },
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := cfg.CountAccounts(); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
}

// systemd's own program opens the socket and hands it to the exporter, as engage_exporter.socket has it done.
func TestSocketActivation(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "systemd-socket-activate", "--listen="+address, binary, "demo", "--web.systemd-socket")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "Listening on "+address) {
	}

	// The first connection starts it.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/-/ready", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("/-/ready: %s", response.Status)
	}

	// systemd-socket-activate has become the exporter.
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, rest)
	}
}
