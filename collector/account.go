package collector

import (
	"context"
	"sync"
	"time"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// account is one configured account of a vendor: its endpoints, its time zone, and the counters of what its client sends.
type account struct {
	vendor, name          string
	location              *time.Location
	maxConcurrentRequests int
	maxSamples            int
	endpoints             []*endpoint
	since                 time.Time // when its counters began
	requests              requestCounter

	// verify asks the vendor about settings that only it can judge; nil where there are none.
	verify func(ctx context.Context) []error
	// credentials gives a fingerprint of the account's present secrets.
	credentials func() fingerprint
	sender      *transport.Client

	ctx         context.Context // ends the turns in flight
	cancel      context.CancelFunc
	turns       turnGroup
	random      func() float64
	observeTurn func(endpoint string, took time.Duration)
	logger      log.Logger
	settings    map[string]config.Endpoint
}

// add gives the account an endpoint, unless the configuration has it off.
func (a *account) add(spec *Spec, source source) {
	settings := a.settings[spec.Name]
	if !settings.Enabled {
		return
	}
	a.endpoints = append(a.endpoints, &endpoint{
		spec: spec, settings: settings, source: source, account: a,
		logger:  log.With(a.logger, "endpoint", spec.Name),
		results: make(map[transport.Kind]uint64),
	})
}

// close ends the turns in flight, and requests that outlive them, and waits for them. Afterwards no turn begins.
func (a *account) close() {
	a.cancel()
	a.turns.closeAndWait()
	a.sender.Close()
}

// turnGroup counts turns in flight. Unlike a bare WaitGroup it may be asked to begin one while it is being waited for: it then says no.
type turnGroup struct {
	mu     sync.Mutex
	closed bool
	group  sync.WaitGroup
}

func (g *turnGroup) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.group.Add(1)
	return true
}

func (g *turnGroup) end() { g.group.Done() }

func (g *turnGroup) closeAndWait() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.group.Wait()
}
