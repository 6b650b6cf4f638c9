package collector

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-kit/log"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/engage-exporter/engage_exporter/collector/metric"
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
func (b *builder) before(t Target) *account {
	if b.previous == nil {
		return nil
	}
	_, a := b.previous.find(t)
	return a
}

// predecessor is the client that the account had before, or until it went a moment ago; nil if there was none.
func (b *builder) predecessor(t Target) *transport.Client {
	if a := b.before(t); a != nil {
		return a.sender
	}
	if b.previous == nil {
		return nil
	}
	return b.previous.departed[t].client
}

// kept is the account that goes on, if there is one and it is configured the same.
func (b *builder) kept(t Target, same func(configured any) bool) *account {
	if a := b.before(t); b.keeps && a != nil && same(a.configured) {
		return a
	}
	return nil
}

// account makes an account without endpoints, and the transport through which its client sends. secrets gives the vendor's, which must not stand in any text.
func (b *builder) account(vendor string, cfg config.Account, secrets func() []string) (*account, *transport.Client, error) {
	pool, err := b.pool(cfg.HTTPClient)
	if err != nil {
		return nil, nil, fmt.Errorf("%s account %s: http_client: %w", vendor, cfg.Name, err)
	}
	instruments := b.o.Instruments // an account outlives the builder, which knows the set before: it must not keep that
	ctx, cancel := context.WithCancel(context.Background())
	a := &account{
		vendor: vendor, name: cfg.Name, location: cfg.Location, pool: pool,
		maxConcurrentRequests: cfg.MaxConcurrentRequests, maxSamples: b.cfg.Global.MaxSamplesPerEndpoint,
		label: metric.NewLabel(metric.AccountLabel, cfg.Name), since: timestamppb.Now(), ctx: ctx, cancel: cancel, random: rand.Float64,
		credentials: func() fingerprint { return fingerprintOf(secrets()) },
		observeTurn: func(endpoint string, took time.Duration) {
			if instruments != nil {
				instruments.readDuration.WithLabelValues(vendor, endpoint).Observe(took.Seconds())
			}
		},
		logger:   log.With(b.o.Logger, "vendor", vendor, "account", cfg.Name),
		settings: cfg.Endpoints,
	}
	a.sender = transport.New(transport.Options{
		Vendor: vendor, RoundTripper: pool.tripper, Global: b.bound, Previous: b.predecessor(a.target()),
		MaxConcurrentRequests: cfg.MaxConcurrentRequests, RequestsPerMinute: cfg.RequestsPerMinute,
		Timeout: cfg.Timeout, MaxResponseBytes: b.cfg.Global.MaxResponseBytes, UserAgent: b.o.UserAgent,
		Secrets:  func() []string { return append(secrets(), httpClientSecrets(cfg.HTTPClient)...) },
		Observer: &a.requests,
	})
	return a, a.sender, nil
}

// readable gives those of an account's secrets that can be read now.
func readable(secrets ...config.Secret) func() []string {
	return func() []string {
		var known []string
		for _, s := range secrets {
			if value, err := s.Read(); err == nil {
				known = append(known, value)
			}
		}
		return known
	}
}

// fingerprint stands for credentials where only "are they others now" is asked.
type fingerprint [sha256.Size]byte

func fingerprintOf(secrets []string) fingerprint {
	h := sha256.New()
	for _, s := range secrets {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return fingerprint(h.Sum(nil))
}
