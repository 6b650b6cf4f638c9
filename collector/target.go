package collector

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Targets are the accounts of this shard, in the order of vendors and account names.
func (s *Set) Targets() []poll.Target {
	var all []poll.Target
	for _, c := range s.collectors {
		for _, a := range c.accounts {
			all = append(all, a.target())
		}
	}
	return all
}

// BindTarget gives the collector of one account alone, for one scrape as with Bind; false if the shard has no such account.
func (s *Set) BindTarget(ctx context.Context, t poll.Target) (prometheus.Collector, bool) {
	s = s.enter(ctx)
	c, a := s.find(t)
	if a == nil {
		return nil, false
	}
	return bound{Collector: c, ctx: ctx, accounts: []*account{a}}, true
}

// find gives an account and its vendor's collector; nil if there is none.
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
