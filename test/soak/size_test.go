package soak

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// size is what the exporter holds while nothing goes on.
type size struct {
	heap       int64 // bytes in use after a collection
	goroutines int64
	files      int64 // open descriptors
	resident   int64 // bytes of memory that the system has given it
	stacks     string
}

// String implements fmt.Stringer.
func (s size) String() string {
	return fmt.Sprintf("heap %.1f MiB, resident %.1f MiB, %d goroutines, %d open files", float64(s.heap)/(1<<20), float64(s.resident)/(1<<20), s.goroutines, s.files)
}

const (
	// heapSlack is the part by which the heap may differ: vendors' values grow through the day, accounts come and go,
	// pools are more or less full.
	heapSlack = 0.10
	// goroutineSlack is how many goroutines may come on top: those of connections that are just being closed. Each
	// reload builds six accounts again: had each left one behind, there would be more in a minute.
	goroutineSlack = 8
	// fileSlack is the same for files, of which a connection has one.
	fileSlack = 4
)

// growth tells how the exporter has grown since it was first measured, warm: whatever it holds more of at any later
// time, and nothing if it has stayed as it was.
func growth(sizes []size) (grown []string) {
	warm := sizes[0]
	for i, s := range sizes[1:] {
		if most := warm.heap + int64(heapSlack*float64(warm.heap)); s.heap > most {
			grown = append(grown, fmt.Sprintf("rest %d: the heap has grown from %d to %d bytes, want at most %d", i+2, warm.heap, s.heap, most))
		}
		if s.goroutines > warm.goroutines+goroutineSlack {
			grown = append(grown, fmt.Sprintf("rest %d: goroutines have grown from %d to %d:\n%s", i+2, warm.goroutines, s.goroutines, s.stacks))
		}
		if s.files > warm.files+fileSlack {
			grown = append(grown, fmt.Sprintf("rest %d: open files have grown from %d to %d", i+2, warm.files, s.files))
		}
	}
	return grown
}

var (
	heapLine       = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)
	memoryLine     = regexp.MustCompile(`(?m)^(Vm[A-Z]+|RssFile):\s+(\d+) kB$`)
	goroutinesLine = regexp.MustCompile(`^goroutine profile: total (\d+)`)
)

// measure waits until the exporter is at rest, and measures it. Nobody may scrape meanwhile.
func measure(t *testing.T, p *process, rest func()) size {
	t.Helper()
	client := &http.Client{Timeout: testkit.MaxWait, Transport: &http.Transport{DisableKeepAlives: true}}
	read := func(path string) string {
		answer, err := client.Get(p.url + path)
		if err != nil {
			t.Errorf("measuring the exporter: %v", err)
			return ""
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("measuring the exporter: %s: %d, %v", path, answer.StatusCode, err)
		}
		return string(text)
	}
	// Reads in flight end by their timeouts, idle connections as soon as they are closed.
	var s size
	before := int64(-1)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for range 40 {
		rest()
		s.stacks = read("/debug/pprof/goroutine?debug=1")
		s.goroutines = found(goroutinesLine, s.stacks, 1)
		if s.goroutines == before && !strings.Contains(s.stacks, "poll.(*Endpoint).refresh") {
			break
		}
		before = s.goroutines
		<-tick.C
	}
	for range 3 { // what pools hold goes with the second collection, what finalizers hold with the next
		s.heap = found(heapLine, read("/debug/pprof/heap?gc=1&debug=1"), 1)
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID())) // the metric would cost a scrape of all accounts
	if err != nil {
		t.Errorf("measuring the exporter: %v", err)
	}
	s.files = int64(len(files))
	s.resident = p.memory("VmRSS")
	if s.heap <= 0 || s.goroutines <= 0 || s.files <= 0 {
		t.Errorf("the exporter is not measured: %v", s)
	}
	return s
}

// peak returns the most memory that the system has given the exporter at a time, in bytes, without the pages of its
// binary: the system takes those back when a container's limit is reached.
func (p *process) peak() int64 { return p.memory("VmHWM") - p.memory("RssFile") }

// memory is one of the values that Linux keeps of a process' memory, in bytes.
func (p *process) memory(name string) int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		p.t.Errorf("measuring the exporter: %v", err)
	}
	for _, line := range memoryLine.FindAllStringSubmatch(string(text), -1) {
		if line[1] == name {
			return found(memoryLine, line[0], 2) << 10
		}
	}
	p.t.Errorf("measuring the exporter: there is no %s", name)
	return 0
}

// found is the number that a group of a pattern finds; −1 if it finds none.
func found(pattern *regexp.Regexp, text string, group int) int64 {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, err := strconv.ParseInt(m[group], 10, 64)
	if err != nil {
		return -1
	}
	return n
}
