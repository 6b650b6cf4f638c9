package collector

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// builder builds accounts with what they share: the limit of requests in flight and the connections.
type builder struct {
	cfg         *config.Config
	o           Options
	previous    *Set // its accounts may be used again; nil for none
	reuse       bool // accounts of previous that are configured as before are used again
	globalLimit *transport.Global
	pools       []*pool
	own         map[poll.Target]bool // the accounts of the shard
}

func newBuilder(cfg *config.Config, o Options, previous *Set) *builder {
	b := &builder{cfg: cfg, o: o, previous: previous, own: o.Shard.Own(ConfiguredTargets(cfg))}
	if previous != nil {
		b.pools = slices.Clone(previous.pools)
		b.reuse = sameGlobals(previous.global, cfg.Global)
	}
	if previous != nil {
		b.globalLimit = previous.globalLimit // its limit changes once the new set is in use
	} else {
		b.globalLimit = transport.NewGlobal(cfg.Global.MaxConcurrentRequests)
		b.globalLimit.SetResponseMemory(responseMemory(cfg.Global))
		b.globalLimit.SetMaxRetryAfter(cfg.Global.MaxRetryAfter)
	}
	return b
}

// memoryWithoutLimit is what a process without a memory limit counts as one.
const memoryWithoutLimit = 1 << 30

// responseMemory returns how many bytes of answers the process may hold: by the limit of Go's runtime, which is
// GOMEMLIMIT or follows that of the container.
func responseMemory(global config.Global) int64 {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		limit = memoryWithoutLimit
	}
	return global.MaxResponseMemory.Of(limit)
}

// previousAccount returns the account as it was; nil if there was none.
func (b *builder) previousAccount(t poll.Target) *account {
	if b.previous == nil {
		return nil
	}
	_, a := b.previous.find(t)
	return a
}

// previousClient returns the client that the account had before, or until it was retired a moment ago; nil if there was
// none.
func (b *builder) previousClient(t poll.Target) *transport.Client {
	if a := b.previousAccount(t); a != nil {
		return a.Client()
	}
	if b.previous == nil {
		return nil
	}
	return b.previous.retiredClients[t].client
}

// reusable returns the previous account if it is configured the same; nil otherwise.
func (b *builder) reusable(t poll.Target, configured config.VendorAccount) *account {
	if a := b.previousAccount(t); b.reuse && a != nil && config.Equal(a.configured, configured) {
		return a
	}
	return nil
}

// account returns a new account of the vendor, with its endpoints.
func (b *builder) account(v Vendor, configured config.VendorAccount) (*account, error) {
	vendor, cfg := v.Config().Name, configured.Common()
	pool, err := b.pool(cfg.HTTPClient)
	if err != nil {
		return nil, fmt.Errorf("%s account %s: http_client: %w", vendor, cfg.Name, err)
	}
	files := b.cfg.Files()
	instruments := b.o.Instruments // not b: an account outlives the builder and must not keep the previous set
	a := &account{configured: configured, pool: pool, Account: poll.NewAccount(poll.AccountOptions{
		Vendor: vendor, Name: cfg.Name, Location: cfg.Location,
		MaxConcurrentRequests: cfg.MaxConcurrentRequests, MaxSamples: b.cfg.Global.MaxSamplesPerEndpoint,
		Settings: cfg.Endpoints,
		ObserveRefresh: func(endpoint string, took time.Duration) {
			if instruments != nil {
				instruments.readDuration.WithLabelValues(vendor, endpoint).Observe(took.Seconds())
			}
		},
		Logger: b.o.Logger, NoDebug: b.o.NoDebug,
	})}
	client := transport.New(transport.Options{
		Vendor: vendor, RoundTripper: pool.tripper, Host: hostOf(cfg.BaseURL),
		Global: b.globalLimit, Previous: b.previousClient(a.target()),
		MaxConcurrentRequests: cfg.MaxConcurrentRequests, RequestsPerMinute: cfg.RequestsPerMinute,
		Timeout: cfg.Timeout, MaxResponseBytes: b.cfg.Global.MaxResponseBytes, UserAgent: b.o.UserAgent,
		UnusedProxy: unusedProxy(*cfg.HTTPClient),
		Secrets:     func() []string { return append(v.Hidden(configured), httpClientSecrets(*cfg.HTTPClient, files)...) },
		Observer:    a.Requests(),
	})
	a.SetClient(client)
	a.built = v.Build(configured, a.Account)
	switch previous := b.previousAccount(a.target()); {
	case previous != nil && cfg.SameLogin(previous.configured.Common()):
		err = a.CarryOver(previous.Account, !a.sameSamples(previous))
	case previous == nil && b.o.Storage != nil:
		b.o.Storage.restore(a)
	}
	return a, err
}

// hostOf returns the host of a base URL.
func hostOf(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil { // the configuration has checked it
		return baseURL
	}
	return strings.ToLower(u.Host)
}

// account is one configured account of a vendor, with what the engine does not need.
type account struct {
	*poll.Account
	configured config.VendorAccount
	pool       *pool
	built      any      // what Vendor.Build returned; see historian, verifier and quotaLister
	identity   identity // see Storage.identity
}

// writeIdentity writes what the account's samples follow from, but for its secrets. It is for a hash: it is not masked.
func (a *account) writeIdentity(w io.Writer) {
	fmt.Fprintf(w, "%s;%d;", a.Vendor, a.MaxSamples)
	config.WriteIdentity(w, a.configured)
}

// sameSamples reports whether the samples of both, which have the same login, follow from the same settings.
func (a *account) sameSamples(other *account) bool {
	mine, others := sha256.New(), sha256.New()
	a.writeIdentity(mine)
	other.writeIdentity(others)
	return bytes.Equal(mine.Sum(nil), others.Sum(nil))
}

func (a *account) target() poll.Target { return poll.Target{Vendor: a.Vendor, Account: a.Name} }

// openHistory returns how the account's endpoints read past days, with a cache of their own; nil if the vendor offers
// none.
func (a *account) openHistory() map[*metric.Spec]*history.Source {
	if h, ok := a.built.(historian); ok {
		return h.History()
	}
	return nil
}

// pollAccounts returns the engine's part of the accounts.
func pollAccounts(accounts []*account) []*poll.Account {
	all := make([]*poll.Account, len(accounts))
	for i, a := range accounts {
		all[i] = a.Account
	}
	return all
}
