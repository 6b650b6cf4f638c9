package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// A shell at a terminal completes what has been typed when the user presses the tabulator key. The completed line is
// run, and what it prints shows what it was completed to.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(binary, filepath.Join(dir, "engage_exporter")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"engage.yml", "other.yml"} {
		testkit.WriteFile(t, dir, file, "polyv:\n  - {account: academy, user_id: u, secret_key: k}\n")
	}
	for _, shell := range []struct{ name, command, load string }{
		{"bash", "bash --norc --noprofile -i", `eval "$(engage_exporter --completion-script-bash)"`},
		{"zsh", "zsh -f -i", `autoload -U compinit; compinit -u -D; eval "$(engage_exporter --completion-script-zsh)"`},
		{"fish", "fish --no-config -i", "engage_exporter --completion-script-fish | source"},
	} {
		t.Run(shell.name, func(t *testing.T) {
			terminal := exec.Command("script", "--quiet", "--flush", "--command", shell.command, "/dev/null")
			terminal.Dir = dir
			terminal.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir, "TERM=vt100", "SHELL=/bin/sh")
			keyboard, err := terminal.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			screen := &testkit.Output{}
			terminal.Stdout, terminal.Stderr = screen, screen
			shown := testkit.StartCommand(t, screen, terminal)
			io.WriteString(keyboard, shell.load+"; echo lo''aded\r")
			screen.Await(t, `loaded`)
			for _, tt := range []struct{ typed, printed string }{
				{"engage_exporter ba\t--help", `usage: engage_exporter backfill `},                // a command
				{"engage_exporter check --config.f\tnone.yml", `read configuration "none\.yml"`},  // a flag
				{"engage_exporter --web.telem\tprobe", `--web\.telemetry-path=probe: want`},       // of the default command
				{"engage_exporter serve --log.level de\t--help", `usage: engage_exporter serve `}, // a value
				{"engage_exporter check --config.file engage.y\t", `engage\.yml is valid`},        // a file
				{"engage_exporter check --config.file=othe\t", `other\.yml is valid`},             // a file after =
			} {
				io.WriteString(keyboard, tt.typed+"\r")
				screen.Await(t, tt.printed)
			}
			io.WriteString(keyboard, "exit\r")
			if code := shown.ExitCode(); code != 0 {
				t.Errorf("the shell ended with %d", code)
			}
		})
	}
}
