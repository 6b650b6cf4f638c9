// Package transport sends the requests of all vendors' clients. It keeps the limits of the account and of the process,
// sets a timeout for each request, bounds the size of answers, and returns each failure as an [*Error] that is safe to
// log.
//
// It retries nothing and follows no redirect: only the vendor's client knows which request may be sent again.
//
// The way of a request is [Client.Do] in client.go: serial_lock.go, breaker.go, limits.go, then response.go for the
// answer, and failure.go if it fails.
package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Defaults for zero values in [Options].
const (
	DefaultTimeout               = 10 * time.Second
	DefaultMaxConcurrentRequests = 4
	DefaultRequestsPerMinute     = 60
	DefaultMaxResponseBytes      = 16 << 20
)

// Options configure the client of one account.
type Options struct {
	Vendor string // as errors name it: "getui"

	// RoundTripper sends the requests; nil means http.DefaultTransport. Accounts with the same settings share one, so
	// that they share connections.
	RoundTripper http.RoundTripper

	// Host is where most of the account's requests go. Accounts of one host hold at most 4/5 of the slots of Global that
	// no other host holds, so that a host that hangs leaves some to others. "" = they may hold all. See
	// [Global.SetOneHost].
	Host string

	Global                *Global // bounds the requests of the whole process; nil = no such bound
	MaxConcurrentRequests int     // of this account
	RequestsPerMinute     int     // never exceeded in any half-open minute

	// Timeout is for one request, from its first byte to the last byte of the answer. It does not include the time that
	// the request waits for its limits.
	Timeout time.Duration

	// MaxResponseBytes bounds the size of an answer that is held in memory as a whole, after decompression, and of what
	// is kept of any other answer ([SizeLimit]).
	MaxResponseBytes int64

	UserAgent string

	// UnusedProxy is the environment variable that names a proxy which the RoundTripper does not use; errors mention
	// it. "" = none.
	UnusedProxy string

	// Secrets returns the texts that must not be shown, beside the account's credentials. It is called for each
	// failure.
	Secrets func() []string

	Observer Observer // nil = none

	// Previous is the client that the same account had before its settings changed: the requests that it has sent count
	// against RequestsPerMinute; nil = none.
	Previous *Client
}

// Observer observes the requests of a client. Its methods are called concurrently.
type Observer interface {
	// RequestDone is called for a request that was sent, once its answer has been read or has failed.
	RequestDone(sent Sent)
	// ThrottleWaited adds time that a request waited for its serial lock or a limit of our own.
	ThrottleWaited(d time.Duration)
}

// Sent is one HTTP request that was sent, with its outcome. It is safe to show.
type Sent struct {
	At       time.Time // when it was sent
	Endpoint string    // [Request.Endpoint]
	Code     string    // the status of the answer ("200"), or "error" if none came
	Duration time.Duration
	Bytes    int64 // of the answer's body, as received, before decompression
	Err      error // an [*Error]; nil = success
}

// Client sends the requests of one account. It is safe for concurrent use.
type Client struct {
	vendor           string
	roundTripper     http.RoundTripper
	limits           accountLimits
	admissions       accountAdmissions
	timeout          time.Duration
	maxResponseBytes int64
	largeAnswers     *semaphore.Weighted // at most one large answer is read at a time
	keptBytes        int64               // of lists; keptMemory.mu protects it
	userAgent        string
	unusedProxy      string
	secrets          func() []string
	observer         Observer
	breaker          breaker
	checking         atomic.Bool // the credentials of the open breaker are being read
	credentials      credentials
	requestSecrets   atomic.Pointer[func() []string] // Request.Secrets of the last request that had any

	closing  context.Context // done once Cancel has been called
	close    context.CancelFunc
	mu       sync.Mutex
	inFlight sync.WaitGroup // calls of Do
}

// New returns the client of one account.
func New(o Options) *Client {
	if o.RoundTripper == nil {
		o.RoundTripper = http.DefaultTransport
	}
	if o.MaxConcurrentRequests <= 0 {
		o.MaxConcurrentRequests = DefaultMaxConcurrentRequests
	}
	if o.RequestsPerMinute <= 0 {
		o.RequestsPerMinute = DefaultRequestsPerMinute
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxResponseBytes <= 0 {
		o.MaxResponseBytes = DefaultMaxResponseBytes
	}
	if o.Secrets == nil {
		o.Secrets = func() []string { return nil }
	}
	if o.Observer == nil {
		o.Observer = noObserver{}
	}
	closing, cancel := context.WithCancel(context.Background())
	return &Client{
		closing: closing, close: cancel,
		vendor:           o.Vendor,
		roundTripper:     o.RoundTripper,
		limits:           newAccountLimits(o.Global, o.Host, o.MaxConcurrentRequests, rateLimiterOf(o)),
		timeout:          o.Timeout,
		maxResponseBytes: o.MaxResponseBytes,
		largeAnswers:     semaphore.NewWeighted(1),
		userAgent:        o.UserAgent,
		unusedProxy:      o.UnusedProxy,
		secrets:          o.Secrets,
		observer:         o.Observer,
	}
}

// noObserver is the observer of a client that has none.
type noObserver struct{}

func (noObserver) RequestDone(Sent)             {}
func (noObserver) ThrottleWaited(time.Duration) {}

// Request is one request to a vendor. It must be safe to send twice: a request that meets a
// kept-alive connection which the server has just closed is sent again on another one, once.
type Request struct {
	Method   string
	URL      string
	Endpoint string // how errors name it: "GET /report/push/date/DATE", without ids, query and host
	Header   http.Header
	Body     []byte // nil = none

	// Serial is a lock that the request holds while it is in flight; nil = it may be sent concurrently with any other.
	Serial *SerialLock

	// Prepare fills in what depends on the time of sending: a signature of the time, a secret that may change. It is
	// called once, after the request has waited for its limits and just before it is sent, with the account's current
	// secrets. If it returns an error the request is not sent. If the secrets cannot be read, the request fails with
	// Auth and the breaker opens. nil = nothing to fill in, and no secret is read.
	Prepare func(r *Request, s Secrets) error

	// Subjects are the ids of the objects that the request is about. They are shown if the vendor's message quotes
	// them, also if one looks like a person's number. Prepare may set them.
	Subjects []string

	// Secrets returns the secrets of this request only (a session token, a signature), beside those of the account and
	// its credentials. It is called if the request fails; nil = none.
	Secrets func() []string
}

// Do sends a request and calls read with the answer, whatever its status is. First it waits for the serial lock
// ([Request.Serial]) and for the limits; it holds them until read has returned.
//
// If read returns an [*Error], Do adds what it knows (vendor, endpoint, status, Retry-After) and makes the texts safe
// to show. Any other error of read is Malformed. An answer with a status outside 2xx is a failure
// ([Response.StatusError]), unless read returns an Error of another kind than Malformed or sets
// [Response.StatusExplained].
//
// Do returns an [*Error], or an error wrapping [context.Canceled] if ctx was cancelled. If the deadline of ctx passes
// before the request is sent the error is Throttled, after that Timeout.
//
// If read returns an Error of kind Auth for a request with a [Request.Prepare], the vendor has rejected the account's
// credentials, and the breaker opens ([Client.OpenBreaker]).
func (c *Client) Do(ctx context.Context, r Request, read func(*Response) error) (err error) {
	ctx, done, err := c.enter(ctx)
	if err != nil {
		return fmt.Errorf("%s %s: the exporter is closing this account: %w", c.vendor, r.Endpoint, err)
	}
	defer done()

	// The serial lock comes first: a request that waits for it holds no slot of the limits, and finds the breaker open
	// if the request before it was rejected.
	allowed := limitsIn(ctx)
	if allowed.Timeout <= 0 {
		allowed.Timeout = c.timeout
	}
	if allowed.Progress == nil {
		allowed.Progress = noProgress{}
	}
	allowed.Progress.RequestWaits(r.Serial != nil)
	x := &exchange{client: c, request: r, caller: ctx, timeout: allowed.Timeout, progress: allowed.Progress}
	unlock, waited, err := r.Serial.acquire(ctx, allowed)
	if r.Serial != nil {
		allowed.Progress.RequestLocked()
	}
	c.waited(waited)
	if err != nil {
		return x.fail(err)
	}
	defer func() { unlock(x.brokeOff(err)) }()
	probe, err := c.enterBreaker(r.Endpoint)
	if err != nil {
		return err
	}
	defer func() { c.breaker.probed(probe, err) }()

	x.permit, waited, err = c.limits.acquire(ctx, allowed)
	c.waited(waited)
	if err != nil {
		return x.fail(err)
	}
	defer x.permit.release()
	// The breaker may have opened while the request waited for its limits.
	if probe == nil {
		if probe, err = c.breaker.enter(); err != nil {
			return err
		}
	}
	err = x.run(read)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Auth && x.response != nil && r.Prepare != nil {
		c.breaker.open(e, x.secrets.Fingerprint())
	}
	return err
}

func (c *Client) waited(d time.Duration) {
	if d > 0 {
		c.observer.ThrottleWaited(d)
	}
}

// TimeToTokens returns how long it takes until the account's rate limit allows n requests, those that wait for it already
// among them.
func (c *Client) TimeToTokens(n int) time.Duration { return c.limits.rateLimiter.timeToTokens(n) }

// TimeToSlots returns how long it takes until n more requests with this context can have been sent, after those that wait
// already, as long as requests of the process hold their slots.
func (c *Client) TimeToSlots(ctx context.Context, n int) time.Duration {
	host, ahead := c.limits.host, 0
	if limitsIn(ctx).Admission == nil { // the refresh has not begun
		_, admitted, waiting := c.limits.global.admissions.state(host)
		ahead = admitted + waiting
	}
	return c.limits.global.slots.timeToSend(host, n, ahead)
}

// RateLimited reports whether one more request would wait for the account's rate limit.
func (c *Client) RateLimited() bool { return c.limits.rateLimiter.timeToMore() > 0 }

// Context returns a context that ends when the client is closed. Requests cost less with it, or with one that only
// adds values to it, than with any other, which Do has to end together with the client.
func (c *Client) Context() context.Context { return c.closing }

// Cancel ends all requests, and does not wait for them. Later ones fail at once.
func (c *Client) Cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.close()
}

// Close cancels all requests and waits until every Do has returned. Later ones fail at once.
func (c *Client) Close() {
	c.Cancel()
	c.inFlight.Wait()
}

// enter counts a call of Do. It returns the context of the call, which also ends when the client is closed, and a
// function to be called when Do returns.
func (c *Client) enter(ctx context.Context) (under context.Context, done func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing.Err() != nil {
		return nil, nil, context.Canceled
	}
	c.inFlight.Add(1)
	if ctx.Done() == c.closing.Done() { // it is the client's own context, with values
		return ctx, c.inFlight.Done, nil
	}
	under, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.closing, cancel)
	return under, func() {
		stop()
		cancel()
		c.inFlight.Done()
	}, nil
}

// exchange is one request and its answer.
type exchange struct {
	client  *Client
	request Request
	caller  context.Context // Do's
	ctx     context.Context // the caller's under the timeout
	timeout time.Duration
	permit  *permit

	response *Response // nil until an answer has come
	sent     Sent
	secrets  Secrets // that Prepare was called with
	reached  bool    // a part of the request may have reached the vendor
	progress Progress
}

// run sends the request, and reports to the observer each time that it was sent.
func (x *exchange) run(read func(*Response) error) error {
	err := x.send(read)
	if !x.sent.At.IsZero() {
		x.sent.Duration, x.sent.Err = time.Since(x.sent.At), err
		if x.permit.sendings > 1 {
			x.client.observer.RequestDone(Sent{
				At: x.sent.At, Endpoint: x.sent.Endpoint, Code: "error", Duration: x.sent.Duration, Err: x.fail(errSentAgain),
			})
		}
		x.client.observer.RequestDone(x.sent)
	}
	return err
}

func (x *exchange) send(read func(*Response) error) error {
	ctx, cancel := context.WithTimeout(x.caller, x.timeout)
	defer cancel()
	x.ctx = ctx

	if prepare := x.request.Prepare; prepare != nil {
		secrets, unreadable := x.client.readSecrets(x.request.Endpoint)
		if unreadable != nil {
			x.client.OpenBreaker(unreadable, Fingerprint{})
			return unreadable
		}
		x.secrets = secrets
		if err := prepare(&x.request, secrets); err != nil {
			return x.fail(err)
		}
	}
	if secrets := x.request.Secrets; secrets != nil {
		x.client.requestSecrets.Store(&secrets)
	}
	trace := connectionTrace{permit: x.permit, cancel: cancel}
	req, err := x.newRequest(trace.watch(ctx))
	if err != nil {
		return x.fail(err)
	}
	// The RoundTripper is used without an http.Client, which would follow redirects (with the token in the header) and
	// put the URL into errors (with a token in the query).
	x.sent = Sent{At: time.Now(), Endpoint: x.request.Endpoint, Code: "error"}
	if !reportsConnections(x.client.roundTripper) {
		_ = x.permit.send() // the first time has no error
		trace.permitted = true
	}
	resp, err := x.client.roundTripper.RoundTrip(req)
	if x.reached = err == nil || trace.mayHaveSent(x.client.roundTripper, err); x.reached {
		x.progress.RequestSent()
	}
	if err != nil {
		return x.fail(x.failure(cmp.Or(trace.err, err)))
	}
	defer resp.Body.Close()
	x.sent.Code = strconv.Itoa(resp.StatusCode)
	resp.Body = &countedBody{resp.Body, &x.sent.Bytes}

	x.response = x.newResponse(resp)
	defer x.response.release()
	if err := x.outcome(read(x.response)); err != nil {
		return x.fail(err)
	}
	// A decoder stops at the last bracket. The connection can be used again only if the answer is read to its end.
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrainBytes)
	return nil
}

var errSentAgain = &Error{
	Kind: Network, Err: errors.New("the connection was closed before an answer came, and the request was sent once more"),
}

// countedBody counts the bytes that are read from a body.
type countedBody struct {
	io.ReadCloser
	bytes *int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	*b.bytes += int64(n)
	return n, err
}

// maxDrainBytes is how much is read after an answer's last value, so that its connection can be used again.
const maxDrainBytes = 4 << 10

func (x *exchange) newRequest(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if x.request.Body != nil {
		body = bytes.NewReader(x.request.Body)
	}
	req, err := http.NewRequestWithContext(ctx, x.request.Method, x.request.URL, body)
	if err != nil {
		return nil, &Error{Kind: Network, Err: err, Advice: "check base_url"}
	}
	if header := maps.Clone(x.request.Header); header != nil {
		req.Header = header
	}
	if x.client.userAgent != "" {
		req.Header.Set("User-Agent", x.client.userAgent)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	// With the key present but empty nothing is sent, and net/http may send a POST again if a kept-alive connection
	// turns out to be closed.
	req.Header["Idempotency-Key"] = nil
	return req, nil
}
