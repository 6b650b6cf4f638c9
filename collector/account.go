package collector

import (
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
)

// account is one configured account of a vendor, with what the engine does not need.
type account struct {
	*poll.Account
	configured config.VendorAccount
	pool       *pool
	built      any    // what Vendor.Build returned; see historian, verifier and quotaLister
	identity   []byte // see Storage.identity; nil until it is needed
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
