package getui_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// members are the members of a JSON object, undecoded.
type members map[string]json.RawMessage

func TestPushCountAnswer(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	got := b.Get("/report/push/count")
	if !strings.HasPrefix(got.Body, `{"msg":"success","code":0,"data":{`) {
		t.Errorf("answer begins otherwise than the document's: %.60s", got.Body)
	}
	var data map[string]map[string]members
	got.Decode(t, &data)
	if names := simtest.Keys(t, got.Data); !slices.Equal(names, []string{"vv", "op", "xm", "gt"}) {
		t.Errorf("channels are %v: want those with a limit, in the document's order", names)
	}
	for _, tc := range []struct{ channel, kind, fields string }{
		{"vv", "special", `push_num:number total_num:text limit:bool`},
		{"vv", "general", `push_num:number total_num:text limit:bool`},
		{"vv", "grouppush", `push_num:null total_num:text limit:bool`},
		{"op", "general", `total_num:text limit:bool remain_num:text`},
		{"xm", "general", `total_num:number limit:bool remain_num:number`},
		{"gt", "app", `total_num:number limit:bool remain_num:number`},
		{"gt", "app_with_tag", `total_num:number limit:bool remain_num:number`},
		{"gt", "list", `total_num:number limit:bool remain_num:number`},
	} {
		t.Run(tc.channel+" "+tc.kind, func(t *testing.T) {
			quota := data[tc.channel][tc.kind]
			fields := strings.Fields(tc.fields)
			if len(quota) != len(fields) {
				t.Errorf("fields are %v, want %v", quota, fields)
			}
			for _, field := range fields {
				name, kind, _ := strings.Cut(field, ":")
				if got := kindOf(quota[name]); got != kind {
					t.Errorf("%s is a %s: %s, want a %s", name, got, quota[name], kind)
				}
			}
		})
	}
}

// kindOf names the JSON type of a value.
func kindOf(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "nothing"
	}
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case float64:
		return "number"
	case bool:
		return "bool"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", v)
}

func TestPushCountShowsTheQuotas(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	var data map[string]map[string]struct {
		Total     json.Number `json:"total_num"`
		Remain    json.Number `json:"remain_num"`
		Requested json.Number `json:"push_num"`
		Limit     bool        `json:"limit"`
	}
	b.Get("/report/push/count").Decode(t, &data)
	value := func(n int64) json.Number {
		if n == getui.NotReported {
			return ""
		}
		return json.Number(fmt.Sprint(n))
	}
	for _, q := range (getui.Data{Seed: 1, App: b.App}).Quotas(simtest.Noon) {
		got := data[q.Channel][q.Kind]
		if got.Total != value(q.Limit) || got.Remain != value(q.Remaining) || got.Requested != value(q.Requested) ||
			got.Limit != q.Exhausted {
			t.Errorf("%s/%s is %+v, want %+v", q.Channel, q.Kind, got, q)
		}
	}
}

func TestOnlineUserAnswer(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	got := b.Get("/report/online_user")
	var data struct {
		Points map[int64]int64 `json:"online_statics"`
	}
	got.Decode(t, &data)
	want := make(map[int64]int64)
	for _, p := range (getui.Data{Seed: 1, App: b.App}).OnlineUsers(simtest.Noon) {
		want[p.Time.UnixMilli()] = p.Users
	}
	if !reflect.DeepEqual(data.Points, want) {
		t.Errorf("points are %v, want %v", data.Points, want)
	}
	var raw members
	got.Decode(t, &raw)
	if names := simtest.Keys(t, raw["online_statics"]); slices.IsSorted(names) {
		t.Error("points come sorted; the vendor's do not")
	}
}

func TestUserDayAnswer(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	var data map[string]map[string]int64
	b.Get("/report/user/date/2026-11-16").Decode(t, &data)
	u := getui.Data{Seed: 1, App: b.App}.UserDay(simtest.Noon.AddDate(0, 0, -1))
	want := map[string]map[string]int64{"2026-11-16": {
		"accumulative_num": u.Accumulated, "register_num": u.Registered, "active_num": u.Active, "online_num": u.Online,
	}}
	if !reflect.DeepEqual(data, want) {
		t.Errorf("data is %v, want %v", data, want)
	}
}

// defaultChannels are those of an application that does not say.
var defaultChannels = []string{"gt", "ios", "hw", "ho", "xm", "vv", "op", "mz", "wx"}

func TestReportAnswers(t *testing.T) {
	total := []string{"msg_num", "target_num", "receive_num", "display_num", "click_num"}
	data := func(b *simtest.Getui) getui.Data { return getui.Data{Seed: 1, App: b.App} }
	for _, tc := range []struct {
		name, path, key string
		begins          string
		total, channels []string
		want            func(*simtest.Getui) getui.Report
	}{
		{"push day", "/report/push/date/2026-11-16", "2026-11-16", `{"code":0,"msg":"success","data":{`, total,
			defaultChannels,
			func(b *simtest.Getui) getui.Report { return data(b).PushDay(simtest.Noon.AddDate(0, 0, -1)) }},
		{"task", "/report/push/task/task-1", "task-1", `{"code":0,"msg":"success","data":{`, total, defaultChannels,
			func(b *simtest.Getui) getui.Report { r, _ := data(b).Task("task-1", simtest.Noon); return r }},
		{"task group", "/report/push/task_group/group", "group", `{"code":"0","msg":"success","data":{`, total,
			defaultChannels,
			func(b *simtest.Getui) getui.Report {
				r, _ := data(b).TaskGroup("group", simtest.Noon.AddDate(0, 0, -70), simtest.Noon, simtest.Noon)
				return r
			}},
		{"task group with a slash, some days", "/report/push/task_group/a%2Fb%20c?startDate=2026-11-10&endDate=2026-11-12", "a/b c", `{"code":"0"`, total, defaultChannels,
			func(b *simtest.Getui) getui.Report {
				r, _ := data(b).TaskGroup("a/b c", simtest.Noon.AddDate(0, 0, -7), simtest.Noon.AddDate(0, 0, -5),
					simtest.Noon)
				return r
			}},
		{"loss details", "/report/push/task/task-1/detail", "task-1", `{"msg":"success","code":0,"data":{`, total,
			[]string{"gt", "apn", "hw", "ho", "xm", "vv", "op", "mz", "wx", "failed_detail"},
			func(b *simtest.Getui) getui.Report { r, _ := data(b).Task("task-1", simtest.Noon); return r }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, nil)
			got := b.Get(tc.path)
			if !strings.HasPrefix(got.Body, tc.begins) {
				t.Errorf("answer begins otherwise than the document's: %.60s", got.Body)
			}
			var reports members
			got.Decode(t, &reports)
			if len(reports) != 1 || reports[tc.key] == nil {
				t.Fatalf("reports are %v, want that of %s", reports, tc.key)
			}
			if names := simtest.Keys(t, reports[tc.key]); !slices.Equal(names, append([]string{"total"}, tc.channels...)) {
				t.Errorf("members are %v, want total and %v", names, tc.channels)
			}
			var report members
			if err := json.Unmarshal(reports[tc.key], &report); err != nil {
				t.Fatal(err)
			}
			want := tc.want(b)
			checkStages(t, "total", report["total"], tc.total, want.Total)
			for i, row := range want.Channels {
				checkStages(t, row.Name, report[tc.channels[i]], total[1:], row.Stages)
			}
		})
	}
}

// checkStages compares the stages of an answer, which has exactly these fields.
func checkStages(t *testing.T, name string, raw json.RawMessage, fields []string, want getui.Stages) {
	t.Helper()
	if got := simtest.Keys(t, raw); !slices.Equal(got, fields) {
		t.Errorf("%s has the fields %v, want %v", name, got, fields)
	}
	var sent struct {
		Deliverable *int64 `json:"msg_num"`
		Sent        *int64 `json:"target_num"`
		Received    *int64 `json:"receive_num"`
		Displayed   *int64 `json:"display_num"`
		Clicked     *int64 `json:"click_num"`
	}
	if err := json.Unmarshal(raw, &sent); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		field string
		got   *int64
		want  int64
	}{
		{"msg_num", sent.Deliverable, want.Deliverable},
		{"target_num", sent.Sent, want.Sent},
		{"receive_num", sent.Received, want.Received},
		{"display_num", sent.Displayed, want.Displayed}, // -1 where it is not reported
		{"click_num", sent.Clicked, want.Clicked},
	} {
		switch {
		case !slices.Contains(fields, tc.field):
		case tc.field == "click_num" && tc.want == getui.NotReported:
			if tc.got != nil {
				t.Errorf("%s %s is %d, want null", name, tc.field, *tc.got)
			}
		case tc.got == nil || *tc.got != tc.want:
			t.Errorf("%s %s is not %d: %s", name, tc.field, tc.want, raw)
		}
	}
}

func TestBrandsOnlyIfAsked(t *testing.T) {
	for _, tc := range []struct {
		name   string
		brands []string
		want   int
		others bool
	}{
		{"more than ten", nil, 11, true},
		{"few", []string{"a", "b", "c"}, 3, false},
		{"ten", strings.Split("a b c d e f g h i j", " "), 10, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, func(app *getui.App) { app.Brands = tc.brands })
			token := b.Token()
			for path, key := range map[string]string{
				"/report/push/task/task-1":         "task-1",
				"/report/push/task_group/group":    "group",
				"/report/push/date/2026-11-16":     "2026-11-16",
				"/report/push/task/task-1,unknown": "task-1",
			} {
				gt := func(query string) []string {
					var data map[string]members
					b.Call("GET", "/app"+path+query, "", "token", token).Decode(t, &data)
					if hw := simtest.Keys(t, data[key]["hw"]); len(hw) != 4 {
						t.Errorf("%s: brands in another channel than gt: %v", path, hw)
					}
					return simtest.Keys(t, data[key]["gt"])
				}
				for _, query := range []string{"", "?needGetuiByBrand=false"} {
					if fields := gt(query); len(fields) != 4 {
						t.Errorf("%s%s: gt has %v, want no brands", path, query, fields)
					}
				}
				brands := gt("?needGetuiByBrand=true")[4:]
				if len(brands) != tc.want || slices.Contains(brands, "others") != tc.others {
					t.Errorf("%s: brands are %v, want %d", path, brands, tc.want)
				}
			}
		})
	}
}

func TestActionsOnlyThoseAsked(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	report, _ := getui.Data{Seed: 1, App: b.App}.Task("task-1", simtest.Noon)
	counts := make(map[string]int64)
	for _, a := range report.Actions {
		counts[a.ActionID] = a.Count
	}
	for _, tc := range []struct {
		name, query string
		want        string
	}{
		{"none asked", "", ""},
		{"empty list", "?actionIdList=", ""},
		{"one", "?actionIdList=90002", fmt.Sprintf(`{"90002":%d}`, counts["90002"])},
		{"two and one that is not there", "?actionIdList=90002,x,90001", fmt.Sprintf(`{"90001":%d,"90002":%d}`, counts["90001"], counts["90002"])},
		{"one that is not there", "?actionIdList=x", `{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var data map[string]members
			b.Get("/report/push/task/task-1"+tc.query).Decode(t, &data)
			if got := string(data["task-1"]["actionCntMap"]); got != tc.want {
				t.Errorf("actionCntMap is %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAnswersLackWhatIsNotKnown(t *testing.T) {
	for _, tc := range []struct {
		name, path string
		want       []string
	}{
		{"tasks", "/report/push/task/task-2,unknown,task-1", []string{"task-2", "task-1"}},
		{"a task asked twice", "/report/push/task/task-1,task-1", []string{"task-1"}},
		{"task not sent yet", "/report/push/task/later,task-1", []string{"task-1"}},
		{"losses", "/report/push/task/unknown,task-1/detail", []string{"task-1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, func(app *getui.App) {
				app.TaskIDs = append(app.TaskIDs, "later", "old")
				app.TaskSent = map[string]time.Time{"later": simtest.Noon.Add(1), "old": simtest.Noon.AddDate(0, 0, -91)}
			})
			if got := simtest.Keys(t, b.Get(tc.path).Data); !slices.Equal(got, tc.want) {
				t.Errorf("answer has %v, want %v", got, tc.want)
			}
		})
	}
}

// Of what it does not know the vendor says success, with data that is empty, null or not there; the same each time.
func TestNothing(t *testing.T) {
	b := simtest.NewGetui(t, func(app *getui.App) {
		app.TaskIDs = append(app.TaskIDs, "old")
		app.TaskSent = map[string]time.Time{"old": simtest.Noon.AddDate(0, 0, -91)}
		app.Since = simtest.Noon.AddDate(0, 0, -5)
	})
	token := b.Token()
	read := func(path string) string {
		t.Helper()
		got := b.Call("GET", "/app"+path, "", "token", token)
		if !strings.Contains(got.Body, `"msg":"success"`) {
			t.Errorf("%s: %s, want success", path, got.Body)
		}
		return got.Body
	}
	seen := make(map[string]bool)
	check := func(path string) {
		t.Helper()
		body := read(path)
		var envelope members
		if err := json.Unmarshal([]byte(body), &envelope); err != nil {
			t.Fatal(err)
		}
		data := string(envelope["data"])
		if data != "" && data != "null" && data != "{}" {
			t.Errorf("%s: data is %s, want nothing", path, data)
		}
		if again := read(path); again != body {
			t.Errorf("%s: %s, then %s", path, body, again)
		}
		seen[data] = true
	}
	for i := range 10 {
		check(fmt.Sprintf("/report/push/task/unknown%d", i))
		check(fmt.Sprintf("/report/push/task/unknown%d/detail", i))
		check(fmt.Sprintf("/report/push/task_group/unknown%d", i))
	}
	check("/report/push/task/old")
	for day := 6; day < 16; day++ {
		date := simtest.Noon.AddDate(0, 0, -day).Format(time.DateOnly)
		check("/report/push/date/" + date)
		check("/report/user/date/" + date)
	}
	if len(seen) != 3 {
		t.Errorf("nothing is said as %v only", seen)
	}
	first := simtest.Noon.AddDate(0, 0, -5).Format(time.DateOnly)
	for _, path := range []string{"/report/push/date/", "/report/user/date/"} {
		if got := simtest.Keys(t, b.Call("GET", "/app"+path+first, "", "token", token).Data); !slices.Equal(got, []string{first}) {
			t.Errorf("%s%s: the first day has %v", path, first, got)
		}
	}
}

// While nobody is online there is no point, over midnight too; with nobody online all day there is none at all.
func TestNobodyOnline(t *testing.T) {
	for _, tc := range []struct {
		name        string
		from, until int
		quiet       func(hour int) bool
	}{
		{"in the night", 1, 6, func(hour int) bool { return hour >= 1 && hour < 6 }},
		{"over midnight", 22, 4, func(hour int) bool { return hour >= 22 || hour < 4 }},
		{"all day", 0, 24, func(int) bool { return true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := simtest.NewGetui(t, func(app *getui.App) { app.QuietFrom, app.QuietUntil = tc.from, tc.until })
			var data struct {
				Points map[string]int64 `json:"online_statics"`
			}
			b.Get("/report/online_user").Decode(t, &data)
			if data.Points == nil {
				t.Error("online_statics is not there")
			}
			hours := make(map[int]bool)
			for key := range data.Points {
				ms, err := strconv.ParseInt(key, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				hours[time.UnixMilli(ms).In(simtest.Noon.Location()).Hour()] = true
			}
			for hour := range 24 {
				if hours[hour] == tc.quiet(hour) {
					t.Errorf("points of hour %d: %t", hour, hours[hour])
				}
			}
		})
	}
}

func TestLossDetails(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	var data map[string]struct {
		Failed map[string]map[string]map[string]map[string]int64 `json:"failed_detail"`
	}
	b.Get("/report/push/task/task-1/detail").Decode(t, &data)
	got := data["task-1"].Failed
	var listed int
	for _, channels := range got {
		for _, categories := range channels {
			for _, reasons := range categories {
				listed += len(reasons)
			}
		}
	}
	losses, _ := getui.Data{Seed: 1, App: b.App}.TaskLosses("task-1", simtest.Noon)
	if listed != len(losses) || listed == 0 {
		t.Errorf("%d losses are listed, want %d", listed, len(losses))
	}
	for _, l := range losses {
		if n := got[l.Stage][l.Channel][l.Category][l.Reason]; n != l.Messages {
			t.Errorf("%s %s %s %s is %d, want %d", l.Stage, l.Channel, l.Category, l.Reason, n, l.Messages)
		}
	}
}
