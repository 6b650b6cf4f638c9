package simulator

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// faultList is the faults in force. The zero value is ready.
type faultList struct {
	mu   sync.Mutex
	list []*injected // oldest first
}

// injected is a fault in force; fault.Requests counts down.
type injected struct{ fault Fault }

// Inject puts a fault in force. The function it returns takes the fault back, also a second time or when it is used
// up already. Inject panics if the fault is not valid: ParseFault returns only valid ones.
func (s *Simulator) Inject(f Fault) (remove func()) {
	if err := f.Validate(); err != nil {
		panic(fmt.Sprintf("simulator: inject %s: %v", f, err))
	}
	if f.Kind == FaultToken { // of a vendor that has some, as is validated
		s.vendors[f.Vendor].ForgetTokens(f.Account)
		return func() {}
	}
	return s.faults.add(f)
}

// Check says why a fault could never fire here: it is not valid, or no vendor has such an account.
func (s *Simulator) Check(f Fault) error {
	if err := f.Validate(); err != nil {
		return fmt.Errorf("fault %s: %w", f, err)
	}
	if accounts := s.vendors[f.Vendor].Accounts(); f.Account != "" && !slices.Contains(accounts, f.Account) {
		return fmt.Errorf("fault %s: %s has no account %q here, but %s", f, f.Vendor, f.Account,
			strings.Join(accounts, ", "))
	}
	return nil
}

// ClearFaults takes all faults back.
func (s *Simulator) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// Faults are the faults in force, oldest first, each with the number of requests that it has left.
func (s *Simulator) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	faults := make([]Fault, len(s.faults.list))
	for i, in := range s.faults.list {
		faults[i] = in.fault
	}
	return faults
}

func (l *faultList) add(f Fault) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in := &injected{fault: f}
	l.list = append(l.list, in)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.drop(in)
	}
}

func (l *faultList) drop(in *injected) {
	l.list = slices.DeleteFunc(l.list, func(other *injected) bool { return other == in })
}

// take returns the newest fault of a group that matches the call, counts it as fired, and reports whether there is one.
func (l *faultList) take(g group, c *core.Call) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, in := range slices.Backward(l.list) {
		f := in.fault
		if f.Kind.group() != g || f.Vendor != c.Vendor || !core.Matches(f.Account, c.Account) ||
			!core.Matches(f.Endpoint, c.Endpoint) {
			continue
		}
		if f.Requests == 1 {
			l.drop(in)
		} else if f.Requests > 1 {
			in.fault.Requests--
		}
		return f, true
	}
	return Fault{}, false
}
