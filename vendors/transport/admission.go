package transport

import (
	"fmt"
	"sync"
	"time"
)

// Admission is the permission for a refresh, which is one or more requests, to run. The process has a limited number of
// them. It is held until [Admission.Release].
//
// Thousands of refreshes may be due at once, while the process may have only a few requests in flight. If all of them
// ran, their goroutines would wait and fill the memory. So the others wait in a queue without goroutines. A refresh
// holds its admission until its first request has a slot of the process. It is released earlier if a request of the
// same account waits for a limit of the account, since then the process's limit is not what the refresh waits for.
//
// A nil Admission holds nothing.
type Admission struct {
	// Waited is how long the refresh waited in the queue.
	Waited time.Duration
	// Err is Throttled if the refresh has waited too long: then it must send nothing.
	Err error

	account *accountAdmissions
	release func()
}

const (
	// maxAdmissionWait is how long a refresh waits in the queue at most.
	maxAdmissionWait = 5 * time.Minute
	// admissionsPerRequest is the number of admissions for each request that may be in flight: so many that there is
	// always a refresh ready to send, also if many of them wait for the login of one account.
	admissionsPerRequest = 8
)

// Admit runs refresh in its own goroutine when it is admitted; it returns at once. endpoint is named in the error of
// the admission. The admission is released when refresh returns, or earlier.
//
// The admission must be passed to the requests of the refresh ([Limits]).
func (c *Client) Admit(endpoint string, refresh func(*Admission)) {
	c.limits.global.admissions.begin(func(waited time.Duration, release func()) {
		c.waited(waited)
		a := &Admission{Waited: waited, account: &c.admissions, release: release}
		defer a.Release()
		if waited < maxAdmissionWait {
			c.admissions.add(a)
		} else {
			a.Err = &Error{
				Vendor: c.vendor, Endpoint: endpoint, Kind: Throttled, NotSent: true,
				Err: fmt.Errorf(noSlot, roundForText(waited)),
			}
		}
		refresh(a)
	})
}

// Release releases the admission, unless it has been released already.
func (a *Admission) Release() {
	if a == nil {
		return
	}
	a.account.mu.Lock()
	defer a.account.mu.Unlock()
	delete(a.account.held, a)
	a.release()
}

// waitForAccount is called when a request begins to wait for a limit of its account (a [SerialLock], a slot, the
// requests per minute), and over when the wait has ended.
//
// The account's other refreshes probably wait for the same, for example for a login that waits for the requests per
// minute. So the admissions of all of them are released, and a refresh that is admitted during the wait holds none.
func (a *Admission) waitForAccount() (over func()) {
	if a == nil {
		return func() {}
	}
	account := a.account
	account.mu.Lock()
	defer account.mu.Unlock()
	account.accountWaits++
	a.release()
	for other := range account.held {
		other.release()
	}
	clear(account.held)
	return sync.OnceFunc(func() {
		account.mu.Lock()
		defer account.mu.Unlock()
		account.accountWaits--
	})
}

// accountAdmissions are the admissions that one account holds.
type accountAdmissions struct {
	mu           sync.Mutex
	held         map[*Admission]struct{}
	accountWaits int // requests that wait for something of the account's own
}

func (a *accountAdmissions) add(admission *Admission) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.accountWaits > 0 {
		admission.release()
		return
	}
	if a.held == nil {
		a.held = make(map[*Admission]struct{})
	}
	a.held[admission] = struct{}{}
}

// admissionQueue counts the admissions of the process, and holds the refreshes that wait for one, in their order.
type admissionQueue struct {
	mu       sync.Mutex
	admitted int // and not released
	limit    int
	pending  []pendingRefresh
	timerSet bool // a timer will call expire
}

type pendingRefresh struct {
	since time.Time
	run   func(waited time.Duration)
}

func (q *admissionQueue) setLimit(maxInFlight int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.limit = int(min(admissionsPerRequest*maxInFlight, mostInFlight)) // an int has 32 bits on some machines
	q.beginPending()
}

// begin runs a refresh when it is admitted, or after it has waited for maxAdmissionWait; waited is how long it has. The
// admission is held until release is called; further calls have no effect.
func (q *admissionQueue) begin(refresh func(waited time.Duration, release func())) {
	q.mu.Lock()
	defer q.mu.Unlock()
	run := func(waited time.Duration) { refresh(waited, sync.OnceFunc(q.release)) }
	if q.admitted < q.limit {
		q.admitted++
		go run(0)
		return
	}
	q.pending = append(q.pending, pendingRefresh{time.Now(), run})
	q.setTimer()
}

// setTimer sets a timer for the first pending refresh to expire, if none is set. q.mu is held.
func (q *admissionQueue) setTimer() {
	if len(q.pending) > 0 && !q.timerSet {
		q.timerSet = true
		time.AfterFunc(maxAdmissionWait-time.Since(q.pending[0].since), q.expire)
	}
}

// expire begins the refreshes that have waited too long. Admit gives them an error, so that they end at once.
func (q *admissionQueue) expire() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending) > 0 && time.Since(q.pending[0].since) >= maxAdmissionWait {
		q.beginFirst()
	}
	q.timerSet = false
	q.setTimer()
}

// beginPending begins as many pending refreshes as the limit allows. q.mu is held.
func (q *admissionQueue) beginPending() {
	for q.admitted < q.limit && len(q.pending) > 0 {
		q.beginFirst()
	}
}

// beginFirst begins the first pending refresh. q.mu is held.
func (q *admissionQueue) beginFirst() {
	q.admitted++
	first := q.pending[0]
	go first.run(time.Since(first.since))
	q.pending[0] = pendingRefresh{}
	q.pending = q.pending[1:]
}

// waiting returns how many refreshes wait for their first request, admitted or pending.
func (q *admissionQueue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.admitted + len(q.pending)
}

func (q *admissionQueue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.admitted--
	q.beginPending()
}
