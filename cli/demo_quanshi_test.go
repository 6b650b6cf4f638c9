package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
)

// What the simulator's reports add up to is what the exporter shows: of the room, which opens every six hours, and of
// an event that was over long ago.
func TestQuanshiValuesAreTheSimulators(t *testing.T) {
	for _, clock := range []string{"00:10", "05:45", "09:30", "14:05", "18:20", "21:15", "23:59"} {
		for i, app := range quanshi.DefaultApps() {
			t.Run(fmt.Sprintf("%s/%d", clock, i), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					now, err := time.Parse("2006-01-02 15:04 -0700", "2026-11-22 "+clock+" +0800")
					if err != nil {
						t.Fatal(err)
					}
					<-time.After(time.Until(now)) // no real time passes
					sim := simulator.New(simulator.Options{Seed: 7})
					defer sim.Close()
					events := quanshiIDs(i)
					cfg, err := collector.ParseConfig("quanshi.yml", fmt.Appendf(nil, `quanshi: [{account: a, base_url: "http://127.0.0.1/quanshi", app_key: %s, app_secret: %s, user_email: %s, event_ids: [%d, %d], regions: true, endpoints: {event_stats: {enabled: true}}}]`,
						app.AppKey, app.AppSecret, app.UserEmail, events[0], events[1]), config.Options{})
					if err != nil {
						t.Fatal(err)
					}
					set, err := collector.New(cfg, collector.Options{RoundTripper: inProcess{sim}})
					if err != nil {
						t.Fatal(err)
					}
					defer set.Close()

					got := scrapedEvents(t, set)
					want := make(map[string]float64)
					for _, id := range events {
						data := quanshi.Data{Seed: 7, App: app}
						event, _ := data.Event(now, id)
						r, ok := data.Report(now, id)
						if !ok || r.Viewers == 0 {
							t.Fatalf("event %d: %v, %d viewers", id, ok, r.Viewers)
						}
						addQuanshiReport(want, id, event.End.Sub(event.Start), r)
						if r.OpenLives+r.OpenInteractions > 0 { // the report of an event that is over has no time
							key := fmt.Sprintf("report_timestamp_seconds%v", map[string]string{"event_id": fmt.Sprint(id)})
							want[key] = float64(now.Unix())
						}
					}
					for _, key := range slices.Sorted(maps.Keys(want)) {
						if v, ok := got[key]; !ok || v != want[key] {
							t.Errorf("%s: %v %v, want %v", key, v, ok, want[key])
						}
						delete(got, key)
					}
					for key, v := range got {
						t.Errorf("%s: %v, want none", key, v)
					}
				})
			})
		}
	}
}

// quanshiIDs are the room and the archived event of a default application.
func quanshiIDs(app int) []int64 { return [][]int64{{609768, 600114}, {731002, 700520}}[app] }

// scrapedEvents are the samples of events' reports, by family and labels.
func scrapedEvents(t *testing.T, set *collector.Set) map[string]float64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return set.Gather(ctx).Proto(), nil })
	families, err := prometheus.Gatherers{gatherer}.Gather()
	if err != nil {
		t.Fatal(err)
	}
	samples := make(map[string]float64)
	for _, f := range families {
		name, ok := strings.CutPrefix(f.GetName(), "quanshi_event_")
		if !ok {
			continue
		}
		for _, m := range f.GetMetric() {
			values := make(map[string]string)
			for _, pair := range m.GetLabel() {
				if pair.GetName() != "account" {
					values[pair.GetName()] = pair.GetValue()
				}
			}
			samples[name+fmt.Sprint(values)] = m.GetGauge().GetValue()
		}
	}
	return samples
}

// addQuanshiReport adds what the report and the totals of an event must come out as.
func addQuanshiReport(to map[string]float64, event int64, length time.Duration, r quanshi.Report) {
	add := func(v float64, family string, labels ...string) {
		values := map[string]string{"event_id": fmt.Sprint(event)}
		for i := 0; i < len(labels); i += 2 {
			values[labels[i]] = labels[i+1]
		}
		to[family+fmt.Sprint(values)] += v
	}
	word := func(known, theirs string) string {
		for pair := range strings.FieldsSeq(known) {
			if name, ours, _ := strings.Cut(pair, "="); name == theirs {
				return ours
			}
		}
		return "other"
	}
	for theirs, ours := range map[string]string{"直播": "live", "回放": "replay", "直播+回放": "both"} {
		add(float64(r.Audiences[theirs]), "viewers", "audience", ours)
	}
	if !r.NoLives {
		add(float64(r.OpenLives), "open_sessions", "side", "live_stream")
	}
	add(float64(r.OpenInteractions), "open_sessions", "side", "interactive")
	for kind, sessions := range r.Sessions {
		labels := []string{
			"side", map[bool]string{false: "live_stream", true: "interactive"}[kind.Interactive], "mode", []string{"live", "replay"}[kind.LiveType],
			"device", word("PC=pc IOS=ios Android=android MAC=mac TEL=tel", kind.Device),
			"client", word("WEB=web CLIENT=client APPLET=applet TEL=tel BOX=box MCU=mcu WEBRTC=webrtc", kind.Client),
		}
		add(float64(sessions.Rows), "sessions", labels...)
		add(float64(sessions.Seconds), "watch_duration_seconds", labels...)
	}
	done := maps.Clone(r.Actions)
	maps.Copy(done, r.ViewerActions) // which are the sums of both sides
	for field, n := range done {
		actions := "chat_num=chat praise_num=praise prize_num=prize question_num=question raise_hand_num=raise_hand share_num=share sign_num=sign vote_num=vote envelope_num=envelope quiz_num=quiz goods_sum_hits=goods_click"
		add(float64(n), "interactions", "action", word(actions, field))
	}
	add(float64(r.ViewerSpeaking), "speaking_duration_seconds")
	for _, activity := range []string{"survey", "vote", "sign", "envelope"} {
		add(float64(r.Participants[activity]), "participants", "activity", activity)
	}
	for theirs, ours := range map[string]string{"直播端": "live_stream", "互动端": "interactive", "互动端,直播端": "both"} {
		add(float64(r.Entries[theirs]), "viewers_by_entry", "entry", ours)
	}
	for theirs, ours := range map[string]string{"外呼入会": "called_out", "主动拨号入会": "dialed_in"} {
		add(float64(r.DialIns[theirs]), "dial_in_viewers", "way", ours)
	}
	add(float64(r.LiveVisits), "viewer_visits", "mode", "live")
	add(float64(r.ReplayVisits), "viewer_visits", "mode", "replay")
	add(float64(r.LiveSeconds), "viewer_watch_duration_seconds", "mode", "live")
	add(float64(r.ReplaySeconds), "viewer_watch_duration_seconds", "mode", "replay")
	add(float64(r.Viewers), "stats_viewers")
	add(float64(r.LiveVisits), "stats_visits", "mode", "live")
	add(float64(r.ReplayVisits), "stats_visits", "mode", "replay")
	add(float64(length/time.Second), "stats_duration_seconds")
	add(float64((r.LiveSeconds+r.ReplaySeconds+59)/60*60), "stats_watch_duration_seconds")
	for auth, n := range r.Auths {
		add(float64(n), "auth_sessions", "auth", word("0=public 1=whitelist 2=password 3=paid 4=phone", auth))
	}
	for role, n := range r.Roles {
		add(float64(n), "role_sessions", "role", word("4=host 5=speaker 6=attendee", fmt.Sprint(role)))
	}
	for location, n := range r.Locations {
		country, province := "unknown", ""
		switch parts := strings.Split(location, "-"); {
		case location == "本地局域网":
			country = "local_network"
		case len(parts) > 1 && parts[0] != "":
			country, province = parts[0], parts[1]
		case parts[0] != "":
			country = parts[0]
		}
		add(float64(n), "region_sessions", "country", country, "province", province)
	}
}
