package collector

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// gathering takes the samples of one scrape.
type gathering interface {
	// add takes a sample of a family that the collector has announced.
	add(a *announced, m *dto.Metric)
}

// announced is a family as one collector announces it.
type announced struct {
	desc       *prometheus.Desc
	name, help string
	kind       dto.MetricType
	index      int // among the collector's
	// count is how many samples the last page of all accounts had.
	count atomic.Int64
}

// toChannel is a gathering for a registry, which checks and sorts everything anew.
type toChannel chan<- prometheus.Metric

func (ch toChannel) add(a *announced, m *dto.Metric) { ch <- describedSample{a.desc, m} }

// toFamilies is a gathering that puts samples together by family. They were checked when they were made, and no two are
// alike: a registry's checks would cost more than all the rest.
type toFamilies [][]*dto.Metric

// newToFamilies has room for as many samples of each family as there were the last time.
func newToFamilies(order []*announced) toFamilies {
	f := make(toFamilies, len(order))
	for i, a := range order {
		f[i] = make([]*dto.Metric, 0, a.count.Load())
	}
	return f
}

func (f toFamilies) add(a *announced, m *dto.Metric) { f[a.index] = append(f[a.index], m) }

// Gather refreshes what is due, waits for the refreshes in flight until ctx is done, and returns what the accounts
// serve: families sorted by name, each with its samples in the order of vendors, accounts and endpoints. The samples
// were checked when they were made, so that no registry has to. ctx must be done when the answer has been written. What
// it returns is shared and must not be changed.
func (s *Set) Gather(ctx context.Context) []*dto.MetricFamily {
	s = s.enter(ctx)
	poll.Refresh(ctx, pollAccounts(s.accounts())...)
	return s.gather(func(c *Collector) ([]*account, bool) { return c.accounts, true })
}

// GatherTarget is Gather for one account; false if the shard has no such account.
func (s *Set) GatherTarget(ctx context.Context, t poll.Target) ([]*dto.MetricFamily, bool) {
	s = s.enter(ctx)
	of, a := s.find(t)
	if a == nil {
		return nil, false
	}
	poll.Refresh(ctx, a.Account)
	return s.gather(func(c *Collector) ([]*account, bool) {
		if c != of {
			return nil, false
		}
		return []*account{a}, false
	}), true
}

// gather puts together what the chosen accounts of each collector serve; all reports that these are all of its
// accounts.
func (s *Set) gather(chosen func(*Collector) (accounts []*account, all bool)) []*dto.MetricFamily {
	byName := make(map[string]*dto.MetricFamily)
	for _, c := range s.collectors {
		accounts, all := chosen(c)
		if len(accounts) == 0 && !all {
			continue
		}
		samples := make(toFamilies, len(c.order))
		if all {
			samples = newToFamilies(c.order)
		}
		c.collect(samples, accounts, all, time.Now())
		for i, metrics := range samples {
			a := c.order[i]
			if all {
				a.count.Store(int64(len(metrics)))
			}
			if len(metrics) == 0 {
				continue
			}
			if f := byName[a.name]; f != nil { // of the exporter itself, which each vendor's collector has
				f.Metric = append(f.Metric, metrics...)
				continue
			}
			byName[a.name] = &dto.MetricFamily{Name: &a.name, Help: &a.help, Type: &a.kind, Metric: metrics}
		}
	}
	families := make([]*dto.MetricFamily, 0, len(byName))
	for _, f := range byName {
		families = append(families, f)
	}
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return families
}

// describedSample is a sample with the descriptor under which this collector announced its family.
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
