package collector_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// session is a row of a report, with times by the clock of Shanghai on 26 October 2022; "" for none.
func session(kind, value, online, offline string) string {
	seconds := func(clock string) string {
		if clock == "" {
			return "null"
		}
		at, err := time.Parse(time.RFC3339, "2022-10-"+strings.Replace(clock, " ", "T", 1)+"+08:00")
		if err != nil {
			panic(err)
		}
		return fmt.Sprint(at.Unix())
	}
	return fmt.Sprintf(`{%q:%s,"name":"网友1009","mobile":"19000101106","online_time":%s,"offline_time":%s}`, kind, value, seconds(online), seconds(offline))
}

func visit(online, offline string) string { return session("role", "6", online, offline) }

func viewer(audience, online, offline string) string {
	return session("live_type", fmt.Sprintf("%q", audience), online, offline)
}

func TestHistoryOfEvents(t *testing.T) {
	const noSections = `{}`
	report := func(lives, viewers string) string {
		return fmt.Sprintf(`{"lives":[%s],"viewerDetails":[%s]}`, lives, viewers)
	}
	for _, tt := range []struct {
		name, report string
		keys         string
		open         string // live_stream, on 26 and 27 October
		interactive  string
		viewers      map[string]string
		dropped      int // on both days
		missing      int
	}{
		{
			name: "sessions begin and end",
			report: report(visit("26 16:00:00", "26 17:00:00")+","+visit("26 16:30:00", "26 16:45:00"),
				viewer("直播", "26 16:00:00", "26 17:00:00")),
			open: "1 26 16:00–26 16:30, 2 26 16:30–26 16:45, 1 26 16:45–26 17:00, 0 26 17:00–28 00:00",
			viewers: map[string]string{
				"live": "1 26 16:00–28 00:00",
			},
		},
		{
			name: "what happens within a minute counts from the next one on",
			report: report(visit("26 16:00:01", "26 16:59:59")+","+visit("26 16:10:10", "26 16:10:50"),
				viewer("直播", "26 16:00:01", "26 16:59:59")),
			open: "1 26 16:01–26 17:00, 0 26 17:00–28 00:00",
		},
		{
			name: "one over midnight, one that has not ended",
			report: report(visit("26 23:30:00", "27 00:30:00")+","+visit("27 08:00:00", ""),
				viewer("直播", "26 23:30:00", "27 00:30:00")),
			open: "1 26 23:30–27 00:30, 0 27 00:30–27 08:00, 1 27 08:00–28 00:00",
		},
		{
			name: "viewers count from when they came",
			report: report(visit("26 16:00:00", "26 17:00:00"),
				viewer("直播", "26 16:00:00", "26 17:00:00")+","+viewer("直播", "26 16:10:00", "26 16:20:00")+","+viewer("回放", "27 09:00:00", "27 10:00:00")),
			open: "1 26 16:00–26 17:00, 0 26 17:00–28 00:00",
			viewers: map[string]string{
				"live": "1 26 16:00–26 16:10, 2 26 16:10–28 00:00", "replay": "0 26 16:00–27 09:00, 1 27 09:00–28 00:00", "both": "0 26 16:00–28 00:00",
			},
		},
		{
			name: "a viewer of both is one of the live event first",
			report: report(visit("26 16:00:00", "26 17:00:00"),
				viewer("直播+回放", "26 16:00:00", "27 10:00:00")+","+viewer("离线", "27 12:00:00", "")),
			open: "1 26 16:00–26 17:00, 0 26 17:00–28 00:00",
			viewers: map[string]string{
				"live": "1 26 16:00–27 10:00, 0 27 10:00–28 00:00", "both": "0 26 16:00–27 10:00, 1 27 10:00–28 00:00", "other": "1 27 12:00–28 00:00",
			},
		},
		{
			name:    "rows without times, and ended before they began",
			report:  report(visit("", "26 17:00:00")+","+visit("26 17:00:00", "26 16:00:00")+","+visit("26 16:00:00", "26 16:30:00"), viewer("直播", "", "")),
			open:    "1 26 16:00–26 16:30, 0 26 16:30–28 00:00",
			dropped: 3,
		},
		{name: "no viewer", report: report("", "")},
		{name: "no report", report: noSections, missing: 1},
		{
			name:   "an event of the list, while it is there",
			report: `{"interactions":[` + visit("26 16:30:00", "26 17:00:00") + `]}`,
			keys:   "    user_id: 1\n    discover: {past: 2h, ahead: 1h}\n",
			// from 16:20 to 17:40
			interactive: "0 26 16:20–26 16:30, 1 26 16:30–26 17:00, 0 26 17:00–26 19:40",
			missing:     1, // viewerDetails
		},
		{
			name:        "a configured event that the list has too, from its start on",
			report:      `{"interactions":[` + visit("26 16:30:00", "26 17:00:00") + `]}`,
			keys:        "    user_id: 1\n    event_ids: [609768]\n    discover: {past: 2h, ahead: 1h}\n",
			interactive: "0 26 16:20–26 16:30, 1 26 16:30–26 17:00, 0 26 17:00–28 00:00",
			missing:     1, // viewerDetails
		},
		{
			name: "a session that lost its end counts for 24 hours",
			report: report(visit("26 10:00:30", "")+","+visit("27 09:00:00", "27 12:00:00"),
				viewer("直播", "26 10:00:30", "")),
			open: "1 26 10:01–27 09:00, 2 27 09:00–27 10:01, 1 27 10:01–27 12:00, 0 27 12:00–28 00:00",
		},
		{
			name:   "sessions without viewers",
			report: report(visit("26 16:00:00", "26 17:00:00"), ""),
			open:   "1 26 16:00–26 17:00, 0 26 17:00–28 00:00",
			viewers: map[string]string{
				"live": "", "replay": "", "both": "",
			},
			missing: 1,
		},
		{
			name:    "viewers without sessions",
			report:  report("", viewer("直播", "26 16:00:00", "26 17:00:00")),
			viewers: map[string]string{"live": "1 26 16:00–28 00:00"},
			missing: 1,
		},
		{
			name: "an audience that is no text",
			report: report(visit("26 16:00:00", "26 17:00:00"),
				session("live_type", `{"a":1}`, "26 16:00:00", "26 17:00:00")),
			open:    "1 26 16:00–26 17:00, 0 26 17:00–28 00:00",
			viewers: map[string]string{"live": "0 26 16:00–28 00:00", "other": "1 26 16:00–28 00:00"},
			dropped: 1,
		},
		{
			name: "times of 1970, and to come",
			report: report(`{"role":6,"online_time":57,"offline_time":null},{"role":6,"online_time":1900000000,"offline_time":null},`+
				visit("26 16:00:00", "26 17:00:00"), viewer("直播", "26 16:00:00", "26 17:00:00")),
			open:    "1 26 16:00–26 17:00, 0 26 17:00–28 00:00",
			dropped: 2,
		},
		{
			name:   "no row has times",
			report: report(`{"role":6}`, viewer("直播", "26 16:00:00", "26 17:00:00")),
			open:   "0 26 16:00–28 00:00",
			viewers: map[string]string{
				"live": "1 26 16:00–28 00:00",
			},
			dropped: 1, missing: 2, // online_time, offline_time
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2022-11-20T12:00:00+08:00", func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvents, quanshiEventList(quanshiEvent(609768, "2022-10-26T16:20:00+08:00", "2022-10-26T17:40:00+08:00")))
				a.handle(pathEvent, quanshiReports(func(int) string { return tt.report }))
				keys := tt.keys
				if keys == "" {
					keys = "    user_id: 1\n    event_ids: [609768]\n"
				}
				h := newQuanshi(t, a, keys).history()
				var samples []history.Sample
				var dropped, missing int
				for _, date := range []int{26, 27} {
					day, err := part(t, h, "event_report").Read(t.Context(), metric.DayOf(2022, time.October, date, h.Location))
					if err != nil {
						t.Fatal(err)
					}
					samples = append(samples, day.Samples...)
					dropped += day.Dropped
					missing += day.Missing
				}
				wantNoOverlap(t, samples)
				shown := func(family, label string) string { return shownOf(samples, h.Location, family, "609768", label) }
				if got := shown("quanshi_event_open_sessions", "live_stream"); got != tt.open {
					t.Errorf("open sessions of the live stream: %q, want %q", got, tt.open)
				}
				if got := shown("quanshi_event_open_sessions", "interactive"); got != tt.interactive {
					t.Errorf("open interactive sessions: %q, want %q", got, tt.interactive)
				}
				for audience, want := range tt.viewers {
					if got := shown("quanshi_event_viewers", audience); got != want {
						t.Errorf("viewers %s: %q, want %q", audience, got, want)
					}
				}
				if _, ok := tt.viewers["other"]; !ok && shown("quanshi_event_viewers", "other") != "" {
					t.Error("others are reported, and there are none")
				}
				if dropped != tt.dropped || missing != tt.missing {
					t.Errorf("%d dropped, %d missing; want %d and %d", dropped, missing, tt.dropped, tt.missing)
				}
			})
		})
	}
}

func TestHistoryOfTheEventList(t *testing.T) {
	at(t, "2022-11-20T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvents, quanshiEventList(
			quanshiEvent(1, "2022-10-26T10:00:00+08:00", "2022-10-26T12:00:00+08:00"),
			quanshiEvent(2, "2022-10-26T11:00:00+08:00", "2022-10-26T23:30:00+08:00"),
			quanshiEvent(3, "2022-10-20T11:00:00+08:00", "2022-10-20T12:00:00+08:00"), // not in the span: the vendor gave it all the same
		))
		h := newQuanshi(t, a, "    user_id: 1\n    discover: {past: 2h, ahead: 1h}\n").history("event_list")
		samples := samplesOf(t, h, metric.DayOf(2022, time.October, 26, h.Location))
		for _, want := range []struct {
			family, shown string
			labels        []string
		}{
			{"quanshi_events", "0 26 00:00–26 09:00, 1 26 09:00–26 10:00, 2 26 10:00–26 14:00, 1 26 14:00–27 00:00", nil},
			{"quanshi_event_start_timestamp_seconds", fmt.Sprint(float64(1666749600)) + " 26 09:00–26 14:00", []string{"1"}},
			{"quanshi_event_end_timestamp_seconds", fmt.Sprint(float64(1666798200)) + " 26 10:00–27 00:00", []string{"2"}},
			{"quanshi_event_info", "1 26 09:00–26 14:00", []string{"1", `发布会 "1"`, "large_live"}},
			{"quanshi_event_start_timestamp_seconds", "", []string{"3"}},
		} {
			if got := shownOf(samples, h.Location, want.family, want.labels...); got != want.shown {
				t.Errorf("%s %v: %q, want %q", want.family, want.labels, got, want.shown)
			}
		}
	})
}

// However many days are asked for, a report is read once, and a day's list once for both parts.
func TestHistoryReadsEachReportOnce(t *testing.T) {
	at(t, "2022-11-20T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvent, quanshiReports(func(event int) string {
			if event == 7 {
				return `{"lives":7}`
			}
			return quanshiReport
		}))
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [609768, 7]\n    discover: {past: 24h, ahead: 1h}\n")
		h := e.history()
		days := lastDays(30, h.Location)
		var text strings.Builder
		for _, day := range days[:29] {
			for _, p := range h.Parts {
				got, err := p.Read(t.Context(), day)
				if err != nil {
					t.Fatal(err)
				}
				if p.Endpoint == "event_report" && len(got.Gaps) != 1 {
					t.Errorf("%s: gaps %v, want the report that is none", day.Start, got.Gaps)
				}
				fmt.Fprintln(&text, got)
				for _, s := range got.Samples {
					fmt.Fprintln(&text, seriesOf(s))
				}
			}
		}
		if got := quanshiLists(a); got != 29 {
			t.Errorf("%d lists for 29 days", got)
		}
		if got := a.count(pathEvent); got > 3 {
			t.Errorf("%d reports of three events", got)
		}
		for _, personal := range quanshiPersonal {
			if strings.Contains(text.String()+e.log.String(), personal) {
				t.Errorf("%q got out", personal)
			}
		}
	})
}

// A report with a million sessions, at times of anyone's choosing, costs no more than the minutes that are kept of it.
func TestHistoryOfALargeEventTakesLittleMemory(t *testing.T) {
	at(t, "2022-11-20T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		const sessions = 300_000
		a.handle(pathEvent, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"code":200,"msg":"ok","data":{"eventId":609768,"report":{"lives":[`)
			for i := range sessions {
				if i > 0 {
					fmt.Fprint(w, ",")
				}
				fmt.Fprintf(w, `{"name":"%d","online_time":%d,"offline_time":%d}`, i, 946684800+i*600, 946684800+i*600+600)
			}
			fmt.Fprint(w, `]}}}`)
		})
		h := newQuanshi(t, a, "    user_id: 1\n    event_ids: [609768]\n    timeout: 5m\n").history()
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		day, err := h.Parts[0].Read(t.Context(), metric.DayOf(2022, time.October, 26, h.Location))
		if err != nil || day.Dropped == 0 {
			t.Fatalf("%d dropped, err %v; want what there is no room for dropped", day.Dropped, err)
		}
		if after := heap(); after > before+8<<20 {
			t.Errorf("%d MiB are kept of %d sessions", (after-before)>>20, sessions)
		}
		runtime.KeepAlive(h)
	})
}
