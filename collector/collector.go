// Package collector reads the configured accounts' endpoints when Prometheus scrapes, and maps their answers to
// samples: a prometheus.Collector per vendor.
package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// DefaultTimeout is how long a collection without a deadline of its own waits for reads in flight: Prometheus' default
// scrape timeout.
const DefaultTimeout = 10 * time.Second

// Collector is the prometheus.Collector of one vendor: all its accounts with their endpoints. It is immutable; what
// changes lives in the accounts' endpoints.
type Collector struct {
	vendor      string
	accounts    []*account
	families    map[*metric.Family]*descriptor
	exporter    map[*exporterFamily]*descriptor
	days        map[metric.Window]*metric.Family // the family with each window's start
	descriptors []*descriptor                    // in the order of Describe
	labels      ownLabels
}

// newCollector returns the collector of the accounts, with the families that their endpoints have.
func newCollector(v metric.Catalogue, accounts []*account) *Collector {
	c := &Collector{
		vendor:   v.Vendor,
		accounts: accounts,
		families: make(map[*metric.Family]*descriptor),
		exporter: make(map[*exporterFamily]*descriptor),
		days:     make(map[metric.Window]*metric.Family),
		labels:   newOwnLabels(v.Vendor),
	}
	for _, f := range exporterFamilies {
		c.exporter[f] = c.newDescriptor(f.desc(v.Vendor), f.name, f.help, f.kind)
		c.exporter[f].own = true
	}
	for _, w := range v.Windows() {
		c.days[w] = v.DayFamily(w)
		c.describe(c.days[w], c.days[w].Help)
	}
	// The families of an endpoint differ between accounts where the configuration names them. One that several accounts
	// have is described once.
	described := make(map[string]*descriptor)
	for _, a := range accounts {
		for _, e := range a.Endpoints() {
			for _, f := range e.Spec().Families {
				if before := described[f.Name]; before != nil {
					c.families[f] = before
					continue
				}
				c.describe(f, metric.HelpWithSource(f, e.Spec().Source))
				described[f.Name] = c.families[f]
			}
			for _, f := range e.Spec().Shared {
				if c.families[f] == nil {
					c.describe(f, f.Help)
				}
			}
		}
	}
	return c
}

func (c *Collector) describe(f *metric.Family, help string) {
	desc := prometheus.NewDesc(f.Name, help, append([]string{metric.AccountLabel}, f.Labels...), nil)
	c.families[f] = c.newDescriptor(desc, f.Name, help, dto.MetricType_GAUGE)
}

func (c *Collector) newDescriptor(desc *prometheus.Desc, name, help string, kind dto.MetricType) *descriptor {
	d := &descriptor{desc: desc, name: name, help: help, kind: kind, index: len(c.descriptors)}
	c.descriptors = append(c.descriptors, d)
	return d
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descriptors {
		ch <- d.desc
	}
}

// Collect implements prometheus.Collector: it starts the refreshes that are due, waits for those in flight no longer
// than DefaultTimeout, and sends what there is to serve. It is a thin adapter over what [Set.Gather] uses, for programs
// that register the collectors with a registry of their own; a scrape that knows its own deadline uses Set.Gather.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), DefaultTimeout)
	defer cancel()
	poll.Refresh(ctx, pollAccounts(c.accounts)...)
	c.collect(channelSink{ch, make(metric.LabelPairs)}, c.accounts, true, time.Now())
}

// collect adds what the accounts serve at now; all says that these are all accounts of the collector.
func (c *Collector) collect(to sink, accounts []*account, all bool, now time.Time) {
	if all {
		c.collectCount(to, len(accounts))
	}
	codeLabels := make(map[string]string)
	for _, a := range accounts {
		var days [metric.Settled + 1]metric.Day // those that are served, by window; zero for none
		var sharedFrom *poll.Endpoint           // of the shared families
		for _, e := range a.Endpoints() {
			s := e.Status(now)
			if day := c.collectServed(to, e, s, &sharedFrom); e.Spec().Window != metric.Undated && s.Serving() {
				days[e.Spec().Window] = day
			}
			c.collectState(to, e, s)
		}
		for w := metric.Today; w <= metric.Settled; w++ {
			if day := days[w]; !day.Start.IsZero() {
				f := c.days[w]
				to.add(c.families[f], &metric.Sample{Labels: a.Labels(), Value: float64(day.Start.Unix())})
			}
		}
		c.collectRequests(to, a, codeLabels)
	}
}

// collectServed adds the served samples of an endpoint, and returns its day. sharedFrom is the endpoint of the account
// whose samples of the shared families are served: the first that has any.
func (c *Collector) collectServed(
	to sink, e *poll.Endpoint, s poll.Status, sharedFrom **poll.Endpoint,
) (day metric.Day) {
	var last *metric.Family // of the sample before: samples of a family mostly follow each other
	var family *descriptor
	var skip bool // another endpoint serves the family
	for samples := range s.Results() {
		for i := range samples {
			sample := &samples[i]
			if sample.Family != last {
				family, last = c.families[sample.Family], sample.Family
				if skip = false; e.Spec().Shares(last) {
					if *sharedFrom == nil {
						*sharedFrom = e
					}
					skip = *sharedFrom != e
				}
			}
			if !skip {
				to.add(family, sample)
			}
		}
	}
	return s.Day
}
