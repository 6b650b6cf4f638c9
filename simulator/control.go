package simulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// maxControlBytes bounds the text that faults are read from.
const maxControlBytes = 64 << 10

// serveControl is the control of faults over HTTP, at /-/faults, in the grammar of ParseFault:
//
//	GET     lists the faults in force, one a line
//	POST    puts faults in force, one a line of the body: all of them, or none if one is not right
//	DELETE  takes all faults back
//
// GET and POST answer with the list.
func (s *Simulator) serveControl(w http.ResponseWriter, r *http.Request, path []string) {
	if len(path) != 1 || path[0] != "faults" {
		http.Error(w, "nothing here; the control of faults is at /-/faults", http.StatusNotFound)
		return
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		faults, err := readFaults(http.MaxBytesReader(w, r.Body, maxControlBytes))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, f := range faults {
			if err := s.Check(f); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		for _, f := range faults {
			s.Inject(f)
		}
	case http.MethodDelete:
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		http.Error(w, "GET lists faults, POST adds them, DELETE takes all back", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, f := range s.Faults() {
		fmt.Fprintln(w, f)
	}
}

// readFaults reads one fault a line; empty lines do not count.
func readFaults(r io.Reader) ([]Fault, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading faults: %w", err)
	}
	var faults []Fault
	var failures []error
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		f, err := ParseFault(line)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		faults = append(faults, f)
	}
	if len(failures) == 0 && len(faults) == 0 {
		return nil, errors.New("no fault in the body; expected one a line, such as getui/push_quota=slow:5s")
	}
	return faults, errors.Join(failures...)
}

// callCounter counts requests by vendor, account and endpoint. The zero value is ready.
type callCounter struct {
	mu     sync.Mutex
	counts map[callKey]int
}

type callKey struct{ vendor, account, endpoint string }

func (n *callCounter) add(c *core.Call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = make(map[callKey]int)
	}
	n.counts[callKey{c.Vendor, c.Account, c.Endpoint}]++
}

// sum adds up the counts that match; "" matches all.
func (n *callCounter) sum(vendor, account, endpoint string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	var sum int
	for k, count := range n.counts {
		if core.Matches(vendor, k.vendor) && core.Matches(account, k.account) && core.Matches(endpoint, k.endpoint) {
			sum += count
		}
	}
	return sum
}
