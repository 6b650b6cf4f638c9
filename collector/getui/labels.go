package getui

import (
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// labels are the labels beside account, in the order of the docs page.
var labels = []metric.LabelDoc{
	{Name: "channel", Open: metric.OpenAsSent,
		Meaning: "Push service that delivers the message. `ios` and `apn` are the same: GeTui's document uses both.",
		Values: []metric.LabelValue{
			{"gt", "GeTui's own"}, {"ios", "APNs"}, {"apn", "APNs"}, {"hw", "Huawei"}, {"ho", "Honor"},
			{"xm", "Xiaomi"}, {"xmg", "Xiaomi; GeTui does not document the g"}, {"vv", "vivo"}, {"op", "OPPO"},
			{"opg", "OPPO; GeTui does not document the g"}, {"mz", "Meizu"}, {"st", "Smartisan"}, {"wx", "WeChat"},
		}},
	{Name: "kind", Meaning: "Kind of quota of the channel.", Open: metric.OpenAsSent, Values: []metric.LabelValue{
		{"app", "gt: push to the whole app"}, {"list", "gt: creation of messages for lists"},
		{"app_with_tag", "gt: push to users chosen by conditions"},
		{"general", "ordinary messages; op: public ones, vv: operational ones"}, {"special", "vv: system messages"},
		{"grouppush", "vv: message bodies for group push"},
	}},
	{Name: "brand", Meaning: "Brand of the phones that GeTui's own channel reached.", Open: metric.OpenAsSent,
		Values: []metric.LabelValue{{"others", "all brands except the ten with the most messages"}}},
	{Name: "task_id", Meaning: "Id of the push task, from `task_ids`."},
	{Name: "task_group", Meaning: "Name of the task group, from `task_groups`."},
	{Name: "action", Meaning: "Id of the action that the app reports, from `action_ids`."},
	{Name: "stage", Meaning: "The stage that lost messages did not reach.", Open: metric.OpenAsSent,
		Values: metric.NamedCodes(lossStages)},
	{Name: "category", Meaning: "General reason why messages were lost.", Open: "others keep the vendor's digits",
		Values: metric.NamedCodes(lossCategories)},
	{Name: "reason", Meaning: "Specific reason why messages were lost.", Open: "others keep the vendor's digits",
		Values: append(metric.NamedCodes(lossReasons),
			metric.LabelValue{"unspecified", "the part of the category's total that no reason explains"})},
}

// channelName returns the name of a value of the label channel; "" if it is not known.
func channelName(channel string) string {
	for _, v := range labels[0].Values {
		if v[0] == channel {
			name, _, _ := strings.Cut(v[1], ";")
			name, _, _ = strings.Cut(name, ",")
			return name
		}
	}
	return ""
}

// The values of the labels channel and kind in Chinese.
var (
	chineseChannels = map[string]string{
		"gt": "个推", "ios": "APNs", "apn": "APNs", "hw": "华为", "ho": "荣耀", "xm": "小米", "xmg": "小米", "vv": "vivo",
		"op": "OPPO", "opg": "OPPO", "mz": "魅族", "st": "坚果", "wx": "微信",
	}
	chineseKinds = map[string]string{
		"app": "群推", "list": "创建消息", "app_with_tag": "按条件筛选用户推送", "general": "普通消息", "special": "系统消息",
		"grouppush": "群推消息体",
	}
)

// limits say what the API itself leaves out.
var limits = []string{
	"Reports on a task cover the last 90 days, reports on a task group the last 70 days: older pushes are not included.",
	"There is no daily report for the current day: the newest one is for yesterday.",
	"A report names the ten phone brands with the most messages sent. All others together are `brand=\"others\"`.",
	"Online users are reported as a point every ten minutes of the last day. While nobody is online, there is no point.",
	"Channels that do not report displayed messages (−1) have no sample of `…_displayed`.",
}
