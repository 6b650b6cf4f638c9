package collector

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
)

// account is one configured account of a vendor, with what the engine does not know of.
type account struct {
	*poll.Account
	configured config.VendorAccount
	pool       *pool

	// verify asks the vendor about settings that only it can judge; nil where there are none.
	verify func(ctx context.Context) []error
	// past returns how the endpoints read their history; nil where the vendor has none. What is read once for several
	// days is kept by what it returns.
	past func() map[*metric.Spec]*history.Source
}

func (a *account) add(spec *metric.Spec, d poll.Discovery) { a.Add(spec, d) }

func (a *account) target() poll.Target { return poll.Target{Vendor: a.Vendor, Account: a.Name} }

// pollAccounts returns the engine's accounts of these.
func pollAccounts(accounts []*account) []*poll.Account {
	all := make([]*poll.Account, len(accounts))
	for i, a := range accounts {
		all[i] = a.Account
	}
	return all
}

// openHistory returns how the account's endpoints read their history, with a memory of their own.
func (a *account) openHistory() map[*metric.Spec]*history.Source {
	if a.past == nil {
		return nil
	}
	return a.past()
}
