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
)

// size is what the exporter holds while nothing goes on.
type size struct {
	heap       int64 // bytes in use after a collection
	goroutines int64
	files      int64 // open descriptors
	stacks     string
}

// String implements fmt.Stringer.
func (s size) String() string {
	return fmt.Sprintf("heap %.1f MiB, %d goroutines, %d open files", float64(s.heap)/(1<<20), s.goroutines, s.files)
}

const (
	// heapSlack is the part by which the heap may differ: vendors' figures grow through the day, accounts come and go, pools are more or less full.
	heapSlack = 0.10
	// goroutineSlack is how many goroutines may come on top: those of connections that are just being closed. Each reload makes six accounts anew: had each left one behind, there
	// would be more in a minute.
	goroutineSlack = 8
	// fileSlack is the same for files, of which a connection has one.
	fileSlack = 4
)

// checkGrowth fails the test if the exporter is larger at the end.
func (s size) checkGrowth(t *testing.T, end size) {
	t.Helper()
	if most := s.heap + int64(heapSlack*float64(s.heap)); end.heap > most {
		t.Errorf("the heap has grown from %d to %d bytes, want at most %d", s.heap, end.heap, most)
	}
	if end.goroutines > s.goroutines+goroutineSlack {
		t.Errorf("goroutines have grown from %d to %d:\n%s", s.goroutines, end.goroutines, end.stacks)
	}
	if end.files > s.files+fileSlack {
		t.Errorf("open files have grown from %d to %d", s.files, end.files)
	}
}

var (
	heapLine       = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)
	goroutinesLine = regexp.MustCompile(`^goroutine profile: total (\d+)`)
)

// measure waits until the exporter is at rest, and measures it. Nobody may scrape meanwhile.
func measure(t *testing.T, p *process, rest func()) size {
	t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
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
		s.goroutines = found(goroutinesLine, s.stacks)
		if s.goroutines == before && !strings.Contains(s.stacks, "collector.(*endpoint).take") {
			break
		}
		before = s.goroutines
		<-tick.C
	}
	for range 3 { // what pools hold goes with the second collection, what finalizers hold with the next
		s.heap = found(heapLine, read("/debug/pprof/heap?gc=1&debug=1"))
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)) // the metric would cost a scrape of all accounts
	if err != nil {
		t.Errorf("measuring the exporter: %v", err)
	}
	s.files = int64(len(files))
	if s.heap <= 0 || s.goroutines <= 0 || s.files <= 0 {
		t.Errorf("the exporter is not measured: %v", s)
	}
	return s
}

// found is the number that a pattern finds; −1 if it finds none.
func found(pattern *regexp.Regexp, text string) int64 {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return -1
	}
	return n
}
