// Package polyv is what the exporter knows of Polyv: the keys of its accounts, its families, and how its answers become
// samples.
package polyv

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// catalogue is Polyv's part of the catalogue.
var catalogue = metric.Catalogue{
	Labels: labelDocs, Limits: limits,
	Vendor: "polyv", Title: "Polyv 保利威",
	Specs: []*metric.Spec{playbackToday, playbackYesterday, trafficSettled},
	SharedNote: "The newest hour that had ended 2 h ago when the endpoint was last read: plays appear within 2 h. " +
		"From 00:00 to 03:00 `playback_yesterday` gives it, at other times `playback_today`. " +
		"A new hour appears with the endpoint's next read, so it may be late by the endpoint's `min_interval`: " +
		"`polyv_latest_hour_start_timestamp_seconds` says which hour is served.",
}

// Polyv's endpoints: one API, asked for three days, since plays are known after an hour or two and traffic after a day.
var (
	playbackToday = &metric.Spec{
		Name: "playback_today", Source: "GET /v2/hourly/USERID dr=today", Window: metric.Today,
		Families: today.families(), Shared: shared(),
		Note: "Hours that have not begun give no sample. " + missing,
	}
	playbackYesterday = &metric.Spec{
		Name: "playback_yesterday", Source: "GET /v2/hourly/USERID dr=yesterday", Window: metric.Yesterday,
		Families: yesterday.families(), Shared: shared(), Note: missing,
	}
	trafficSettled = &metric.Spec{
		Name: "traffic_settled", Source: "GET /v2/hourly/USERID start=end=DATE", Window: metric.Settled,
		Families: traffic.families(), Note: missing,
	}
)

// missing says what counts as a missing item.
const missing = "An hour that has begun and has no row is a missing item, and so is a field that no row has."

var (
	today     = newPolyvPlayback("polyv_today", "the hour, today", labels...)
	yesterday = newPolyvPlayback("polyv_yesterday", "the hour, yesterday", labels...)
	traffic   = fields{{
		metric.NewFamily(
			"polyv_settled_traffic_bytes", "Traffic in the hour of the last day whose traffic is final, the day before yesterday.",
			labels...,
		),
		func(f polyv.Figures) wire.Number { return f.TrafficBytes },
	}}
	latest = newPolyvPlayback(
		"polyv_latest_hour", "the newest hour that ended at least 2 h before the read", "platform",
	)
	latestStart = metric.NewFamily(
		"polyv_latest_hour_start_timestamp_seconds", "Start of the hour that the families polyv_latest_hour_* are of.",
	)
)

// polyvLabels: platform is pc or mobile, hour is "00" to "23" in the account's time zone.
var labels = []string{"platform", "hour"}

var platforms = []struct {
	name    string
	figures func(polyv.Hour) polyv.Figures
}{
	{"pc", func(h polyv.Hour) polyv.Figures { return h.PC }},
	{"mobile", func(h polyv.Hour) polyv.Figures { return h.Mobile }},
}

// fields are the fields of a platform's hour that an endpoint reads, with their families.
type fields []field

type field struct {
	family *metric.Family
	value  func(polyv.Figures) wire.Number
}

func newPolyvPlayback(prefix, when string, labels ...string) fields {
	return fields{
		{
			metric.NewFamily(prefix+"_plays", "Plays in "+when+".", labels...),
			func(f polyv.Figures) wire.Number { return f.Plays },
		},
		{
			metric.NewFamily(prefix+"_viewers", "Viewers who are unique within "+when+".", labels...),
			func(f polyv.Figures) wire.Number { return f.Viewers },
		},
		{
			metric.NewFamily(prefix+"_play_duration_seconds", "Time played in "+when+".", labels...),
			func(f polyv.Figures) wire.Number { return f.PlayDurationSeconds },
		},
	}
}

func (p fields) families() []*metric.Family {
	families := make([]*metric.Family, len(p))
	for i, field := range p {
		families[i] = field.family
	}
	return families
}

// shared are the families of the latest hour.
func shared() []*metric.Family { return append(latest.families(), latestStart) }

// fill adds the hours of a day that have begun at now, and counts what the answer lacks: rows of such hours, and fields
// that no row has.
func (p fields) fill(b *metric.Batch, hours []polyv.Hour, day metric.Day, now time.Time) {
	begun := hoursBegun(day, now)
	for _, h := range hours {
		if h.Hour > begun[len(begun)-1] {
			continue
		}
		hour := fmt.Sprintf("%02d", h.Hour)
		for _, field := range p {
			for _, platform := range platforms {
				b.Count(field.family, field.value(platform.figures(h)), platform.name, hour)
			}
		}
	}
	for _, hour := range begun {
		if row(hours, hour) == nil {
			b.Missing(1)
		}
	}
	b.Missing(p.inNoRow(hours))
}

// inNoRow returns how many fields have a value in none of the rows; −1 and null are none. Without rows there is no field
// to look for.
func (p fields) inNoRow(hours []polyv.Hour) (n int) {
	for _, field := range p {
		for _, platform := range platforms {
			there := slices.ContainsFunc(hours, func(h polyv.Hour) bool {
				number := field.value(platform.figures(h))
				v, ok := number.Float()
				return ok && v != -1 || number.Invalid()
			})
			if !there && len(hours) > 0 {
				n++
			}
		}
	}
	return n
}

// row returns the first row of an hour; nil if there is none.
func row(hours []polyv.Hour, hour int) *polyv.Hour {
	i := slices.IndexFunc(hours, func(h polyv.Hour) bool { return h.Hour == hour })
	if i < 0 {
		return nil
	}
	return &hours[i]
}

// hoursBegun returns the hours of a day that have begun at now, in their order: one at least. Where clocks change, a day
// has no hour twice and may lack one.
func hoursBegun(day metric.Day, now time.Time) []int {
	hours := []int{day.Start.Hour()}
	for t := day.Start; t.Before(day.End) && !t.After(now); t = t.Add(30 * time.Minute) {
		if h := t.Hour(); h > hours[len(hours)-1] {
			hours = append(hours, h)
		}
	}
	return hours
}

// The latest hour is derived from answers that are read anyway, without a request of its own: from the one for today,
// and, until today's first hour is old enough, from the one for yesterday.
//
// It is determined when an answer is read, so its values are never those of an hour whose plays were still to come. An
// hour that becomes old enough between two reads is served from the next read on. Until then the hour before it is
// served, as polyv_latest_hour_start_timestamp_seconds says: for no longer than min_interval, which is 10 minutes for
// playback_today, and an hour for playback_yesterday (from 00:00 to 03:00).
//
// The samples of playback_today last for max_stale and end at midnight. Those of playback_yesterday would last all day,
// so they have an end of their own: at 03:00 today's first hour replaces them as soon as it is read, and at 04:00 they
// end even if playback_today fails. Between 03:00 and 04:00 both endpoints may have the families: these are Shared, so
// an account serves those of one endpoint only.
const (
	// countedAfter is the time within which the plays of an hour that has ended appear.
	countedAfter = 2 * time.Hour
	// handover is how long yesterday's last hour stands in for today's first one once that has been counted.
	handover = time.Hour
)

// latestHour returns the start of the newest hour that ended at least polyvCountedAfter before now. Where clocks are set
// back, an hour that comes twice is one hour, as it is one row.
func latestHour(now time.Time, loc *time.Location) time.Time {
	underWay := startOfHour(now.Add(-countedAfter).In(loc))
	return startOfHour(underWay.Add(-time.Nanosecond))
}

// startOfHour returns when the hour on the clock began that t is in.
func startOfHour(t time.Time) time.Time {
	sinceFullHour := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	start := t.Add(-sinceFullHour - time.Duration(t.Nanosecond()))
	if before := start.Add(-time.Hour); before.Hour() == start.Hour() {
		return before
	}
	return start
}

// fillLatest adds the latest hour at now if it lies in the day that the rows are of. A value that cannot be used was
// counted with the values of the day, so it is not counted again.
func fillLatest(b *metric.Batch, hours []polyv.Hour, day metric.Day, now time.Time) {
	start := latestHour(now, day.Start.Location())
	row := row(hours, start.Hour())
	if start.Before(day.Start) || !start.Before(day.End) || row == nil {
		return
	}
	some := false
	for _, field := range latest {
		for _, platform := range platforms {
			if v, ok := field.value(platform.figures(*row)).Float(); ok && v >= 0 {
				some = b.Value(field.family, v, platform.name) || some
			}
		}
	}
	if some {
		b.Value(latestStart, float64(start.Unix()))
	}
}

// Vendor is Polyv.
type Vendor struct{}

// Catalogue returns what is documented of Polyv.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	return config.Readable(cfg.SecretKey)
}

// Build adds the endpoints of an account, and returns what reads them.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	p := &reader{poll: a, client: polyv.New(polyv.Options{
		BaseURL: cfg.BaseURL, UserID: cfg.UserID, SecretKey: cfg.SecretKey.Read, Location: cfg.Location, Transport: a.Client(),
	})}
	a.Add(playbackToday, poll.Single(p.today))
	a.Add(playbackYesterday, poll.Single(p.yesterday))
	a.Add(trafficSettled, poll.Single(p.settled))
	return p
}

// reader maps the client's answers to samples.
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
	fillPolyvYesterday(b, hours, day)
	b.Until(day.End.Add(time.Hour + countedAfter + handover))
	fillLatest(b, hours, day, now)
	return nil
}

func (p *reader) settled(ctx context.Context, day metric.Day, b *metric.Batch) error {
	hours, err := p.client.Hourly(ctx, polyv.Days(day.Start, day.Start))
	if err != nil {
		return err
	}
	fillPolyvSettled(b, hours, day)
	return nil
}

func fillPolyvYesterday(b *metric.Batch, hours []polyv.Hour, day metric.Day) {
	yesterday.fill(b, hours, day, day.End)
}

func fillPolyvSettled(b *metric.Batch, hours []polyv.Hour, day metric.Day) {
	traffic.fill(b, hours, day, day.End)
}
