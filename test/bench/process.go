package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// maxWait is how long to wait for another process at most.
const maxWait = 2 * time.Minute

// process is a program that is measured from outside.
type process struct {
	cmd     *exec.Cmd
	out     output
	done    chan struct{}
	url     string
	started time.Time
}

var listening = regexp.MustCompile(`[Ll]istening on"? address=(\S+)`)

// start runs a program and waits until it says where it listens.
func (l *lab) start(program string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(l.ctx, program, args...), done: make(chan struct{}), out: output{said: make(chan struct{}, 1)}}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // whoever waits for done does not mind how it ended
	}()
	deadline := time.After(maxWait)
	for {
		if said := listening.FindStringSubmatch(p.out.String()); said != nil {
			p.url = "http://" + said[1]
			return p, nil
		}
		select {
		case <-p.out.said:
		case <-p.done:
			return nil, fmt.Errorf("%s ended:\n%s", filepath.Base(program), p.out.String())
		case <-deadline:
			p.stop()
			return nil, fmt.Errorf("%s does not listen:\n%s", filepath.Base(program), p.out.String())
		}
	}
}

// exporter runs the exporter with a configuration, and with further arguments.
func (l *lab) exporter(config string, args ...string) (*process, error) {
	file := filepath.Join(l.dir, "engage.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return l.start(l.binary, append([]string{"--config.file=" + file, "--web.listen-address=127.0.0.1:0"}, args...)...)
}

// stop ends the process and waits for that.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	<-p.done
}

// cpu is the time that the process has spent on processors, all threads together. The kernel counts it in nanoseconds
// for each thread.
func (p *process) cpu() (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("the kernel does not report the processor time of threads: %w", err)
	}
	var sum time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // a thread that has just ended; Go hardly ever ends one
		} else if err != nil {
			return 0, err
		}
		ran, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

// memory is the resident memory of a process, in bytes.
type memory struct {
	now, most int64 // at most so far
	program   int64 // of what is there now: pages of the program's file, which the system can take back
}

// memory reports how much the process holds.
func (p *process) memory() (m memory, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return m, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		to := map[string]*int64{"VmRSS": &m.now, "VmHWM": &m.most, "RssFile": &m.program}[name]
		if to == nil {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return m, err
		}
		*to = kib << 10
	}
	return m, nil
}

// fileSize returns the bytes of a file.
func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// own is what the process holds of its own.
func (m memory) own() int64 { return m.now - m.program }

// watchMemory looks again and again at what the process holds of its own, until most is called, which gives the most
// that it held.
func (p *process) watchMemory() (most func() (int64, error)) {
	stop := make(chan struct{})
	var highest int64
	var failed error
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			m, err := p.memory()
			if err != nil {
				failed = err
				return
			}
			highest = max(highest, m.own())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	return func() (int64, error) {
		close(stop)
		watch.Wait()
		return highest, failed
	}
}

// output is what a program prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	said chan struct{} // has an element after each line
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	select {
	case o.said <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// measureStart measures how soon the exporter answers, and what it holds then, beside the reference with the same
// samples, which reads nothing.
func measureStart(l *lab, p *page) error {
	v := newVendor()
	closed, err := v.listen(l, false)
	if err != nil {
		return err
	}
	defer closed()
	config := v.accounts(1, "", time.Hour, twoEndpoints...)
	var ours, others []time.Duration
	var most, othersMost int64
	for range l.times(20) {
		exporter, err := l.exporter(config)
		if err != nil {
			return err
		}
		took, held, err := exporter.firstScrape(l)
		ours, most = append(ours, took), max(most, held.now)
		var text string
		if err == nil {
			text, err = l.scraper("").text(exporter.url + "/metrics")
		}
		if err == nil {
			err = l.scraper("").allUp(exporter, len(twoEndpoints))
		}
		exporter.stop()
		if err != nil {
			return err
		}
		other, err := l.reference(text)
		if err != nil {
			return err
		}
		took, held, err = other.firstScrape(l)
		others, othersMost = append(others, took), max(othersMost, held.now)
		other.stop()
		if err != nil {
			return err
		}
	}
	took, other := quantile(ours, 0.5), quantile(others, 0.5)
	p.goal(
		"start of the process until its first scrape is answered, with two endpoints read",
		"≤ 15 ms",
		milliseconds(took),
		took <= 15*time.Millisecond,
	)
	p.explain(fmt.Sprintf("a program of client_golang that serves the same samples and reads nothing takes %s, so that the exporter"+
		" takes %s of its time. Most of it is the system's: to map the program's pages when they are first used.",
		milliseconds(other), ratio(took, other)))
	p.goal("… resident memory then, at most", "≤ 20 MB", megabytes(most), most <= 20e6)
	p.explain("nearly all of it are pages of the program's file, which the system can take back. That program of client_golang takes " +
		megabytes(othersMost) + ".")
	return nil
}

// firstScrape scrapes a process that has just been started, and returns how long after its start the answer was there,
// and what the process holds then.
func (p *process) firstScrape(l *lab) (took time.Duration, held memory, err error) {
	if _, _, err = l.scraper("").scrape(p.url + "/metrics"); err != nil {
		return 0, held, err
	}
	took = time.Since(p.started)
	held, err = p.memory()
	return took, held, err
}
