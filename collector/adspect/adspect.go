// Package adspect exports Adspect, a filter of ad traffic: funnels that the user defines, streams, the click log and
// the account.
//
// Each file has one subject: the endpoints that it reads, their families, and the mapping of the client's answers to
// samples. [Vendor] lists the endpoints in the catalogue and adds them to an account; [Config] holds the account's
// keys.
package adspect

import (
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

// catalogue describes Adspect's endpoints. The funnels are the user's: the docs page has the one that an account has
// if it names none.
var catalogue = metric.Catalogue{
	Vendor: "adspect", Title: "Adspect",
	Specs: []*metric.Spec{
		newFunnelSpec(metric.Today, defaultFunnels()), newFunnelSpec(metric.Yesterday, defaultFunnels()),
		streams, savedQueries, clickLogSpec, account,
	},
	Labels: labels, Limits: limits,
}

// Vendor is Adspect.
type Vendor struct{}

// Catalogue returns Adspect's endpoints, families and labels.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	return cfg.personal()
}

// Build adds the endpoints of an account, and returns the reader that they share.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	client := adspect.New(adspect.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Read, Transport: a.Client()})
	r := &reader{poll: a, client: client, customFunnels: cfg.Funnels}
	for _, w := range []metric.Window{metric.Today, metric.Yesterday} {
		spec := newFunnelSpec(w, cfg.Funnels)
		funnels := r.funnels(cfg, w, spec)
		a.Add(spec, funnels)
		r.yesterday, r.yesterdaysFunnels = spec, funnels
	}
	a.Add(streams, poll.Single(r.streams))
	a.Add(savedQueries, poll.Single(r.savedQueries))
	a.Add(clickLogSpec, poll.Single(readClickLog(client, a)))
	a.Add(account, poll.Single(r.account))
	return r
}

// reader reads the endpoints of one account, and maps the client's answers to samples.
type reader struct {
	poll          *poll.Account
	client        *adspect.Client
	customFunnels []Funnel

	yesterday         *metric.Spec
	yesterdaysFunnels poll.Discovery
}

// History returns the sources of past days: Adspect has funnels of any day.
func (r *reader) History() map[*metric.Spec]*history.Source {
	return map[*metric.Spec]*history.Source{r.yesterday: history.OfWindow(r.poll, r.yesterday, r.yesterdaysFunnels)}
}
