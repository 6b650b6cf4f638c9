package collector

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/adspect"
	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/collector/quanshi"
	"github.com/engage-exporter/engage_exporter/collector/sensorsdata"
	"github.com/engage-exporter/engage_exporter/config"
)

// vendors are the vendors that the exporter can read, in the order of the documentation. No other list names them.
var vendors = []Vendor{
	getui.Vendor{},
	polyv.Vendor{},
	adspect.Vendor{},
	sensorsdata.Vendor{},
	quanshi.Vendor{},
}

// Vendor is what the exporter knows of a vendor. Each is a package below this one, which maps what the vendor's client
// returns to samples.
type Vendor interface {
	// Catalogue returns what is documented of the vendor: its endpoints, families and labels.
	Catalogue() metric.Catalogue
	// Config returns how the vendor's accounts are configured: keys, defaults, endpoints.
	Config() config.Vendor
	// Hidden returns the texts of a configured account that no log, error or page may show, beside the credentials that
	// its client uses: keys, and what identifies a person. It is called for each failure.
	Hidden(cfg config.VendorAccount) []string
	// Build adds the endpoints of a configured account to the engine's account, whose client is set. The value that it
	// returns may implement historian, verifier, quotaLister and mover.
	Build(cfg config.VendorAccount, a *poll.Account) any
}

// historian is an account whose vendor returns values of past days.
type historian interface {
	// History returns how the endpoints read past days, with a cache of its own: what one request reads for several days
	// is kept as long as the result.
	History() map[*metric.Spec]*history.Source
}

// verifier is an account with settings that only its vendor can verify.
type verifier interface {
	// Verify asks the vendor about the settings and returns what it finds wrong with them.
	Verify(ctx context.Context) []error
}

// quotaLister is an account whose vendor has quotas for what may be sent.
type quotaLister interface {
	// Quotas returns the quotas among the samples that an endpoint serves.
	Quotas(s poll.Status) []metric.Quota
}

// mover is an account that its vendor may send to another address than the configured one.
type mover interface {
	// MovedTo returns the address in use, or "" if it is the configured one.
	MovedTo() string
}

// LoadConfig reads a configuration file, as config.Load does, with the accounts of all vendors.
func LoadConfig(path string, o config.Options) (*config.Config, error) {
	o.Vendors = ConfigVendors()
	return config.Load(path, o)
}

// ParseConfig reads a configuration from src, as config.Parse does, with the accounts of all vendors.
func ParseConfig(name string, src []byte, o config.Options) (*config.Config, error) {
	o.Vendors = ConfigVendors()
	return config.Parse(name, src, o)
}

// ConfigVendors returns how the accounts of all vendors are configured.
func ConfigVendors() []config.Vendor {
	all := make([]config.Vendor, len(vendors))
	for i, v := range vendors {
		all[i] = v.Config()
	}
	return all
}
