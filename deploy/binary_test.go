// Package deploy_test checks what the exporter is installed with: systemd units, compose file, Kubernetes manifests
// and archives, and that they fit the exporter as it is now.
package deploy_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// binary is the exporter, built for these tests.
var binary string

func TestMain(m *testing.M) { os.Exit(testkit.RunWithExporter(m, &binary)) }

// exporterKnows fails the test unless the exporter has the command and the flags of a command line. Nothing is served.
func exporterKnows(t *testing.T, args []string) {
	t.Helper()
	out, err := exec.Command(binary, append(slices.Clip(args), "--help")...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "usage: engage_exporter "+args[0]) {
		t.Errorf("engage_exporter %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// output runs a program that has to succeed and gives what it printed, on both channels.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// decode reads a YAML document into a value.
func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
