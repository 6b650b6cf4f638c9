package collector

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

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
	err := errors.Join(
		addVendor(s, getuiVendor, cfg.Getui, b.getuiAccount),
		addVendor(s, polyvVendor, cfg.Polyv, b.polyvAccount),
		addVendor(s, adspectVendor, cfg.Adspect, b.adspectAccount),
		addVendor(s, sensorsdataVendor, cfg.Sensorsdata, b.sensorsdataAccount),
		addVendor(s, quanshiVendor, cfg.Quanshi, b.quanshiAccount),
	)
	if err != nil {
		return nil, err
	}
	s.pools = b.pools
	return s, nil
}

// addVendor gives the set the collector of a vendor, if it has accounts.
func addVendor[C any](s *Set, v vendor, configured []C, build func(C) (*account, error)) error {
	if len(configured) == 0 {
		return nil
	}
	accounts := make([]*account, 0, len(configured))
	for _, c := range configured {
		a, err := build(c)
		if err != nil {
			return err
		}
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b *account) int { return strings.Compare(a.name, b.name) })
	s.collectors = append(s.collectors, newCollector(v, accounts))
	return nil
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
