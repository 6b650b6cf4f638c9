package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// TestLibraryLogLines has a line of a library that uses slog: its keys are in the order of all other lines.
func TestLibraryLogLines(t *testing.T) {
	var out bytes.Buffer
	_, slogger := logFlags{level: new("info"), format: new("logfmt")}.logger(&out)
	slogger.Info("Listening on", "address", "127.0.0.1:9787")
	want := `^time=\S+Z caller=logging_test\.go:\d+ level=info msg="Listening on" address=127\.0\.0\.1:9787\n$`
	if !regexp.MustCompile(want).MatchString(out.String()) {
		t.Errorf("logged %q, want %s", out.String(), want)
	}
}

func TestFatalErrorsAsJSON(t *testing.T) {
	dir := t.TempDir()
	bad := testkit.WriteFile(t, dir, "bad.yml", "polyv:\n  - {account: a, user_id: u, secret_key: planted, timeout: soon}\n  - {account: b}\n")
	good := testkit.WriteFile(t, dir, "good.yml", "polyv: [{account: a, user_id: u, secret_key: planted}]")
	webConfig := testkit.WriteFile(t, dir, "web.yml", "tls_server_config: {cert_file: web.yml}\n")
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		want   []string
	}{
		{"mistakes of the configuration", []string{"--config.file=" + bad}, 1, []string{
			bad + `:2:60: polyv[0].timeout: want a duration such as 90s, 1h30m or 7d, got "soon"`,
			bad + ":3:5: polyv[1].user_id: missing, want the userid of the account",
			bad + ":3:5: polyv[1].secret_key: missing, want secret_key or secret_key_file",
		}},
		{"a flag that does not exist", []string{"--no-such-flag"}, 2, []string{"unknown long flag '--no-such-flag', try --help"}},
		{"a wrong web configuration", []string{"--config.file=" + good, "--web.config.file=" + webConfig}, 1, []string{
			"--web.config.file=" + webConfig + ": missing one of key or key_file; see " + webConfigFormat,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			args := append([]string{"serve", "--log.format=json", "--log.level=error", "--web.listen-address=127.0.0.1:0"}, tt.args...)
			if status := Run(t.Context(), args, io.Discard, &stderr); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			var got []string
			for line := range strings.Lines(stderr.String()) {
				var fields struct{ Level, Msg, Err string }
				if err := json.Unmarshal([]byte(line), &fields); err != nil {
					t.Fatalf("%v in %s", err, line)
				}
				testkit.Equal(t, "level", fields.Level, "error")
				got = append(got, fields.Err)
			}
			testkit.Equal(t, "errors", got, tt.want)
		})
	}
}

func TestLogLines(t *testing.T) {
	for _, tt := range []struct {
		name, level string
		log         func(log.Logger)
		want        string // a pattern of all that is logged
	}{
		{"time, caller and level", "info", func(l log.Logger) { level.Info(l).Log("msg", "hello") }, `^time=\S+Z caller=logging_test\.go:\d+ level=info msg=hello\n$`},
		{"the caller of a logger with more keys", "info", func(l log.Logger) { level.Warn(log.With(l, "vendor", "getui")).Log("msg", "hello") },
			`^time=\S+Z caller=logging_test\.go:\d+ level=warn vendor=getui msg=hello\n$`},
		{"below the level", "info", func(l log.Logger) { level.Debug(l).Log("msg", "hello") }, `^$`},
		{"at the level", "debug", func(l log.Logger) { level.Debug(l).Log("msg", "hello") }, `^time=\S+Z caller=logging_test\.go:\d+ level=debug msg=hello\n$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			logger, _ := logFlags{level: &tt.level, format: new("logfmt")}.logger(&out)
			tt.log(logger)
			if !regexp.MustCompile(tt.want).MatchString(out.String()) {
				t.Errorf("logged %q, want %s", out.String(), tt.want)
			}
		})
	}
}
