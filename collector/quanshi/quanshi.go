// Package quanshi is what the exporter knows of Quanshi: the keys of its accounts, its families, and how its answers
// become samples.
package quanshi

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// catalogue is Quanshi's part of the catalogue.
var catalogue = metric.Catalogue{
	Labels: labels, Limits: limits,
	Vendor: "quanshi", Title: "Quanshi 全时",
	Specs: []*metric.Spec{eventList, eventReportSpec, eventStats},
}

var (
	eventList = &metric.Spec{
		Name: "event_list", Source: "POST /eventopenapi/event/public/list",
		Families: []*metric.Family{eventCount, eventInfo, eventStart, eventEnd},
		Note: "Covers the events that run within the account's `discover` span, between `past` ago and `ahead` from now. " +
			"If the list is shorter than the vendor's own total, or changes while it is read, the endpoint fails. The vendor " +
			"documents no limit of the list; the exporter reads up to 100 pages of 100 events.",
	}
	eventReportSpec = &metric.Spec{
		Name: "event_report", Source: "POST /eventopenapi/event/report/details",
		Families: []*metric.Family{
			viewers, viewersByEntry, dialInViewers, participants, viewerVisits,
			viewerWatch, sessions, watchDuration, openSessions, interactions, speakingDuration,
			authSessions, roleSessions, regionSessions, reportTime,
		},
		Note: "Covers the events in `event_ids`, and those that event_list finds. While event_list fails, the events that it found " +
			"last are read, as long as they are in the span and the list is not too old. A report is read from the event's " +
			"start on. An event that ended 24 hours ago, and had the same values in two more reads, is read at most once an " +
			"hour. If the list has no end of an event, the last activity in its report counts as the end; a session that " +
			"began more than 24 hours ago and has no end is ignored for this. A label is `other` if the vendor's value is " +
			"not documented, or if device or client are not reported. Chat, praise, raise_hand, quiz, goods_click and " +
			"speaking are the vendor's own sums by viewer (viewerDetails) if any viewer's row has a number. Otherwise, and " +
			"for the other actions, the exporter adds up the sessions (lives and interactions). A documented field that no " +
			"row of a list has counts as missing.",
	}
	eventStats = &metric.Spec{
		Name: "event_stats", Source: "POST /eventopenapi/event/report/stats",
		Families: []*metric.Family{statsViewers, statsVisits, statsWatch, statsDuration},
		Note: "Off by default. Covers the same events as event_report, whose reports can have hundreds of megabytes: this " +
			"answer is small. The vendor rounds watch time up to full minutes.",
	}
)

var (
	eventCount = metric.NewFamily("quanshi_events", "Number of events within the account's discover span.")
	eventInfo  = metric.NewFamily("quanshi_event_info",
		"Properties of an event, as labels; always 1.", "event_id", "title", "form")
	eventStart = metric.NewFamily("quanshi_event_start_timestamp_seconds", "Start of the event.", "event_id")
	eventEnd   = metric.NewFamily("quanshi_event_end_timestamp_seconds", "End of the event.", "event_id")

	viewers = metric.NewFamily("quanshi_event_viewers",
		"Viewers since the event began, each counted once: of the live event only, of its replay only, or of both. "+
			"Cumulative: quanshi_event_open_sessions is the audience now.", "event_id", "audience")
	viewersByEntry = metric.NewFamily("quanshi_event_viewers_by_entry",
		"Viewers by how they joined: by the live page (live_stream), by app or telephone (interactive), or by both. Cumulative.",
		"event_id", "entry")
	dialInViewers = metric.NewFamily("quanshi_event_dial_in_viewers",
		"Viewers who joined by telephone: the event called them (called_out), or they called (dialed_in). Cumulative.", "event_id", "way")
	participants = metric.NewFamily("quanshi_event_participants",
		"Viewers who took part in a survey, a vote, a sign-in or a red envelope. Cumulative.", "event_id", "activity")
	viewerVisits = metric.NewFamily("quanshi_event_viewer_visits",
		"Visits of all viewers to the live event or to its replay, added up from the vendor's sum for each viewer.",
		"event_id", "mode")
	viewerWatch = metric.NewFamily("quanshi_event_viewer_watch_duration_seconds",
		"Watch time of all viewers of the live event or of its replay, added up from the vendor's sum for each viewer.",
		"event_id", "mode")
	sessions = metric.NewFamily("quanshi_event_sessions",
		"Sessions since the event began, by browser (live_stream) or by app and telephone (interactive). Cumulative.",
		"event_id", "side", "mode", "device", "client")
	watchDuration = metric.NewFamily("quanshi_event_watch_duration_seconds",
		"Total duration of all sessions.", "event_id", "side", "mode", "device", "client")
	openSessions = metric.NewFamily(
		"quanshi_event_open_sessions",
		"Sessions that are open now, at the time of the report: the current audience. A session that began more than "+
			"24 hours ago and has no end does not count.",
		"event_id",
		"side",
	)
	interactions     = metric.NewFamily("quanshi_event_interactions", "Interactions of viewers by kind. Cumulative.", "event_id", "action")
	speakingDuration = metric.NewFamily("quanshi_event_speaking_duration_seconds",
		"Total speaking time of all viewers.", "event_id")
	authSessions = metric.NewFamily("quanshi_event_auth_sessions",
		"Sessions by how the viewer was admitted, as far as the vendor reports it.", "event_id", "auth")
	roleSessions = metric.NewFamily("quanshi_event_role_sessions",
		"Sessions by the participant's role, as far as the vendor reports it.", "event_id", "role")
	regionSessions = metric.NewFamily("quanshi_event_region_sessions",
		"Sessions by country and province of the viewer's IP address.", "event_id", "country", "province").Needing("regions: true")

	reportTime = metric.NewFamily("quanshi_event_report_timestamp_seconds",
		"Time at which the event's report was read: the event's other values are of that time. Absent an hour after its end.",
		"event_id")

	statsViewers = metric.NewFamily("quanshi_event_stats_viewers",
		"Viewers of the event: the vendor's own total.", "event_id")
	statsVisits = metric.NewFamily("quanshi_event_stats_visits",
		"Visits to the live event or to its replay: the vendor's own total.", "event_id", "mode")
	statsWatch = metric.NewFamily("quanshi_event_stats_watch_duration_seconds",
		"Watch time of all viewers: the vendor's own total, rounded up to full minutes.", "event_id")
	statsDuration = metric.NewFamily("quanshi_event_stats_duration_seconds", "Duration of the event.", "event_id")
)

// The words of Quanshi, each with its label value.
var (
	forms     = metric.Words{{"1", "phone"}, {"3", "web_meeting"}, {"4", "live"}, {"7", "large_live"}}
	audiences = metric.Words{{"直播", "live"}, {"回放", "replay"}, {"直播+回放", "both"}}
	modes     = metric.Words{{"0", "live"}, {"1", "replay"}}
	devices   = metric.Words{{"PC", "pc"}, {"IOS", "ios"}, {"Android", "android"}, {"MAC", "mac"}, {"TEL", "tel"}}
	clients   = metric.Words{
		{"WEB", "web"}, {"CLIENT", "client"}, {"APPLET", "applet"}, {"TEL", "tel"}, {"BOX", "box"}, {"MCU", "mcu"}, {"WEBRTC", "webrtc"}}
	auths = metric.Words{{"0", "public"}, {"1", "whitelist"}, {"2", "password"}, {"3", "paid"}, {"4", "phone"}}
	roles = metric.Words{{"4", "host"}, {"5", "speaker"}, {"6", "attendee"}}
)

// The label values of what the client distinguishes already.
var (
	entryNames = [quanshi.Entries]string{
		quanshi.EntryLiveStream: "live_stream", quanshi.EntryInteractive: "interactive", quanshi.EntryBoth: "both", quanshi.EntryOther: metric.Other}
	dialingNames = [quanshi.Dialings]string{
		quanshi.DialedOut: "called_out", quanshi.DialedIn: "dialed_in", quanshi.DialedOther: metric.Other}
	activities = [quanshi.Activities]string{
		quanshi.ActivitySurvey: "survey", quanshi.ActivityVote: "vote",
		quanshi.ActivitySign: "sign", quanshi.ActivityEnvelope: "envelope",
	}
)

// Vendor is Quanshi.
type Vendor struct{}

// Catalogue returns what is documented of Quanshi.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	return []string{cfg.AppKey.Value(), cfg.UserEmail}
}

// Build adds the endpoints of an account, and returns what reads them.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	o := quanshi.Options{
		BaseURL: cfg.BaseURL,
		AppKey:  func() (string, error) { return cfg.AppKey.Value(), nil }, AppKeyHeader: cfg.AppKeyHeader, AppSecret: cfg.AppSecret.Read,
		UserID: cfg.UserID, UserEmail: cfg.UserEmail, Transport: a.Client(),
	}
	if cfg.UserID == "" && cfg.UserEmail == "" {
		o.Token = cfg.Token.Read
	}
	client := quanshi.New(o)
	events := &eventLister{client: client, discover: cfg.Discover}
	reports := reports{client: client, regions: cfg.Regions}
	eachEvent := func(read eventRead) poll.Discovery { return poll.Fixed(eventItems(cfg.EventIDs, nil, read)) }
	if cfg.Discover != nil {
		list := a.AddUpstream(eventList, poll.Single(events.read))
		eachEvent = func(read eventRead) poll.Discovery {
			return poll.From(list, func(kept []keptEvent, now time.Time) []poll.Item {
				return events.items(cfg.EventIDs, kept, now, read)
			})
		}
	}
	a.Add(eventReportSpec, eachEvent(reports.read))
	a.Add(eventStats, eachEvent(stats{client}.read))
	return account{cfg, client}
}

// fillEvent adds the samples of one event of the list.
func fillEvent(b *metric.Batch, event quanshi.Event) {
	form := ""
	if !event.Form.Absent() {
		form = forms.NameOrOther(digits(event.Form))
	}
	for _, unusable := range event.Unusable {
		switch unusable.Field {
		case "startTime":
			b.Drop(eventStart, unusable.Text, event.ID)
		case "title":
			b.Drop(eventInfo, unusable.Text, event.ID)
		default: // the end, or the length that the end follows from
			b.Drop(eventEnd, unusable.Text, event.ID)
		}
	}
	b.Value(eventInfo, 1, event.ID, event.Title, form)
	b.Time(eventStart, event.Start, event.ID)
	b.Time(eventEnd, event.End, event.ID)
}

// account is what a built account can do beside being read.
type account struct {
	cfg    *Config
	client *quanshi.Client
}

// History returns how past days are read: when events were listed, and when viewers came and left.
func (q account) History() map[*metric.Spec]*history.Source {
	return newQuanshiPast(q.cfg, q.client).sources()
}
