package getui_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var (
	none = wire.Number{}
	day  = time.Date(2026, 11, 20, 23, 30, 0, 0, time.FixedZone("CST", 8*3600)) // 15:30 UTC
)

func n(v float64) wire.Number { return wire.NumberOf(v) }

// stages are the values in the order of a push; −1 = absent.
func stages(deliverable, sent, received, displayed, clicked float64) getui.Stages {
	value := func(v float64) wire.Number {
		if v < 0 {
			return none
		}
		return n(v)
	}
	return getui.Stages{
		Deliverable: value(deliverable), Sent: value(sent), Received: value(received),
		Displayed: value(displayed), Clicked: value(clicked),
	}
}

func row(name string, s getui.Stages) getui.NamedStages {
	return getui.NamedStages{Name: name, Stages: s}
}

func loss(stage, channel, category, reason string, messages float64) getui.Loss {
	return getui.Loss{Stage: stage, Channel: channel, Category: category, Reason: reason, Messages: n(messages)}
}

func quota(channel, kind string, limit, remaining, requested float64) getui.Quota {
	q := getui.Quota{Channel: channel, Kind: kind, Limit: n(limit), Exhausted: wire.BoolOf(false)}
	if remaining >= 0 {
		q.Remaining = n(remaining)
	}
	if requested >= 0 {
		q.Requested = n(requested)
	}
	return q
}

// requests that the tables below make, each with the report's path.
var (
	pushQuota = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) { return c.PushQuota(ctx) }
	online    = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) { return c.OnlineUsers(ctx) }
	pushDay   = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) {
		return c.PushDay(ctx, day, false)
	}
	userDay = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) { return c.UserDay(ctx, day) }
	tasks   = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) {
		return c.Tasks(ctx, []string{"$taskid", "T2"}, getui.TaskOptions{})
	}
	taskGroup = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) {
		return c.TaskGroup(ctx, "$group_name", getui.TaskGroupOptions{})
	}
	taskLosses = func(ctx context.Context, c *getui.Client) (any, getui.Defects, error) {
		return c.TaskLosses(ctx, []string{"$taskid", "T2"})
	}
)

const (
	pushQuotaPath  = "/report/push/count"
	onlinePath     = "/report/online_user"
	pushDayPath    = "/report/push/date/2026-11-20"
	userDayPath    = "/report/user/date/2026-11-20"
	tasksPath      = "/report/push/task/$taskid,T2"
	taskGroupPath  = "/report/push/task_group/$group_name"
	taskLossesPath = "/report/push/task/$taskid,T2/detail"
)

func TestReports(t *testing.T) {
	for _, test := range []struct {
		name string
		read func(context.Context, *getui.Client) (any, getui.Defects, error)
		path string
		data string
		want any
		// missing and unusable are the answer's defects.
		missing, unusable []string
	}{
		{
			"documented task", tasks, tasksPath, taskDocument,
			[]getui.TaskReport{{TaskID: "$taskid", Report: getui.Report{
				Total:    stages(4, 4, 4, 2, 2),
				Channels: []getui.NamedStages{row("gt", stages(-1, 2, 2, 1, 1))},
				Actions:  []getui.ActionCount{{ActionID: "$actionId", Count: n(2)}},
			}}},
			[]string{"T2"}, nil,
		},
		{
			"documented task group", taskGroup, taskGroupPath, taskGroupDocument,
			getui.Report{
				Total:    stages(4, 4, 4, 2, 2),
				Channels: []getui.NamedStages{row("gt", stages(-1, 2, 2, 1, 1)), row("ios", stages(-1, 2, 2, 1, 1))},
			},
			nil, nil,
		},
		{
			"documented task detail", taskLosses, taskLossesPath, taskDetailDocument,
			[]getui.TaskLosses{{TaskID: "$taskid", Total: stages(320, 14, 3, 3, 0), Channels: []getui.NamedStages{
				row("gt", stages(-1, 3, 2, 2, 0)), row("apn", stages(-1, 11, 1, 1, 0)),
			}, Losses: []getui.Loss{
				loss("rs", "gt", "12", "total", 231),
				loss("rs", "apn", "11", "11999", 1),
				loss("rs", "apn", "11", "total", 1),
				loss("ts", "gt", "13", "13001", 608),
				loss("ts", "gt", "13", "total", 608),
				loss("ts", "gt", "14", "14001", 3),
				loss("ts", "gt", "14", "total", 3),
			}}},
			[]string{"T2"}, nil,
		},
		{
			"documented day of pushes", pushDay, pushDayPath, strings.ReplaceAll(pushDayDocument, "$date", "2026-11-20"),
			getui.Report{
				Total: stages(-1, 4, 4, 2, 2),
				Channels: []getui.NamedStages{
					row("gt", stages(-1, 2, 2, 1, 1)), row("hw", stages(-1, 2, 2, 1, 1)), row("ho", stages(-1, 2, 2, 1, 1)),
				},
			},
			nil, nil,
		},
		{
			"documented quota", pushQuota, pushQuotaPath, pushCountDocument,
			[]getui.Quota{
				quota("vv", "special", 10000, -1, 0),
				quota("vv", "general", 10000, -1, 0),
				quota("vv", "grouppush", 1000, -1, 0),
				quota("op", "general", 100000, 100000, -1),
				quota("xm", "general", 20000, 20000, -1),
				quota("gt", "app", 3000, 3000, -1),
				quota("gt", "app_with_tag", 1000, 1000, -1),
				quota("gt", "list", 2000000, 2000000, -1),
			},
			nil, nil,
		},
		{
			"documented day of users", userDay, userDayPath, strings.ReplaceAll(userDayDocument, "$date", "2026-11-20"),
			getui.UserDay{Users: n(9), NewUsers: n(2), ActiveUsers: n(5), PeakOnlineUsers: n(2)},
			nil, nil,
		},
		{
			"documented online users", online, onlinePath, strings.ReplaceAll(onlineUserDocument, "$date", "1700000000000"),
			[]getui.OnlinePoint{
				{Time: time.UnixMilli(1700000000000).UTC(), Users: n(4)},
			},
			nil, []string{"online_statics: the point of 2023-11-14T22:13:20Z: appears twice"},
		},

		{
			"values as strings, missing, null, not provided, odd", tasks, tasksPath,
			`{"$taskid":{"total":{"msg_num":"4","target_num":null,"receive_num":{"x":1},"display_num":-1,"click_num":"-1"}}}`,
			[]getui.TaskReport{{TaskID: "$taskid", Report: getui.Report{Total: getui.Stages{Deliverable: n(4), Received: wire.InvalidNumber("{…}")}}}},
			[]string{"T2", "total.target_num"}, nil,
		},
		{
			"members of a report that are no objects", tasks, tasksPath,
			`{"$taskid":{"name":"x","total":7,"hw":[{"target_num":1}],"actionCntMap":"none","gt":{"target_num":1,"others":3},"vv":null}}`,
			[]getui.TaskReport{{TaskID: "$taskid", Report: getui.Report{Channels: []getui.NamedStages{row("gt", stages(-1, 1, -1, -1, -1))}}}},
			[]string{"T2", "channel.receive_num", "channel.display_num", "channel.click_num"},
			[]string{
				"$taskid.total: want an object, got number", "$taskid.hw: want an object, got array of objects",
				"$taskid.actionCntMap: want an object, got string",
			},
		},
		{
			"brands that were not asked for", tasks, tasksPath, `{"$taskid":{"gt":{"xiaomi":{"target_num":1}}}}`,
			[]getui.TaskReport{{TaskID: "$taskid", Report: getui.Report{Channels: []getui.NamedStages{row("gt", getui.Stages{})}}}},
			[]string{"T2", "$taskid.total", "channel.target_num", "channel.receive_num", "channel.display_num", "channel.click_num"}, nil,
		},
		{
			"several tasks, one that was not asked for, one that is no object", tasks, tasksPath,
			`{"T2":{"total":{"msg_num":2}},"T3":{"total":{"msg_num":3}},"$taskid":"expired"}`,
			[]getui.TaskReport{{TaskID: "T2", Report: getui.Report{Total: stages(2, -1, -1, -1, -1)}}},
			[]string{"total.target_num", "total.receive_num", "total.display_num", "total.click_num"}, []string{"$taskid: want an object, got string"},
		},
		{
			"a task, a total, a field and a channel twice", tasks, tasksPath,
			`{"T2":{"hw":{"click_num":1},"hw":{"click_num":2},"total":{"msg_num":3,"msg_num":4},"total":{"msg_num":5}},"T2":{"total":{"msg_num":6}}}`,
			[]getui.TaskReport{
				{TaskID: "T2", Report: getui.Report{Total: stages(3, -1, -1, -1, -1), Channels: []getui.NamedStages{
					row("hw", stages(-1, -1, -1, -1, 1)), row("hw", stages(-1, -1, -1, -1, 2)),
				}}},
			},
			[]string{
				"$taskid", "total.target_num", "total.receive_num", "total.display_num", "total.click_num",
				"channel.target_num", "channel.receive_num", "channel.display_num",
			},
			[]string{
				"T2: appears twice", "T2.total: has a field twice", "T2.total: appears twice",
			},
		},
		{"no task is known", tasks, tasksPath, `{}`, []getui.TaskReport(nil), []string{"$taskid", "T2"}, nil},
		{
			"a task that lost nothing", taskLosses, taskLossesPath, `{"T2":{"total":{}},"$taskid":{"failed_detail":null},"T9":{}}`,
			[]getui.TaskLosses{{TaskID: "T2"}, {TaskID: "$taskid"}},
			[]string{"T2.total", "$taskid.total"}, nil,
		},
		{
			"losses in an unknown shape", taskLosses, taskLossesPath,
			`{"T2":{"failed_detail":{"xx":{"gt":{"6":{"6001":"7"}}},"ts":3,"rs":{"gt":[],"hw":{"12":4,"13":{"total":{}}}}}}}`,
			[]getui.TaskLosses{{TaskID: "T2", Losses: []getui.Loss{
				loss("xx", "gt", "6", "6001", 7), {Stage: "rs", Channel: "hw", Category: "13", Reason: "total", Messages: wire.InvalidNumber("{…}")},
			}}},
			[]string{"$taskid", "T2.total"},
			[]string{"T2.failed_detail.ts: want an object, got number", "T2.failed_detail.rs.hw.12: want an object, got number"},
		},
		{
			"quota with odd members", pushQuota, pushQuotaPath,
			`{"xm":{"general":{"total_num":"?","limit":"1"},"note":"x"},"vv":{},"op":null}`,
			[]getui.Quota{{Channel: "xm", Kind: "general", Limit: wire.InvalidNumber("?"), Exhausted: wire.BoolOf(true)}},
			[]string{"remain_num"}, nil,
		},
		{
			"quota with odd channels", pushQuota, pushQuotaPath,
			`{"gt":{"app":{"total_num":7},"list":[{"total_num":1}],"app_with_tag":5},"hw":"unlimited","xm":{"total_num":5},"op":{"general":{"today":{}}}}`,
			[]getui.Quota{{Channel: "gt", Kind: "app", Limit: n(7)}},
			[]string{"remain_num", "limit"},
			[]string{
				"gt.list: want an object, got array of objects", "gt.app_with_tag: want an object, got number",
				"hw: want an object, got string", "xm: want an object, got object without any kind of limit",
				"op.general: has none of the documented fields",
			},
		},
		{
			"online users unsorted, with odd points", online, onlinePath,
			`{"online_statics":{"1700000600000":"5","1700000000000":4,"soon":1,"-5":1,"99999999999999999":1,"1700001200000":null}}`,
			[]getui.OnlinePoint{
				{Time: time.UnixMilli(1700000000000).UTC(), Users: n(4)},
				{Time: time.UnixMilli(1700000600000).UTC(), Users: n(5)},
				{Time: time.UnixMilli(1700001200000).UTC()},
			},
			nil,
			[]string{
				"online_statics.soon: want a time in milliseconds", "online_statics.-5: want a time in milliseconds",
				"online_statics.99999999999999999: want a time in milliseconds",
			},
		},
		{
			"online users by seconds", online, onlinePath, `{"online_statics":{"1700000600":5}}`,
			[]getui.OnlinePoint{{Time: time.UnixMilli(1700000600000).UTC(), Users: n(5)}},
			nil, nil,
		},
		{"nobody online", online, onlinePath, `{"online_statics":{}}`, []getui.OnlinePoint(nil), nil, nil},
		{"nobody online, as a list", online, onlinePath, `{"online_statics":[]}`, []getui.OnlinePoint(nil), nil, nil},
		{"no online users", online, onlinePath, `{}`, []getui.OnlinePoint(nil), []string{"online_statics"}, nil},
		{"a day without a report", userDay, userDayPath, `{"2026-11-20":[]}`, getui.UserDay{}, []string{"2026-11-20"}, nil},
		{"no group", taskGroup, taskGroupPath, `{}`, getui.Report{}, []string{"$group_name"}, nil},
		{"a day without a value", pushDay, pushDayPath, `{"2026-11-20":{}}`, getui.Report{}, []string{"2026-11-20"}, nil},
		{
			"one day among others", userDay, userDayPath, `{"2026-11-19":{"active_num":1},"2026-11-20":{"active_num":2}}`,
			getui.UserDay{ActiveUsers: n(2)},
			[]string{"accumulative_num", "register_num", "online_num"}, nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.reports[test.path] = test.data
			got, defects, err := test.read(t.Context(), client(v))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			var unusable []string
			for _, u := range defects.Unusable {
				unusable = append(unusable, u.String())
			}
			if !slices.Equal(defects.Missing, test.missing) || !slices.Equal(unusable, test.unusable) || defects.MoreUnusable > 0 {
				t.Errorf("got  %+v\nwant %q missing, %q unusable", defects, test.missing, test.unusable)
			}
			v.expect(t, 1, 1)
		})
	}
}

func TestReportsThatAreNone(t *testing.T) {
	const envelope = `{"code":0,"msg":"success","data":`
	for _, test := range []struct {
		name string
		read func(context.Context, *getui.Client) (any, getui.Defects, error)
		body string
		want string // how the error ends
	}{
		{"data is an array", taskLosses, envelope + `[{}]}`, "data: want an object, got array"},
		{"data is an array of nothing", taskLosses, envelope + `[ [ ] ]}`, "data: want an object, got array"},
		{"two data", tasks, `{"code":0,"data":{},"data":{"T2":{}}}`, `"data" appears twice`},
		{"two codes", tasks, `{"code":1,"code":0,"data":{}}`, `"code" appears twice`},
		{"nothing for quotas", pushQuota, `{"code":0,"msg":"success"}`, "data: want channels with their limits, got none"},
		{"data is a string", pushQuota, envelope + `"ok"}`, "data: want an object, got string"},
		{"no code", pushQuota, `{"data":{}}`, `want an object with "code" and "data", got no code`},
		{"no object", pushQuota, `[]`, `want an object with "code" and "data", got array`},
		{"page", pushQuota, `<html>`, "want JSON, got an HTML page"},
		{"empty", pushQuota, ``, "want JSON, got an empty answer"},
		{"cut", pushQuota, envelope + `{"gt":{`, "unexpected EOF"},
		{"two answers", pushQuota, envelope + `{}}{}`, "invalid character '{' after top-level value"},

		{"quota without a channel", pushQuota, envelope + `{}}`, "data: want channels with their limits, got none"},
		{"quota with empty channels", pushQuota, envelope + `{"gt":{},"xm":null}}`, "data: want channels with their limits, got none"},
		{
			"quota with values for channels", pushQuota, envelope + `{"gt":5,"xm":[]}}`,
			"data: want channels with their limits, got none; the first other value is gt: want an object, got number",
		},
		{"quota without kinds", pushQuota, envelope + `{"xm":{"total_num":5}}}`, "xm: want an object, got object without any kind of limit"},
		{"quota too deep", pushQuota, envelope + `{"data":{"gt":{"app":{"total_num":5}}}}}`, "data.gt: has none of the documented fields"},
		{
			"online users with no usable point", online, envelope + `{"online_statics":{"now":5}}}`,
			"want points by time in milliseconds, got none; the first other value is online_statics.now: want a time in milliseconds",
		},
		{"online users in an array", online, envelope + `{"online_statics":[4]}}`, "online_statics: want an object, got array"},
		{"pushes of another day", pushDay, envelope + `{"2026-11-19":{}}}`, "data: want a report of 2026-11-20, got something else"},
		{"pushes of a day as an array", pushDay, envelope + `{"2026-11-20":[{"total":{}}]}}`, "2026-11-20: want an object, got array of objects"},
		{"pushes of a day too deep", pushDay, envelope + `{"2026-11-20":{"data":{"total":{"target_num":1}}}}}`, "2026-11-20.data: has none of the documented fields"},
		{"users of another day", userDay, envelope + `{"2026-11-19":{"active_num":1}}}`, "data: want the users of 2026-11-20, got something else"},
		{"users of a day under other names", userDay, envelope + `{"2026-11-20":{"activeNum":1}}}`, "2026-11-20: has none of the documented fields"},
		{"another group", taskGroup, envelope + `{"other":{}}}`, "data: want a report of the group, got something else"},
		{"other tasks", tasks, envelope + `{"T3":{"total":{"msg_num":1}}}}`, "got only others"},
		{"a task that is a text", tasks, envelope + `{"T2":"expired"}}`, "T2: want an object, got string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.onCall = vendortest.Always(200, test.body)
			got, _, err := test.read(t.Context(), client(v))
			e := failure(t, err, transport.Malformed)
			if e.Status != 200 || !strings.Contains(e.Error(), test.want) {
				t.Errorf("got %v, want %q in it", e, test.want)
			}
			if !reflect.ValueOf(got).IsZero() {
				t.Errorf("got a result beside the error: %+v", got)
			}
			v.expect(t, 1, 1)
		})
	}
}

func TestBrands(t *testing.T) {
	const report = `{"total":{"target_num":9},"gt":{"target_num":7,"hw":{"target_num":5,"display_num":-1},"click_num":1,"others":{"target_num":2}},
		"gt.oppo":{"target_num":1},"hw":{"target_num":2,"sub":{"target_num":1}}}`
	want := getui.Report{
		Total:    stages(-1, 9, -1, -1, -1),
		Channels: []getui.NamedStages{row("gt", stages(-1, 7, -1, -1, 1)), row("hw", stages(-1, 2, -1, -1, -1))},
		Brands: []getui.NamedStages{
			row("hw", stages(-1, 5, -1, -1, -1)), row("others", stages(-1, 2, -1, -1, -1)), row("oppo", stages(-1, 1, -1, -1, -1)),
		},
	}
	v := newVendor()
	v.reports[pushDayPath] = `{"2026-11-20":` + report + `}`
	v.reports["/report/push/task/T"] = `{"T":` + report + `}`
	v.reports["/report/push/task_group/G"] = `{"G":` + report + `}`
	c := client(v)

	ofDay, _, err := c.PushDay(t.Context(), day, true)
	if err != nil || !reflect.DeepEqual(ofDay, want) {
		t.Errorf("of the day: %+v, %v", ofDay, err)
	}
	ofTask, _, err := c.Tasks(t.Context(), []string{"T"}, getui.TaskOptions{Brands: true})
	if err != nil || len(ofTask) != 1 || !reflect.DeepEqual(ofTask[0].Report, want) {
		t.Errorf("of the task: %+v, %v", ofTask, err)
	}
	ofGroup, _, err := c.TaskGroup(t.Context(), "G", getui.TaskGroupOptions{Brands: true})
	if err != nil || !reflect.DeepEqual(ofGroup, want) {
		t.Errorf("of the group: %+v, %v", ofGroup, err)
	}
	for _, call := range v.Calls {
		if !strings.HasSuffix(call, "?needGetuiByBrand=true") {
			t.Errorf("brands were not asked for: %s", call)
		}
	}
}

func TestQueries(t *testing.T) {
	v := newVendor()
	v.reports["/report/push/task/T"] = `{}`
	v.reports["/report/push/task_group/G"] = `{"G":{}}`
	c := client(v)
	c.Tasks(t.Context(), []string{"T"}, getui.TaskOptions{ActionIDs: []string{"90001", "a&b"}})
	c.TaskGroup(t.Context(), "G", getui.TaskGroupOptions{Start: day.AddDate(0, 0, -7), End: day})
	want := []string{
		"GET restapi.getui.com/v2/A1b2C3/report/push/task/T?actionIdList=90001%2Ca%26b",
		"GET restapi.getui.com/v2/A1b2C3/report/push/task_group/G?endDate=2026-11-20&startDate=2026-11-13",
	}
	if !slices.Equal(v.Calls, want) {
		t.Errorf("got  %q\nwant %q", v.Calls, want)
	}
}

func TestHostileNames(t *testing.T) {
	for _, test := range []struct{ name, segment string }{
		{"RASL_0101_x", "RASL_0101_x"},
		{"a/b", "a%2Fb"},
		{"?x=1", "%3Fx=1"},
		{"%2e", "%252e"},
		{"a#b", "a%23b"},
		{".", "%2E"},
		{"..", "%2E%2E"},
		{"../auth", "..%2Fauth"},
		{"a,b", "a%2Cb"},
		{"a b", "a%20b"},
		{"春季促销", "%E6%98%A5%E5%AD%A3%E4%BF%83%E9%94%80"},
		{"\r\nHost: x", "%0D%0AHost:%20x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			c := client(v)
			c.Tasks(t.Context(), []string{test.name, "T"}, getui.TaskOptions{})
			c.TaskLosses(t.Context(), []string{test.name})
			c.TaskGroup(t.Context(), test.name, getui.TaskGroupOptions{})
			want := []string{
				"GET restapi.getui.com/v2/A1b2C3/report/push/task/" + test.segment + ",T",
				"GET restapi.getui.com/v2/A1b2C3/report/push/task/" + test.segment + "/detail",
				"GET restapi.getui.com/v2/A1b2C3/report/push/task_group/" + test.segment,
			}
			if !slices.Equal(v.Calls, want) {
				t.Errorf("got  %q\nwant %q", v.Calls, want)
			}
		})
	}
}

func TestTaskIDs(t *testing.T) {
	v := newVendor()
	c := client(v)
	many := strings.Split(strings.Repeat("T,", getui.MaxTaskIDs)+"T", ",")
	for _, test := range []struct {
		ids  []string
		want string
	}{
		{many, "getui GET /report/push/task/ID,…: 201 task ids, at most 200 fit in a request"},
		{[]string{"T", ""}, "getui GET /report/push/task/ID,…: an empty task id"},
		{nil, ""},
	} {
		got, _, err := c.Tasks(t.Context(), test.ids, getui.TaskOptions{})
		if len(got) != 0 || err == nil && test.want != "" || err != nil && err.Error() != test.want {
			t.Errorf("%d ids: got %v, %v, want %q", len(test.ids), got, err, test.want)
		}
		if _, _, err := c.TaskLosses(t.Context(), test.ids); (err == nil) != (test.want == "") {
			t.Errorf("%d ids: got %v", len(test.ids), err)
		}
	}
	if _, _, err := c.TaskGroup(t.Context(), "", getui.TaskGroupOptions{}); err == nil {
		t.Error("a group without a name was asked for")
	}
	v.expect(t, 0, 0)
}
