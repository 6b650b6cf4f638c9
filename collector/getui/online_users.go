package getui

import (
	"context"
	"fmt"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

var onlineUsers = &metric.Spec{
	Name: "online_users", Source: "GET /report/online_user",
	Note: "GeTui sends no point while nobody is online. If the newest point is older than `max_stale`, " +
		"`getui_online_users` is not exported, because it does not describe the present. Points that are more than " +
		"25 hours old, or more than 10 minutes in the future, are dropped.",
	Families: []*metric.Family{online, onlineTime, onlinePeak},
}

var (
	online = metric.NewFamily("getui_online_users",
		"Users online at the newest point that GeTui reports; there is one every ten minutes.")
	onlineTime = metric.NewFamily("getui_online_users_sample_timestamp_seconds",
		"Time of the point that getui_online_users reports.")
	onlinePeak = metric.NewFamily("getui_online_users_peak",
		"Highest number of users online among the points of the last 24 hours.")
)

// GeTui sends the points of the last 24 hours. Points of a time further away are dropped. The bounds allow for clocks
// that differ, and for an answer that is old.
const (
	onlineSpan  = 25 * time.Hour
	onlineAhead = 10 * time.Minute
)

func (g *reader) onlineUsers(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	points, defects, err := g.client.OnlineUsers(ctx)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	now := time.Now()
	var newest, peak float64
	var at, implausible time.Time
	unusable := 0
	for _, p := range points {
		if p.Time.After(now.Add(onlineAhead)) || !p.Time.After(now.Add(-onlineSpan)) {
			b.DropAt("online_statics", "has a point of "+p.Time.Format(time.RFC3339))
			implausible = p.Time
			continue
		}
		users, ok := b.Usable(onlinePeak, p.Users)
		if !ok {
			if p.Users.Invalid() || p.Users.Valid() { // it is there, but is no number of users
				unusable++
			}
			continue
		}
		newest, at = users, p.Time
		peak = max(peak, users)
	}
	switch {
	case !at.IsZero():
	case !implausible.IsZero():
		return &transport.Error{
			Vendor: catalogue.Vendor, Endpoint: onlineUsers.Source, Kind: transport.Malformed,
			Err: fmt.Errorf("want points of the last 24 hours, got none; the newest of %d points is of %s",
				len(points), implausible.Format(time.RFC3339)),
			Advice: "check this machine's clock",
		}
	case unusable > 0:
		return &transport.Error{
			Vendor: catalogue.Vendor, Endpoint: onlineUsers.Source, Kind: transport.Malformed,
			Err: fmt.Errorf("want numbers of users, got none in %d points", len(points)),
		}
	default: // nobody was online
		return nil
	}
	b.Time(onlineTime, at)
	b.Value(onlinePeak, peak)
	if old := at.Add(g.online.Settings().MaxStale + 1); now.Before(old) {
		b.Until(old) // for the point's max_stale, however long the answer is served
		b.Value(online, newest)
	}
	return nil
}
