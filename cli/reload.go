package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/panics"
	"github.com/engage-exporter/engage_exporter/web"
)

// reloader holds the current configuration with its collectors, which a reload replaces as a whole.
type reloader struct {
	load    func() (*config.Config, error)
	metrics *web.ConfigMetrics
	logger  log.Logger // adds the shard, if there is one

	watch     *config.Watch // nil without automatic reload
	reloading sync.Mutex    // one at a time
	seen      checksums     // of what was loaded last, or failed to
	inReload  atomic.Bool   // the configuration is being loaded
	current   atomic.Pointer[snapshot]
	failure   atomic.Pointer[error] // of the last reload; nil if it succeeded
	retiring  sync.WaitGroup
	retired   sync.Map // of *collector.Set: those whose accounts have not ended yet
}

// snapshot is one configuration with its collectors.
type snapshot struct {
	cfg *config.Config
	set *collector.Set
	// masked is the configuration as text without its secrets, made when it is first asked for: with thousands of
	// accounts it takes seconds.
	masked func() ([]byte, error)
}

func newSnapshot(cfg *config.Config, set *collector.Set) *snapshot {
	return &snapshot{cfg: cfg, set: set, masked: sync.OnceValues(cfg.Masked)}
}

// start loads the configuration for the first time.
func start(load func() (*config.Config, error), o collector.Options, metrics *web.ConfigMetrics) (*reloader, error) {
	cfg, err := load()
	if err != nil {
		return nil, err
	}
	set, err := collector.New(cfg, o)
	if err != nil {
		return nil, err
	}
	r := &reloader{load: load, metrics: metrics, logger: o.Logger}
	if shard := o.Shard.String(); shard != "" {
		r.logger = log.With(r.logger, "shard", shard)
	}
	r.current.Store(newSnapshot(cfg, set))
	r.loaded(cfg)
	level.Info(r.logger).Log("msg", "configuration loaded", "accounts", len(set.Targets()), "sha256", cfg.SHA256)
	return r, nil
}

func (r *reloader) loaded(cfg *config.Config) {
	r.metrics.Loaded(cfg.SHA256, time.Now())
	for _, warning := range cfg.Warnings() {
		level.Warn(r.logger).Log("msg", "the configuration is valid, but may not do what you want", "warning", warning)
	}
}

// reload replaces the configuration in force by what the file has now. If anything is wrong with that, all stays as it
// is.
func (r *reloader) reload() error {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	return r.reloadLocked()
}

// reloadLocked is reload. r.reloading is held.
func (r *reloader) reloadLocked() error {
	before := r.current.Load()
	r.seen = checksumsOf(r.watch) // before it is read: a change in between is seen later
	r.inReload.Store(true)
	var next *snapshot
	err := panics.Catch(func() (err error) {
		next, err = r.next(before)
		return err
	})
	r.inReload.Store(false)
	if err != nil {
		logged := r.logger
		if stack, panicked := panics.Stack(err); panicked {
			logged = log.With(logged, "stack", stack)
			err = fmt.Errorf("%w: this is a bug of the exporter, please report it: %w", errUnusable, err)
		}
		r.failure.Store(&err)
		r.metrics.Failed()
		level.Error(logged).Log("msg", "configuration not reloaded, the previous one is still used", "err", err)
		return err
	}
	r.current.Store(next)
	r.failure.Store(nil)
	r.loaded(next.cfg)
	// Scrapes that began with the set before may be waiting for reads that end with it.
	r.retired.Store(before.set, nil)
	r.retiring.Go(func() {
		before.set.Retire(next.set)
		r.retired.Delete(before.set)
	})
	level.Info(r.logger).Log("msg", "configuration reloaded", "accounts", len(next.set.Targets()), "sha256", next.cfg.SHA256)
	return nil
}

// checksums are those of the configuration and the certificates that it names, and of all files that it names.
type checksums struct{ config, all string }

// checksumsOf returns the checksums of now; none without a watch.
func checksumsOf(watch *config.Watch) checksums {
	if watch == nil {
		return checksums{}
	}
	return checksums{config: watch.Sum(false), all: watch.Sum(true)}
}

// changed reports whether a reload has something new to read. After a failed one that may be any file.
func (r *reloader) changed() bool {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	return r.watch.Sum(false) != r.seen.config || r.failure.Load() != nil && r.watch.Sum(true) != r.seen.all
}

// reloadOnChange reloads whenever the configuration has changed, until ctx is done. wait waits for the end of that.
func (r *reloader) reloadOnChange(ctx context.Context, interval time.Duration) (wait func()) {
	if r.watch == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if ctx.Err() == nil && r.changed() {
				_ = r.reload() // the log, a metric and the status page report its failure
			}
		}
	})
	return func() {
		stop()
		running.Wait()
	}
}

func (r *reloader) next(before *snapshot) (*snapshot, error) {
	cfg, err := r.load()
	if err != nil {
		return nil, err
	}
	set, err := before.set.Reload(cfg)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnusable, err)
	}
	return newSnapshot(cfg, set), nil
}

// errUnusable is a configuration without a mistake of which no collectors can be made. Why not is for the log: it may
// name files.
var errUnusable = errors.New("the configuration cannot be used")

// reloadOverHTTP reloads for an HTTP request: its error omits paths. It does not wait for a reload that is under way,
// so that requests do not queue up behind one whose files do not answer.
func (r *reloader) reloadOverHTTP() error {
	if !r.reloading.TryLock() {
		return web.ErrReloadUnderWay
	}
	defer r.reloading.Unlock()
	return public(r.reloadLocked())
}

// public returns an error of a reload in words for everyone who may send a request: without paths.
func public(err error) error {
	if mistakes, ok := errors.AsType[config.Errors](err); ok {
		return mistakes.Public()
	}
	if errors.Is(err, errUnusable) {
		return fmt.Errorf("%w: the log lists the errors", errUnusable)
	}
	return err
}

// reloadFailure returns why the last reload failed, as reloadOverHTTP does; nil if it did not.
func (r *reloader) reloadFailure() error {
	if failure := r.failure.Load(); failure != nil {
		return public(*failure)
	}
	return nil
}

func (r *reloader) set() *collector.Set { return r.current.Load().set }

// maskedConfig is the configuration in force without its secrets.
func (r *reloader) maskedConfig() ([]byte, error) { return r.current.Load().masked() }

// unfinished returns what of the reloader is still running: a reload, and refreshes of accounts.
func (r *reloader) unfinished() (names []string) {
	if r.inReload.Load() {
		names = append(names, "a reload of the configuration")
	}
	sets := []*collector.Set{r.set()}
	r.retired.Range(func(set, _ any) bool {
		sets = append(sets, set.(*collector.Set)) //nolint:errcheck // it has no others
		return true
	})
	return append(names, refreshesOf(sets...)...)
}

// close ends all reads.
func (r *reloader) close() {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	r.set().Close()
	r.retiring.Wait()
}
