package polyv

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Polyv's endpoints: one API, read for three days, because plays are counted after an hour or two and traffic after a
// day.
var (
	playbackToday = &metric.Spec{
		Name: "playback_today", Source: "GET /v2/hourly/USERID dr=today", Window: metric.Today,
		Families: today.families(), Shared: shared(),
		Note: "Hours that have not begun have no sample. If the vendor has values for an hour that begins in more than 5 " +
			"minutes, they count in `engage_endpoint_dropped_samples`: `time_zone` is probably wrong. " + missingNote,
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
const missingNote = "If the answer has no row for an hour that has begun, or a field is in no row, " +
	"it counts in `engage_endpoint_missing_items`."

var (
	today     = newPlayback("polyv_today", "the hour, today", hourLabels...)
	yesterday = newPlayback("polyv_yesterday", "the hour, yesterday", hourLabels...)
	traffic   = fields{{
		metric.NewFamily(
			"polyv_settled_traffic_bytes",
			"Traffic in the hour, on the day before yesterday: the last day whose traffic is final.", hourLabels...,
		),
		func(f polyv.Playback) wire.Number { return f.TrafficBytes },
	}}
)

// fields are the fields of a platform's hour that an endpoint reads, each with its family.
type fields []field

type field struct {
	family *metric.Family
	value  func(polyv.Playback) wire.Number
}

// newPlayback returns the fields of plays, with families for the time that the text when says.
func newPlayback(prefix, when string, labels ...string) fields {
	return fields{
		{
			metric.NewFamily(prefix+"_plays", "Plays in "+when+".", labels...),
			func(f polyv.Playback) wire.Number { return f.Plays },
		},
		{
			metric.NewFamily(prefix+"_viewers", "Viewers, each counted once within "+when+".", labels...),
			func(f polyv.Playback) wire.Number { return f.Viewers },
		},
		{
			metric.NewFamily(prefix+"_play_duration_seconds", "Play time in "+when+".", labels...),
			func(f polyv.Playback) wire.Number { return f.PlayDurationSeconds },
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

// hourLabels are the labels of an hour: platform is pc or mobile, hour is "00" to "23" in the account's time zone.
var hourLabels = []string{"platform", "hour"}

// platforms are the platforms of an hour, with the values of each.
var platforms = []struct {
	name   string
	values func(polyv.Hour) polyv.Playback
}{
	{"pc", func(h polyv.Hour) polyv.Playback { return h.PC }},
	{"mobile", func(h polyv.Hour) polyv.Playback { return h.Mobile }},
}

// clockDifference is how far the vendor's clock may be ahead.
const clockDifference = 5 * time.Minute

// fill adds the hours of a day that have begun at now, and counts as missing each such hour without a row, and each
// field that no row has. The values of an hour that cannot have begun at the vendor either are of another day: they are
// dropped.
func (p fields) fill(b *metric.Batch, hours []polyv.Hour, day metric.Day, now time.Time) {
	begun, soon := hoursBegun(day, now), hoursBegun(day, time.Now().Add(clockDifference))
	for _, h := range hours {
		if h.Hour > soon[len(soon)-1] {
			p.dropFuture(b, h, day)
		}
		if h.Hour > begun[len(begun)-1] {
			continue
		}
		hour := fmt.Sprintf("%02d", h.Hour)
		for _, field := range p {
			for _, platform := range platforms {
				b.Count(field.family, field.value(platform.values(h)), platform.name, hour)
			}
		}
	}
	for _, hour := range begun {
		if rowOf(hours, hour) == nil {
			b.AddMissing(1)
		}
	}
	b.AddMissing(p.countAbsent(hours))
}

// dropFuture counts the values above 0 of an hour that has not begun.
func (p fields) dropFuture(b *metric.Batch, h polyv.Hour, day metric.Day) {
	n := 0
	for _, field := range p {
		for _, platform := range platforms {
			if v, ok := field.value(platform.values(h)).Float(); ok && v > 0 {
				n++
			}
		}
	}
	if n > 0 {
		b.DropAt(fmt.Sprintf("currentHour %d", h.Hour), fmt.Sprintf(
			"has values, but that hour has not begun in %s; check time_zone and the clock", day.Start.Location()))
		b.AddDropped(n - 1)
	}
}

// countAbsent returns how many fields have a value in none of the rows; −1 and null are no value. Without rows it is
// 0.
func (p fields) countAbsent(hours []polyv.Hour) (n int) {
	for _, field := range p {
		for _, platform := range platforms {
			there := slices.ContainsFunc(hours, func(h polyv.Hour) bool {
				number := field.value(platform.values(h))
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

// rowOf returns the first row of an hour; nil if there is none.
func rowOf(hours []polyv.Hour, hour int) *polyv.Hour {
	i := slices.IndexFunc(hours, func(h polyv.Hour) bool { return h.Hour == hour })
	if i < 0 {
		return nil
	}
	return &hours[i]
}

// hoursBegun returns the hours of a day that have begun at now, in their order: one at least. On a day when clocks
// change, no hour comes twice and one may be absent.
func hoursBegun(day metric.Day, now time.Time) []int {
	hours := []int{day.Start.Hour()}
	for t := day.Start; t.Before(day.End) && !t.After(now); t = t.Add(30 * time.Minute) {
		if h := t.Hour(); h > hours[len(hours)-1] {
			hours = append(hours, h)
		}
	}
	return hours
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
