package poll

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// AccountOptions are the settings of an Account.
type AccountOptions struct {
	// Vendor and Name identify the account: "getui" and the label account.
	Vendor, Name string
	// Location is the time zone of the account's days.
	Location *time.Location
	// MaxConcurrentRequests bounds how many items of one endpoint are read at once.
	MaxConcurrentRequests int
	// MaxSamples bounds the samples of each endpoint.
	MaxSamples int
	// Settings are those of the endpoints, by name. SetTimes changes them later.
	Settings map[string]config.Endpoint
	// ObserveRefresh is called with the duration of each refresh; nil = it is not observed.
	ObserveRefresh func(endpoint string, took time.Duration)
	// Logger receives one line when an endpoint starts to fail and one when it recovers, with the vendor, the account
	// and the endpoint.
	Logger log.Logger
	// NoDebug says that the Logger drops messages of level debug.
	NoDebug bool
}

// Account is one account of a vendor: its endpoints, and what they share. It is safe for concurrent use after all
// endpoints have been added.
type Account struct {
	AccountOptions

	labels       metric.Labels
	since        *timestamppb.Timestamp
	requests     RequestLog
	endpoints    []*Endpoint
	upstreamOnly []*Endpoint // disabled endpoints that are read only because others take their items from them
	unsaved      atomic.Bool // the state of an endpoint has changed since the last call of Unsaved
	saveAll      atomic.Bool // the next call of Unsaved returns all records
	client       *transport.Client

	refreshes Group
	inFlights inFlights
	random    func() float64
}

// NewAccount returns an account without endpoints. Its client is set by SetClient before the first refresh.
func NewAccount(o AccountOptions) *Account {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	a := &Account{
		AccountOptions: o,
		labels:         metric.NewLabels(metric.AccountLabel, o.Name),
		since:          timestamppb.Now(),
		random:         rand.Float64,
	}
	a.saveAll.Store(true)
	return a
}

// SetClient gives the account the client through which its endpoints send requests.
func (a *Account) SetClient(c *transport.Client) { a.client = c }

// Client returns the client through which the account's endpoints send requests.
func (a *Account) Client() *transport.Client { return a.client }

// Requests returns the log of the requests that the account's client has sent.
func (a *Account) Requests() *RequestLog { return &a.requests }

// Labels returns the label "account" of all the account's samples.
func (a *Account) Labels() metric.Labels { return a.labels }

// Since returns when the account's counters began.
func (a *Account) Since() *timestamppb.Timestamp { return a.since }

// Endpoints returns the endpoints that are read, in the order in which they were added. The slice must not be changed.
func (a *Account) Endpoints() []*Endpoint { return a.endpoints }

// Add adds an endpoint to the account and returns it; nil if the configuration disables it.
func (a *Account) Add(spec *metric.Spec, d Discovery) *Endpoint {
	if !a.Settings[spec.Name].Enabled {
		return nil
	}
	e := newEndpoint(a, spec, d)
	a.endpoints = append(a.endpoints, e)
	return e
}

// AddUpstream adds an endpoint from which others take their items ([From]), and returns it. If the configuration
// disables it, it is still read for the others, but it is not among Endpoints.
func (a *Account) AddUpstream(spec *metric.Spec, d Discovery) *Endpoint {
	if e := a.Add(spec, d); e != nil {
		return e
	}
	e := newEndpoint(a, spec, d)
	a.upstreamOnly = append(a.upstreamOnly, e)
	return e
}

// SetTimes changes how often the account's endpoints are read, how long their results are kept, and the timeouts of
// their requests. Results are kept. settings has all endpoints by name; Enabled in it is ignored.
func (a *Account) SetTimes(settings map[string]config.Endpoint) {
	for e := range a.allEndpoints() {
		e.setTimes(settings[e.spec.Name])
	}
}

// ResetBackoff makes everything that fails due at the next scrape, as if it had failed for the first time. Two waits
// stay: those that a vendor asked for, and one minute after rejected credentials.
func (a *Account) ResetBackoff() {
	a.client.Reset()
	for e := range a.allEndpoints() {
		e.resetBackoff()
	}
}

// Cancel ends the refreshes in flight without waiting for them.
func (a *Account) Cancel() { a.client.Cancel() }

// Close ends the refreshes in flight and waits for them. No refresh starts afterwards.
func (a *Account) Close() {
	a.Cancel()
	a.refreshes.CloseAndWait()
	a.client.Close()
}

// Target identifies one account; its text form is "vendor/account".
type Target struct {
	Vendor, Account string
}

// String returns the target as "vendor/account".
func (t Target) String() string { return t.Vendor + "/" + t.Account }

// ParseTarget parses "vendor/account"; ok is false if the text has another form.
func ParseTarget(text string) (t Target, ok bool) {
	t.Vendor, t.Account, ok = strings.Cut(text, "/")
	return t, ok && t.Vendor != "" && t.Account != "" && !strings.Contains(t.Account, "/")
}

// Group counts running operations: refreshes of an account, scrapes of a set. It is a [sync.WaitGroup] that can be
// closed: Begin may be called while CloseAndWait waits, and then returns false. The zero value is ready to use.
type Group struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// Begin counts one more operation. It returns false, and counts nothing, if the group is closed.
func (g *Group) Begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.running.Add(1)
	return true
}

// End ends an operation that Begin has counted.
func (g *Group) End() { g.running.Done() }

// CloseAndWait closes the group and waits until all running operations have ended.
func (g *Group) CloseAndWait() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}
