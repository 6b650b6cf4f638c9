package collector

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// requestLog counts what an account's client sends and how long it waited for its own budgets, and remembers the last requests. It is the transport's observer.
type requestLog struct {
	mu        sync.Mutex
	codes     []codeCount // sorted by code
	waited    time.Duration
	succeeded ring
	failed    ring
}

// codeCount is the number of requests that were answered with a status.
type codeCount struct {
	code  string
	count uint64
}

// RequestDone counts one HTTP request by the status of its answer, "error" where none came.
func (l *requestLog) RequestDone(sent transport.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := slices.BinarySearchFunc(l.codes, sent.Code, func(c codeCount, code string) int { return strings.Compare(c.code, code) })
	if !known {
		l.codes = slices.Insert(l.codes, at, codeCount{code: sent.Code})
	}
	l.codes[at].count++
	if sent.Err == nil {
		l.succeeded.add(sent)
	} else {
		l.failed.add(sent)
	}
}

// ThrottleWaited adds a wait for the exporter's own budgets.
func (l *requestLog) ThrottleWaited(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waited += d
}

// counts gives the requests sent, by code in order, and the time waited.
func (l *requestLog) counts() (codes []codeCount, waited time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.codes), l.waited
}

// last gives the requests that are remembered, the oldest first.
func (l *requestLog) last() []transport.Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Concat(l.succeeded.sent, l.failed.sent)
	slices.SortFunc(all, func(a, b transport.Sent) int { return a.At.Compare(b.At) })
	return all
}

// ringSize is how many requests are remembered of those that succeeded, and of those that failed: a failure stays while successes come and go.
const ringSize = 20

// ring is the last requests of one kind, in any order.
type ring struct {
	sent []transport.Sent
	next int // the oldest, once the ring is full
}

func (r *ring) add(sent transport.Sent) {
	if len(r.sent) < ringSize {
		if len(r.sent) == cap(r.sent) { // no larger than it will ever be: each account has two
			r.sent = slices.Grow(r.sent, min(len(r.sent)+1, ringSize-len(r.sent)))
		}
		r.sent = append(r.sent, sent)
		return
	}
	r.sent[r.next] = sent
	r.next = (r.next + 1) % ringSize
}
