package soak

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// requests is what an account has asked its vendor for.
type requests struct {
	mu         sync.Mutex
	began      map[string][]span // by what was read, in the order in which they came
	all        []time.Time       // of all of them, in order
	troubles   []span            // that befell all of the account's endpoints: a lost token, a login with a fault
	tokensLost int
}

// span is the time from when something began, such as a request that came, until it ended; end is zero until then.
type span struct {
	begin, end time.Time
	fault      bool // the request met one
}

// String implements fmt.Stringer.
func (s span) String() string {
	text := s.begin.Format(time.StampMilli)
	if s.fault {
		text += " (with a fault)"
	}
	return text
}

// begin notes a request, and gives its number among those for the same.
func (r *requests) begin(what string) (number int, done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := time.Now()
	r.all = append(r.all, at)
	r.began[what] = append(r.began[what], span{begin: at})
	number = len(r.began[what])
	return number, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.began[what][number-1].end = time.Now()
	}
}

// meetFault notes that the request with that number meets a fault.
func (r *requests) meetFault(what string, number int, f simulator.Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began[what][number-1].fault = true
	switch {
	case f.Kind == simulator.FaultToken:
		r.tokensLost++
	case !isLogin(what):
		return
	}
	at := r.began[what][number-1].begin
	r.troubles = append(r.troubles, span{begin: at, end: at.Add(2 * timeout)}) // what was under way with the lost token, and again with a new one
}

// seconds are those at which the vendor may have answered what was read after a time: each second of the requests
// since then, newest first.
func (r *requests) seconds(what string, since time.Time) []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []time.Time
	for _, s := range slices.Backward(r.began[what]) {
		if s.begin.Before(since) {
			break
		}
		end := s.end
		if end.IsZero() {
			end = time.Now()
		}
		for at := end.Truncate(time.Second); !at.Before(s.begin.Truncate(time.Second)); at = at.Add(-time.Second) {
			all = append(all, at)
		}
	}
	return slices.Compact(all)
}

// faultsOf returns how many requests met a fault that may have ended a read of what. r.mu is held.
func (r *requests) faultsOf(a *account, what string) int {
	n := len(r.troubles)
	for other, spans := range r.began {
		if other != what && !a.together(what, other) {
			continue
		}
		for _, s := range spans {
			if s.fault {
				n++
			}
		}
	}
	return n
}

// checkCalls fails the test if an account asked its vendor more often than its settings allow, whatever befell it.
// What scrapes have to do with it is for checkAllowance.
func (v *vendors) checkCalls(t *testing.T, s *settings, visits map[string][]visit) {
	t.Helper()
	known := 0
	for _, a := range v.fleet.accounts {
		r := v.requests[a.name]
		r.mu.Lock()
		known += len(r.all)
		if n := mostInAMinute(r.all); n > a.perMinute {
			t.Errorf("%s: %d requests in a minute, and requests_per_minute is %d", a.name, n, a.perMinute)
		}
		for what, spans := range r.began {
			interval, ok := a.intervalOf(what)
			if !ok {
				continue // a login, which the vendor asks for
			}
			// A read is due again when nine tenths of the interval are over. A changed account starts again, a read whose
			// token was lost asks again, and one that a fault ended is retried before it would be due.
			asked := spans[len(spans)-1].begin.Sub(life{visits: visits[a.name]}.since(spans[0]))
			allowed := 1 + int(math.Floor(float64(asked)/(0.9*float64(interval)))) + s.changesOf(a) + r.tokensLost + r.faultsOf(a, what)
			if len(spans) > allowed {
				t.Errorf("%s: %d requests for %s, and min_interval %s allows %d: %v", a.name, len(spans), what, interval, allowed, spans)
			}
		}
		r.mu.Unlock()
	}
	if n := v.sim.Calls("", "", ""); n != known {
		t.Errorf("the simulator counts %d requests, %d were noted", n, known)
	}
	if n := v.strays.Load(); n > 0 || v.sim.Calls("", "", "unknown") > 0 || v.sim.Calls("", "unknown", "") > 0 {
		t.Errorf("%d requests that no account has a reason for", n)
	}
	total, kinds := v.totalFaults()
	if part := float64(total) / float64(known); part < 0.5/faultsIn || part > 2.0/faultsIn || kinds < 5 {
		t.Errorf("%d of %d requests met a fault, of %d kinds: want one in %d", total, known, kinds, faultsIn)
	}
}

// mostInAMinute is the highest number of requests that came within a minute, less the second by which one may be late
// on its way.
func mostInAMinute(all []time.Time) int {
	most, first := 0, 0
	for i, at := range all {
		for at.Sub(all[first]) >= time.Minute-time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
