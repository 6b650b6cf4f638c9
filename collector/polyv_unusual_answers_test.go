package collector_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/polyv"
)

// polyvRow is a row of the answer by the names of its fields.
type polyvRow = map[string]any

// polyvRows are the 24 rows of a regular answer. No two values above 0 are alike within a family and platform. After the
// hour of noon nothing was played.
func polyvRows() []polyvRow {
	rows := make([]polyvRow, 24)
	for h := range rows {
		rows[h] = polyvRow{
			"currentHour": h, "formatPcPlayDuration": "00:00:00", "formatMobilePlayDuration": "00:00:00",
			"pcVideoView": 1000 + h, "pcUniqueViewer": 500 + h, "pcPlayDuration": 60_000 + h, "pcFlowSize": 7_000_000 + h,
			"mobileVideoView": 2000 + h, "mobileUniqueViewer": 900 + h, "mobilePlayDuration": 90_000 + h,
			"mobileFlowSize": 8_000_000 + h,
		}
		if h > 12 {
			for _, field := range []string{
				"pcVideoView", "pcUniqueViewer", "pcPlayDuration", "mobileVideoView", "mobileUniqueViewer", "mobilePlayDuration",
			} {
				rows[h][field] = 0
			}
		}
	}
	return rows
}

// polyvBody is an answer with that data: rows, or anything else.
func polyvBody(data any) string {
	body, err := json.Marshal(map[string]any{"code": 200, "status": "success", "message": "success", "data": data})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// polyvEach is a regular answer with each row changed.
func polyvEach(change func(row polyvRow)) string {
	rows := polyvRows()
	for _, row := range rows {
		change(row)
	}
	return polyvBody(rows)
}

// polyvOne is a regular answer with fields of the row of one hour set; nil takes a field away.
func polyvOne(hour int, fields polyvRow) string {
	rows := polyvRows()
	for name, value := range fields {
		rows[hour][name] = value
		if value == nil {
			delete(rows[hour], name)
		}
	}
	return polyvBody(rows)
}

// renamed is a regular answer with fields of other names.
func renamed(name func(string) string) string {
	rows := polyvRows()
	for i, row := range rows {
		rows[i] = polyvRow{}
		for field, value := range row {
			rows[i][name(field)] = value
		}
	}
	return polyvBody(rows)
}

// raw is a JSON text within a regular answer.
func raw(text string) json.RawMessage { return json.RawMessage(text) }

// polyvOnly returns what runUnusualAnswers needs of Polyv: an exporter that reads one endpoint alone.
func polyvOnly(endpoint string) func(*testing.T, http.HandlerFunc) *exporter {
	return func(t *testing.T, unusual http.HandlerFunc) *exporter {
		if unusual == nil {
			unusual = answering(http.StatusOK, polyvBody(polyvRows()))
		}
		a := newVendorAPI()
		a.handle(pathHourly, unusual)
		return newPolyv(t, a, onlyOf(polyv.Vendor{}, map[string]string{endpoint: ""}))
	}
}

// gone are the changes of a page that lacks these samples.
func gone(series ...string) map[string]float64 {
	changes := make(map[string]float64)
	for _, s := range series {
		changes[s] = absent
	}
	return changes
}

// hours are the series of a family and a platform in the first hours of a day.
func hours(family, platform string, n int) []string {
	series := make([]string, n)
	for hour := range series {
		series[hour] = fmt.Sprintf("%s{hour=\"%02d\",platform=%q}", family, hour, platform)
	}
	return series
}

// The hour of noon has begun: 13 hours are served. The latest hour is that of 09:00.
func TestPolyvUnusualAnswersOfToday(t *testing.T) {
	const plays9, latestPlays = `polyv_today_plays{hour="09",platform="pc"}`, `polyv_latest_hour_plays{platform="pc"}`
	const plays5 = `polyv_today_plays{hour="05",platform="pc"}`
	hour5 := gone(
		plays5, `polyv_today_viewers{hour="05",platform="pc"}`, `polyv_today_play_duration_seconds{hour="05",platform="pc"}`,
		`polyv_today_plays{hour="05",platform="mobile"}`, `polyv_today_viewers{hour="05",platform="mobile"}`,
		`polyv_today_play_duration_seconds{hour="05",platform="mobile"}`,
	)
	latest := gone(
		latestPlays, `polyv_latest_hour_viewers{platform="pc"}`, `polyv_latest_hour_play_duration_seconds{platform="pc"}`,
		`polyv_latest_hour_plays{platform="mobile"}`, `polyv_latest_hour_viewers{platform="mobile"}`,
		`polyv_latest_hour_play_duration_seconds{platform="mobile"}`, "polyv_latest_hour_start_timestamp_seconds",
	)
	hour9 := maps.Clone(latest)
	for series := range hour5 {
		hour9[strings.Replace(series, "05", "09", 1)] = absent
	}
	regular := polyvBody(polyvRows())
	platform := func(metric, name string) []string {
		return append(hours("polyv_today_"+metric, name, 13), fmt.Sprintf("polyv_latest_hour_%s{platform=%q}", metric, name))
	}
	pcPlays := platform("plays", "pc")

	cases := []unusualAnswer{
		{
			kind: "nothing", name: "data is an empty list", answer: polyvBody([]polyvRow{}),
			want: counted, missing: 13, samples: map[string]float64{
				"polyv_today_start_timestamp_seconds": float64(instant(t, "2000-01-02T00:00:00+08:00").Unix()),
			},
		},
		{kind: "nothing", name: "data is null", answer: polyvBody(nil), want: down, reason: "malformed"},
		{kind: "nothing", name: "data is an empty text", answer: polyvBody(""), want: down, reason: "malformed"},
		{
			kind: "nothing", name: "data is an empty object",
			answer: polyvBody(polyvRow{}),
			want:   down, reason: "malformed",
		},
		{
			kind: "nothing", name: "no data",
			answer: `{"code":200,"status":"success","message":"success"}`,
			want:   down, reason: "malformed",
		},

		{kind: "rows", name: "the first 12 rows", answer: polyvBody(polyvRows()[:12]), want: counted, missing: 1, changes: gone(
			`polyv_today_plays{hour="12",platform="pc"}`, `polyv_today_viewers{hour="12",platform="pc"}`,
			`polyv_today_play_duration_seconds{hour="12",platform="pc"}`, `polyv_today_plays{hour="12",platform="mobile"}`,
			`polyv_today_viewers{hour="12",platform="mobile"}`, `polyv_today_play_duration_seconds{hour="12",platform="mobile"}`,
		)},
		{kind: "rows", name: "the last 12 rows", answer: polyvBody(polyvRows()[12:]), want: counted, missing: 12, lost: []string{`hour="0`, `hour="10"`, `hour="11"`, `polyv_latest_hour`}},
		{kind: "rows", name: "only hours that have begun", answer: polyvBody(polyvRows()[:13]), want: right},
		{
			kind: "rows", name: "one is not there",
			answer: polyvBody(slices.Delete(polyvRows(), 5, 6)),
			want:   counted, missing: 1, changes: hour5,
		},
		{
			kind: "rows", name: "the latest hour is not there",
			answer: polyvBody(slices.Delete(polyvRows(), 9, 10)),
			want:   counted, missing: 1, changes: hour9,
		},
		{kind: "rows", name: "in another order", answer: polyvBody(reversed(polyvRows())), want: right},
		{
			kind: "rows", name: "each twice",
			answer: polyvBody(append(polyvRows(), polyvRows()...)),
			want:   counted, dropped: 13 * 6, changes: map[string]float64{},
		},
		{
			kind: "rows", name: "one twice, with other values",
			answer: polyvBody(append(polyvRows(), polyvRow{"currentHour": 9, "pcVideoView": 1, "pcUniqueViewer": 1})),
			want:   counted, dropped: 2, changes: map[string]float64{},
		},
		{
			kind: "rows", name: "more than a day has",
			answer: polyvBody(slices.Repeat(polyvRows(), 50)),
			want:   down, reason: "malformed",
		},
		{
			kind: "rows", name: "an empty one",
			answer: polyvBody(append(polyvRows(), polyvRow{})),
			want:   down, reason: "malformed",
		},

		{
			kind: "fields", name: "one in no row",
			answer: polyvEach(func(r polyvRow) { delete(r, "pcVideoView") }),
			want:   counted, missing: 1, changes: gone(pcPlays...),
		},
		{kind: "fields", name: "one in no row, with a name that nobody knows in its place", answer: renamed(func(name string) string {
			return strings.Replace(name, "mobileUniqueViewer", "mobileViewers", 1)
		}), want: counted, missing: 1, changes: gone(platform("viewers", "mobile")...)},
		{kind: "fields", name: "all of a platform in no row", answer: polyvEach(func(r polyvRow) {
			maps.DeleteFunc(r, func(name string, _ any) bool { return strings.HasPrefix(name, "mobile") })
		}), want: counted, missing: 3, lost: []string{`platform="mobile"`}},
		{kind: "fields", name: "rows of hours alone", answer: polyvEach(func(r polyvRow) {
			maps.DeleteFunc(r, func(name string, _ any) bool { return name != "currentHour" })
		}), want: counted, missing: 6, lost: []string{"polyv_today_play", "polyv_today_viewers", "polyv_latest_hour"}},
		{
			kind: "fields", name: "null in each row",
			answer: polyvEach(func(r polyvRow) { r["pcVideoView"] = nil }),
			want:   counted, missing: 1, changes: gone(pcPlays...),
		},
		{
			kind: "fields", name: "an empty text in each row",
			answer: polyvEach(func(r polyvRow) { r["pcVideoView"] = "" }),
			want:   counted, missing: 1, changes: gone(pcPlays...),
		},
		{
			kind: "fields", name: "not provided in each row",
			answer: polyvEach(func(r polyvRow) { r["pcVideoView"] = -1 }),
			want:   counted, missing: 1, changes: gone(pcPlays...),
		},
		{
			kind: "fields", name: "one in no row, and a row that is not there",
			answer: polyvBody(slices.DeleteFunc(polyvRows(), func(r polyvRow) bool {
				delete(r, "pcVideoView")
				return r["currentHour"] == 5
			})),
			want: counted, missing: 2, lost: []string{`hour="05"`}, changes: gone(pcPlays...),
		},
		{
			kind: "fields", name: "one left out of one row",
			answer: polyvOne(5, polyvRow{"pcVideoView": nil}),
			want:   right, changes: gone(plays5),
		},
		{
			kind: "fields", name: "one null in one row",
			answer: polyvOne(5, polyvRow{"pcVideoView": raw("null")}),
			want:   right, changes: gone(plays5),
		},
		{
			kind: "fields", name: "one not provided in the latest hour",
			answer: polyvOne(9, polyvRow{"pcVideoView": -1}),
			want:   right, changes: gone(plays9, latestPlays),
		},
		{kind: "fields", name: "traffic in no row", answer: polyvEach(func(r polyvRow) {
			delete(r, "pcFlowSize")
			delete(r, "mobileFlowSize")
		}), want: right},
		{
			kind: "fields", name: "durations as text alone",
			answer: polyvEach(func(r polyvRow) { delete(r, "pcPlayDuration") }),
			want:   counted, missing: 1, changes: gone(platform("play_duration_seconds", "pc")...),
		},

		{
			kind: "spelling", name: "PC in capitals",
			answer: renamed(func(name string) string { return strings.Replace(name, "pc", "PC", 1) }),
			want:   right,
		},
		{
			kind: "spelling", name: "a capital first",
			answer: renamed(func(name string) string { return strings.ToUpper(name[:1]) + name[1:] }),
			want:   right,
		},
		{kind: "spelling", name: "all lower case", answer: renamed(strings.ToLower), want: right},
		{
			kind: "spelling", name: "two, alike",
			answer: polyvEach(func(r polyvRow) { r["PCVideoView"] = fmt.Sprint(r["pcVideoView"]) }),
			want:   right,
		},
		{
			kind: "spelling", name: "two that disagree", answer: polyvOne(5, polyvRow{"PCVideoView": 7}),
			want: counted, dropped: 1, changes: gone(plays5),
		},

		{kind: "values", name: "as texts", answer: polyvEach(func(r polyvRow) {
			for name, value := range r {
				r[name] = fmt.Sprint(value)
			}
		}), want: right},
		{
			kind: "values", name: "with a fraction of 0",
			answer: polyvOne(5, polyvRow{"pcVideoView": raw("1005.0")}),
			want:   right,
		},
		{
			kind: "values", name: "0 for all",
			answer: polyvOne(5, polyvRow{"pcVideoView": 0}),
			want:   right, changes: map[string]float64{plays5: 0},
		},
		{
			kind: "values", name: "of an hour that has not begun",
			answer: polyvOne(13, polyvRow{"pcVideoView": "x"}),
			want:   right,
		},
	}
	for name, value := range map[string]any{
		"separators": "1,234", "a word": "many", "a percentage": "12%", "a duration": "00:12:11",
		"NaN": "NaN", "infinite": "Infinity",
		"an object": raw(`{"total":5}`), "a list": raw(`[5]`), "true": true, "negative": -5,
		"too large to be exact": raw("9007199254740993"),
		"beyond all numbers":    raw("1e400"), "60 digits": strings.Repeat("9", 60), "hexadecimal": "0x10",
	} {
		cases = append(cases,
			unusualAnswer{
				kind: "values", name: name, answer: polyvOne(5, polyvRow{"pcVideoView": value}),
				want: counted, dropped: 1, changes: gone(plays5),
			},
			unusualAnswer{
				kind: "values", name: name + ", in the latest hour", answer: polyvOne(9, polyvRow{"pcVideoView": value}),
				want: counted, dropped: 1, changes: gone(plays9, latestPlays),
			},
			unusualAnswer{
				kind: "values", name: name + ", for each hour of a platform", answer: polyvEach(func(r polyvRow) { r["pcVideoView"] = value }),
				want: counted, dropped: 13, changes: gone(pcPlays...),
			},
			unusualAnswer{
				kind: "values", name: name + ", for each hour",
				answer: polyvEach(func(r polyvRow) { r["pcVideoView"], r["mobileVideoView"] = value, value }),
				want:   down, reason: "malformed",
			},
		)
	}
	for name, hour := range map[string]any{
		"24": 24, "below 0": -1, "in between": 7.5, "a time": "05:00", "a word": "noon", "empty": "", "null": raw("null"), "not there": nil,
		"an object": raw(`{"hour":5}`), "60 digits": strings.Repeat("5", 60), "a date": "2000-01-02 05",
	} {
		cases = append(cases, unusualAnswer{
			kind: "hours", name: name, answer: polyvOne(5, polyvRow{"currentHour": hour}), want: down, reason: "malformed",
		})
	}
	for name, hour := range map[string]any{"two digits": "05", "a text": "5", "a fraction of 0": raw("5.0"), "a power of ten": raw("0.5e1")} {
		cases = append(cases, unusualAnswer{kind: "hours", name: name, answer: polyvOne(5, polyvRow{"currentHour": hour}), want: right})
	}
	for name, data := range map[string]any{
		"one level too deep":         polyvRow{"list": polyvRows()},
		"data once more":             polyvRow{"data": polyvRows()},
		"a list within the list":     [][]polyvRow{polyvRows()},
		"lists in place of rows":     []any{[]int{0, 1, 2}},
		"numbers in place of rows":   []int{0, 1, 2},
		"a null among the rows":      append([]polyvRow{nil}, polyvRows()...),
		"an object by hours":         polyvRow{"00": polyvRows()[0], "01": polyvRows()[1]},
		"one row in place of a list": polyvRows()[9],
		"a text that holds JSON":     `[{"currentHour":0}]`,
		"a number":                   24,
	} {
		cases = append(cases, unusualAnswer{kind: "shape", name: name, answer: polyvBody(data), want: down, reason: "malformed"})
	}
	for _, c := range []unusualAnswer{
		{name: "byte order mark", answer: "\ufeff" + regular, want: right},
		{name: "white space", answer: "\n\t " + strings.ReplaceAll(regular, ",", " ,\r\n") + " \n", want: right},
		{name: "code as text", answer: strings.Replace(regular, `"code":200`, `"code":"200"`, 1), want: right},
		{
			name:   "bytes that are no UTF-8",
			answer: strings.Replace(regular, `"message":"success"`, "\"message\":\"\xb3\xc9\xb9\xa6\"", 1),
			want:   right,
		},
		{name: "no code", answer: strings.Replace(regular, `"code":200,`, "", 1), want: down, reason: "malformed"},
		{
			name:   "code of an error with rows",
			answer: strings.Replace(regular, `"code":200`, `"code":500`, 1),
			want:   down, reason: "http",
		},
		{
			name:   "code that is no number",
			answer: strings.Replace(regular, `"code":200`, `"code":"ok"`, 1),
			want:   down, reason: "rejected",
		},
		{name: "the rows alone", answer: string(must(json.Marshal(polyvRows()))), want: down, reason: "malformed"},
		{name: "a second answer after the first", answer: regular + regular, want: down, reason: "malformed"},
		{name: "cut off", answer: regular[:len(regular)/2], want: down, reason: "malformed"},
		{name: "empty", answer: "", want: down, reason: "malformed"},
		{name: "a callback around it", answer: "callback(" + regular + ")", want: down, reason: "malformed"},
		{
			name:   "a page",
			answer: "<!DOCTYPE html><html><body>Bad gateway</body></html>",
			want:   down, reason: "malformed",
		},
		{name: "its clock is on another day", respond: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().AddDate(0, 0, 1).UTC().Format(http.TimeFormat))
			answering(http.StatusOK, regular)(w, r)
		}, want: down, reason: "rejected"},
	} {
		c.kind = "envelope"
		cases = append(cases, c)
	}
	runUnusualAnswers(t, "playback_today", polyvOnly("playback_today"), cases)
}

func TestPolyvUnusualAnswersOfYesterday(t *testing.T) {
	runUnusualAnswers(t, "playback_yesterday", polyvOnly("playback_yesterday"), []unusualAnswer{
		{kind: "nothing", name: "data is an empty list", answer: polyvBody([]polyvRow{}), want: counted, missing: 24, lost: []string{"hour"}},
		{kind: "rows", name: "12 instead of 24", answer: polyvBody(polyvRows()[:12]), want: counted, missing: 12,
			lost: []string{`hour="12"`, `hour="13"`, `hour="14"`, `hour="15"`, `hour="16"`, `hour="17"`, `hour="18"`, `hour="19"`, `hour="2`}},
		{
			kind: "rows", name: "the last one is not there",
			answer: polyvBody(polyvRows()[:23]),
			want:   counted, missing: 1, lost: []string{`hour="23"`},
		},
		{
			kind: "rows", name: "the first one twice",
			answer: polyvBody(append(polyvRows(), polyvRows()[0])),
			want:   counted, dropped: 6, changes: map[string]float64{},
		},
		{
			kind: "fields", name: "one in no row",
			answer: polyvEach(func(r polyvRow) { delete(r, "mobilePlayDuration") }),
			want:   counted, missing: 1, changes: gone(hours("polyv_yesterday_play_duration_seconds", "mobile", 24)...),
		},
		{
			kind: "spelling", name: "PC in capitals",
			answer: renamed(func(name string) string { return strings.Replace(name, "pc", "PC", 1) }),
			want:   right,
		},
		{
			kind: "values", name: "separators", answer: polyvOne(23, polyvRow{"mobileVideoView": "1,234"}),
			want: counted, dropped: 1, changes: gone(`polyv_yesterday_plays{hour="23",platform="mobile"}`),
		},
		{
			kind: "values", name: "traffic alone is unusual",
			answer: polyvEach(func(r polyvRow) { r["pcFlowSize"] = "1,234" }),
			want:   right,
		},
		{
			kind: "shape", name: "one level too deep",
			answer: polyvBody(polyvRow{"list": polyvRows()}),
			want:   down, reason: "malformed",
		},
	})
}

func TestPolyvUnusualAnswersOfTraffic(t *testing.T) {
	const traffic5 = `polyv_settled_traffic_bytes{hour="05",platform="pc"}`
	runUnusualAnswers(t, "traffic_settled", polyvOnly("traffic_settled"), []unusualAnswer{
		{kind: "nothing", name: "data is an empty list", answer: polyvBody([]polyvRow{}), want: counted, missing: 24, lost: []string{"hour"}},
		{kind: "rows", name: "12 instead of 24", answer: polyvBody(polyvRows()[12:]), want: counted, missing: 12, lost: []string{`hour="0`, `hour="10"`, `hour="11"`}},
		{
			kind: "rows", name: "each twice",
			answer: polyvBody(append(polyvRows(), polyvRows()...)),
			want:   counted, dropped: 48, changes: map[string]float64{},
		},
		{
			kind: "spelling", name: "PCFlowSize",
			answer: renamed(func(name string) string { return strings.Replace(name, "pcFlow", "PCFlow", 1) }),
			want:   right,
		},
		{
			kind: "spelling", name: "MobileFlowSize",
			answer: renamed(func(name string) string { return strings.Replace(name, "mobile", "Mobile", 1) }),
			want:   right,
		},
		{
			kind: "spelling", name: "both of them, alike",
			answer: polyvEach(func(r polyvRow) { r["PCFlowSize"] = r["pcFlowSize"] }),
			want:   right,
		},
		{
			kind: "spelling", name: "both of them, one null",
			answer: polyvEach(func(r polyvRow) { r["PCFlowSize"] = nil }),
			want:   right,
		},
		{
			kind: "spelling", name: "both of them, that disagree in one row", answer: polyvOne(5, polyvRow{"PCFlowSize": 0}),
			want: counted, dropped: 1, changes: gone(traffic5),
		},
		{
			kind: "spelling", name: "both of them, that disagree in each row",
			answer: polyvEach(func(r polyvRow) { r["PCFlowSize"] = 0 }),
			want:   counted, dropped: 24, lost: []string{`platform="pc"`},
		},
		{
			kind: "fields", name: "one in no row",
			answer: polyvEach(func(r polyvRow) { delete(r, "pcFlowSize") }),
			want:   counted, missing: 1, lost: []string{`platform="pc"`},
		},
		{kind: "fields", name: "no traffic at all", answer: polyvEach(func(r polyvRow) {
			delete(r, "pcFlowSize")
			delete(r, "mobileFlowSize")
		}), want: counted, missing: 2, lost: []string{"hour"}},
		{
			kind: "fields", name: "another name",
			answer: renamed(func(name string) string { return strings.Replace(name, "FlowSize", "Traffic", 1) }),
			want:   counted, missing: 2, lost: []string{"hour"},
		},
		{
			kind: "fields", name: "plays in no row",
			answer: polyvEach(func(r polyvRow) { delete(r, "pcVideoView") }),
			want:   right,
		},
		{
			kind: "values", name: "a unit",
			answer: polyvOne(5, polyvRow{"pcFlowSize": "7MB"}),
			want:   counted, dropped: 1, changes: gone(traffic5),
		},
		{
			kind: "values", name: "a unit, for each hour",
			answer: polyvEach(func(r polyvRow) { r["pcFlowSize"], r["mobileFlowSize"] = "7MB", "8MB" }),
			want:   down, reason: "malformed",
		},
		{
			kind: "values", name: "negative",
			answer: polyvOne(5, polyvRow{"pcFlowSize": -7}),
			want:   counted, dropped: 1, changes: gone(traffic5),
		},
		{kind: "shape", name: "a number", answer: polyvBody(0), want: down, reason: "malformed"},
	})
}

func reversed(rows []polyvRow) []polyvRow {
	slices.Reverse(rows)
	return rows
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
