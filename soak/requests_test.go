package soak

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// requests is what an account has asked its vendor for.
type requests struct {
	mu         sync.Mutex
	began      map[string][]span // by what was read, in the order in which they came
	all        []time.Time       // of all of them, in order
	tokensLost int
}

// span is the time from when a request came until it was answered; end is zero until then.
type span struct{ begin, end time.Time }

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

func (r *requests) loseToken() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tokensLost++
}

// seconds are those at which the vendor may have answered what was read after a time: each second of the requests since then, newest first.
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

// checkCalls fails the test if an account asked its vendor more often than its settings allow, or so seldom that there was no load.
func (v *vendors) checkCalls(t *testing.T, s *settings, took time.Duration) {
	t.Helper()
	known, tooFew := 0, 0
	for _, a := range v.fleet.accounts {
		r := v.requests[a.name]
		r.mu.Lock()
		known += len(r.all)
		if n := mostInAMinute(r.all); n > a.perMinute {
			t.Errorf("%s: %d requests in a minute, and requests_per_minute is %d", a.name, n, a.perMinute)
		}
		for what, spans := range r.began {
			endpoint, _, _ := strings.Cut(what, " ")
			interval, ok := a.intervals[endpoint]
			if !ok {
				continue // a login, which the vendor asks for
			}
			// A read is due again when nine tenths of the interval are over. A changed account begins anew, and a read whose token was lost asks again.
			allowed := 1 + int(math.Floor(float64(asked(spans))/(0.9*float64(interval)))) + s.changesOf(a) + r.tokensLost
			if len(spans) > allowed {
				t.Errorf("%s: %d requests for %s, and min_interval %s allows %d", a.name, len(spans), what, interval, allowed)
			}
			if endpoint != "event_report" && interval == often && len(spans) < int(took/(2*interval)) {
				tooFew++
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
	if most := len(v.fleet.accounts) / 20; tooFew > most {
		t.Errorf("%d endpoints were read less than half as often as due, want at most %d: there was no load", tooFew, most)
	}
	total, kinds := v.totalFaults()
	if part := float64(total) / float64(known); part < 0.5/faultsIn || part > 2.0/faultsIn || kinds < 5 {
		t.Errorf("%d of %d requests met a fault, of %d kinds: want one in %d", total, known, kinds, faultsIn)
	}
}

// asked is the time from the first request to the last.
func asked(spans []span) time.Duration {
	return spans[len(spans)-1].begin.Sub(spans[0].begin)
}

// mostInAMinute is the highest number of requests that came within a minute, less the second by which one may be late on its way.
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
