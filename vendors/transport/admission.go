package transport

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Admission is the permission for a refresh, which is one or more requests, to run. The process has a limited number of
// them. It is held until [Admission.Release].
//
// Thousands of refreshes may be due at once, while the process may have only a few requests in flight. If all of them
// ran, their goroutines would wait and fill the memory. So the others wait in queues, one for each host, without goroutines. A refresh
// holds its admission until its first request has a slot of the process. It is released earlier if a request of the
// same account waits for a limit of the account, or if the refresh waits for the login of another one, since then the
// process's limit is not what the refresh waits for.
//
// A nil Admission holds nothing.
type Admission struct {
	// Waited is how long the refresh waited in the queue.
	Waited time.Duration
	// Err is Throttled if the refresh has waited too long: then it must send nothing.
	Err error

	account *accountAdmissions
	queue   *admissionQueue
	host    string
	// released: it is not held any more. account.mu guards it.
	released bool
}

const (
	// maxAdmissionWait is how long a refresh waits in the queue at most.
	maxAdmissionWait = 5 * time.Minute
	// spareAdmissions is how many more refreshes are admitted than requests may be in flight, beside a quarter of these: so
	// many that there is always one ready to send. More would wait with their stacks in memory.
	spareAdmissions = 4
)

// Admit runs refresh in its own goroutine when it is admitted; it returns at once. endpoint is named in the error of
// the admission. The admission is released when refresh returns, or earlier.
//
// The admission must be passed to the requests of the refresh ([Limits]).
func (c *Client) Admit(endpoint string, refresh func(*Admission)) {
	queue := &c.limits.global.admissions
	queue.begin(c.limits.host, func(waited time.Duration) {
		growStack()
		c.waited(waited)
		a := &Admission{Waited: waited, account: &c.admissions, queue: queue, host: c.limits.host}
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

// growStack makes the stack of a goroutine that has just begun as large as a refresh needs, 16 KiB, at once. A stack
// that grows step by step, while calls are nested deep, is copied with all of them each time.
//
//go:noinline
func growStack() {
	var frame [12 << 10]byte
	runtime.KeepAlive(&frame)
}

// Release releases the admission, unless it has been released already.
func (a *Admission) Release() {
	if a == nil {
		return
	}
	a.account.mu.Lock()
	defer a.account.mu.Unlock()
	if i := slices.Index(a.account.held, a); i >= 0 {
		a.account.held = slices.Delete(a.account.held, i, i+1)
	}
	a.release()
}

// release gives the place in the queue back, once. account.mu is held.
func (a *Admission) release() {
	if !a.released {
		a.released = true
		a.queue.leave(a.host)
	}
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
	for _, other := range account.held {
		other.release()
	}
	account.held = nil
	return sync.OnceFunc(func() {
		account.mu.Lock()
		defer account.mu.Unlock()
		account.accountWaits--
	})
}

// accountAdmissions are the admissions that one account holds.
type accountAdmissions struct {
	mu           sync.Mutex
	held         []*Admission
	accountWaits int // requests that wait for something of the account's own
}

func (a *accountAdmissions) add(admission *Admission) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.accountWaits > 0 {
		admission.release()
		return
	}
	a.held = append(a.held, admission)
}

// admissionQueue has the admissions of the process, and the refreshes that wait for one.
type admissionQueue struct {
	shares

	timer    sync.Mutex
	timerSet bool // a timer will call expire
}

// begin runs a refresh to a host when it is admitted, or after it has waited for maxAdmissionWait; waited is how long it
// has. It must call leave once.
func (q *admissionQueue) begin(host string, refresh func(waited time.Duration)) {
	since := time.Now()
	q.enter(host, func() { go refresh(time.Since(since)) })
	q.setTimer()
}

// setTimer sets a timer for the first waiting refresh to expire, if none is set.
func (q *admissionQueue) setTimer() {
	q.timer.Lock()
	defer q.timer.Unlock()
	if since := q.waitingSince(); !q.timerSet && !since.IsZero() {
		q.timerSet = true
		time.AfterFunc(maxAdmissionWait-time.Since(since), q.expire)
	}
}

// expire begins the refreshes that have waited too long. Admit gives them an error, so that they end at once.
func (q *admissionQueue) expire() {
	q.admitBefore(time.Now().Add(-maxAdmissionWait))
	q.timer.Lock()
	q.timerSet = false
	q.timer.Unlock()
	q.setTimer()
}
