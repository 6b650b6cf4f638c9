package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
)

// running is the configuration in force with its collectors, which a reload replaces whole.
type running struct {
	load    func() (*config.Config, error)
	metrics *web.ConfigMetrics
	logger  log.Logger

	reloading sync.Mutex // one at a time
	inForce   atomic.Pointer[generation]
	failure   atomic.Pointer[error] // of the last reload; nil if it succeeded
	retiring  sync.WaitGroup
}

// generation is one configuration with its collectors.
type generation struct {
	cfg *config.Config
	set *collector.Set
}

// start loads the configuration for the first time.
func start(load func() (*config.Config, error), o collector.Options, metrics *web.ConfigMetrics) (*running, error) {
	cfg, err := load()
	if err != nil {
		return nil, err
	}
	set, err := collector.New(cfg, o)
	if err != nil {
		return nil, err
	}
	r := &running{load: load, metrics: metrics, logger: o.Logger}
	r.inForce.Store(&generation{cfg, set})
	r.loaded(cfg)
	return r, nil
}

func (r *running) loaded(cfg *config.Config) { r.metrics.Loaded(cfg.SHA256, time.Now()) }

// reload replaces the configuration in force by what the file has now. If anything is wrong with that, all stays as it is.
func (r *running) reload() error {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	before := r.inForce.Load()
	next, err := r.next(before)
	if err != nil {
		r.failure.Store(&err)
		r.metrics.Failed()
		level.Error(r.logger).Log("msg", "configuration not reloaded, the one before stays in force", "err", err)
		return err
	}
	r.inForce.Store(next)
	r.failure.Store(nil)
	r.loaded(next.cfg)
	// Scrapes that began with the set before may be waiting for reads that end with it.
	r.retiring.Go(func() { before.set.Retire(next.set) })
	level.Info(r.logger).Log("msg", "configuration reloaded", "accounts", len(next.set.Targets()), "sha256", next.cfg.SHA256)
	return nil
}

func (r *running) next(before *generation) (*generation, error) {
	cfg, err := r.load()
	if err != nil {
		return nil, err
	}
	set, err := before.set.Reload(cfg)
	if err != nil {
		return nil, err
	}
	return &generation{cfg, set}, nil
}

// reloadFailure is why the last reload failed; nil if it did not.
func (r *running) reloadFailure() error {
	if err := r.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func (r *running) set() *collector.Set { return r.inForce.Load().set }

// maskedConfig is the configuration in force without its secrets.
func (r *running) maskedConfig() ([]byte, error) { return r.inForce.Load().cfg.Masked() }

// close ends all reads.
func (r *running) close() {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	r.set().Close()
	r.retiring.Wait()
}
