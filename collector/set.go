package collector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	promconfig "github.com/prometheus/common/config"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Options are what a Set is made of beside the configuration.
type Options struct {
	// Logger gets a line when an endpoint breaks and when it recovers; with keys vendor, account, endpoint, err, duration_seconds.
	Logger log.Logger
	// UserAgent names the exporter to the vendors.
	UserAgent string
	// Instruments outlive the Set; nil for none.
	Instruments *Instruments
	// RoundTripper stands in for the network; nil for one made of each account's http_client. For tests.
	RoundTripper http.RoundTripper
}

// Instruments are the exporter's metrics that belong to the process and not to one configuration.
type Instruments struct {
	readDuration *prometheus.HistogramVec
}

// NewInstruments makes the process's metrics and registers them.
func NewInstruments(registerer prometheus.Registerer) *Instruments {
	i := &Instruments{readDuration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: readDurationName, Help: readDurationHelp,
		Buckets:                         []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120}, // for text formats, which know no native histograms
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, []string{"vendor", "endpoint"})}
	registerer.MustRegister(i.readDuration)
	return i
}

// Set is the collectors of all configured vendors, built of one configuration.
type Set struct {
	collectors []*Collector
	pools      []pool
}

// New builds the collectors of a configuration. Nothing is read before the first scrape.
func New(cfg *config.Config, o Options) (*Set, error) {
	b := &builder{cfg: cfg, o: o, global: transport.NewGlobal(cfg.Global.MaxConcurrentRequests)}
	if b.o.Logger == nil {
		b.o.Logger = log.NewNopLogger()
	}
	s := &Set{}
	if len(cfg.Getui) > 0 {
		accounts, err := buildAccounts(cfg.Getui, b.getuiAccount)
		if err != nil {
			return nil, err
		}
		s.collectors = append(s.collectors, newCollector(getuiVendor, accounts))
	}
	s.pools = b.pools
	return s, nil
}

// buildAccounts builds a vendor's accounts, in the order of their names.
func buildAccounts[C any](configured []C, build func(C) (*account, error)) ([]*account, error) {
	accounts := make([]*account, 0, len(configured))
	for _, c := range configured {
		a, err := build(c)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b *account) int { return strings.Compare(a.name, b.name) })
	return accounts, nil
}

// Bind gives the set's collectors for one scrape, which waits for reads until ctx is done and no longer.
func (s *Set) Bind(ctx context.Context) []prometheus.Collector {
	bound := make([]prometheus.Collector, 0, len(s.collectors))
	for _, c := range s.collectors {
		bound = append(bound, c.Bind(ctx))
	}
	return bound
}

// Close ends the reads in flight, waits for them and closes the connections.
func (s *Set) Close() {
	for _, c := range s.collectors {
		c.cancel()
	}
	for _, c := range s.collectors {
		c.Close()
	}
	for _, p := range s.pools {
		if idle, ok := p.tripper.(interface{ CloseIdleConnections() }); ok {
			idle.CloseIdleConnections()
		}
	}
}

// builder builds accounts with what they share: the bound on requests in flight and the connections.
type builder struct {
	cfg    *config.Config
	o      Options
	global *transport.Global
	pools  []pool
}

// pool is the connections of all accounts with the same http_client.
type pool struct {
	config  promconfig.HTTPClientConfig
	tripper http.RoundTripper
}

// account makes an account without endpoints, and the transport through which its client sends. secrets are what must not stand in any text.
func (b *builder) account(vendor string, cfg config.Account, secrets func() []string) (*account, *transport.Client, error) {
	tripper, err := b.roundTripper(cfg.HTTPClient)
	if err != nil {
		return nil, nil, fmt.Errorf("%s account %s: http_client: %w", vendor, cfg.Name, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &account{
		vendor: vendor, name: cfg.Name, location: cfg.Location,
		maxConcurrentRequests: cfg.MaxConcurrentRequests, maxSamples: b.cfg.Global.MaxSamplesPerEndpoint,
		since: time.Now(), ctx: ctx, cancel: cancel, random: rand.Float64,
		observeTurn: func(endpoint string, took time.Duration) {
			if b.o.Instruments != nil {
				b.o.Instruments.readDuration.WithLabelValues(vendor, endpoint).Observe(took.Seconds())
			}
		},
		logger:   log.With(b.o.Logger, "vendor", vendor, "account", cfg.Name),
		settings: cfg.Endpoints,
	}
	return a, transport.New(transport.Options{
		Vendor: vendor, RoundTripper: tripper, Global: b.global,
		MaxConcurrentRequests: cfg.MaxConcurrentRequests, RequestsPerMinute: cfg.RequestsPerMinute,
		Timeout: cfg.Timeout, MaxResponseBytes: b.cfg.Global.MaxResponseBytes,
		UserAgent: b.o.UserAgent, Secrets: secrets, Observer: &a.requests,
	}), nil
}

// roundTripper gives the connections for an http_client; accounts with the same one share them.
func (b *builder) roundTripper(cfg promconfig.HTTPClientConfig) (http.RoundTripper, error) {
	if b.o.RoundTripper != nil {
		return b.o.RoundTripper, nil
	}
	for _, p := range b.pools {
		if reflect.DeepEqual(p.config, cfg) {
			return p.tripper, nil
		}
	}
	tripper, err := promconfig.NewRoundTripperFromConfig(cfg, "engage_exporter", promconfig.WithUserAgent(b.o.UserAgent))
	if err != nil {
		return nil, err
	}
	b.pools = append(b.pools, pool{cfg, tripper})
	return tripper, nil
}
