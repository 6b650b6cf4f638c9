package collector

import (
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// builder builds accounts with what they share: the bound on requests in flight and the connections.
type builder struct {
	cfg      *config.Config
	o        Options
	previous *Set // whose accounts may go on; nil for none
	keeps    bool // accounts of previous that are configured as before go on
	bound    *transport.Global
	pools    []*pool
}

func newBuilder(cfg *config.Config, o Options, previous *Set) *builder {
	b := &builder{cfg: cfg, o: o, previous: previous}
	if previous != nil {
		b.pools = slices.Clone(previous.pools)
		b.keeps = sameGlobals(previous.global, cfg.Global)
	}
	if previous != nil {
		b.bound = previous.bound // its limit changes once the new set is in use
	} else {
		b.bound = transport.NewGlobal(cfg.Global.MaxConcurrentRequests)
	}
	return b
}

// before is the account as it was; nil if there was none.
func (b *builder) before(t poll.Target) *account {
	if b.previous == nil {
		return nil
	}
	_, a := b.previous.find(t)
	return a
}

// predecessor is the client that the account had before, or until it went a moment ago; nil if there was none.
func (b *builder) predecessor(t poll.Target) *transport.Client {
	if a := b.before(t); a != nil {
		return a.Client()
	}
	if b.previous == nil {
		return nil
	}
	return b.previous.departed[t].client
}

// kept is the account that goes on, if there is one and it is configured the same.
func (b *builder) kept(t poll.Target, configured config.VendorAccount) *account {
	if a := b.before(t); b.keeps && a != nil && config.Equal(a.configured, configured) {
		return a
	}
	return nil
}

// account makes an account of the vendor, with its endpoints.
func (b *builder) account(v Vendor, configured config.VendorAccount) (*account, error) {
	vendor, cfg := v.Config().Name, configured.Common()
	pool, err := b.pool(cfg.HTTPClient)
	if err != nil {
		return nil, fmt.Errorf("%s account %s: http_client: %w", vendor, cfg.Name, err)
	}
	instruments := b.o.Instruments // an account outlives the builder, which knows the set before: it must not keep that
	a := &account{configured: configured, pool: pool, Account: poll.NewAccount(poll.AccountOptions{
		Vendor: vendor, Name: cfg.Name, Location: cfg.Location,
		MaxConcurrentRequests: cfg.MaxConcurrentRequests, MaxSamples: b.cfg.Global.MaxSamplesPerEndpoint, Settings: cfg.Endpoints,
		ObserveRefresh: func(endpoint string, took time.Duration) {
			if instruments != nil {
				instruments.readDuration.WithLabelValues(vendor, endpoint).Observe(took.Seconds())
			}
		},
		Logger: log.With(b.o.Logger, "vendor", vendor, "account", cfg.Name),
	})}
	client := transport.New(transport.Options{
		Vendor: vendor, RoundTripper: pool.tripper, Global: b.bound, Previous: b.predecessor(a.target()),
		MaxConcurrentRequests: cfg.MaxConcurrentRequests, RequestsPerMinute: cfg.RequestsPerMinute,
		Timeout: cfg.Timeout, MaxResponseBytes: b.cfg.Global.MaxResponseBytes, UserAgent: b.o.UserAgent,
		Secrets:  func() []string { return append(v.Hidden(configured), httpClientSecrets(cfg.HTTPClient)...) },
		Observer: a.Requests(),
	})
	a.SetClient(client)
	a.built = v.Build(configured, a.Account)
	return a, nil
}
