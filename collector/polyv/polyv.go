// Package polyv exports Polyv (保利威), a video platform: plays, viewers and traffic by hour and platform.
//
// Each file has one subject: the endpoints that it reads, their families, and the mapping of the client's answers to
// samples. hours.go has the three endpoints of plays and traffic. [Vendor] lists the endpoints in the catalogue and adds
// them to an account; [Config] holds the account's keys.
package polyv

import (
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

// catalogue describes Polyv's endpoints.
var catalogue = metric.Catalogue{
	Vendor: "polyv", Title: "Polyv 保利威",
	Specs:  []*metric.Spec{playbackToday, playbackYesterday, trafficSettled},
	Labels: labels, Limits: limits,
	SharedNote: "The newest hour that ended at least 2 hours before the last read, because plays appear within 2 hours. " +
		"From 00:00 to 03:00 it comes from `playback_yesterday`, at other times from `playback_today`. " +
		"A new hour appears with the endpoint's next read, so it can be late by the endpoint's `min_interval`: " +
		"`polyv_latest_hour_start_timestamp_seconds` is the start of the exported hour.",
}

// labels are the labels beside account, in the order of the docs page.
var labels = []metric.LabelDoc{
	{Name: "platform", Meaning: "Kind of device on which videos were played.",
		Values: []metric.LabelValue{{"pc", "computers"}, {"mobile", "phones and tablets"}}},
	{Name: "hour", Meaning: "Hour of the day in the account's time zone: `00` to `23`."},
}

// limits say what the API itself leaves out.
var limits = []string{
	"Plays appear after one to two hours: until then the values of an hour are too low, or 0.",
	"Polyv calculates the traffic of a day on the evening of the next day, and reports it on the second day after it. " +
		"Until then it reports 0, so only `settled` traffic is exported.",
	"Viewers are unique within one hour and platform: a sum over hours counts the same viewer several times. There is " +
		"no number of viewers for a whole day.",
	"This API has no breakdown by video. Polyv does not document how far back it goes.",
}

// Vendor is Polyv.
type Vendor struct{}

// Catalogue returns Polyv's endpoints, families and labels.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns no text: the secret key is all that nothing may show.
func (Vendor) Hidden(config.VendorAccount) []string { return nil }

// Build adds the endpoints of an account, and returns the reader that they share.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	p := &reader{poll: a, client: polyv.New(polyv.Options{
		BaseURL: cfg.BaseURL, UserID: cfg.UserID, SecretKey: cfg.SecretKey.Read, Location: cfg.Location,
		Transport: a.Client(),
	})}
	a.Add(playbackToday, poll.Single(p.today))
	a.Add(playbackYesterday, poll.Single(p.yesterday))
	a.Add(trafficSettled, poll.Single(p.settled))
	return p
}

// reader reads the endpoints of one account, and maps the client's answers to samples.
type reader struct {
	poll   *poll.Account
	client *polyv.Client
}
