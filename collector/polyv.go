package collector

import (
	"context"
	"fmt"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

// polyvVendor is Polyv's part of the catalogue.
var polyvVendor = vendor{
	name: "polyv", title: "Polyv 保利威", defaults: config.PolyvEndpoints,
	specs: []*Spec{polyvPlaybackToday, polyvPlaybackYesterday, polyvTrafficSettled},
}

// Polyv's endpoints: one API, asked for three days, since plays are known after an hour or two and traffic after a day.
var (
	polyvPlaybackToday = &Spec{
		Name: "playback_today", Source: "GET /v2/hourly/USERID dr=today", Window: Today, Families: polyvToday.all(),
		Note: "Hours that have not begun give no sample.",
	}
	polyvPlaybackYesterday = &Spec{Name: "playback_yesterday", Source: "GET /v2/hourly/USERID dr=yesterday", Window: Yesterday, Families: polyvYesterday.all()}
	polyvTrafficSettled    = &Spec{Name: "traffic_settled", Source: "GET /v2/hourly/USERID start=end=DATE", Window: Settled, Families: []*Family{polyvTraffic}}
)

var (
	polyvToday     = newPlaybackFamilies("polyv_today", "today")
	polyvYesterday = newPlaybackFamilies("polyv_yesterday", "yesterday")
	polyvTraffic   = NewFamily("polyv_settled_traffic_bytes", "Traffic in the hour of the last day whose traffic is final, the day before yesterday.", polyvLabels...)
)

// polyvLabels: platform is pc or mobile, hour is "00" to "23" in the account's time zone.
var polyvLabels = []string{"platform", "hour"}

// playbackFamilies are what is known of one day's plays.
type playbackFamilies struct {
	plays, viewers, duration *Family
}

func newPlaybackFamilies(prefix, day string) playbackFamilies {
	return playbackFamilies{
		plays:    NewFamily(prefix+"_plays", "Plays in the hour, "+day+".", polyvLabels...),
		viewers:  NewFamily(prefix+"_viewers", "Viewers who are unique within the hour, "+day+".", polyvLabels...),
		duration: NewFamily(prefix+"_play_duration_seconds", "Time played in the hour, "+day+".", polyvLabels...),
	}
}

func (p playbackFamilies) all() []*Family { return []*Family{p.plays, p.viewers, p.duration} }

func (p playbackFamilies) fill(b *Batch, f polyv.Figures, labels ...string) {
	b.Count(p.plays, f.Plays, labels...)
	b.Count(p.viewers, f.Viewers, labels...)
	b.Count(p.duration, f.PlayDurationSeconds, labels...)
}

// polyvAccount builds a Polyv account.
func (b *builder) polyvAccount(cfg config.Polyv) (*account, error) {
	a, sender, err := b.account(polyvVendor.name, cfg.Account, readable(cfg.SecretKey))
	if err != nil {
		return nil, err
	}
	p := &polyvReader{location: cfg.Location, client: polyv.New(polyv.Options{
		BaseURL: cfg.BaseURL, UserID: cfg.UserID, SecretKey: cfg.SecretKey.Read, Location: cfg.Location, Transport: sender,
	})}
	a.add(polyvPlaybackToday, single(p.today))
	a.add(polyvPlaybackYesterday, single(p.yesterday))
	a.add(polyvTrafficSettled, single(p.settled))
	a.past = func() map[*Spec]*historySource { return p.past(a) }
	return a, nil
}

// polyvReader maps the client's answers to samples.
type polyvReader struct {
	location *time.Location
	client   *polyv.Client
}

func (p *polyvReader) today(ctx context.Context, _ Day, b *Batch) error {
	now := time.Now().In(p.location).Hour()
	return p.read(ctx, polyv.Today, func(hours []polyv.Hour) {
		eachPlatform(hours, func(platform, hour string, h int, f polyv.Figures) {
			if h <= now {
				polyvToday.fill(b, f, platform, hour)
			}
		})
	})
}

func (p *polyvReader) yesterday(ctx context.Context, _ Day, b *Batch) error {
	return p.read(ctx, polyv.Yesterday, func(hours []polyv.Hour) { fillPolyvYesterday(b, hours) })
}

func (p *polyvReader) settled(ctx context.Context, day Day, b *Batch) error {
	return p.read(ctx, polyv.Days(day.Start, day.Start), func(hours []polyv.Hour) { fillPolyvSettled(b, hours) })
}

// read gives the hours of a range to fill.
func (p *polyvReader) read(ctx context.Context, r polyv.Range, fill func([]polyv.Hour)) error {
	hours, err := p.client.Hourly(ctx, r)
	if err != nil {
		return err
	}
	fill(hours)
	return nil
}

func fillPolyvYesterday(b *Batch, hours []polyv.Hour) {
	eachPlatform(hours, func(platform, hour string, _ int, f polyv.Figures) { polyvYesterday.fill(b, f, platform, hour) })
}

func fillPolyvSettled(b *Batch, hours []polyv.Hour) {
	eachPlatform(hours, func(platform, hour string, _ int, f polyv.Figures) {
		b.Count(polyvTraffic, f.TrafficBytes, platform, hour)
	})
}

// eachPlatform gives each platform's figures of each hour to fill.
func eachPlatform(hours []polyv.Hour, fill func(platform, hour string, h int, f polyv.Figures)) {
	for _, h := range hours {
		hour := fmt.Sprintf("%02d", h.Hour)
		fill("pc", hour, h.Hour, h.PC)
		fill("mobile", hour, h.Hour, h.Mobile)
	}
}
