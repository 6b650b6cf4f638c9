package getui

import (
	"context"
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var (
	pushDay = &metric.Spec{
		Name: "push_day", Source: "GET /report/push/date/DATE", Window: metric.Yesterday,
		Note:     daysNote + "\n" + totalsNote,
		Families: dayPushes.all(),
	}
	userDay = &metric.Spec{
		Name: "user_day", Source: "GET /report/user/date/DATE", Window: metric.Yesterday,
		Note: daysNote + "\n" +
			"The number of users is dropped if the new, the active or the online users are more.",
		Families: []*metric.Family{dayUsers, dayNewUsers, dayActiveUsers, dayPeakOnline},
	}
)

const daysNote = "If GeTui has no report for the day, it counts in `engage_endpoint_missing_items`."

var (
	// The day's report has no msg_num in the vendor's document, nor have the channels and brands of any report.
	dayPushes = reportFamilies{
		total:   newStageFamilies("getui_yesterday_push", "of yesterday", false),
		channel: newStageFamilies("getui_yesterday_channel_push", "of yesterday through the channel", false, "channel"),
		brand: newStageFamilies("getui_yesterday_brand_push",
			"of yesterday through GeTui's own channel to devices of the brand", false, "brand").needing("brands: true"),
	}

	dayUsers       = metric.NewFamily("getui_yesterday_users", "Users ever registered, as of yesterday.")
	dayNewUsers    = metric.NewFamily("getui_yesterday_new_users", "Users who registered yesterday.")
	dayActiveUsers = metric.NewFamily("getui_yesterday_active_users", "Users who were active yesterday.")
	dayPeakOnline  = metric.NewFamily("getui_yesterday_peak_online_users",
		"Highest number of users online at once yesterday.")
)

func (g *reader) pushDay(ctx context.Context, day metric.Day, b *metric.Batch) error {
	report, defects, err := g.client.PushDay(ctx, day.Start, g.cfg.Brands)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	dayPushes.fill(b, report)
	return nil
}

func (g *reader) userDay(ctx context.Context, day metric.Day, b *metric.Batch) error {
	users, defects, err := g.client.UserDay(ctx, day.Start)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	parts := []wire.Number{users.NewUsers, users.ActiveUsers, users.PeakOnlineUsers}
	if slices.ContainsFunc(parts, func(part wire.Number) bool { return exceeds(part, users.Users) }) {
		b.Drop(dayUsers, users.Users.Raw())
	} else {
		b.Count(dayUsers, users.Users)
	}
	b.Count(dayNewUsers, users.NewUsers)
	b.Count(dayActiveUsers, users.ActiveUsers)
	b.Count(dayPeakOnline, users.PeakOnlineUsers)
	return nil
}

// daysKept is how many days back GeTui has reports.
const daysKept = 90

// History returns the sources of past days: GeTui has the reports on days for any day.
func (g *reader) History() map[*metric.Spec]*history.Source {
	return map[*metric.Spec]*history.Source{
		pushDay: history.OfWindow(g.poll, pushDay, poll.Single(g.pushDay)).WithRetention(daysKept),
		userDay: history.OfWindow(g.poll, userDay, poll.Single(g.userDay)).WithRetention(daysKept),
	}
}
