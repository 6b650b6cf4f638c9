package collector

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// sink receives the samples of one scrape.
type sink interface {
	// add adds a sample of a family that the collector describes.
	add(d *descriptor, m *dto.Metric)
}

// descriptor is a family as one collector describes it.
type descriptor struct {
	desc       *prometheus.Desc
	name, help string
	kind       dto.MetricType
	index      int // among the collector's
	// count is how many samples the last page of all accounts had of it.
	count atomic.Int64
}

// channelSink sends samples to a registry, which checks and sorts them again.
type channelSink chan<- prometheus.Metric

func (ch channelSink) add(d *descriptor, m *dto.Metric) { ch <- describedSample{d.desc, m} }

// familySink puts samples together by family. They were checked when they were made, and no two are alike: a registry's
// checks would cost more than all other work of a scrape.
type familySink [][]*dto.Metric

// newFamilySink returns a sink with room for as many samples of each family as the last page had.
func newFamilySink(descriptors []*descriptor) familySink {
	f := make(familySink, len(descriptors))
	for i, d := range descriptors {
		f[i] = make([]*dto.Metric, 0, d.count.Load())
	}
	return f
}

func (f familySink) add(d *descriptor, m *dto.Metric) { f[d.index] = append(f[d.index], m) }

// Gather refreshes what is due, waits for the refreshes in flight until ctx is done, and returns what the accounts
// serve: families sorted by name, each with its samples in the order of vendors, accounts and endpoints. The samples
// were checked when they were made, so that no registry needs to check them. ctx must be done when the answer has been
// written. What it returns is shared and must not be changed.
func (s *Set) Gather(ctx context.Context) []*dto.MetricFamily {
	s = s.scrapeView(ctx)
	s.scraped()
	poll.Refresh(ctx, pollAccounts(s.accounts())...)
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
func (s *Set) GatherTarget(ctx context.Context, t poll.Target) ([]*dto.MetricFamily, bool) {
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
func (s *Set) gather(chosen func(*Collector) (accounts []*account, all bool)) []*dto.MetricFamily {
	byName := make(map[string]*dto.MetricFamily)
	for _, c := range s.collectors {
		accounts, all := chosen(c)
		if len(accounts) == 0 && !all {
			continue
		}
		samples := make(familySink, len(c.descriptors))
		if all {
			samples = newFamilySink(c.descriptors)
		}
		c.collect(samples, accounts, all, time.Now())
		for i, metrics := range samples {
			d := c.descriptors[i]
			if all {
				d.count.Store(int64(len(metrics)))
			}
			if len(metrics) == 0 {
				continue
			}
			if f := byName[d.name]; f != nil { // of the exporter itself, which each vendor's collector has
				f.Metric = append(f.Metric, metrics...)
				continue
			}
			byName[d.name] = &dto.MetricFamily{Name: &d.name, Help: &d.help, Type: &d.kind, Metric: metrics}
		}
	}
	families := make([]*dto.MetricFamily, 0, len(byName))
	for _, f := range byName {
		families = append(families, f)
	}
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return families
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
