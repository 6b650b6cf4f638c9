package collector

import (
	"context"
	"time"

	"github.com/go-kit/log"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// account is one configured account of a vendor: its endpoints, its time zone, and the counters of what its client sends.
type account struct {
	vendor, name          string
	configured            any // as configured: the vendor's type in config
	pool                  *pool
	location              *time.Location
	maxConcurrentRequests int
	maxSamples            int
	endpoints             []*endpoint
	label                 *dto.LabelPair         // account, on each of its samples
	since                 *timestamppb.Timestamp // when its counters began
	requests              requestLog

	// verify asks the vendor about settings that only it can judge; nil where there are none.
	verify func(ctx context.Context) []error
	// past gives how the endpoints read their history; nil where the vendor cannot tell any. What is read once for several days is kept by what it gives.
	past func() map[*metric.Spec]*historySource
	// credentials gives a fingerprint of the account's present secrets.
	credentials func() fingerprint
	sender      *transport.Client

	ctx         context.Context // ends the turns in flight
	cancel      context.CancelFunc
	turns       group
	random      func() float64
	observeTurn func(endpoint string, took time.Duration)
	logger      log.Logger
	settings    map[string]config.Endpoint
}

// add gives the account an endpoint, unless the configuration has it off.
func (a *account) add(spec *metric.Spec, source source) {
	settings := a.settings[spec.Name]
	if !settings.Enabled {
		return
	}
	a.endpoints = append(a.endpoints, &endpoint{
		spec: spec, settings: settings, source: source, account: a, labels: ownLabels(a, spec),
		logger: log.With(a.logger, "endpoint", spec.Name),
	})
}

func (a *account) target() Target { return Target{a.vendor, a.name} }

// forgive lets what fails be tried again sooner than its waits have grown to: as soon as after its first failure.
func (a *account) forgive() {
	a.sender.Reset()
	for _, e := range a.endpoints {
		e.forgive()
	}
}

// close ends the turns in flight, and requests that outlive them, and waits for them. Afterwards no turn begins.
func (a *account) close() {
	a.cancel()
	a.turns.closeAndWait()
	a.sender.Close()
}
