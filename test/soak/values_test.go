package soak

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

// values says what the families of an endpoint must show if the vendor answered at a time what was read from another
// time on.
type values struct {
	endpoint string
	families []string
	at       func(answered, read time.Time) page
}

// check compares what a page shows of an endpoint with what the vendor may have answered. The page must show the
// answer to one of the requests since the time at which it says that its values were read, whole: not parts of two.
func (f values) check(p page, r *requests, item string) []string {
	read, ok := p.readAt(f.endpoint)
	if !ok {
		return nil // nothing was read yet, and so nothing is shown
	}
	got := p.of(f.families...)
	what := f.endpoint + " " + item
	var nearest string
	for _, second := range r.seconds(what, read) {
		difference := got.difference(f.at(second, read))
		if difference == "" {
			return nil
		}
		if nearest == "" || len(difference) < len(nearest) {
			nearest = difference
		}
	}
	if nearest == "" {
		return []string{fmt.Sprintf("%s, read at %s: no request was sent since", what, read.Format(time.StampMilli))}
	}
	return []string{fmt.Sprintf("%s, read at %s: %s", what, read.Format(time.StampMilli), nearest)}
}

func midnight(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

var shanghai = func() *time.Location {
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err) // the tests of all packages need zone data
	}
	return loc
}()

func getuiValues(d getui.Data) func(page, *requests) []string {
	quota := values{
		"push_quota", []string{"getui_push_quota_limit", "getui_push_quota_remaining", "getui_push_quota_requested", "getui_push_quota_exhausted"},
		func(answered, _ time.Time) page {
			want := make(page)
			for _, q := range d.Quotas(answered) {
				want[sample("getui_push_quota_limit", q.Channel, q.Kind)] = float64(q.Limit)
				want[sample("getui_push_quota_exhausted", q.Channel, q.Kind)] = 0
				if q.Exhausted {
					want[sample("getui_push_quota_exhausted", q.Channel, q.Kind)] = 1
				}
				if q.Remaining != getui.NotReported {
					want[sample("getui_push_quota_remaining", q.Channel, q.Kind)] = float64(q.Remaining)
				}
				if q.Requested != getui.NotReported {
					want[sample("getui_push_quota_requested", q.Channel, q.Kind)] = float64(q.Requested)
				}
			}
			return want
		},
	}
	online := values{
		"online_users", []string{"getui_online_users", "getui_online_users_sample_timestamp_seconds", "getui_online_users_peak"},
		func(answered, _ time.Time) page {
			points := d.OnlineUsers(answered)
			last := points[len(points)-1]
			peak := slices.MaxFunc(points, func(a, b getui.OnlinePoint) int { return int(a.Users - b.Users) })
			return page{
				sample("getui_online_users"):                          float64(last.Users),
				sample("getui_online_users_sample_timestamp_seconds"): float64(last.Time.UnixMilli()) / 1000,
				sample("getui_online_users_peak"):                     float64(peak.Users),
			}
		},
	}
	return func(p page, r *requests) []string { return append(quota.check(p, r, ""), online.check(p, r, "")...) }
}

func polyvValues(d polyv.Data) func(page, *requests) []string {
	today := values{
		"playback_today", []string{"polyv_today_plays", "polyv_today_viewers", "polyv_today_play_duration_seconds"},
		func(answered, read time.Time) page {
			want := make(page)
			for _, h := range d.Hourly(read, read, answered)[:read.In(shanghai).Hour()+1] { // those that have begun
				for platform, f := range map[string]polyv.Playback{"pc": h.PC, "mobile": h.Mobile} {
					hour := fmt.Sprintf("%02d", h.Hour)
					want[sample("polyv_today_plays", hour, platform)] = float64(f.Plays)
					want[sample("polyv_today_viewers", hour, platform)] = float64(f.Viewers)
					want[sample("polyv_today_play_duration_seconds", hour, platform)] = float64(f.DurationSeconds)
				}
			}
			return want
		},
	}
	return func(p page, r *requests) []string { return today.check(p, r, "") }
}

func adspectValues(d adspect.Data) func(page, *requests) []string {
	const prefix = "adspect_today_stream_"
	today := values{
		"funnel_today", []string{prefix + "clicks", prefix + "money_hits", prefix + "safe_hits", prefix + "conversions"},
		func(answered, read time.Time) page {
			from := midnight(read, time.UTC)
			to := from.AddDate(0, 0, 1)
			if answered.Before(to) {
				to = answered.Add(1) // what happens at that very moment is known
			}
			streams := make(map[string]*adspect.Funnel)
			for e := range d.Events(from, to, nil) {
				if streams[e.Visit.StreamID] == nil {
					streams[e.Visit.StreamID] = new(adspect.Funnel)
				}
				streams[e.Visit.StreamID].Add(&e.Visit, e.Stage)
			}
			want := make(page)
			for id, f := range streams {
				want[sample(prefix+"clicks", id)] = float64(f.Clicks)
				want[sample(prefix+"money_hits", id)] = float64(f.MoneyHits)
				want[sample(prefix+"safe_hits", id)] = float64(f.SafeHits)
				want[sample(prefix+"conversions", id)] = float64(f.Conversions)
			}
			return want
		},
	}
	return func(p page, r *requests) []string {
		read, _ := p.readAt(today.endpoint)
		return today.check(p, r, fmt.Sprint(midnight(read, time.UTC).Unix()))
	}
}

func sensorsdataValues(d sensorsdata.Data) func(page, *requests) []string {
	users := values{"segments", []string{"sensorsdata_segment_users"}, func(answered, _ time.Time) page {
		n, err := d.Segment([]byte(segment), answered)
		if err != nil {
			panic(err) // the filter is a constant
		}
		return page{sample("sensorsdata_segment_users", "gold"): float64(n)}
	}}
	tags := values{"tags", []string{"sensorsdata_tag_users", "sensorsdata_tags"}, func(answered, _ time.Time) page {
		want := page{
			sample("sensorsdata_tags", "pending"): 0, sample("sensorsdata_tags", "suspended"): 0,
			sample("sensorsdata_tags", "running"): float64(len(d.Project.Tags)),
		}
		for _, tag := range d.Project.Tags {
			for _, computed := range slices.Backward(d.Partitions(tag.ID, answered)) {
				if computed.Status == "SUCCEED" {
					want[sample("sensorsdata_tag_users", fmt.Sprint(tag.ID))] = float64(computed.Users)
					break
				}
			}
		}
		return want
	}}
	return func(p page, r *requests) []string { return append(users.check(p, r, ""), tags.check(p, r, "")...) }
}

func quanshiValues(d quanshi.Data) func(page, *requests) []string {
	const viewers, sessions, open = "quanshi_event_viewers", "quanshi_event_sessions", "quanshi_event_open_sessions"
	audiences := map[string]string{"live": "直播", "replay": "回放", "both": "直播+回放"}
	return func(p page, r *requests) []string {
		// Each event is read by itself: its samples alone, summed up by what the simulator tells.
		events := make(map[int64]page)
		for name, value := range p.of(viewers, sessions, open) {
			family, rest, _ := strings.Cut(strings.TrimSuffix(name, "}"), "{")
			labels := strings.Split(rest, ",")
			var id int64
			kind := ""
			switch family { // labels stand in the order of their names
			case viewers: // audience, event_id
				id, kind = number(labels[1]), labels[0]
			case sessions: // client, device, event_id, mode, side
				id, kind = number(labels[2]), labels[4]
			case open: // event_id, side
				id, kind = number(labels[0]), labels[1]
			}
			if events[id] == nil {
				events[id] = make(page)
			}
			events[id][sample(family, kind)] += value
		}
		read, known := p.readAt("event_report")
		var problems []string
		if known && len(events) == 0 {
			problems = append(problems, "event_report: it was read, and no event is shown")
		}
		for _, id := range slices.Sorted(maps.Keys(events)) {
			shown := events[id]
			shown[sample("engage_endpoint_last_success_timestamp_seconds", "event_report")] = float64(read.UnixMilli()) / 1000
			report := values{"event_report", []string{viewers, sessions, open}, func(answered, _ time.Time) page {
				made, ok := d.Report(answered, id)
				if !ok {
					return nil
				}
				want := make(page)
				for audience, word := range audiences {
					want[sample(viewers, audience)] = float64(made.Audiences[word])
				}
				want[sample(open, "interactive")] = float64(made.OpenInteractions)
				if made.Interactions > 0 {
					want[sample(sessions, "interactive")] = float64(made.Interactions)
				}
				if !made.NoLives {
					want[sample(open, "live_stream")] = float64(made.OpenLives)
					if made.Lives > 0 {
						want[sample(sessions, "live_stream")] = float64(made.Lives)
					}
				}
				return want
			}}
			problems = append(problems, report.check(shown, r, fmt.Sprint(id))...)
		}
		return problems
	}
}

// number reads an id, which is a whole number.
func number(text string) int64 {
	var n int64
	if _, err := fmt.Sscan(text, &n); err != nil {
		return -1
	}
	return n
}
