package collector

import (
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
)

// ConfiguredTargets returns all accounts of a configuration, whichever shard reads them.
func ConfiguredTargets(cfg *config.Config) []poll.Target {
	var all []poll.Target
	for _, v := range vendors {
		for _, account := range cfg.Accounts(v.Config().Name) {
			all = append(all, poll.Target{Vendor: v.Config().Name, Account: account.Common().Name})
		}
	}
	return all
}

// Targets returns the accounts of this shard, in the order of vendors and account names.
func (s *Set) Targets() []poll.Target {
	var all []poll.Target
	for _, c := range s.collectors {
		for _, a := range c.accounts {
			all = append(all, a.target())
		}
	}
	return all
}

// find returns an account and its vendor's collector; nil if there is none.
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
