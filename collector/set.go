package collector

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Options are what a Set needs beside the configuration.
type Options struct {
	// Logger gets a line when an endpoint breaks and when it recovers; with keys vendor, account, endpoint, err,
	// duration_seconds.
	Logger log.Logger
	// NoDebug says that the Logger drops messages of level debug. There is one for each read, and to make it would be a
	// twentieth of the memory that a read allocates.
	NoDebug bool
	// UserAgent names the exporter to the vendors.
	UserAgent string
	// Instruments are the process's own metrics, which outlive the Set; nil for none.
	Instruments *Instruments
	// Shard is the part of the accounts that is read here; the zero value has all.
	Shard Shard
	// Storage keeps the accounts' state across restarts; nil for none.
	Storage *Storage
	// RoundTripper stands in for the network; nil for one made of each account's http_client. For tests.
	RoundTripper http.RoundTripper
	// DialContext opens connections in place of the system's network, for the RoundTripper made of each account's
	// http_client; nil for none. For tests.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Set is the collectors of all configured vendors, built from one configuration. Its accounts never change; a Set that
// Reload returns shares the accounts that are configured as before.
type Set struct {
	options     Options
	global      config.Global
	globalLimit *transport.Global // of requests in flight
	collectors  []*Collector
	pools       []*pool
	// configured is the configuration of each account. It is that of an account made for an earlier set but for times,
	// to which Retire of that set changes the account.
	configured map[*account]config.VendorAccount

	scrapes poll.Group // that use the set
	// lastScrape is when any account was last scraped, shared with the sets before and after.
	lastScrape *atomic.Pointer[time.Time]
	next       atomic.Pointer[Set] // the set that replaced this one; nil before
	// retiredClients are those of accounts that were removed a moment ago.
	retiredClients map[poll.Target]retiredClient
	// done is closed when Retire has finished; previousDone is that of the previous set, nil for none.
	done         chan struct{}
	previousDone <-chan struct{}
}

// New builds the collectors of a configuration. Nothing is read before the first scrape.
func New(cfg *config.Config, o Options) (*Set, error) {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	s, err := build(cfg, o, nil)
	if err == nil && o.Storage != nil {
		o.Storage.started()
	}
	return s, err
}

// build returns a Set that uses the unchanged accounts of the previous one; nil for none. If it fails, the previous one
// is as it was.
func build(cfg *config.Config, o Options, previous *Set) (*Set, error) {
	s := &Set{
		options: o, global: cfg.Global, done: make(chan struct{}),
		configured: make(map[*account]config.VendorAccount), lastScrape: new(atomic.Pointer[time.Time]),
	}
	if previous != nil {
		s.lastScrape = previous.lastScrape
	}
	b := newBuilder(cfg, o, previous)
	for _, v := range vendors {
		if err := s.addVendor(b, v, cfg.Accounts(v.Config().Name)); err != nil {
			return nil, err
		}
	}
	if err := s.checkFamilies(); err != nil {
		return nil, err
	}
	s.globalLimit = b.globalLimit
	if previous == nil { // else its limits change once the set is in use
		s.globalLimit.SetOneHost(s.hasOneHost())
	}
	s.pools = b.usedPools(s)
	if previous != nil {
		s.retiredClients = previous.retiredClientsAfter(s, time.Now())
		s.previousDone = previous.done
	}
	return s, nil
}

// hasOneHost reports whether all accounts have the same host.
func (s *Set) hasOneHost() bool {
	hosts := make(map[string]bool)
	for _, a := range s.accounts() {
		hosts[hostOf(a.configured.Common().BaseURL)] = true
	}
	return len(hosts) == 1
}

// addVendor adds the collector of a vendor, if the configuration has accounts of it. A vendor whose accounts all belong
// to other shards has a collector too, so that its families are described.
func (s *Set) addVendor(b *builder, v Vendor, configured []config.VendorAccount) error {
	if len(configured) == 0 {
		return nil
	}
	accounts := make([]*account, 0, len(configured))
	for _, c := range configured {
		target := poll.Target{Vendor: v.Config().Name, Account: c.Common().Name}
		if !b.own[target] {
			continue
		}
		a := b.reusable(target, c)
		if a == nil {
			var err error
			if a, err = b.account(v, c); err != nil {
				return err
			}
		}
		accounts = append(accounts, a)
		s.configured[a] = c
	}
	slices.SortFunc(accounts, func(a, b *account) int { return strings.Compare(a.Name, b.Name) })
	s.collectors = append(s.collectors, newCollector(v.Catalogue(), accounts))
	return nil
}

// Collectors returns the set's collectors, one for each vendor with accounts.
func (s *Set) Collectors() []prometheus.Collector {
	all := make([]prometheus.Collector, len(s.collectors))
	for i, c := range s.collectors {
		all[i] = c
	}
	return all
}

// checkFamilies returns an error if a registry would reject the collectors: two families of one name that differ in
// HELP or labels. Which families there are depends on the configuration.
func (s *Set) checkFamilies() error {
	registry := prometheus.NewRegistry()
	for _, c := range s.Collectors() {
		if err := registry.Register(c); err != nil {
			return fmt.Errorf("the metric families of the configuration: %w", err)
		}
	}
	return nil
}

// accounts returns the accounts of all vendors.
func (s *Set) accounts() []*account {
	var all []*account
	for _, c := range s.collectors {
		all = append(all, c.accounts...)
	}
	return all
}

// Close ends the reads in flight, waits for them and closes the connections.
func (s *Set) Close() {
	for _, a := range s.accounts() {
		a.Cancel()
	}
	for _, a := range s.accounts() {
		a.Close()
	}
	for _, p := range s.pools {
		p.closeIdle()
	}
}

// ConfiguredTargets returns all accounts of a configuration, whichever shard reads them.
func ConfiguredTargets(cfg *config.Config) []poll.Target {
	var all []poll.Target
	for _, v := range vendors {
		for _, account := range cfg.Accounts(v.Config().Name) {
			all = append(all, poll.Target{Vendor: v.Config().Name, Account: account.Common().Name})
		}
	}
	return all
}

// Targets returns the accounts of this shard, in the order of vendors and account names.
func (s *Set) Targets() []poll.Target {
	var all []poll.Target
	for _, c := range s.collectors {
		for _, a := range c.accounts {
			all = append(all, a.target())
		}
	}
	return all
}

// find returns an account and its vendor's collector; nil if there is none.
func (s *Set) find(t poll.Target) (*Collector, *account) {
	for _, c := range s.collectors {
		if c.vendor != t.Vendor {
			continue
		}
		for _, a := range c.accounts {
			if a.Name == t.Account {
				return c, a
			}
		}
	}
	return nil, nil
}
