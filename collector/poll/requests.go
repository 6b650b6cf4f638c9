package poll

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// RequestLog counts the requests of an account and how long they waited for the exporter's own limits, and keeps the
// last requests. It is the observer of the account's [transport.Client].
type RequestLog struct {
	mu        sync.Mutex
	codes     []CodeCount // sorted by code
	waited    time.Duration
	succeeded ring
	failed    ring
}

// CodeCount is the number of requests that were answered with a status. The code is "error" for those without an
// answer.
type CodeCount struct {
	Code  string
	Count uint64
}

// RequestDone counts one HTTP request by the status of its answer.
func (l *RequestLog) RequestDone(sent transport.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := slices.BinarySearchFunc(l.codes, sent.Code, func(c CodeCount, code string) int {
		return strings.Compare(c.Code, code)
	})
	if !known {
		l.codes = slices.Insert(l.codes, at, CodeCount{Code: sent.Code})
	}
	l.codes[at].Count++
	if sent.Err == nil {
		l.succeeded.add(sent)
	} else {
		l.failed.add(sent)
	}
}

// ThrottleWaited adds a wait for the exporter's own limits.
func (l *RequestLog) ThrottleWaited(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waited += d
}

// Counts returns the requests sent, by code in order, and the time waited.
func (l *RequestLog) Counts() (codes []CodeCount, waited time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.codes), l.waited
}

// Last returns the last requests, the oldest first.
func (l *RequestLog) Last() []transport.Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Concat(l.succeeded.sent, l.failed.sent)
	slices.SortFunc(all, func(a, b transport.Sent) int { return a.At.Compare(b.At) })
	return all
}

// ringSize is how many successful and how many failed requests are kept. They are separate, so that many successful
// requests do not push out a failed one.
const ringSize = 20

// ring keeps the last requests of one outcome, in any order.
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
