// Package sensorsdata exports Sensors Data (神策), a platform for user analysis: user tags, their values and
// computations, and segments.
//
// Each file has one subject: the endpoints that it reads, their families, and the mapping of the client's answers to
// samples. [Vendor] lists the endpoints in the catalogue and adds them to an account; [Config] holds the account's
// keys.
package sensorsdata

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
)

// catalogue describes Sensors Data's endpoints.
var catalogue = metric.Catalogue{
	Vendor: "sensorsdata", Title: "Sensors Data 神策",
	Specs:  []*metric.Spec{tagsSpec, directories, values, partitionsSpec, segments},
	Labels: labels, Limits: limits,
}

// Vendor is Sensors Data.
type Vendor struct{}

// Catalogue returns Sensors Data's endpoints, families and labels.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	var hidden []string
	for _, segment := range cfg.Segments {
		hidden = append(hidden, segment.params...) // requests carry them, and a vendor may quote a request
	}
	return hidden
}

// Build adds the endpoints of an account, and returns the reader that they share.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	s := &reader{cfg: cfg, client: sensorsdata.New(sensorsdata.Options{
		BaseURL: cfg.BaseURL, Project: cfg.Project, APISecret: cfg.APISecret.Read, SecretInHeader: cfg.SecretInHeader,
		Location: cfg.Location, Transport: a.Client(),
	})}
	a.Add(tagsSpec, poll.Single(s.tags))
	a.Add(directories, poll.Single(s.directories))
	a.Add(values, s.eachTag(s.values))
	a.Add(partitionsSpec, s.eachTag(s.partitions))
	a.Add(segments, s.segments())
	return s
}

// reader reads the endpoints of one account, and maps the client's answers to samples.
type reader struct {
	cfg    *Config
	client *sensorsdata.Client
}

// eachTag returns the items of an endpoint that reads the configured tags one by one.
func (s *reader) eachTag(read func(ctx context.Context, id string, b *metric.Batch) error) poll.Discovery {
	items := make([]poll.Item, 0, len(s.cfg.Tags))
	for _, id := range s.cfg.Tags {
		items = append(items, poll.Item{ID: id, Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
			return read(ctx, id, b)
		}})
	}
	return poll.Fixed(items)
}
