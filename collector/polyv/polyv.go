// Package polyv exports Polyv (保利威), a video platform: plays, viewers and traffic by hour and platform.
//
// Each file has one subject: the endpoints that it reads, their families, and the mapping of the client's answers to
// samples. [Vendor] lists the endpoints in the catalogue and adds them to an account; [Config] holds the account's
// keys.
package polyv

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// catalogue describes Polyv's endpoints.
var catalogue = metric.Catalogue{
	Vendor: "polyv", Title: "Polyv 保利威",
	Specs:  []*metric.Spec{playbackToday, playbackYesterday, trafficSettled},
	Labels: labels, Limits: limits,
	SharedNote: "The newest hour that had ended 2 h ago when the endpoint was last read: plays appear within 2 h. " +
		"From 00:00 to 03:00 `playback_yesterday` gives it, at other times `playback_today`. " +
		"A new hour appears with the endpoint's next read, so it may be late by the endpoint's `min_interval`: " +
		"`polyv_latest_hour_start_timestamp_seconds` says which hour is served.",
}

// Polyv's endpoints: one API, read for three days, because plays are counted after an hour or two and traffic after a
// day.
var (
	playbackToday = &metric.Spec{
		Name: "playback_today", Source: "GET /v2/hourly/USERID dr=today", Window: metric.Today,
		Families: today.families(), Shared: shared(),
		Note: "Hours that have not begun give no sample. " + missingNote,
	}
	playbackYesterday = &metric.Spec{
		Name: "playback_yesterday", Source: "GET /v2/hourly/USERID dr=yesterday", Window: metric.Yesterday,
		Families: yesterday.families(), Shared: shared(), Note: missingNote,
	}
	trafficSettled = &metric.Spec{
		Name: "traffic_settled", Source: "GET /v2/hourly/USERID start=end=DATE", Window: metric.Settled,
		Families: traffic.families(), Note: missingNote,
	}
)

// missingNote is the sentence of the docs page on missing items.
const missingNote = "An hour that has begun and has no row is a missing item, and so is a field that no row has."

var (
	today     = newPlayback("polyv_today", "the hour, today", hourLabels...)
	yesterday = newPlayback("polyv_yesterday", "the hour, yesterday", hourLabels...)
	traffic   = fields{{
		metric.NewFamily(
			"polyv_settled_traffic_bytes",
			"Traffic in the hour of the last day whose traffic is final, the day before yesterday.", hourLabels...,
		),
		func(f polyv.Playback) wire.Number { return f.TrafficBytes },
	}}
)

// labels are the labels beside account, in the order of the docs page.
var labels = []metric.LabelDoc{
	{Name: "platform", Meaning: "Where videos were played.",
		Values: []metric.LabelValue{{"pc", "computers"}, {"mobile", "phones and tablets"}}},
	{Name: "hour", Meaning: "Hour of the day in the account's time zone: `00` to `23`."},
}

// limits say what the API itself leaves out.
var limits = []string{
	"Plays appear one to two hours after they began: until then an hour that has begun shows less, or 0.",
	"The traffic of a day is calculated in the evening of the next one and is there on the second day after it. " +
		"Until then it is 0, which is why only `settled` traffic is served.",
	"Viewers are unique within an hour and a platform: their sum over hours counts a viewer once for each, and there " +
		"is no number of viewers for a whole day.",
	"There is no breakdown by video in this API. How far back it goes is not documented.",
}

// Vendor is Polyv.
type Vendor struct{}

// Catalogue returns Polyv's endpoints, families and labels.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns no text: the secret key is all that nothing may show.
func (Vendor) Hidden(config.VendorAccount) []string { return nil }

// Build adds the endpoints of an account, and returns the reader that they share.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
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

func (p *reader) today(ctx context.Context, day metric.Day, b *metric.Batch) error {
	now := time.Now()
	hours, err := p.client.Hourly(ctx, polyv.Today)
	if err != nil {
		return err
	}
	today.fill(b, hours, day, now)
	fillLatest(b, hours, day, now)
	return nil
}

func (p *reader) yesterday(ctx context.Context, day metric.Day, b *metric.Batch) error {
	now := time.Now()
	hours, err := p.client.Hourly(ctx, polyv.Yesterday)
	if err != nil {
		return err
	}
	fillYesterday(b, hours, day)
	b.Until(day.End.Add(time.Hour + countedAfter + handover))
	fillLatest(b, hours, day, now)
	return nil
}

func (p *reader) settled(ctx context.Context, day metric.Day, b *metric.Batch) error {
	hours, err := p.client.Hourly(ctx, polyv.Days(day.Start, day.Start))
	if err != nil {
		return err
	}
	fillSettled(b, hours, day)
	return nil
}

func fillYesterday(b *metric.Batch, hours []polyv.Hour, day metric.Day) {
	yesterday.fill(b, hours, day, day.End)
}

func fillSettled(b *metric.Batch, hours []polyv.Hour, day metric.Day) {
	traffic.fill(b, hours, day, day.End)
}
