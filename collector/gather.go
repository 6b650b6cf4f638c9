package collector

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// sink receives the samples of one scrape.
type sink interface {
	// add adds a sample of a family that the collector describes. The sample must not change.
	add(d *descriptor, s *metric.Sample)
	// addOwn adds a sample about the exporter itself.
	addOwn(d *descriptor, s ownSample)
}

// descriptor is a family as one collector describes it.
type descriptor struct {
	desc       *prometheus.Desc
	name, help string
	kind       dto.MetricType
	own        bool // it is about the exporter itself
	index      int  // among the collector's
	// count is how many samples the last page of all accounts had of it.
	count atomic.Int64
}

// channelSink sends samples to a registry, which checks and sorts them again.
type channelSink struct {
	metrics chan<- prometheus.Metric
	pairs   metric.LabelPairs
}

func (c channelSink) add(d *descriptor, s *metric.Sample) {
	c.addOwn(d, ownSample{labels: s.Labels, value: s.Value})
}

func (c channelSink) addOwn(d *descriptor, s ownSample) {
	c.metrics <- describedSample{d.desc, s.metric(d.kind, c.pairs)}
}

// pageSink puts samples together by family. They were checked when they were made, and no two are alike: a registry's
// checks would cost more than all other work of a scrape.
type pageSink []*Family

// newPageSink returns a sink for the families of a collector. If it is for all accounts, it has room for as many
// samples of each family as the last page had.
func newPageSink(descriptors []*descriptor, all bool) pageSink {
	sink := make(pageSink, len(descriptors))
	families := make([]Family, len(descriptors))
	for i, d := range descriptors {
		sink[i] = &families[i]
		families[i].descriptor = d
		if !all {
			continue
		}
		if count := d.count.Load(); d.own {
			families[i].own = make([]ownSample, 0, count)
		} else {
			families[i].samples = make([]*metric.Sample, 0, count)
		}
	}
	return sink
}

func (p pageSink) add(d *descriptor, s *metric.Sample) {
	p[d.index].samples = append(p[d.index].samples, s)
}

func (p pageSink) addOwn(d *descriptor, s ownSample) { p[d.index].own = append(p[d.index].own, s) }

// Gather refreshes what is due, waits for the refreshes in flight until ctx is done, and returns what the accounts
// serve: families sorted by name, each with its samples in the order of vendors, accounts and endpoints. The samples
// were checked when they were made, so that no registry needs to check them. ctx must be done when the answer has been
// written. What it returns is shared and must not be changed.
//
// meanwhile are called before the wait, once the refreshes have started; refreshing reports whether any are in flight.
func (s *Set) Gather(ctx context.Context, meanwhile ...func(refreshing bool)) Page {
	s = s.scrapeView(ctx)
	s.scraped()
	refreshes := poll.Start(pollAccounts(s.accounts())...)
	for _, do := range meanwhile {
		do(len(refreshes) > 0)
	}
	refreshes.Wait(ctx)
	return s.gather(func(c *Collector) ([]*account, bool) { return c.accounts, true })
}

// Refresh refreshes what is due as Gather does, and is no scrape: [Set.LastScrape] stays as it was.
func (s *Set) Refresh(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s = s.scrapeView(ctx)
	poll.Refresh(ctx, pollAccounts(s.accounts())...)
}

func (s *Set) scraped() {
	now := time.Now()
	s.lastScrape.Store(&now)
}

// LastScrape returns when any account was last scraped, before a reload as well; zero before the first scrape.
func (s *Set) LastScrape() time.Time {
	if at := s.lastScrape.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// GatherTarget is Gather for one account; false if the shard has no such account.
func (s *Set) GatherTarget(ctx context.Context, t poll.Target) (Page, bool) {
	s = s.scrapeView(ctx)
	of, a := s.find(t)
	if a == nil {
		return nil, false
	}
	s.scraped()
	poll.Refresh(ctx, a.Account)
	return s.gather(func(c *Collector) ([]*account, bool) {
		if c != of {
			return nil, false
		}
		return []*account{a}, false
	}), true
}

// gather returns what the chosen accounts of each collector serve; all says that these are all of its accounts.
func (s *Set) gather(chosen func(*Collector) (accounts []*account, all bool)) Page {
	byName := make(map[string]*Family)
	for _, c := range s.collectors {
		accounts, all := chosen(c)
		if len(accounts) == 0 && !all {
			continue
		}
		samples := newPageSink(c.descriptors, all)
		c.collect(samples, accounts, all, time.Now())
		for _, f := range samples {
			if all {
				f.descriptor.count.Store(int64(f.len()))
			}
			if f.len() == 0 {
				continue
			}
			if before := byName[f.Name()]; before != nil { // of the exporter itself, which each vendor's collector has
				before.own = append(before.own, f.own...)
				continue
			}
			byName[f.Name()] = f
		}
	}
	page := slices.Collect(maps.Values(byName))
	slices.SortFunc(page, func(a, b *Family) int { return cmp.Compare(a.Name(), b.Name()) })
	return page
}

// describedSample is a sample with the descriptor of its family.
type describedSample struct {
	desc   *prometheus.Desc
	metric *dto.Metric
}

// Desc implements prometheus.Metric.
func (s describedSample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric. It shares the sample's labels and value, which nobody changes.
func (s describedSample) Write(out *dto.Metric) error {
	out.Label = s.metric.GetLabel()
	out.Gauge = s.metric.GetGauge()
	out.Counter = s.metric.GetCounter()
	return nil
}
