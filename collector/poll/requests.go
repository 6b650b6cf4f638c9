package poll

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// RequestLog counts the requests of an account and how long they waited for the exporter's own limits, and keeps the
// last requests. It is the observer of the account's [transport.Client].
type RequestLog struct {
	mu        sync.Mutex
	codes     []CodeCount // sorted by code
	waited    time.Duration
	succeeded ring[request]
	failed    ring[failedRequest]
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
	done := request{
		sent.At.UnixNano(), unique.Make(sent.Endpoint), unique.Make(sent.Code), sent.Duration, sent.Bytes,
	}
	if sent.Err == nil {
		l.succeeded.add(done, succeededCount)
	} else {
		l.failed.add(failedRequest{done, sent.Err}, failedCount)
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
	all := make([]transport.Sent, 0, len(l.succeeded.kept)+len(l.failed.kept))
	for _, r := range l.succeeded.kept {
		all = append(all, r.sent(nil))
	}
	for _, r := range l.failed.kept {
		all = append(all, r.sent(r.err))
	}
	slices.SortFunc(all, func(a, b transport.Sent) int { return a.At.Compare(b.At) })
	return all
}

// succeededCount and failedCount are how many successful and how many failed requests are kept. They are separate, so
// that many successful requests do not push out a failed one. There are fewer successful ones, since every account has
// them.
const succeededCount, failedCount = 10, 20

// request is a [transport.Sent] without its error, in fewer bytes: there are few different endpoints and codes.
type request struct {
	at       int64 // in nanoseconds since 1970
	endpoint unique.Handle[string]
	code     unique.Handle[string]
	duration time.Duration
	bytes    int64
}

func (r request) sent(err error) transport.Sent {
	return transport.Sent{
		At: time.Unix(0, r.at), Endpoint: r.endpoint.Value(), Code: r.code.Value(), Duration: r.duration, Bytes: r.bytes,
		Err: err,
	}
}

// failedRequest is a request with its error.
type failedRequest struct {
	request
	err error
}

// ring keeps the last requests of one outcome, in any order.
type ring[R any] struct {
	kept []R
	next int // the oldest, once the ring is full
}

func (r *ring[R]) add(done R, size int) {
	if len(r.kept) < size {
		if r.kept == nil { // to grow step by step would end with more than it will ever need, for each account
			r.kept = make([]R, 0, size)
		}
		r.kept = append(r.kept, done)
		return
	}
	r.kept[r.next] = done
	r.next = (r.next + 1) % size
}
