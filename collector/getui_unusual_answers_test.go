package collector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// getuiDocuments are the regular answers, by endpoint, each with the path that it answers.
var getuiDocuments = map[string]struct{ path, file string }{
	"push_quota":   {pathQuota, "push_quota"},
	"online_users": {pathOnline, "online_users"},
	"push_day":     {pathPushDay, "push_day"},
	"user_day":     {pathUserDay, "user_day"},
	"tasks":        {pathTask, "tasks"},
	"task_groups":  {pathTaskGroup, "task_group"},
	"task_losses":  {pathTask + "RASL_1,RASL_2/detail", "task_losses"},
}

// runGetuiUnusualAnswers runs the cases of one endpoint of an account that has every key.
func runGetuiUnusualAnswers(t *testing.T, endpointName string, cases []unusualAnswer) {
	t.Helper()
	runUnusualAnswers(t, endpointName, func(t *testing.T, unusual http.HandlerFunc) *exporter {
		a := documented(t)
		if unusual != nil {
			a.handle(getuiDocuments[endpointName].path, unusual)
		}
		return newExporter(t, a, everyKey+only(map[string]string{endpointName: ""}))
	}, cases)
}

// instead returns the regular answer of an endpoint with texts replaced: old, new, old, new, … each old one stands
// in it once.
func instead(t *testing.T, endpointName string, oldNew ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "getui", getuiDocuments[endpointName].file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	body := string(b)
	for i := 0; i < len(oldNew); i += 2 {
		if n := strings.Count(body, oldNew[i]); n != 1 {
			t.Fatalf("%q stands %d times in the answer of %s, want once", oldNew[i], n, endpointName)
		}
		body = strings.Replace(body, oldNew[i], oldNew[i+1], 1)
	}
	return body
}

// nothingThere are the ways in which GeTui says that there is nothing.
var nothingThere = []struct{ name, answer string }{
	{"no data", `{"code":0,"msg":"success"}`},
	{"null", `{"code":0,"msg":"success","data":null}`},
	{"an empty list", `{"code":0,"msg":"success","data":[ ]}`},
	{"an empty object", `{"code":0,"msg":"success","data":{}}`},
	{"code as text", `{"code":"0","msg":"success","data":null}`},
}

// noSeries is the page of an endpoint that is up without a sample of the vendor's but the start of its day.
func noSeries(t *testing.T, day string) map[string]float64 {
	return map[string]float64{"getui_yesterday_start_timestamp_seconds": float64(instant(t, day+"T00:00:00+08:00").Unix())}
}

func TestGetuiUnusualQuotas(t *testing.T) {
	const gone = `getui_push_quota_%s{channel="%s",kind="%s"}`
	without := func(channel, kind string, families ...string) map[string]float64 {
		changes := make(map[string]float64)
		for _, family := range families {
			changes[fmt.Sprintf(gone, family, channel, kind)] = absent
		}
		return changes
	}
	cases := []unusualAnswer{
		{
			kind: "no value", name: "a channel without kinds",
			answer: instead(t, "push_quota",
				`"general":{"total_num":"100000","limit":false,"remain_num":"100000"}`,
				``),
			want: right, changes: without("op", "general", "limit", "remaining", "exhausted"),
		},
		{
			kind: "no value", name: "null in place of a kind",
			answer: instead(t, "push_quota", `{"total_num":"100000","limit":false,"remain_num":"100000"}`, `null`),
			want:   right, changes: without("op", "general", "limit", "remaining", "exhausted"),
		},
		{
			kind: "no value", name: "not provided",
			answer: instead(t, "push_quota", `"remain_num":2000000`, `"remain_num":-1`),
			want:   right, changes: without("gt", "list", "remaining"),
		},
		{
			kind: "values", name: "more remains than the limit",
			answer: instead(t, "push_quota", `"remain_num":2000000`, `"remain_num":900000000000`),
			want:   counted, dropped: 1, changes: without("gt", "list", "remaining"),
		},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: instead(t, "push_quota", `"data":{`, `"data":{"data":{`, `}}}`, `}}}}`),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one kind one level too deep",
			answer: instead(t, "push_quota", `"general":{"total_num":"100000","limit":false,"remain_num":"100000"}`,
				`"general":{"today":{"total_num":"100000","limit":false,"remain_num":"100000"}}`),
			want: counted, dropped: 1, changes: without("op", "general", "limit", "remaining", "exhausted"),
		},
		{
			kind: "wrong shape", name: "a level too few",
			answer: instead(t, "push_quota",
				`"op":{"general":{"total_num":"100000","limit":false,"remain_num":"100000"}}`,
				`"op":{"total_num":"100000","limit":false,"remain_num":"100000"}`),
			want: counted, dropped: 1, changes: without("op", "general", "limit", "remaining", "exhausted"),
		},
		{
			kind: "wrong shape", name: "a list around a kind",
			answer: instead(t, "push_quota", `{"total_num":"100000","limit":false,"remain_num":"100000"}`,
				`[{"total_num":"100000","limit":false,"remain_num":"100000"}]`),
			want: counted, dropped: 1, changes: without("op", "general", "limit", "remaining", "exhausted"),
		},
		{
			kind: "wrong shape", name: "a number in place of a kind",
			answer: instead(t, "push_quota", `{"total_num":"100000","limit":false,"remain_num":"100000"}`, `100000`),
			want:   counted, dropped: 1, changes: without("op", "general", "limit", "remaining", "exhausted"),
		},
		{
			kind: "wrong shape", name: "a list around the channels",
			answer: instead(t, "push_quota", `"data":{`, `"data":[{`, `}}}`, `}}]}`),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "an object in place of a number",
			answer: instead(t, "push_quota", `"remain_num":2000000`, `"remain_num":{"n":1}`),
			want:   counted, dropped: 1, changes: without("gt", "list", "remaining"),
		},
		{
			kind: "other names", name: "another spelling of a field",
			answer: strings.ReplaceAll(instead(t, "push_quota"), "total_num", "totalNum"),
			want:   counted, missing: 1, lost: []string{`getui_push_quota_limit`},
		},
		{
			kind: "other names", name: "a field that another channel has not",
			answer: strings.ReplaceAll(instead(t, "push_quota"), "push_num", "pushNum"),
			want:   counted, missing: 1, lost: []string{`getui_push_quota_requested`},
		},
		{
			kind: "other names", name: "a new field and a note",
			answer: instead(t, "push_quota",
				`"op":{`,
				`"op":{"note":"per day",`,
				`"remain_num":2000000`,
				`"remain_num":2000000,"new":[1]`),
			want: right,
		},
		{
			kind: "no number", name: "a thousands separator",
			answer: instead(t, "push_quota", `"remain_num":2000000`, `"remain_num":"2,000,000"`),
			want:   counted, dropped: 1, changes: without("gt", "list", "remaining"),
		},
		{
			kind: "no number", name: "a thousands separator in all",
			answer: strings.ReplaceAll(instead(t, "push_quota"), `"push_num":`, `"push_num":"1,234","was":`),
			want:   down, reason: "malformed", dropped: 2,
		},
		{
			kind: "no number", name: "below 0",
			answer: instead(t, "push_quota", `"remain_num":2000000`, `"remain_num":-5`),
			want:   counted, dropped: 1, changes: without("gt", "list", "remaining"),
		},
		{
			kind: "twice", name: "a kind twice",
			answer: instead(t, "push_quota", `"list":{`, `"app":{"total_num":5,"limit":true},"list":{`),
			want:   counted, dropped: 2, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "a field twice",
			answer: instead(t, "push_quota", `"remain_num":2000000`, `"remain_num":2000000,"remain_num":5`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "data twice",
			answer: instead(t, "push_quota", `"data":{`, `"data":{},"data":{`),
			want:   down, reason: "malformed",
		},
		{kind: "no JSON", name: "a BOM before it", answer: "\ufeff" + instead(t, "push_quota"), want: right},
		{kind: "no JSON", name: "a page", answer: "<html><body>busy</body></html>", want: down, reason: "malformed"},
	}
	for _, nothing := range nothingThere { // an app without any limit is not documented
		cases = append(cases, unusualAnswer{kind: "nothing there", name: nothing.name, answer: nothing.answer, want: down, reason: "malformed"})
	}
	runGetuiUnusualAnswers(t, "push_quota", cases)
}

// onlineAt returns an answer with points by their age.
func onlineAt(t *testing.T, users map[time.Duration]string) string {
	var points []string
	for age, n := range users {
		points = append(points, fmt.Sprintf(`"%d":%s`, instant(t, noon).Add(-age).UnixMilli(), n))
	}
	return `{"code":0,"msg":"success","data":{"online_statics":{` + strings.Join(points, ",") + `}}}`
}

func TestGetuiUnusualOnlineUsers(t *testing.T) {
	shown := func(users, peak float64, age time.Duration) map[string]float64 {
		m := map[string]float64{
			"getui_online_users_peak":                     peak,
			"getui_online_users_sample_timestamp_seconds": float64(instant(t, noon).Add(-age).Unix()),
			"getui_online_users":                          users,
		}
		if users < 0 {
			delete(m, "getui_online_users")
		}
		return m
	}
	none := map[string]float64{}
	const minute = time.Minute
	cases := []unusualAnswer{
		{
			kind: "time", name: "unordered",
			answer: onlineAt(t, map[time.Duration]string{30 * minute: "7", 5 * minute: "4", 600 * minute: "9"}),
			want:   right, samples: shown(4, 9, 5*minute),
		},
		{
			kind: "time", name: "newest point 600 minutes old",
			answer: onlineAt(t, map[time.Duration]string{600 * minute: "7", 610 * minute: "9"}),
			want:   right, samples: shown(-1, 9, 600*minute),
		},
		{
			kind: "time", name: "as old as max_stale",
			answer: onlineAt(t, map[time.Duration]string{30 * minute: "7"}),
			want:   right, samples: shown(7, 7, 30*minute),
		},
		{
			kind: "time", name: "older than max_stale",
			answer: onlineAt(t, map[time.Duration]string{30*minute + time.Second: "7"}),
			want:   right, samples: shown(-1, 7, 30*minute+time.Second),
		},
		{
			kind: "time", name: "a clock a little ahead",
			answer: onlineAt(t, map[time.Duration]string{-10 * minute: "7"}),
			want:   right, samples: shown(7, 7, -10*minute),
		},
		{
			kind: "time", name: "a point of tomorrow",
			answer: onlineAt(t, map[time.Duration]string{-24 * time.Hour: "70", 5 * minute: "7"}),
			want:   counted, dropped: 1, samples: shown(7, 7, 5*minute),
		},
		{
			kind: "time", name: "a point of 25 hours ago",
			answer: onlineAt(t, map[time.Duration]string{25 * time.Hour: "70", 5 * minute: "7"}),
			want:   counted, dropped: 1, samples: shown(7, 7, 5*minute),
		},
		{
			kind: "time", name: "points of last week alone",
			answer: onlineAt(t, map[time.Duration]string{7 * 24 * time.Hour: "70", 169 * time.Hour: "7"}),
			want:   down, reason: "malformed",
		},
		{
			kind: "time", name: "in seconds",
			answer: strings.ReplaceAll(instead(t, "online_users"), `000":`, `":`),
			want:   right,
		},
		{
			kind: "time", name: "in microseconds",
			answer: strings.ReplaceAll(instead(t, "online_users"), `000":`, `000000":`),
			want:   down, reason: "malformed",
		},
		{
			kind: "time", name: "one in seconds of 1970",
			answer: instead(t, "online_users", `"946785000000":4`, `"946785000000":4,"946785":5`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "time", name: "one that is a date",
			answer: instead(t, "online_users", `"946785000000":4`, `"946785000000":4,"2000-01-02 11:55":5`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "time", name: "all are dates",
			answer: `{"code":0,"data":{"online_statics":{"2000-01-02 11:55":5}}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "twice", name: "a time twice",
			answer: instead(t, "online_users", `"946785000000":4`, `"946785000000":4,"946785000000":5`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "nothing there", name: "no point",
			answer: `{"code":0,"data":{"online_statics":{}}}`,
			want:   right, samples: none,
		},
		{
			kind: "nothing there", name: "null in place of points",
			answer: `{"code":0,"data":{"online_statics":null}}`,
			want:   right, samples: none,
		},
		{
			kind: "nothing there", name: "an empty list of points",
			answer: `{"code":0,"data":{"online_statics":[]}}`,
			want:   right, samples: none,
		},
		{
			kind: "no number", name: "the newest is null",
			answer: onlineAt(t, map[time.Duration]string{5 * minute: "null", 15 * minute: "7"}),
			want:   right, samples: shown(7, 7, 15*minute),
		},
		{
			kind: "no number", name: "the newest is a word",
			answer: onlineAt(t, map[time.Duration]string{5 * minute: `"many"`, 15 * minute: "7"}),
			want:   counted, dropped: 1, samples: shown(7, 7, 15*minute),
		},
		{
			kind: "no number", name: "all are words",
			answer: onlineAt(t, map[time.Duration]string{5 * minute: `"many"`, 15 * minute: `"few"`}),
			want:   down, reason: "malformed",
		},
		{
			kind: "no number", name: "nobody, as 0",
			answer: onlineAt(t, map[time.Duration]string{5 * minute: "0"}),
			want:   right, samples: shown(0, 0, 5*minute),
		},
		{
			kind: "wrong shape", name: "a list of points",
			answer: `{"code":0,"data":{"online_statics":[{"946785000000":4}]}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: `{"code":0,"data":{"online_statics":{"2000-01-02":{"946785000000":4}}}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "other names", name: "another name for the points",
			answer: instead(t, "online_users", "online_statics", "online_statistics"),
			want:   counted, missing: 1, samples: none,
		},
	}
	for _, nothing := range nothingThere {
		cases = append(cases, unusualAnswer{kind: "nothing there", name: nothing.name, answer: nothing.answer, want: counted, missing: 1, samples: none})
	}
	runGetuiUnusualAnswers(t, "online_users", cases)
}

// The point's age counts, not that of the answer: it grows too old between two reads.
func TestGetuiOnlineUsersGrowOldBetweenReads(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathOnline, onlineAt(t, map[time.Duration]string{20 * time.Minute: "7", 40 * time.Minute: "9"}))
		e := newExporter(t, a, only(map[string]string{"online_users": "min_interval: 30m, max_stale: 30m"}))
		e.scrape(time.Second).want(t, 7, "getui_online_users")
		time.Sleep(10 * time.Minute)
		e.scrape(time.Second).want(t, 7, "getui_online_users")
		time.Sleep(time.Second)
		p := e.scrape(time.Second)
		p.wantNone(t, "getui_online_users")
		p.want(t, 9, "getui_online_users_peak")
		p.want(t, float64(instant(t, noon).Add(-20*time.Minute).Unix()), "getui_online_users_sample_timestamp_seconds")
		p.want(t, 1, "engage_endpoint_up")
		if n := a.count(pathOnline); n != 1 {
			t.Errorf("%d requests, want one", n)
		}
	})
}

// An answer whose points are all of another time may come of this machine's clock: the error says so.
func TestGetuiOnlineUsersOfAnotherTime(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathOnline, onlineAt(t, map[time.Duration]string{-26 * time.Hour: "7", -27 * time.Hour: "9"}))
		e := newExporter(t, a, only(map[string]string{"online_users": ""}))
		e.scrape(time.Second).want(t, 1, "engage_endpoint_failing", "reason", "malformed")
		for _, want := range []string{"the newest of 2 points is of 2000-01-03T07:00:00Z", "check this machine's clock"} {
			if logged := e.log.String(); !strings.Contains(logged, want) {
				t.Errorf("the log does not say %q:\n%s", want, logged)
			}
		}
	})
}

func TestGetuiUnusualPushDays(t *testing.T) {
	day := func(members string) string { return `{"code":0,"msg":"success","data":{` + members + `}}` }
	nothing := noSeries(t, "2000-01-01")
	hw := map[string]float64{
		`getui_yesterday_channel_push_sent{channel="hw"}`: absent, `getui_yesterday_channel_push_received{channel="hw"}`: absent,
		`getui_yesterday_channel_push_clicked{channel="hw"}`: absent,
	}
	total := map[string]float64{
		`getui_yesterday_push_sent`: absent, `getui_yesterday_push_received`: absent,
		`getui_yesterday_push_displayed`: absent, `getui_yesterday_push_clicked`: absent,
	}
	const hwRow = `"hw":{"target_num":20,"receive_num":15,"display_num":-1,"click_num":1}`
	const totalRow = `"total":{"target_num":40,"receive_num":30,"display_num":20,"click_num":2}`
	cases := []unusualAnswer{
		{
			kind: "nothing there", name: "null for the day",
			answer: day(`"2000-01-01":null`),
			want:   counted, missing: 1, samples: nothing,
		},
		{
			kind: "nothing there", name: "an empty list for the day",
			answer: day(`"2000-01-01":[]`),
			want:   counted, missing: 1, samples: nothing,
		},
		{
			kind: "nothing there", name: "an empty day",
			answer: day(`"2000-01-01":{}`),
			want:   counted, missing: 1, samples: nothing,
		},
		{
			kind: "nothing there", name: "an empty channel",
			answer: instead(t, "push_day", hwRow, `"hw":{}`),
			want:   right, changes: hw,
		},
		{
			kind: "nothing there", name: "null for a channel",
			answer: instead(t, "push_day", hwRow, `"hw":null`),
			want:   right, changes: hw,
		},
		{
			kind: "another day", name: "the day before",
			answer: instead(t, "push_day", "2000-01-01", "1999-12-31"),
			want:   down, reason: "malformed",
		},
		{
			kind: "another day", name: "the day before beside it",
			answer: instead(t, "push_day", `"data":{`, `"data":{"1999-12-31":{"total":{"target_num":1}},`),
			want:   right,
		},
		{
			kind: "another day", name: "without hyphens",
			answer: instead(t, "push_day", "2000-01-01", "20000101"),
			want:   down, reason: "malformed",
		},
		{
			kind: "total", name: "less than one channel",
			answer: instead(t, "push_day", `"total":{"target_num":40`, `"total":{"target_num":19`),
			want:   down, reason: "malformed", dropped: 1,
			changes: map[string]float64{`getui_yesterday_push_sent`: absent},
		},
		{
			kind: "total", name: "a channel less than one of its brands",
			answer: instead(t, "push_day", `"gt":{"target_num":20`, `"gt":{"target_num":11`),
			want:   counted, dropped: 1,
			changes: map[string]float64{`getui_yesterday_channel_push_sent{channel="gt"}`: absent},
		},
		{
			kind: "total", name: "as much as one channel, less than both", // a message can be sent through both
			answer: instead(t, "push_day", `"total":{"target_num":40`, `"total":{"target_num":20`),
			want:   right, changes: map[string]float64{`getui_yesterday_push_sent`: 20},
		},
		{
			kind: "no total", name: "left out",
			answer: instead(t, "push_day", totalRow+",", ""),
			want:   counted, missing: 1, changes: total,
		},
		{
			kind: "no total", name: "null",
			answer: instead(t, "push_day", totalRow, `"total":null`),
			want:   counted, missing: 1, changes: total,
		},
		{
			kind: "no total", name: "empty",
			answer: instead(t, "push_day", totalRow, `"total":{}`),
			want:   counted, missing: 1, changes: total,
		},
		{
			kind: "wrong shape", name: "a list around the total",
			answer: instead(t, "push_day", totalRow, strings.Replace(totalRow, "{", "[{", 1)+"]"),
			want:   counted, dropped: 1, changes: total,
		},
		{
			kind: "wrong shape", name: "a number in place of the total",
			answer: instead(t, "push_day", totalRow, `"total":40`),
			want:   counted, dropped: 1, changes: total,
		},
		{
			kind: "wrong shape", name: "a list around a channel",
			answer: instead(t, "push_day", hwRow, strings.Replace(hwRow, "{", "[{", 1)+"]"),
			want:   counted, dropped: 1, changes: hw,
		},
		{
			kind: "wrong shape", name: "a text in place of a channel",
			answer: instead(t, "push_day", hwRow, `"hw":"none"`),
			want:   counted, dropped: 1, changes: hw,
		},
		{
			kind: "wrong shape", name: "a channel too deep",
			answer: instead(t, "push_day", hwRow, `"channels":{`+hwRow+`}`),
			want:   counted, dropped: 1, changes: hw,
		},
		{
			kind: "wrong shape", name: "a list around the day",
			answer: instead(t, "push_day", `"2000-01-01":{`, `"2000-01-01":[{`, "}}}}", "}}]}}"),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "the report too deep",
			answer: instead(t, "push_day", `"2000-01-01":{`, `"2000-01-01":{"report":{`, "}}}}", "}}}}}"),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "without the day around it",
			answer: instead(t, "push_day", `"2000-01-01":{`, ``, "}}}}", "}}}"),
			want:   down, reason: "malformed",
		},
		{ // of the total, of the channels and of the brands
			kind: "other names", name: "another spelling of a field",
			answer: strings.ReplaceAll(instead(t, "push_day"), "receive_num", "received_num"),
			want:   counted, missing: 3, lost: []string{`push_received`},
		},
		{
			kind: "other names", name: "of all fields",
			answer: strings.ReplaceAll(instead(t, "push_day"), "_num", "Num"),
			want:   down, reason: "malformed",
		},
		{
			kind: "other names", name: "new members",
			answer: instead(t, "push_day", hwRow, hwRow+`,"name":"all","time":946785000000,"tags":["a"]`),
			want:   right,
		},
		{
			kind: "other names", name: "brands in the flat form",
			answer: instead(t, "push_day", `,
  "xiaomi":{"target_num":12,"receive_num":9,"display_num":6,"click_num":1}`, ``, hwRow, hwRow+`,"gt.xiaomi":{"target_num":12,"receive_num":9,"display_num":6,"click_num":1}`),
			want: right,
		},
		{
			kind: "no rows", name: "without a channel",
			answer: day(`"2000-01-01":{` + totalRow + `}`),
			want:   counted, missing: 1, lost: []string{`brand_push`, `channel_push`},
		},
		{
			kind: "no rows", name: "without the brands that were asked for",
			answer: day(`"2000-01-01":{` + totalRow + `,"gt":{"target_num":20,"receive_num":15,"display_num":10,"click_num":1},` + hwRow + `}`),
			want:   counted, missing: 1, lost: []string{`brand_push`},
		},
		{
			kind: "no rows", name: "nothing was sent",
			answer: day(`"2000-01-01":{"total":{"target_num":0,"receive_num":0,"display_num":0,"click_num":0}}`),
			want:   right,
			samples: map[string]float64{
				"getui_yesterday_push_sent": 0, "getui_yesterday_push_received": 0, "getui_yesterday_push_displayed": 0, "getui_yesterday_push_clicked": 0,
				"getui_yesterday_start_timestamp_seconds": nothing["getui_yesterday_start_timestamp_seconds"],
			},
		},
		{
			kind: "twice", name: "the day",
			answer: instead(t, "push_day", `"data":{`, `"data":{"2000-01-01":{`+totalRow+`,`+hwRow+`},`),
			want:   counted, dropped: 1, lost: []string{`brand_push`, `channel="gt"`},
		},
		{
			kind: "twice", name: "the total",
			answer: instead(t, "push_day", hwRow, hwRow+`,"total":{"target_num":1}`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "a channel",
			answer: instead(t, "push_day", hwRow, hwRow+`,"hw":{"target_num":1,"click_num":2}`),
			want:   counted, dropped: 2, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "a field",
			answer: instead(t, "push_day", `"target_num":40`, `"target_num":40,"target_num":1`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "no number", name: "a thousands separator in one of two channels",
			answer: instead(t, "push_day", `"hw":{"target_num":20`, `"hw":{"target_num":"20,000"`),
			want:   counted, dropped: 1,
			changes: map[string]float64{`getui_yesterday_channel_push_sent{channel="hw"}`: absent},
		},
		{
			kind: "no number", name: "a word for a total",
			answer: instead(t, "push_day", `"target_num":40`, `"target_num":"?"`),
			want:   down, reason: "malformed", dropped: 1,
		},
		{
			kind: "unusual labels", name: "a channel without a name",
			answer: instead(t, "push_day", hwRow, hwRow+`,"":{"target_num":1}`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "more than documented", name: "msg_num in the total",
			answer: instead(t, "push_day", `"target_num":40`, `"msg_num":50,"target_num":40`),
			want:   right, changes: map[string]float64{"getui_yesterday_push_deliverable": 50},
		},
	}
	for _, no := range nothingThere {
		cases = append(cases, unusualAnswer{kind: "nothing there", name: no.name, answer: no.answer, want: counted, missing: 1, samples: nothing})
	}
	runGetuiUnusualAnswers(t, "push_day", cases)
}

func TestGetuiUnusualUserDays(t *testing.T) {
	nothing := noSeries(t, "2000-01-01")
	const users = `{"accumulative_num":9,"register_num":2,"active_num":5,"online_num":2}`
	active := map[string]float64{"getui_yesterday_active_users": absent}
	cases := []unusualAnswer{
		{
			kind: "nothing there", name: "an empty day",
			answer: instead(t, "user_day", users, "{}"),
			want:   counted, missing: 1, samples: nothing,
		},
		{
			kind: "nothing there", name: "null for the day",
			answer: instead(t, "user_day", users, "null"),
			want:   counted, missing: 1, samples: nothing,
		},
		{
			kind: "another day", name: "today",
			answer: instead(t, "user_day", "2000-01-01", "2000-01-02"),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a list around the day",
			answer: instead(t, "user_day", users, "["+users+"]"),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: instead(t, "user_day", users, `{"users":`+users+`}`),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a number in place of the day",
			answer: instead(t, "user_day", users, `9`),
			want:   down, reason: "malformed",
		},
		{
			kind: "out of range", name: "more new users than users",
			answer: instead(t, "user_day", `"register_num":2`, `"register_num":10`), want: down, reason: "malformed",
			dropped: 1, changes: map[string]float64{"getui_yesterday_users": absent, "getui_yesterday_new_users": 10},
		},
		{
			kind: "out of range", name: "more active users than users",
			answer: instead(t, "user_day", `"active_num":5`, `"active_num":10`), want: down, reason: "malformed",
			dropped: 1, changes: map[string]float64{"getui_yesterday_users": absent, "getui_yesterday_active_users": 10},
		},
		{
			kind: "out of range", name: "more online users than users",
			answer: instead(t, "user_day", `"online_num":2`, `"online_num":10`), want: down, reason: "malformed",
			dropped: 1,
			changes: map[string]float64{"getui_yesterday_users": absent, "getui_yesterday_peak_online_users": 10},
		},
		{
			kind: "right", name: "all users are new", answer: instead(t, "user_day", `"register_num":2`, `"register_num":9`),
			want: right, changes: map[string]float64{"getui_yesterday_new_users": 9},
		},
		{
			kind: "other names", name: "a field left out",
			answer: instead(t, "user_day", `"active_num":5,`, ``),
			want:   counted, missing: 1, changes: active,
		},
		{
			kind: "other names", name: "a field that is null",
			answer: instead(t, "user_day", `"active_num":5`, `"active_num":null`),
			want:   counted, missing: 1, changes: active,
		},
		{
			kind: "other names", name: "a field that is not provided",
			answer: instead(t, "user_day", `"active_num":5`, `"active_num":-1`),
			want:   right, changes: active,
		},
		{
			kind: "twice", name: "a field",
			answer: instead(t, "user_day", `"active_num":5`, `"active_num":5,"active_num":6`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "the day",
			answer: instead(t, "user_day", users, users+`,"2000-01-01":{"active_num":6}`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "no number", name: "a thousands separator",
			answer: instead(t, "user_day", `"active_num":5`, `"active_num":"5,000"`),
			want:   down, reason: "malformed", dropped: 1, changes: active,
		},
	}
	for _, no := range nothingThere {
		cases = append(cases, unusualAnswer{kind: "nothing there", name: no.name, answer: no.answer, want: counted, missing: 1, samples: nothing})
	}
	runGetuiUnusualAnswers(t, "user_day", cases)
}

func TestGetuiUnusualTasks(t *testing.T) {
	none := map[string]float64{}
	const second = `"RASL_2":{"total":{"msg_num":1,"target_num":0,"receive_num":0,"display_num":0,"click_num":0}}`
	gone := make(map[string]float64)
	for _, stage := range []string{"deliverable", "sent", "received", "displayed", "clicked"} {
		gone[`getui_task_push_`+stage+`{task_id="RASL_2"}`] = absent
	}
	actions := map[string]float64{`getui_task_actions{action="90001",task_id="RASL_1"}`: absent}
	cases := []unusualAnswer{
		{
			kind: "total", name: "less than one channel",
			answer: instead(t, "tasks", `"gt":{"target_num":2,"receive_num":2`, `"gt":{"target_num":5,"receive_num":5`),
			want:   counted, dropped: 2,
			changes: map[string]float64{
				`getui_task_push_sent{task_id="RASL_1"}`: absent, `getui_task_push_received{task_id="RASL_1"}`: absent,
				`getui_task_channel_push_sent{channel="gt",task_id="RASL_1"}`:     5,
				`getui_task_channel_push_received{channel="gt",task_id="RASL_1"}`: 5,
			},
		},
		{
			kind: "nothing there", name: "a task left out",
			answer: instead(t, "tasks", ",\n "+second, ""),
			want:   counted, missing: 1, changes: gone,
		},
		{
			kind: "nothing there", name: "a task that is null",
			answer: instead(t, "tasks", second, `"RASL_2":null`),
			want:   counted, missing: 1, changes: gone,
		},
		{
			kind: "nothing there", name: "a task that is empty",
			answer: instead(t, "tasks", second, `"RASL_2":{}`),
			want:   counted, missing: 1, changes: gone,
		},
		{
			kind: "nothing there", name: "a task that is an empty list",
			answer: instead(t, "tasks", second, `"RASL_2":[]`),
			want:   counted, missing: 1, changes: gone,
		},
		{
			kind: "wrong shape", name: "a task that is a text",
			answer: instead(t, "tasks", second, `"RASL_2":"expired"`),
			want:   counted, dropped: 1, changes: gone,
		},
		{
			kind: "wrong shape", name: "a list around a task",
			answer: instead(t, "tasks", `"RASL_2":{`, `"RASL_2":[{`, "}}}}", "}}]}}"),
			want:   counted, dropped: 1, changes: gone,
		},
		{
			kind: "wrong shape", name: "a list around the tasks",
			answer: instead(t, "tasks", `"data":{`, `"data":[{`, "}}}}", "}}}]}"),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: instead(t, "tasks", `"data":{`, `"data":{"tasks":{`, "}}}}", "}}}}}"),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a number in place of the actions",
			answer: instead(t, "tasks", `{"90001":2}`, `2`),
			want:   counted, dropped: 1, missing: 1, changes: actions,
		},
		{
			kind: "other tasks", name: "one that was not asked for",
			answer: instead(t, "tasks", second, second+`,"RASL_3":{"total":{"target_num":1}}`),
			want:   right,
		},
		{
			kind: "other tasks", name: "only those",
			answer: `{"code":0,"data":{"RASL_3":{"total":{"target_num":1}}}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "no total", name: "of one task",
			answer: instead(t, "tasks", second, `"RASL_2":{"gt":{"target_num":0}}`),
			want:   counted, missing: 1,
			changes: func() map[string]float64 {
				m := map[string]float64{`getui_task_channel_push_sent{channel="gt",task_id="RASL_2"}`: 0}
				for series := range gone {
					m[series] = absent
				}
				return m
			}(),
		},
		{
			kind: "twice", name: "a task with the same",
			answer: instead(t, "tasks", second, second+","+second),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "a task with another",
			answer: instead(t, "tasks", second, second+`,"RASL_2":{"total":{"msg_num":100},"hw":{"target_num":5}}`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "requested actions", name: "no counts of actions",
			answer: instead(t, "tasks", `,
  "actionCntMap":{"90001":2}`, ``),
			want: counted, missing: 1, changes: actions,
		},
		{
			kind: "requested actions", name: "of another action",
			answer: instead(t, "tasks", `"90001":2`, `"90009":2`),
			want:   counted, missing: 1,
			changes: map[string]float64{`getui_task_actions{action="90001",task_id="RASL_1"}`: absent, `getui_task_actions{action="90009",task_id="RASL_1"}`: 2},
		},
		{
			kind: "other names", name: "another spelling of a field",
			answer: strings.ReplaceAll(instead(t, "tasks"), "msg_num", "message_num"),
			want:   counted, missing: 1, lost: []string{`push_deliverable`},
		},
	}
	for _, no := range nothingThere {
		cases = append(cases, unusualAnswer{kind: "nothing there", name: no.name, answer: no.answer, want: counted, missing: 2, samples: none})
	}
	runGetuiUnusualAnswers(t, "tasks", cases)
}

func TestGetuiUnusualTaskGroups(t *testing.T) {
	none := map[string]float64{}
	cases := []unusualAnswer{
		{
			kind: "total", name: "less than one channel",
			answer: instead(t, "task_groups", `"msg_num":4,"target_num":4`, `"msg_num":4,"target_num":1`),
			want:   down, reason: "malformed", dropped: 1, lost: []string{`getui_task_group_push_sent`},
		},
		{
			kind: "nothing there", name: "the group is null",
			answer: `{"code":0,"data":{"spring \"sale\"":null}}`,
			want:   counted, missing: 1, samples: none,
		},
		{
			kind: "nothing there", name: "the group is empty",
			answer: `{"code":0,"data":{"spring \"sale\"":{}}}`,
			want:   counted, missing: 1, samples: none,
		},
		{
			kind: "another group", name: "alone",
			answer: `{"code":0,"data":{"summer":{"total":{"msg_num":1}}}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a list around the group",
			answer: `{"code":0,"data":{"spring \"sale\"":[{"total":{"msg_num":1}}]}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "the report alone",
			answer: `{"code":0,"data":{"total":{"msg_num":1}}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "no total", name: "left out",
			answer: instead(t, "task_groups",
				` "total":{"msg_num":4,"target_num":4,"receive_num":4,"display_num":2,"click_num":2},`,
				``),
			want: counted, missing: 1, lost: []string{`getui_task_group_push_`},
		},
		{
			kind: "twice", name: "the group",
			answer: instead(t, "task_groups", `}}}}`, `}},"spring \"sale\"":{"total":{"msg_num":5}}}}`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
	}
	for _, no := range nothingThere {
		cases = append(cases, unusualAnswer{kind: "nothing there", name: no.name, answer: no.answer, want: counted, missing: 1, samples: none})
	}
	runGetuiUnusualAnswers(t, "task_groups", cases)
}

func TestGetuiUnusualTaskLosses(t *testing.T) {
	none := map[string]float64{}
	lost := func(stage, channel, category, reason string) string {
		return fmt.Sprintf(`getui_task_lost_messages{category=%q,channel=%q,reason=%q,stage=%q,task_id="RASL_1"}`, category, channel, reason, stage)
	}
	offline := map[string]float64{lost("sent", "gt", "offline", "unspecified"): absent}
	const total = `"total":{"msg_num":320,"target_num":14,"receive_num":3,"display_num":3,"click_num":0},`
	cases := []unusualAnswer{
		{
			kind: "total", name: "less than one channel",
			answer: instead(t, "task_losses", `"msg_num":320,"target_num":14`, `"msg_num":320,"target_num":10`),
			want:   down, reason: "malformed", dropped: 1, lost: []string{`getui_task_realtime_push_sent`},
		},
		{
			kind: "wrong shape", name: "a number in place of a category",
			answer: instead(t, "task_losses", `"12":{"total":231}`, `"12":231`),
			want:   counted, dropped: 1, changes: offline,
		},
		{
			kind: "wrong shape", name: "a list around a category",
			answer: instead(t, "task_losses", `"12":{"total":231}`, `"12":[{"total":231}]`),
			want:   counted, dropped: 1, changes: offline,
		},
		{
			kind: "wrong shape", name: "a category too deep",
			answer: instead(t, "task_losses", `"12":{"total":231}`, `"12":{"all":{"total":231}}`),
			want:   counted, dropped: 1, changes: offline,
		},
		{
			kind: "wrong shape", name: "a number in place of a channel",
			answer: instead(t, "task_losses", `"gt":{"12":{"total":231}}`, `"gt":231`),
			want:   counted, dropped: 1, changes: offline,
		},
		{
			kind: "wrong shape", name: "a number in place of a stage",
			answer: instead(t, "task_losses", `"fd":{"hw":{"99":{"99001":4,"total":4}}}`, `"fd":4`),
			want:   counted, dropped: 1,
			changes: map[string]float64{lost("displayed", "hw", "99", "99001"): absent},
		},
		{
			kind: "wrong shape", name: "a text in place of all losses",
			answer: instead(t, "task_losses",
				"\"fd\":{\"hw\":{\"99\":{\"99001\":4,\"total\":4}}}}}", "\"fd\":{}},\"failed_detail\":\"none\"}"),
			want: counted, dropped: 1, changes: map[string]float64{lost("displayed", "hw", "99", "99001"): absent},
		},
		{
			kind: "nothing there", name: "an empty category",
			answer: instead(t, "task_losses", `"12":{"total":231}`, `"12":{}`),
			want:   right, changes: offline,
		},
		{
			kind: "nothing there", name: "null for a channel",
			answer: instead(t, "task_losses", `"gt":{"12":{"total":231}}`, `"gt":null`),
			want:   right, changes: offline,
		},
		{
			kind: "nothing there", name: "nothing lost",
			answer: `{"code":0,"data":{"RASL_1":{` + total + `"gt":{"target_num":3,"receive_num":2,"display_num":2,"click_num":0},"failed_detail":[]},"RASL_2":{"total":{"msg_num":1}}}}`,
			want:   right, samples: map[string]float64{
				`getui_task_realtime_push_deliverable{task_id="RASL_1"}`: 320, `getui_task_realtime_push_sent{task_id="RASL_1"}`: 14,
				`getui_task_realtime_push_received{task_id="RASL_1"}`: 3, `getui_task_realtime_push_displayed{task_id="RASL_1"}`: 3,
				`getui_task_realtime_push_clicked{task_id="RASL_1"}`: 0, `getui_task_realtime_push_deliverable{task_id="RASL_2"}`: 1,
				`getui_task_realtime_channel_push_sent{channel="gt",task_id="RASL_1"}`: 3, `getui_task_realtime_channel_push_received{channel="gt",task_id="RASL_1"}`: 2,
				`getui_task_realtime_channel_push_displayed{channel="gt",task_id="RASL_1"}`: 2, `getui_task_realtime_channel_push_clicked{channel="gt",task_id="RASL_1"}`: 0,
			},
		},
		{
			kind: "other names", name: "another name for the losses",
			answer: instead(t, "task_losses", `"failed_detail":{`, `"failedDetail":{`),
			want:   counted, dropped: 1, missing: 1, lost: []string{`getui_task_lost_messages`},
		},
		{
			kind: "other names", name: "an unknown stage",
			answer:  instead(t, "task_losses", `"fd":{`, `"zz":{`),
			want:    right,
			changes: map[string]float64{lost("displayed", "hw", "99", "99001"): absent, lost("zz", "hw", "99", "99001"): 4},
		},
		{ // with the four fields that the other task's has not
			kind: "no total", name: "left out",
			answer: instead(t, "task_losses", total, ``),
			want:   counted, missing: 5, lost: []string{`realtime_push_clicked{task_id="RASL_1"`, `realtime_push_deliverable{task_id="RASL_1"`, `realtime_push_displayed`, `realtime_push_received`, `realtime_push_sent`},
		},
		{
			kind: "twice", name: "a task",
			answer: instead(t, "task_losses",
				`"RASL_2":{`,
				`"RASL_1":{"failed_detail":{"ts":{"st":{"3":{"total":9}}}}},"RASL_2":{`),
			want: counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "twice", name: "a reason",
			answer: instead(t, "task_losses", `"14001":3,`, `"14001":3,"14001":3,`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "totals", name: "less than its parts",
			answer: instead(t, "task_losses", `"13001":608,"total":608`, `"13001":608,"total":5`),
			want:   counted, dropped: 1, changes: map[string]float64{},
		},
		{
			kind: "no number", name: "a thousands separator",
			answer: instead(t, "task_losses", `"12":{"total":231}`, `"12":{"total":"1,231"}`),
			want:   counted, dropped: 1, changes: offline,
		},
	}
	for _, no := range nothingThere {
		cases = append(cases, unusualAnswer{kind: "nothing there", name: no.name, answer: no.answer, want: counted, missing: 2, samples: none})
	}
	runGetuiUnusualAnswers(t, "task_losses", cases)
}

// The log and the status page say where the answer is not as documented, and what stands there, without any of the
// vendor's values.
func TestGetuiUnusualPlacesAreNamed(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathTask, `{"code":0,"data":{"RASL_1":{"total":{"target_num":1},"gt":"Zhang San"},"RASL_2":["Zhang San"]}}`)
		e := newExporter(t, a, "    task_ids: [RASL_1, RASL_2]\n"+only(map[string]string{"tasks": ""}))
		e.scrape(time.Second).want(t, 2, "engage_endpoint_dropped_samples")
		var shown []string
		for _, endpoint := range e.set.Status(time.Now())[0].Endpoints {
			for _, d := range endpoint.DroppedValues {
				shown = append(shown, d.String())
			}
		}
		want := []string{"RASL_2: want an object, got array", "RASL_1.gt: want an object, got string"}
		if !slices.Equal(shown, want) {
			t.Errorf("got %q, want %q", shown, want)
		}
		logged := e.log.String()
		for _, text := range want {
			if !strings.Contains(logged, text) {
				t.Errorf("the log does not say %q:\n%s", text, logged)
			}
		}
		if strings.Contains(logged, "Zhang") {
			t.Errorf("the log repeats the vendor's value:\n%s", logged)
		}
	})
}

// The report of a group begins task_group_days ago; by default as far back as GeTui goes.
func TestGetuiTaskGroupDays(t *testing.T) {
	for _, tt := range []struct{ keys, query string }{
		{"", ""},
		{"    task_group_days: 70\n", ""},
		{"    task_group_days: 69\n", "startDate=1999-10-25"},
		{"    task_group_days: 1\n", "startDate=2000-01-01"},
		{"    task_group_days: 1\n    time_zone: America/New_York\n", "startDate=1999-12-31"},
	} {
		t.Run(tt.keys, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				var query string
				a.handle(pathTaskGroup, recordQuery(&query, `{"code":0,"data":{"G":{"total":{"msg_num":1}}}}`))
				e := newExporter(t, a, "    task_groups: [G]\n"+tt.keys+only(map[string]string{"task_groups": ""}))
				e.scrape(time.Second).want(t, 1, "getui_task_group_push_deliverable")
				if query != tt.query {
					t.Errorf("asked with %q, want %q", query, tt.query)
				}
			})
		})
	}
}
