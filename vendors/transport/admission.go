package transport

import (
	"fmt"
	"sync"
	"time"
)

// Admission is a refresh that has begun: one or more requests that are made for one purpose. It holds a place
// among the refreshes of the process that wait for their first request, until [Admission.Release].
//
// Thousands of refreshes may be due at once, of which the process sends a few requests at a time. If all of them
// began, the memory would fill with goroutines that wait. A refresh needs its place until its first request has
// a slot of the process, or one of its account's refreshes waits for something that is the account's own: then
// it is not the process that it waits for.
//
// A nil Admission holds no place.
type Admission struct {
	// Waited is how long the refresh waited until it began.
	Waited time.Duration
	// Err is Throttled if the refresh had to wait too long to begin: it must send nothing.
	Err error

	account *accountAdmissions
	release func()
}

const (
	// maxAdmissionWait is how long a refresh waits to begin.
	maxAdmissionWait = 5 * time.Minute
	// admissionsPerRequest is how many refreshes may wait for each request that may be in flight: enough for the
	// queue never to run dry, also where many of them wait for the login of one account.
	admissionsPerRequest = 8
)

// Admit runs refresh in a goroutine of its own as soon as there is a place for it. It returns at once. endpoint
// is what an error of the admission names. The place is released when refresh returns, if not before.
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
				Err: fmt.Errorf("gave up after %s: %s", roundForText(waited), allInFlight),
			}
		}
		refresh(a)
	})
}

// Release frees the place, if it has not been freed yet.
func (a *Admission) Release() {
	if a == nil {
		return
	}
	a.account.mu.Lock()
	defer a.account.mu.Unlock()
	delete(a.account.waiting, a)
	a.release()
}

// waitForAccount notes that a request waits for something that is its account's own, until over is called: a
// [SerialLock], a slot or the requests per minute of its account.
//
// The account's other refreshes wait for the same or may wait for it, as for a login that waits for the requests
// per minute. None of them needs a place any longer, nor does one that begins meanwhile.
func (a *Admission) waitForAccount() (over func()) {
	if a == nil {
		return func() {}
	}
	account := a.account
	account.mu.Lock()
	defer account.mu.Unlock()
	account.accountWaits++
	a.release()
	for other := range account.waiting {
		other.release()
	}
	clear(account.waiting)
	return sync.OnceFunc(func() {
		account.mu.Lock()
		defer account.mu.Unlock()
		account.accountWaits--
	})
}

// accountAdmissions are the refreshes of one account that hold a place.
type accountAdmissions struct {
	mu           sync.Mutex
	waiting      map[*Admission]struct{}
	accountWaits int // requests that wait for something of the account's own
}

func (a *accountAdmissions) add(admission *Admission) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.accountWaits > 0 {
		admission.release()
		return
	}
	if a.waiting == nil {
		a.waiting = make(map[*Admission]struct{})
	}
	a.waiting[admission] = struct{}{}
}

// admissionQueue are the places of the process, and the refreshes that wait to begin, in their order.
type admissionQueue struct {
	mu      sync.Mutex
	taken   int
	limit   int
	pending []pendingRefresh
	watched bool // a timer is going to call expire
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

// begin runs a refresh as soon as there is a place, and with a wait of maxAdmissionWait or more if there was
// none in all that time. The place is held until release is called, once or more.
func (q *admissionQueue) begin(refresh func(waited time.Duration, release func())) {
	q.mu.Lock()
	defer q.mu.Unlock()
	run := func(waited time.Duration) { refresh(waited, sync.OnceFunc(q.release)) }
	if q.taken < q.limit {
		q.taken++
		go run(0)
		return
	}
	q.pending = append(q.pending, pendingRefresh{time.Now(), run})
	q.watch()
}

// watch sets the timer for the first that is pending. q.mu is held.
func (q *admissionQueue) watch() {
	if len(q.pending) > 0 && !q.watched {
		q.watched = true
		time.AfterFunc(maxAdmissionWait-time.Since(q.pending[0].since), q.expire)
	}
}

// expire begins those that have waited too long, for them to end at once.
func (q *admissionQueue) expire() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending) > 0 && time.Since(q.pending[0].since) >= maxAdmissionWait {
		q.beginFirst()
	}
	q.watched = false
	q.watch()
}

// beginPending begins as many as there are places for. q.mu is held.
func (q *admissionQueue) beginPending() {
	for q.taken < q.limit && len(q.pending) > 0 {
		q.beginFirst()
	}
}

// beginFirst begins the first that is pending. q.mu is held.
func (q *admissionQueue) beginFirst() {
	q.taken++
	first := q.pending[0]
	go first.run(time.Since(first.since))
	q.pending[0] = pendingRefresh{}
	q.pending = q.pending[1:]
}

func (q *admissionQueue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken--
	q.beginPending()
}
