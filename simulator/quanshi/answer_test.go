package quanshi_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestList(t *testing.T) {
	b := newTestApp(t, nil)
	from, to := simtest.Noon.Add(-24*time.Hour), simtest.Noon.Add(time.Hour)
	want := b.data().Events(simtest.Noon, from, to)
	total, all := b.list(from, to, 0, 1000, "")
	if total != len(want) || len(all) != total || total < 25 || total > 40 {
		t.Fatalf("%d rows of %d, want %d", len(all), total, len(want))
	}
	hosts := map[string]bool{}
	for i, e := range want {
		row := all[i]
		hosts[fmt.Sprintf("%T", row.HostID)] = true
		if row.ID != e.ID || row.Title != e.Title || row.StartTime != e.Start.Unix() || row.EndTime != e.End.Unix() ||
			row.EventForm != e.Form ||
			row.Length != (row.EndTime-row.StartTime)/60 {
			t.Errorf("row %+v of %+v", row, e)
		}
		if e.Start.After(to) || e.End.Before(from) || (i > 0 && e.Start.Before(want[i-1].Start)) {
			t.Errorf("event %+v is out of the span, or of the order", e)
		}
	}
	if len(hosts) != 2 {
		t.Errorf("hosts are %v, want numbers and texts", hosts)
	}
	t.Run("pages", func(t *testing.T) {
		var paged []listed
		for page := 0; ; page++ {
			count, rows := b.list(from, to, page, 7, "")
			if count != total {
				t.Errorf("page %d: count is %d", page, count)
			}
			if len(rows) == 0 {
				break
			}
			paged = append(paged, rows...)
		}
		if !reflect.DeepEqual(paged, all) {
			t.Errorf("pages hold %v", paged)
		}
		if _, rows := b.list(from, to, 1<<62, 7, ""); len(rows) != 0 {
			t.Errorf("far page holds %v", rows)
		}
	})
	t.Run("of a host", func(t *testing.T) {
		own, _ := b.list(from, to, 0, 100, `,"hostId":88589655`)
		others, rows := b.list(from, to, 0, 100, `,"hostId":"88589656"`)
		if own+others != total || others < 4 || others != len(rows) {
			t.Errorf("%d own and %d other events of %d", own, others, total)
		}
		for list, want := range map[int]int{0: own, 1: others} {
			var data struct{ Count int }
			b.read("/event/public/list", fmt.Sprintf(`{"token":"TOKEN","listType":%d,"startTime":%d,"endTime":%d,"page":0,"count":5}`, list, from.Unix(), to.Unix()), &data)
			if data.Count != want {
				t.Errorf("list %d has %d events, want %d", list, data.Count, want)
			}
		}
	})
	t.Run("all there are", func(t *testing.T) {
		total, _ := b.list(time.Unix(0, 0), time.Unix(9_999_999_999, 0), 0, 1, "")
		if want := (90+14)*24 + 1 + 2; total != want {
			t.Errorf("%d events, want %d", total, want)
		}
	})
	t.Run("none", func(t *testing.T) {
		if total, rows := b.list(time.Unix(1, 0), time.Unix(2, 0), 0, 10, ""); total != 0 || rows == nil {
			t.Errorf("%d events, list %v", total, rows)
		}
	})
}

// TestListShapes has the same events in each shape of the list.
func TestListShapes(t *testing.T) {
	for _, tt := range []struct {
		shape       quanshi.ListShape
		list, total []string // where they stand
	}{
		{"", []string{"list"}, []string{"count"}},
		{quanshi.PageInfo, []string{"pageInfo", "list"}, []string{"pageInfo", "total"}},
		{quanshi.Nested, []string{"data", "list"}, []string{"data", "count"}},
		{quanshi.ConfList, []string{"confList"}, []string{"totalCount"}},
		{quanshi.Bare, nil, nil},
	} {
		t.Run(string(tt.shape), func(t *testing.T) {
			b := newTestApp(t, func(app *quanshi.App) { app.ListShape, app.PagesFromOne = tt.shape, true })
			want := b.data().Events(simtest.Noon, simtest.Noon.Add(-24*time.Hour), simtest.Noon)
			seen := map[any]bool{}
			for page, rows := range []int{7, 7, 7, 7} {
				var data any
				b.read("/event/public/list", fmt.Sprintf(`{"token":"TOKEN","listType":2,"startTime":%d,"endTime":%d,"page":%d,"count":7}`, simtest.Noon.Unix()-86400, simtest.Noon.Unix(), page), &data)
				at := func(path []string) any {
					here := data
					for _, name := range path {
						here = here.(map[string]any)[name]
					}
					return here
				}
				list := at(tt.list).([]any)
				if len(list) != rows {
					t.Errorf("page %d has %d rows, want %d", page, len(list), rows)
				}
				for _, row := range list {
					seen[row.(map[string]any)["eventId"]] = true
				}
				if tt.total != nil && at(tt.total) != float64(len(want)) {
					t.Errorf("total is %v, want %d", at(tt.total), len(want))
				}
			}
			if len(seen) != 21 { // pages 0 and 1 are the same
				t.Errorf("four pages have %d events, want 21", len(seen))
			}
		})
	}
}

// TestStats compares the totals with the report.
func TestStats(t *testing.T) {
	b := newTestApp(t, nil)
	for _, id := range []int64{609768, 600114} {
		want, _ := b.data().Report(simtest.Noon, id)
		event, _ := b.data().Event(simtest.Noon, id)
		var data struct {
			EventID int64
			Stats   map[string]int64
		}
		b.read("/event/report/stats", fmt.Sprintf(`{"token":"TOKEN","eventId":%d}`, id), &data)
		both, seconds := want.Audiences["直播+回放"], want.LiveSeconds+want.ReplaySeconds
		stats := map[string]int64{
			"viewCnt": want.Lives + want.Interactions, "viewLiveCnt": want.LiveVisits,
			"viewReplayCnt": want.ReplayVisits, "viewerCnt": want.Viewers,
			"viewerLiveCnt": want.Audiences["直播"] + both, "viewerReplayCnt": want.Audiences["回放"] + both,
			"eventTime": int64(event.End.Sub(event.Start).Seconds()), "viewTime": (seconds + 59) / 60,
		}
		if data.EventID != id || !maps.Equal(data.Stats, stats) {
			t.Errorf("stats of %d are %v, want %v", data.EventID, data.Stats, stats)
		}
	}
	wantError(t, b.post("/event/report/stats", `{"token":"TOKEN","eventId":7}`), 200, 40402,
		"The event does not exist: 7")
	wantError(t, b.post("/event/report/stats", `{"token":"TOKEN"}`), 200, 40001, "eventId is required")
}

// TestInteractionsTellLess: of half of the sessions in the interactive part, only the viewer's row has what
// was done.
func TestInteractionsTellLess(t *testing.T) {
	b := newTestApp(t, nil)
	r, _ := b.data().Report(simtest.Noon, 600114)
	for _, name := range []string{"chat_num", "praise_num", "raise_hand_num", "quiz_num", "goods_sum_hits"} {
		if r.ViewerActions[name] <= r.Actions[name] {
			t.Errorf("viewers have %d of %s, sessions %d", r.ViewerActions[name], name, r.Actions[name])
		}
	}
	if r.ViewerSpeaking <= r.Speaking || r.Speaking == 0 {
		t.Errorf("viewers spoke for %d s, in sessions for %d s", r.ViewerSpeaking, r.Speaking)
	}
}

// add adds up the rows of a report as the document has them.
func add(t *testing.T, r report) quanshi.Report {
	t.Helper()
	got := quanshi.Report{
		NoLives: r.Report.Lives == nil, Audiences: map[string]int64{},
		Sessions: map[quanshi.SessionKind]quanshi.Sessions{}, Actions: map[string]int64{},
		Auths: map[string]int64{}, Locations: map[string]int64{}, Roles: map[int]int64{},
		ViewerActions: map[string]int64{}, Participants: map[string]int64{}, Entries: map[string]int64{},
		DialIns: map[string]int64{},
		Lives:   int64(len(r.Report.Lives)), Interactions: int64(len(r.Report.Interactions)),
		Viewers: int64(len(r.Report.ViewerDetails)),
	}
	clock := func(text any) int64 {
		var hours, minutes, seconds int64
		if _, err := fmt.Sscanf(text.(string), "%d:%d:%d", &hours, &minutes, &seconds); err != nil {
			t.Errorf("duration is %v", text)
		}
		return hours*3600 + minutes*60 + seconds
	}
	number := func(row map[string]any, name string) int64 {
		n, _ := row[name].(float64)
		return int64(n)
	}
	for _, row := range r.Report.ViewerDetails {
		got.Audiences[row["live_type"].(string)]++
		got.Entries[row["type"].(string)]++
		got.DialIns[row["dialedIn"].(string)]++
		for _, name := range []string{"chat_num", "praise_num", "raise_hand_num", "quiz_num", "goods_sum_hits"} {
			got.ViewerActions[name] += number(row, name)
		}
		for _, name := range []string{"survey", "vote", "sign", "envelope"} {
			if row[name] == "Y" {
				got.Participants[name]++
			}
		}
		got.ViewerSpeaking += number(row, "call_duration")
		got.LiveVisits += number(row, "liveTimes")
		got.ReplayVisits += number(row, "replayTimes")
		got.LiveSeconds += clock(row["liveWatchDuration"])
		got.ReplaySeconds += clock(row["replayWatchDuration"])
	}
	for i, row := range slices.Concat(r.Report.Lives, r.Report.Interactions) {
		kind := quanshi.SessionKind{
			Interactive: i >= len(r.Report.Lives), LiveType: int(number(row, "live_type")),
			Device: row["device_type"].(string), Client: row["client_type"].(string),
		}
		sum, duration, open := got.Sessions[kind], "watch_duration", &got.OpenLives
		if kind.Interactive {
			duration, open = "online_duration", &got.OpenInteractions
			got.Roles[int(number(row, "role"))]++
		}
		if row["offline_time"] == nil {
			*open++
		} else if number(row, "offline_time")-number(row, "online_time") != number(row, duration) {
			t.Errorf("times do not fit: %v", row)
		}
		sum.Rows++
		sum.Seconds += number(row, duration)
		got.Sessions[kind] = sum
		for name, value := range row {
			if _, is := value.(float64); is && (strings.HasSuffix(name, "_num") || name == "goods_sum_hits") {
				got.Actions[name] += number(row, name)
			}
		}
		got.Speaking += number(row, "call_duration")
		if auth, told := row["auth_type"].(string); told {
			got.Auths[auth]++
		}
		got.Locations[row["location"].(string)]++
	}
	return got
}

// TestReportIsWhatTheDataSays compares answers with the data that tests use, in each form and at each
// stage.
func TestReportIsWhatTheDataSays(t *testing.T) {
	b := newTestApp(t, nil)
	for _, e := range b.data().Events(simtest.Noon, simtest.Noon.Add(-24*time.Hour), simtest.Noon.Add(2*time.Hour)) {
		t.Run(fmt.Sprintf("%d of form %d", e.ID, e.Form), func(t *testing.T) {
			want, ok := b.data().Report(simtest.Noon, e.ID)
			if !ok {
				t.Fatal("the data does not have it")
			}
			r := b.report(e.ID, "")
			if r.EventID != e.ID || r.StartTime != nil || r.EndTime != nil || r.Report.Interactions == nil ||
				r.Report.ViewerDetails == nil {
				t.Errorf("report is %.300v", r)
			}
			if got := add(t, r); !reflect.DeepEqual(got, want) {
				t.Errorf("rows add up to\n%+v, the data says\n%+v", got, want)
			}
			if e.Start.After(simtest.Noon) != (want.Viewers == 0) {
				t.Errorf("%d viewers of an event that begins at %s", want.Viewers, e.Start)
			}
		})
	}
}

// documented are the members that the document names, besides those that are in the example alone.
var documented = map[string]string{
	"lives": `conferenceId hostId billingCode extId online_time offline_time mobile email name live_type watch_duration device_type client_type company location
		auth_type whitelist_type goods_sum_hits praise_num prize_num question_num raise_hand_num share_num sign_num vote_num envelope_num chat_num ip group
		call_duration quiz_num iden countryCode phoneNumber viewerId distinctId clientType online_date offline_date`,
	"interactions": `conferenceId hostId billingCode extId online_time offline_time mobile email name live_type online_duration device_type client_type company
		location auth_type whitelist_type goods_sum_hits praise_num prize_num question_num raise_hand_num share_num sign_num vote_num envelope_num chat_num ip
		role group call_duration quiz_num iden countryCode phoneNumber viewerId distinctId clientType online_date offline_date`,
	"viewerDetails": `conferenceId billingCode hostId extId mobile email name online_time offline_time duration ip iden type live_type auth_type device_type
		client_type company location whitelist_type whitelist_tag times liveTimes replayTimes watchDuration liveWatchDuration replayWatchDuration chat_num
		praise_num raise_hand_num quiz_num goods_sum_hits survey vote sign envelope group call_duration dialedIn dialoutSource countryCode phoneNumber watchForm
		distinctId online_date offline_date`,
}

func TestRows(t *testing.T) {
	b := newTestApp(t, nil)
	r := b.report(600114, "").Report
	for name, rows := range map[string][]map[string]any{"lives": r.Lives, "interactions": r.Interactions,
		"viewerDetails": r.ViewerDetails} {
		want := slices.Sorted(slices.Values(strings.Fields(documented[name])))
		for _, row := range rows {
			if got := slices.Sorted(maps.Keys(row)); !slices.Equal(got, want) {
				t.Fatalf("%s: members are %v, want %v", name, got, want)
			}
		}
	}
	if h := r.Lives[0]["hostId"]; h != "88589655" {
		t.Errorf("host in lives is %v", h)
	}
	if h := r.ViewerDetails[0]["hostId"]; h != 88589655.0 {
		t.Errorf("host in viewerDetails is %v", h)
	}
	// The host: only the time is known.
	for name, want := range map[string]any{
		"role": 4.0, "online_time": 1768390200.0, "offline_time": 1768399200.0, "online_duration": 9000.0,
		"online_date": "2026-01-14 19:30:00",
		"chat_num":    nil, "auth_type": nil, "viewerId": nil, "call_duration": nil, "iden": "主持人", "live_type": 0.0,
	} {
		if got := r.Interactions[0][name]; got != want {
			t.Errorf("host: %s is %v, want %v", name, got, want)
		}
	}
	nulls := map[string]int{}
	for i, row := range r.ViewerDetails {
		var h, m, s float64
		if _, err := fmt.Sscanf(row["watchDuration"].(string), "%02f:%02f:%02f", &h, &m, &s); err != nil ||
			h*3600+m*60+s != row["duration"] {
			t.Errorf("viewer %d: %v for %v (%v)", i, row["watchDuration"], row["duration"], err)
		}
		if row["times"] != row["liveTimes"].(float64)+row["replayTimes"].(float64) {
			t.Errorf("viewer %d: %v", i, row)
		}
	}
	for _, row := range slices.Concat(r.Lives, r.Interactions) {
		for name, value := range row {
			if value == nil {
				nulls[name]++
			}
		}
	}
	for _, name := range []string{"company", "extId", "group", "share_num", "goods_sum_hits", "quiz_num", "viewerId",
		"auth_type", "chat_num"} {
		if nulls[name] == 0 {
			t.Errorf("%s is never null", name)
		}
	}
}

func TestReportOfAPart(t *testing.T) {
	b := newTestApp(t, nil)
	whole := b.report(600114, "")
	live, replay := b.report(600114, `,"liveType":0`), b.report(600114, `,"liveType":1`)
	if n := len(live.Report.Lives) + len(replay.Report.Lives); n != len(whole.Report.Lives) ||
		len(live.Report.Lives) == 0 || len(replay.Report.Lives) == 0 {
		t.Errorf("%d rows in parts of %d", n, len(whole.Report.Lives))
	}
	if len(live.Report.Interactions) != len(whole.Report.Interactions) || len(replay.Report.Interactions) != 0 {
		t.Errorf("%d and %d interactions", len(live.Report.Interactions), len(replay.Report.Interactions))
	}
	for _, row := range replay.Report.ViewerDetails {
		if row["live_type"] != "回放" || row["liveTimes"] != 0.0 {
			t.Errorf("viewer of replays is %v", row)
		}
	}
	middle := int64(1768390200 + 4000)
	before, after := b.report(600114, fmt.Sprintf(`,"endTime":%d`, middle)),
		b.report(600114, fmt.Sprintf(`,"startTime":%d`, middle+1))
	if n := len(before.Report.Lives) + len(after.Report.Lives); n != len(whole.Report.Lives) ||
		len(before.Report.Lives) == 0 || len(after.Report.Lives) == 0 {
		t.Errorf("%d rows in halves of %d", n, len(whole.Report.Lives))
	}
	if before.EndTime == nil || *before.EndTime != middle || before.StartTime != nil || after.StartTime == nil {
		t.Errorf("spans are %v to %v, and from %v", before.StartTime, before.EndTime, after.StartTime)
	}
}
