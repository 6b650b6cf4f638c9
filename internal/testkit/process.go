// Package testkit holds what the tests of two or more packages share: programs that run beside a test, what they print,
// and the files of a test.
package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// MaxWait bounds every wait for another process on a busy machine.
const MaxWait = time.Minute

// exporterPackage is the package of the exporter's command.
const exporterPackage = "github.com/engage-exporter/engage_exporter"

// RunWithExporter builds the exporter, stores its path in binary, runs the tests of a package and removes the exporter.
// It returns the exit status for TestMain.
func RunWithExporter(m *testing.M, binary *string) int {
	dir, err := os.MkdirTemp("", "engage_exporter-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	*binary = filepath.Join(dir, "engage_exporter")
	build := exec.Command("go", "build", "-o", *binary, exporterPackage)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the exporter: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Process is a program that runs beside a test. It ends with the test, at the latest.
type Process struct {
	// Output is what the program prints, both streams in the order in which it came.
	Output *Output

	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs a program. Its output is printed if the test fails.
func Start(t *testing.T, program string, args ...string) *Process {
	t.Helper()
	return StartWithOutput(t, new(Output), program, args...)
}

// StartWithOutput runs a program as Start does and collects its output in out.
func StartWithOutput(t *testing.T, out *Output, program string, args ...string) *Process {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: scripts/install-test-tools.sh installs what the tests need", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	return StartCommand(t, out, cmd)
}

// StartCommand runs a command as Start does. Output has only what the command writes to out.
func StartCommand(t *testing.T, out *Output, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Output: out, t: t, cmd: cmd, done: make(chan struct{})}
	p.cmd.SysProcAttr = endWithTests()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // ExitCode reports the result
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		<-p.done
		if t.Failed() {
			t.Logf("%s printed:\n%s", filepath.Base(cmd.Path), out.String())
		}
	})
	return p
}

// PID returns the process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Printed waits until the program has printed text that matches the pattern. It returns the last group of the pattern.
func (p *Process) Printed(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	var found string
	Await(p.t, "output like "+pattern, func() error {
		match := re.FindStringSubmatch(p.Output.String())
		if match == nil {
			select {
			case <-p.done:
				p.t.Fatalf("the program ended without printing %s:\n%s", pattern, p.Output.String())
			default:
			}
			return fmt.Errorf("not printed")
		}
		found = match[len(match)-1]
		return nil
	})
	return found
}

// Listening waits until the exporter has logged its address and returns it.
func (p *Process) Listening() string {
	p.t.Helper()
	return p.Printed(`msg="Listening on".* address=(\S+)`)
}

// Signal sends a signal. It returns an error if the program has ended.
func (p *Process) Signal(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// End sends a signal, waits for the end of the program and returns its exit status.
func (p *Process) End(signal os.Signal) int {
	p.t.Helper()
	if err := p.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	return p.ExitCode()
}

// ExitCode waits for the end of the program and returns its exit status.
func (p *Process) ExitCode() int {
	p.t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(MaxWait):
		p.t.Fatal("the program does not end")
		return 0
	}
}

// Await calls the condition until it returns nil. It fails the test after MaxWait.
func Await(t *testing.T, what string, condition func() error) {
	t.Helper()
	deadline := time.After(MaxWait)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s within %s: %v", what, MaxWait, err)
		}
	}
}
