package soak

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the exporter under load. It ends with the test, at the latest.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  output
	done chan struct{}
	url  string // of the exporter, without a slash at its end
}

// start runs the exporter and waits until it listens.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // end has what came of it
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		<-p.done
		if t.Failed() {
			t.Logf("the exporter printed:\n%s", p.out.String())
		}
	})
	p.url = "http://" + p.listening()
	return p
}

// end sends a signal and gives the exit status.
func (p *process) end(signal os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatal("the exporter does not end")
		return 0
	}
}

// listening gives the address once the exporter has said it.
func (p *process) listening() string {
	p.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if said := listening.FindStringSubmatch(p.out.String()); said != nil {
			return said[1]
		}
		select {
		case <-tick.C:
		case <-p.done:
			p.t.Fatalf("the exporter does not start:\n%s", p.out.String())
		case <-deadline:
			p.t.Fatalf("the exporter does not listen:\n%s", p.out.String())
		}
	}
}

var listening = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// maxOutput bounds what is kept of the log, in which each endpoint that breaks has a line. Errors are kept beyond it.
const maxOutput = 256 << 10

// output is what the exporter prints, for readers while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() < maxOutput || bytes.Contains(b, []byte("level=error")) || bytes.Contains(b, []byte("panic")) {
		o.text.Write(b)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
