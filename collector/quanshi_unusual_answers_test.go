package collector_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// quanshiUnusual returns a setup for runUnusualAnswers: an account that reads one endpoint alone.
func quanshiUnusual(path, keys string, regular http.HandlerFunc) func(*testing.T, http.HandlerFunc) *exporter {
	return func(t *testing.T, unusual http.HandlerFunc) *exporter {
		t.Helper()
		a := quanshiAPI()
		if unusual == nil {
			unusual = regular
		}
		a.handle(path, unusual)
		return newQuanshi(t, a, "    user_id: 1\n"+keys)
	}
}

// quanshiUnusualEvents are the rows of the events with the numbers from one up to another, all running at noon.
func quanshiUnusualEvents(from, to int) string {
	var rows []string
	for id := from; id <= to; id++ {
		rows = append(rows, fmt.Sprintf(`{"eventId":%d,"title":"t","startTime":946782000,"endTime":946789200,"length":120,"eventForm":4}`, id))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// quanshiUnusualSamples are the samples of those events.
func quanshiUnusualSamples(from, to int) map[string]float64 {
	samples := map[string]float64{"quanshi_events": float64(to - from + 1)}
	for id := from; id <= to; id++ {
		samples[fmt.Sprintf(`quanshi_event_info{event_id="%d",form="live",title="t"}`, id)] = 1
		samples[fmt.Sprintf(`quanshi_event_start_timestamp_seconds{event_id="%d"}`, id)] = 946782000
		samples[fmt.Sprintf(`quanshi_event_end_timestamp_seconds{event_id="%d"}`, id)] = 946789200
	}
	return samples
}

// quanshiPages answers with the data of the page that is asked for; call counts the requests from 0 on.
func quanshiPages(data func(call, page int) string) func() http.HandlerFunc {
	return func() http.HandlerFunc {
		call := -1
		return func(w http.ResponseWriter, r *http.Request) {
			var body struct{ Page int }
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				panic(err)
			}
			call++
			answering(200, `{"code":200,"requestId":"r","data":`+data(call, body.Page)+`}`)(w, r)
		}
	}
}

// quanshiPage is a page of a hundred of so many events.
func quanshiPage(page, total int) string {
	if page < 0 {
		return "[]"
	}
	return quanshiUnusualEvents(page*100+1, min(total, page*100+100))
}

func TestQuanshiUnusualEventLists(t *testing.T) {
	const keys = "    discover: {}\n    requests_per_minute: 600\n    endpoints: {event_report: {enabled: false}}\n"
	regular := quanshiPages(func(_, page int) string { return `{"count":2,"list":` + quanshiPage(page, 2) + `}` })
	data := func(data string) string { return `{"code":200,"msg":"ok","requestId":"r","data":` + data + `}` }
	two := quanshiUnusualEvents(1, 2)
	none := map[string]float64{"quanshi_events": 0}
	start, end := `quanshi_event_start_timestamp_seconds{event_id="2"}`,
		`quanshi_event_end_timestamp_seconds{event_id="2"}`
	info := `quanshi_event_info{event_id="2",form="live",title="t"}`
	// second is the list of two, of which the second has one other member.
	second := func(old, replacement string) string {
		i := strings.LastIndex(two, old)
		if i < 0 {
			panic("no " + old)
		}
		return data(`{"count":2,"list":` + two[:i] + replacement + two[i+len(old):] + `}`)
	}
	const all = 250
	whole := quanshiUnusualSamples(1, all)
	paged := func(around string) http.HandlerFunc { // %s stands for the page
		return quanshiPages(func(_, page int) string { return fmt.Sprintf(around, quanshiPage(page, all)) })()
	}
	runUnusualAnswers(t, "event_list", quanshiUnusual(pathEvents, keys, regular()), []unusualAnswer{
		{kind: "shape", name: "list and count", respond: paged(`{"count":250,"list":%s}`), want: right, samples: whole},
		{kind: "shape", name: "pageInfo", respond: paged(`{"pageInfo":{"count":250,"list":%s}}`), want: right,
			samples: whole},
		{kind: "shape", name: "data once more inside", respond: paged(`{"data":{"total":250,"list":%s}}`), want: right,
			samples: whole},
		{kind: "shape", name: "data is the list, in data", respond: paged(`{"total":250,"data":%s}`), want: right,
			samples: whole},
		{kind: "shape", name: "confList and totalCount", respond: paged(`{"confList":%s,"totalCount":"250"}`), want: right,
			samples: whole},
		{kind: "shape", name: "the list alone", respond: paged(`%s`), want: right, samples: whole},
		{kind: "shape", name: "result in place of data",
			answer: `{"code":200,"result":{"confList":` + two + `,"totalCount":2}}`, want: right},
		{kind: "shape", name: "too deep",
			answer: data(`{"data":{"data":{"data":{"data":{"list":` + two + `}}}}}`), want: down, reason: "malformed"},
		{kind: "shape", name: "another name",
			answer: data(`{"count":2,"meetings":` + two + `}`), want: down, reason: "malformed"},
		{kind: "shape", name: "two lists",
			answer: data(`{"count":2,"list":` + two + `,"rows":[]}`), want: down, reason: "malformed"},
		{kind: "shape", name: "an object in place of the list",
			answer: data(`{"count":2,"list":{"eventId":1}}`), want: down, reason: "malformed"},
		{kind: "shape", name: "a number in place of the list", answer: data(`{"list":2}`), want: down, reason: "malformed"},
		{kind: "shape", name: "data is text", answer: data(`"2"`), want: down, reason: "malformed"},
		{kind: "shape", name: "a byte order mark",
			answer: "\xef\xbb\xbf" + data(`{"count":2,"list":`+two+`}`), want: right},
		{kind: "shape", name: "a page of HTML", answer: `<html><body>login</body></html>`, want: down, reason: "malformed"},

		{kind: "paging", name: "page 0 is page 1", respond: quanshiPages(func(_, page int) string {
			return `{"count":250,"list":` + quanshiPage(max(0, page-1), all) + `}`
		})(), want: right, samples: whole},
		{kind: "paging", name: "page 0 is page 1, no total",
			respond: quanshiPages(func(_, page int) string { return quanshiPage(max(0, page-1), all) })(), want: right,
			samples: whole},
		{kind: "paging", name: "page 0 is empty", respond: quanshiPages(func(_, page int) string {
			return `{"count":250,"list":` + quanshiPage(page-1, all) + `}`
		})(), want: right, samples: whole},
		{kind: "paging", name: "page 0 is empty, no total",
			respond: quanshiPages(func(_, page int) string { return quanshiPage(page-1, all) })(), want: right,
			samples: whole},
		{kind: "paging", name: "page is ignored",
			respond: quanshiPages(func(int, int) string {
				return `{"count":250,"list":` + quanshiPage(0,
					all) + `}`
			})(), want: down, reason: "malformed"},
		{kind: "paging", name: "page is ignored, no total",
			respond: quanshiPages(func(int, int) string { return quanshiPage(0, all) })(), want: down, reason: "malformed"},
		{kind: "paging", name: "a page comes twice", respond: quanshiPages(func(_, page int) string {
			return `{"count":250,"list":` + quanshiPage(min(page, 1), all) + `}`
		})(), want: down, reason: "malformed"},
		{kind: "paging", name: "the total is too large",
			respond: quanshiPages(func(_, page int) string {
				return `{"count":3,"list":` + quanshiPage(page,
					2) + `}`
			})(), want: down, reason: "malformed"},
		{kind: "paging", name: "the total is too small",
			respond: quanshiPages(func(_, page int) string {
				return `{"count":1,"list":` + quanshiPage(page,
					2) + `}`
			})(), want: right},
		{kind: "paging", name: "the total is a word",
			answer: data(`{"count":"1,234","list":` + two + `}`), want: counted, dropped: 1,
			changes: map[string]float64{}},
		{kind: "paging", name: "the list shrinks while it is read", respond: quanshiPages(func(call, page int) string {
			if call == 0 {
				return `{"count":251,"list":` + quanshiUnusualEvents(0, 99) + `}` // event 0 goes, and with it all others move up
			}
			return `{"count":250,"list":` + quanshiPage(page, all) + `}`
		})(), want: right, samples: whole},
		{kind: "paging", name: "the list shrinks all the time", respond: quanshiPages(func(call, page int) string {
			return fmt.Sprintf(`{"count":%d,"list":%s}`, all-call, quanshiPage(page, all-call))
		})(), want: down, reason: "malformed"},
		{kind: "paging", name: "an event comes in front while the list is read",
			respond: quanshiPages(func(call, page int) string {
				if call == 0 {
					return quanshiUnusualEvents(2, 101)
				}
				return quanshiPage(page, all)
			})(), want: right, samples: whole},

		{kind: "nothing", name: "an empty list", answer: data(`{"count":0,"list":[]}`), want: right, samples: none},
		{kind: "nothing", name: "null in place of the list", answer: data(`{"list":null}`), want: right, samples: none},
		{kind: "nothing", name: "{} in place of the list", answer: data(`{"list":{}}`), want: right, samples: none},
		{kind: "nothing", name: "null in place of the data", answer: data(`null`), want: right, samples: none},
		{kind: "nothing", name: "a total alone", answer: data(`{"total":45}`), want: down, reason: "malformed"},
		{kind: "nothing", name: "an empty list with a total",
			answer: data(`{"total":45,"list":[]}`), want: down, reason: "malformed"},
		{kind: "nothing", name: "an empty pageInfo", answer: data(`{"pageInfo":{}}`), want: down, reason: "malformed"},
		{kind: "nothing", name: "another list that is empty",
			answer: data(`{"hosts":[]}`), want: down, reason: "malformed"},
		{kind: "nothing", name: "no data", answer: `{"code":200,"msg":"ok"}`, want: down, reason: "malformed"},

		{kind: "id", name: "a fraction", answer: second(`"eventId":2`, `"eventId":2.0`), want: counted, dropped: 1,
			samples: quanshiUnusualSamples(1, 1)},
		{kind: "id", name: "60 digits",
			answer: second(`"eventId":2`, `"eventId":`+strings.Repeat("9", 60)), want: counted, dropped: 1,
			samples: quanshiUnusualSamples(1, 1)},
		{kind: "id", name: "a word", answer: second(`"eventId":2`, `"eventId":"A-2"`), want: counted, dropped: 1,
			samples: quanshiUnusualSamples(1, 1)},
		{kind: "id", name: "digits in a string", answer: second(`"eventId":2`, `"eventId":"2"`), want: right},
		{kind: "id", name: "twice", answer: second(`"eventId":2`, `"eventId":1`), want: counted, dropped: 1,
			samples: quanshiUnusualSamples(1, 1)},
		{kind: "id", name: "no row has one",
			answer: data(`[{"title":"t"},{"title":"t"}]`), want: down, reason: "malformed"},

		{kind: "out of range", name: "a start in 1970",
			answer: second(`"startTime":946782000`, `"startTime":86400`), want: counted, dropped: 1,
			changes: map[string]float64{start: absent}},
		{kind: "out of range", name: "a start in the year 2609",
			answer: second(`"startTime":946782000`, `"startTime":20166772400`), want: counted, dropped: 1,
			changes: map[string]float64{start: absent}},
		{kind: "out of range", name: "milliseconds",
			answer: second(`"endTime":946789200`, `"endTime":946789200000`), want: counted, dropped: 1,
			changes: map[string]float64{end: absent}},
		{kind: "out of range", name: "a negative start",
			answer: second(`"startTime":946782000`, `"startTime":-946782000`), want: counted, dropped: 1,
			changes: map[string]float64{start: absent}},
		{kind: "out of range", name: "a start of 0", answer: second(`"startTime":946782000`, `"startTime":0`), want: right,
			changes: map[string]float64{start: absent}},
		{kind: "out of range", name: "a length of ages, and no end",
			answer: second(`"endTime":946789200,"length":120`, `"endTime":null,"length":1e9`), want: counted, dropped: 1,
			changes: map[string]float64{end: absent}},

		{kind: "out of range", name: "all in milliseconds", answer: data(`[{"eventId":1,"title":"t","startTime":946782000000,` +
			`"endTime":946789200,"eventForm":4}]`), want: down, reason: "malformed", dropped: 1, samples: map[string]float64{
			"quanshi_events": 1, `quanshi_event_info{event_id="1",form="live",title="t"}`: 1,
			`quanshi_event_end_timestamp_seconds{event_id="1"}`: 946789200,
		}},

		{kind: "value", name: "a date",
			answer: second(`"startTime":946782000`, `"startTime":"2000-01-02 11:00"`), want: counted, dropped: 1,
			changes: map[string]float64{start: absent}},
		{kind: "value", name: "a time in a string",
			answer: second(`"startTime":946782000`, `"startTime":"946782000"`), want: right},
		{kind: "value", name: "no end, but a length", answer: second(`"endTime":946789200`, `"endTime":null`), want: right},
		{kind: "value", name: "a title that is an object",
			answer: second(`"title":"t"`, `"title":{"zh":"t"}`), want: counted, dropped: 1,
			changes: map[string]float64{info: absent, `quanshi_event_info{event_id="2",form="live",title=""}`: 1}},
		{kind: "value", name: "a form that is not documented",
			answer: second(`"eventForm":4`, `"eventForm":9`), want: right,
			changes: map[string]float64{info: absent, `quanshi_event_info{event_id="2",form="other",title="t"}`: 1}},
		{kind: "value", name: "a row that is a list",
			answer: data(`{"count":3,"list":` + strings.TrimSuffix(two, "]") + `,[]]}`), want: counted, dropped: 1,
			changes: map[string]float64{}},

		{kind: "missing", name: "a field in one row", answer: second(`"title":"t",`, ``), want: right,
			changes: map[string]float64{info: absent, `quanshi_event_info{event_id="2",form="live",title=""}`: 1}},
		{kind: "missing", name: "start and form in no row",
			answer: data(`[{"eventId":1,"title":"t","endTime":946789200},{"eventId":2,"title":"t","endTime":946789200}]`), want: counted, missing: 2,
			samples: map[string]float64{
				"quanshi_events": 2, `quanshi_event_info{event_id="1",form="",title="t"}`: 1,
				`quanshi_event_info{event_id="2",form="",title="t"}`: 1,
				`quanshi_event_end_timestamp_seconds{event_id="1"}`:  946789200, end: 946789200,
			}},
	})
}

// quanshiDocumentReport is the report of the vendor's example, with times around noon: a viewer of the live page who
// came back for the replay twice, and a host, of whom every count of the session is null.
const quanshiDocumentReport = `{
	"lives":[
		{"live_type":0,"prize_num":0,"device_type":"IOS","client_type":"WEB","call_duration":0,
		 "online_time":946780023,"raise_hand_num":0,"praise_num":0,"sign_num":0,"share_num":null,"auth_type":"0",
		 "watch_duration":57,"goods_sum_hits":null,"chat_num":0,"question_num":0,"offline_time":946780080,
		 "quiz_num":null,"envelope_num":0,"location":"中国-陕西-西安","vote_num":0},
		{"live_type":1,"prize_num":0,"device_type":"PC","client_type":"WEB","call_duration":0,
		 "online_time":946783218,"raise_hand_num":0,"praise_num":0,"sign_num":0,"share_num":null,"auth_type":"0",
		 "watch_duration":10,"goods_sum_hits":null,"chat_num":0,"question_num":0,"offline_time":946783228,
		 "quiz_num":null,"envelope_num":0,"location":"本地局域网","vote_num":0},
		{"live_type":1,"prize_num":0,"device_type":"IOS","client_type":"WEB","call_duration":0,
		 "online_time":946784039,"raise_hand_num":0,"praise_num":0,"sign_num":0,"share_num":null,"auth_type":"0",
		 "watch_duration":19,"goods_sum_hits":null,"chat_num":0,"question_num":0,"offline_time":946784058,
		 "quiz_num":null,"envelope_num":0,"location":"本地局域网","vote_num":0}],
	"viewerDetails":[
		{"auth_type":"否","call_duration":0,"chat_num":0,"dialedIn":"外呼入会","duration":2060,"envelope":"N",
		 "goods_sum_hits":0,"liveTimes":1,"liveWatchDuration":"00:34:20","live_type":"直播",
		 "offline_time":946781752,"online_time":946779692,"praise_num":0,"quiz_num":0,"raise_hand_num":0,
		 "replayTimes":0,"replayWatchDuration":"00:00:00","sign":"N","survey":"N","times":1,"type":"互动端",
		 "vote":"N"},
		{"auth_type":"否","call_duration":0,"chat_num":0,"dialedIn":"外呼入会","duration":86,"envelope":"N",
		 "goods_sum_hits":0,"liveTimes":1,"liveWatchDuration":"00:00:57","live_type":"直播+回放",
		 "offline_time":946784058,"online_time":946780023,"praise_num":0,"quiz_num":0,"raise_hand_num":0,
		 "replayTimes":2,"replayWatchDuration":"00:00:29","sign":"N","survey":"N","times":3,"type":"直播端",
		 "vote":"N"}],
	"interactions":[
		{"role":4,"live_type":0,"prize_num":null,"device_type":"PC","client_type":"CLIENT","call_duration":null,
		 "online_time":946779692,"raise_hand_num":null,"praise_num":null,"sign_num":null,"auth_type":null,
		 "goods_sum_hits":null,"chat_num":null,"question_num":null,"offline_time":946781752,"quiz_num":null,
		 "envelope_num":null,"location":"本地局域网","online_duration":2060,"vote_num":null,"share_num":null}]}`

func TestQuanshiUnusualReports(t *testing.T) {
	const keys = "    event_ids: [1]\n"
	answer := func(report string) string {
		return `{"code":200,"requestId":"r","data":{"eventId":1,"report":` + report + `}}`
	}
	// with is the report with other texts in place of its own: pairs of old and new, of which the old one must be
	// there, and its first place is meant.
	with := func(pairs ...string) string {
		report := quanshiDocumentReport
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(report, pairs[i]) {
				panic("no " + pairs[i])
			}
			report = strings.Replace(report, pairs[i], pairs[i+1], 1)
		}
		return answer(report)
	}
	// without is the report without a member in any row of a list.
	without := func(list string, members ...string) string {
		var report map[string][]map[string]any
		if err := json.Unmarshal([]byte(quanshiDocumentReport), &report); err != nil {
			panic(err)
		}
		for _, row := range report[list] {
			for _, member := range members {
				if _, there := row[member]; !there {
					panic("no " + member)
				}
				delete(row, member)
			}
		}
		text, err := json.Marshal(report)
		if err != nil {
			panic(err)
		}
		return answer(string(text))
	}
	series := func(family string, labels ...string) string { // sorted by name
		pairs := []string{}
		for i := 0; i < len(labels); i += 2 {
			pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
		}
		return "quanshi_event_" + family + "{" + strings.Join(pairs, ",") + "}"
	}
	action := func(name string) string { return series("interactions", "action", name, "event_id", "1") }
	activity := func(name string) string { return series("participants", "activity", name, "event_id", "1") }
	entry := func(name string) string { return series("viewers_by_entry", "entry", name, "event_id", "1") }
	way := func(name string) string { return series("dial_in_viewers", "event_id", "1", "way", name) }
	mode := func(family, name string) string { return series(family, "event_id", "1", "mode", name) }
	audience := func(name string) string { return series("viewers", "audience", name, "event_id", "1") }
	speaking := series("speaking_duration_seconds", "event_id", "1")
	watched := series("watch_duration_seconds", "client", "web", "device", "ios", "event_id", "1", "mode", "live",
		"side", "live_stream")
	sessions := series("sessions", "client", "web", "device", "ios", "event_id", "1", "mode", "live", "side",
		"live_stream")
	open := series("open_sessions", "event_id", "1", "side", "live_stream")
	is := func(pairs ...any) map[string]float64 {
		changes := map[string]float64{}
		for i := 0; i < len(pairs); i += 2 {
			changes[pairs[i].(string)] = float64(pairs[i+1].(int))
		}
		return changes
	}
	gone := func(series ...string) map[string]float64 {
		changes := map[string]float64{}
		for _, s := range series {
			changes[s] = absent
		}
		return changes
	}
	and := func(all ...map[string]float64) map[string]float64 {
		changes := map[string]float64{}
		for _, m := range all {
			maps.Copy(changes, m)
		}
		return changes
	}
	viewers := []string{
		audience("live"), audience("replay"), audience("both"), entry("live_stream"), entry("interactive"),
		entry("both"), way("called_out"), way("dialed_in"),
		activity("survey"), activity("vote"), activity("sign"), activity("envelope"),
		mode("viewer_visits", "live"), mode("viewer_visits", "replay"), mode("viewer_watch_duration_seconds",
			"live"), mode("viewer_watch_duration_seconds", "replay"),
	}
	const host, guest = `"dialedIn":"外呼入会","duration":2060`, `"dialedIn":"外呼入会","duration":86`

	runUnusualAnswers(t, "event_report", quanshiUnusual(pathEvent, keys, answering(200, answer(quanshiDocumentReport))),
		[]unusualAnswer{
			{kind: "sums by viewer", name: "chat, praise and speaking of the viewer alone", want: right,
				answer: with(`"call_duration":0,"chat_num":0,`+host, `"call_duration":300,"chat_num":5,`+host,
					`"praise_num":0,"quiz_num":0`, `"praise_num":7,"quiz_num":0`),
				changes: is(action("chat"), 5, action("praise"), 7, speaking, 300)},
			{kind: "sums by viewer", name: "sessions with the same values", want: right,
				answer: with(`"chat_num":0,"question_num":0`, `"chat_num":9,"question_num":0`), changes: is(action("chat"), 0)},
			{kind: "sums by viewer", name: "no viewer has chat", want: right,
				answer: with(`"chat_num":0,`+host, `"chat_num":null,`+host, `"chat_num":0,`+guest, `"chat_num":null,`+guest,
					`"chat_num":0,"question_num":0`, `"chat_num":9,"question_num":0`), changes: is(action("chat"), 9)},
			{kind: "sums by viewer", name: "one viewer has chat", want: right,
				answer: with(`"chat_num":0,`+host, `"chat_num":null,`+host, `"chat_num":0,`+guest, `"chat_num":2,`+guest,
					`"chat_num":0,"question_num":0`, `"chat_num":9,"question_num":0`), changes: is(action("chat"), 2)},
			{kind: "sums by viewer", name: "−1 is not provided", want: right,
				answer: with(`"chat_num":0,`+host, `"chat_num":-1,`+host, `"chat_num":0,`+guest, `"chat_num":"-1",`+guest,
					`"chat_num":0,"question_num":0`, `"chat_num":9,"question_num":0`), changes: is(action("chat"), 9)},
			{kind: "sums by viewer", name: "no viewer's number can be used", want: counted, dropped: 2,
				answer:  with(`"chat_num":0,`+host, `"chat_num":"1,234",`+host, `"chat_num":0,`+guest, `"chat_num":"1,234",`+guest),
				changes: gone(action("chat"))},
			{kind: "sums by viewer", name: "a number of one viewer can be used", want: counted, dropped: 1,
				answer:  with(`"chat_num":0,`+host, `"chat_num":"1,234",`+host, `"chat_num":0,`+guest, `"chat_num":3,`+guest),
				changes: is(action("chat"), 3)},
			{kind: "sums by viewer", name: "votes are of sessions", want: right, answer: with(`"vote_num":0`, `"vote_num":3`),
				changes: is(action("vote"), 3)},
			{kind: "missing", name: "no viewers' list", want: counted, missing: 1,
				answer: strings.Replace(with(`"chat_num":0,"question_num":0`, `"chat_num":9,"question_num":0`),
					`"viewerDetails":[`, `"viewerDetails":null,"others":[`, 1),
				changes: and(is(action("chat"), 9), gone(append(viewers, action("quiz"), action("goods_click"))...))},

			{kind: "words", name: "took part", want: right,
				answer:  with(`"survey":"N"`, `"survey":"Y"`, `"vote":"N"`, `"vote":"是"`, `"envelope":"N"`, `"envelope":true`),
				changes: is(activity("survey"), 1, activity("vote"), 1, activity("envelope"), 1)},
			{kind: "words", name: "neither yes nor no", want: counted, dropped: 1,
				answer:  with(`"survey":"N"`, `"survey":"maybe"`),
				changes: map[string]float64{}},
			{kind: "words", name: "nobody has a survey", want: right,
				answer:  with(`"survey":"N"`, `"survey":null`, `"survey":"N"`, `"survey":"-"`),
				changes: gone(activity("survey"))},
			{kind: "words", name: "neither yes nor no, of all activities", want: down, reason: "malformed",
				answer: strings.NewReplacer(`"survey":"N"`, `"survey":"maybe"`, `"vote":"N"`, `"vote":"3"`, `"sign":"N"`,
					`"sign":[]`, `"envelope":"N"`, `"envelope":"some"`).Replace(with())},
			{kind: "words", name: "both ways in", want: right, answer: with(`"type":"互动端"`, `"type":"互动端,直播端"`),
				changes: is(entry("interactive"), 0, entry("both"), 1)},
			{kind: "words", name: "another way in", want: right, answer: with(`"type":"互动端"`, `"type":"小程序"`),
				changes: is(entry("interactive"), 0, entry("other"), 1)},
			{kind: "words", name: "no way in", want: right, answer: with(`"type":"互动端"`, `"type":null`),
				changes: is(entry("interactive"), 0, entry("other"), 1)},
			{kind: "words", name: "a way in that is an object", want: counted, dropped: 1,
				answer:  with(`"type":"互动端"`, `"type":{"a":1}`),
				changes: is(entry("interactive"), 0, entry("other"), 1)},
			{kind: "words", name: "dialed in", want: right, answer: with(`"dialedIn":"外呼入会"`, `"dialedIn":"主动拨号入会"`),
				changes: is(way("called_out"), 1, way("dialed_in"), 1)},
			{kind: "words", name: "without a telephone", want: right,
				answer:  with(host, `"dialedIn":"-","duration":2060`, guest, `"dialedIn":null,"duration":86`),
				changes: is(way("called_out"), 0)},
			{kind: "words", name: "another audience", want: right, answer: with(`"live_type":"直播"`, `"live_type":"离线"`),
				changes: is(audience("live"), 0, audience("other"), 1)},
			{kind: "words", name: "another device and client", want: right,
				answer: with(`"device_type":"IOS","client_type":"WEB"`, `"device_type":"HarmonyOS","client_type":"H5"`),
				changes: and(gone(watched, sessions),
					is(strings.NewReplacer(`"web"`, `"other"`, `"ios"`, `"other"`).Replace(watched), 57,
						strings.NewReplacer(`"web"`, `"other"`, `"ios"`, `"other"`).Replace(sessions), 1))},

			{kind: "durations", name: "more than a day", want: right, answer: with(`"00:34:20"`, `"100:00:01"`),
				changes: is(mode("viewer_watch_duration_seconds", "live"), 360058)},
			{kind: "durations", name: "in words", want: right, answer: with(`"00:34:20"`, `"1小时2分3秒"`),
				changes: is(mode("viewer_watch_duration_seconds", "live"), 3780)},
			{kind: "durations", name: "in seconds", want: right, answer: with(`"00:34:20"`, `2060`),
				changes: map[string]float64{}},
			{kind: "durations", name: "in minutes and seconds", want: counted, dropped: 1,
				answer:  with(`"00:34:20"`, `"34:20"`),
				changes: is(mode("viewer_watch_duration_seconds", "live"), 57)},
			{kind: "durations", name: "61 seconds", want: counted, dropped: 1, answer: with(`"00:34:20"`, `"00:33:61"`),
				changes: is(mode("viewer_watch_duration_seconds", "live"), 57)},
			{kind: "durations", name: "no value of any can be used", want: down, reason: "malformed",
				answer: with(`"00:34:20"`, `"long"`, `"00:00:00"`, `"long"`, `"00:00:57"`, `"long"`, `"00:00:29"`, `"long"`)},

			{kind: "values", name: "a number with a comma", want: counted, dropped: 1,
				answer:  with(`"watch_duration":57`, `"watch_duration":"1,234"`),
				changes: gone(watched)},
			{kind: "values", name: "a negative number", want: counted, dropped: 1,
				answer:  with(`"watch_duration":57`, `"watch_duration":-57`),
				changes: gone(watched)},
			{kind: "values", name: "a number that is an object", want: counted, dropped: 1,
				answer:  with(`"chat_num":0,`+host, `"chat_num":{"a":1},`+host),
				changes: map[string]float64{}},
			{kind: "values", name: "a number beyond 2^53", want: counted, dropped: 1,
				answer:  with(`"chat_num":0,`+host, `"chat_num":9007199254740993,`+host),
				changes: map[string]float64{}},
			{kind: "values", name: "visits in a string", want: right, answer: with(`"liveTimes":1`, `"liveTimes":"4"`),
				changes: is(mode("viewer_visits", "live"), 5)},
			{kind: "values", name: "a time in milliseconds", want: counted, dropped: 1,
				answer:  with(`"online_time":946780023`, `"online_time":946780023000`),
				changes: map[string]float64{}},
			{kind: "values", name: "a time before the year 2000", want: counted, dropped: 1,
				answer:  with(`"online_time":946780023`, `"online_time":86400`),
				changes: map[string]float64{}},
			{kind: "values", name: "no end is −1", want: right, answer: with(`"offline_time":946780080`, `"offline_time":-1`),
				changes: map[string]float64{open: 1, `quanshi_event_report_timestamp_seconds{event_id="1"}`: 946785600}}, // it is live

			{kind: "missing", name: "a field in no viewer's row", want: counted, missing: 1,
				answer:  without("viewerDetails", "dialedIn"),
				changes: gone(way("called_out"), way("dialed_in"))},
			{kind: "missing", name: "three fields in no viewer's row", want: counted, missing: 3,
				answer: without("viewerDetails", "type", "liveTimes", "replayWatchDuration"),
				changes: gone(entry("live_stream"), entry("interactive"), entry("both"), mode("viewer_visits", "live"),
					mode("viewer_watch_duration_seconds", "replay"))},
			{kind: "missing", name: "a field in no session of the live page", want: counted, missing: 1,
				answer:  without("lives", "vote_num"),
				changes: gone(action("vote"))},
			{kind: "missing", name: "the role in no interaction", want: counted, missing: 1,
				answer:  without("interactions", "role"),
				changes: gone(series("role_sessions", "event_id", "1", "role", "host"))},
			{kind: "missing", name: "no viewers, though there are sessions", want: counted, missing: 1,
				answer:  strings.Replace(answer(quanshiDocumentReport), `"viewerDetails":[`, `"viewerDetails":[],"others":[`, 1),
				changes: gone(append(viewers, action("quiz"), action("goods_click"))...)},
			{kind: "missing", name: "no report", want: counted, missing: 1, answer: answer(`null`),
				samples: map[string]float64{}},
			{kind: "missing", name: "an empty list for the report", want: counted, missing: 1, answer: answer(`[]`),
				samples: map[string]float64{}},
			{kind: "missing", name: "no data", want: counted, missing: 1, answer: `{"code":200,"msg":"ok"}`,
				samples: map[string]float64{}},
			{kind: "missing", name: "null for the data", want: counted, missing: 1, answer: `{"code":200,"data":null}`,
				samples: map[string]float64{}},
			{kind: "missing", name: "an empty list for the data", want: counted, missing: 1, answer: `{"code":200,"data":[]}`,
				samples: map[string]float64{}},
			{kind: "missing", name: "too deep", want: counted, missing: 1,
				answer:  `{"code":200,"data":{"data":{"eventId":1,"report":` + quanshiDocumentReport + `}}}`,
				samples: map[string]float64{}},
			{kind: "missing", name: "no sessions, though there are viewers", want: counted, missing: 1,
				answer:  answer(`{"lives":[],"interactions":[],` + quanshiDocumentReport[strings.Index(quanshiDocumentReport, `"viewerDetails"`):strings.LastIndex(quanshiDocumentReport, `,`+"\n\t"+`"interactions"`)] + `}`),
				samples: quanshiViewersAlone(viewers)},

			{kind: "wrong shape", name: "an object for a list", want: down, reason: "malformed",
				answer: strings.Replace(answer(quanshiDocumentReport), `"viewerDetails":[`, `"viewerDetails":{"rows":[`, 1)},
			{kind: "wrong shape", name: "a list for the report", want: down, reason: "malformed",
				answer: answer(`[` + quanshiDocumentReport + `]`)},
			{kind: "wrong shape", name: "a number for a row", want: down, reason: "malformed",
				answer: with(`"viewerDetails":[`, `"viewerDetails":[7,`)},
			{kind: "wrong shape", name: "a name twice in a row", want: down, reason: "malformed",
				answer: with(`"chat_num":0,`+host, `"chat_num":0,"chat_num":0,`+host)},
			{kind: "wrong shape", name: "another event", want: down, reason: "malformed",
				answer: strings.Replace(answer(quanshiDocumentReport), `"eventId":1`, `"eventId":2`, 1)},
			{kind: "wrong shape", name: "text behind the answer", want: down, reason: "malformed",
				answer: answer(quanshiDocumentReport) + "x"},
			{kind: "wrong shape", name: "a byte order mark", want: right,
				answer: "\xef\xbb\xbf" + answer(quanshiDocumentReport)},
			{kind: "wrong shape", name: "a page of HTML", want: down, reason: "malformed",
				answer: `<html><body>login</body></html>`},
		})
}

// quanshiViewersAlone are the samples of the document's example without its sessions.
func quanshiViewersAlone(viewers []string) map[string]float64 {
	values := []float64{1, 0, 1, 1, 1, 0, 2, 0, 0, 0, 0, 0, 2, 2, 2117, 29}
	samples := map[string]float64{`quanshi_event_speaking_duration_seconds{event_id="1"}`: 0}
	for i, series := range viewers {
		samples[series] = values[i]
	}
	for _, action := range []string{"chat", "praise", "raise_hand", "quiz", "goods_click"} {
		samples[fmt.Sprintf(`quanshi_event_interactions{action=%q,event_id="1"}`, action)] = 0
	}
	return samples
}

func TestQuanshiUnusualStats(t *testing.T) {
	const keys = "    event_ids: [1]\n    endpoints: {event_report: {enabled: false}, event_stats: {enabled: true}}\n"
	const row = `"viewCnt":9,"viewLiveCnt":6,"viewReplayCnt":3,"viewerCnt":6,"eventTime":4800,"viewTime":38`
	data := func(data string) string { return `{"code":200,"requestId":"r","data":` + data + `}` }
	with := func(old, replacement string) string {
		if !strings.Contains(row, old) {
			panic("no " + old)
		}
		return data(`{"stats":{` + strings.Replace(row, old, replacement, 1) + `}}`)
	}
	one := func(family string) map[string]float64 {
		return map[string]float64{`quanshi_event_stats_` + family + `{event_id="1"}`: absent}
	}
	replay := map[string]float64{`quanshi_event_stats_visits{event_id="1",mode="replay"}`: absent}
	runUnusualAnswers(t, "event_stats", quanshiUnusual(pathStats, keys, answering(200, data(`{"stats":{`+row+`}}`))), []unusualAnswer{
		{kind: "shape", name: "in data itself", answer: data(`{"eventId":1,` + row + `}`), want: right},
		{kind: "shape", name: "numbers in strings", answer: with(`"viewTime":38`, `"viewTime":"38"`), want: right},
		{kind: "shape", name: "a list for stats",
			answer: data(`{"stats":[{` + row + `}]}`), want: down, reason: "malformed"},
		{kind: "shape", name: "a number for stats", answer: data(`{"stats":9}`), want: down, reason: "malformed"},
		{kind: "shape", name: "a list for data", answer: data(`[{` + row + `}]`), want: down, reason: "malformed"},
		{kind: "shape", name: "too deep", answer: data(`{"data":{"stats":{` + row + `}}}`), want: counted, missing: 5,
			samples: map[string]float64{}},
		{kind: "shape", name: "another event",
			answer: data(`{"eventId":2,"stats":{` + row + `}}`), want: down, reason: "malformed"},
		{kind: "nothing", name: "no data", answer: `{"code":200,"msg":"ok"}`, want: counted, missing: 1,
			samples: map[string]float64{}},
		{kind: "nothing", name: "null for data", answer: data(`null`), want: counted, missing: 1,
			samples: map[string]float64{}},
		{kind: "nothing", name: "an empty list for data", answer: data(`[]`), want: counted, missing: 1,
			samples: map[string]float64{}},
		{kind: "nothing", name: "empty stats", answer: data(`{"stats":{}}`), want: counted, missing: 1,
			samples: map[string]float64{}},
		{kind: "missing", name: "no time", answer: with(`,"viewTime":38`, ``), want: counted, missing: 1,
			changes: one("watch_duration_seconds")},
		{kind: "missing", name: "null is not missing", answer: with(`"eventTime":4800`, `"eventTime":null`), want: right,
			changes: one("duration_seconds")},
		{kind: "missing", name: "−1 is not provided", answer: with(`"viewReplayCnt":3`, `"viewReplayCnt":-1`), want: right,
			changes: replay},
		{kind: "values", name: "a number with a comma",
			answer: with(`"viewReplayCnt":3`, `"viewReplayCnt":"1,234"`), want: counted, dropped: 1,
			changes: replay},
		{kind: "values", name: "a negative number",
			answer: with(`"viewReplayCnt":3`, `"viewReplayCnt":-3`), want: counted, dropped: 1,
			changes: replay},
		{kind: "values", name: "the only value of a family",
			answer: with(`"viewTime":38`, `"viewTime":"38 min"`), want: down, reason: "malformed"},
		{kind: "values", name: "minutes beyond any",
			answer: with(`"viewTime":38`, `"viewTime":9007199254740992`), want: down, reason: "malformed"},
	})
}
