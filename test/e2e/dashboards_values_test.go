package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// expected is a sample of the answer.
type expected struct {
	Labels string  `json:"labels"`
	Value  float64 `json:"value"`
}

// input is a series in promtool's notation, from 0 on, a value each ten minutes.
type input struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

const (
	up       = `up{job="engage", instance="a"}`
	build    = `engage_exporter_build_info{job="engage", instance="a"}`
	started  = `process_start_time_seconds{job="engage", instance="a"}`
	timeouts = `engage_endpoint_reads_total{job="engage", instance="a", vendor="getui", account="shop", ` +
		`api_endpoint="tasks", result="timeout"}`
	build2       = `engage_exporter_build_info{job="engage", instance="b"}`
	oneDay       = "1x144 "
	events       = `quanshi_events{account="talks"}`
	openSessions = `quanshi_event_open_sessions{account="talks", event_id="1", side="live_stream"}`
	endpointUp   = `engage_endpoint_up{vendor="getui", account="shop", api_endpoint="tasks"}`
	samples      = `engage_endpoint_samples{vendor="getui", account="shop", api_endpoint="tasks"}`
)

// hourly is a value of each hour of a day up to the last, 10 until the hour before `from` and 1 since.
func hourly(family string, from, last int) []input {
	series := make([]input, 0, last+1)
	for hour := range last + 1 {
		value := "10x2000"
		if hour >= from {
			value = "1x2000"
		}
		series = append(series, input{fmt.Sprintf(`%s{account="academy", platform="pc", hour="%02d"}`, family, hour), value})
	}
	return series
}

// firing are the series of an alert that fires and has been true since ten minutes.
func firing(labels string) []input {
	return []input{
		{`ALERTS{` + labels + `, alertstate="firing"}`, "1x20"},
		{`ALERTS_FOR_STATE{` + labels + `}`, "600x20"},
	}
}

// What panels show for series whose answer can be known. The time zero is a midnight in UTC.
func TestDashboardsShowWhatIsTrue(t *testing.T) {
	yesterday, today := hourly("polyv_yesterday_plays", 24, 23), hourly("polyv_today_plays", 8, 10)
	// The values of a day that began at an hour are served during the day after it.
	pushes := func(hour int) []input {
		unserved := fmt.Sprintf("_x%d ", 6*(hour+24))
		return []input{
			{`getui_yesterday_push_sent{account="shop"}`, unserved + "100x141"},
			{`getui_yesterday_start_timestamp_seconds{account="shop"}`, unserved + fmt.Sprintf("%dx141", hour*3600)},
		}
	}
	live := []input{
		{events, "1x20"},
		{`quanshi_event_start_timestamp_seconds{account="talks", event_id="1"}`, "0x20"},
		{`quanshi_event_end_timestamp_seconds{account="talks", event_id="1"}`, "86400x20"},
		{`quanshi_event_report_timestamp_seconds{account="talks", event_id="1"}`, "0+600x20"},
		{`quanshi_event_info{account="talks", event_id="1", title="Launch", form="live"}`, "1x20"},
	}
	// A tag that is computed daily. Today's computation has begun: the vendor's next one is tomorrow's.
	tag := func(lastSuccess, lastRead string) []input {
		return []input{
			{`engage_endpoint_last_success_timestamp_seconds{vendor="sensorsdata", account="a", api_endpoint="tags"}`, lastRead},
			{`sensorsdata_tags{account="a", status="running"}`, "1x60"},
			{`sensorsdata_tag_status{account="a", tag_id="21", status="running"}`, "1x60"},
			{`sensorsdata_tag_last_success_base_timestamp_seconds{account="a", tag_id="21"}`, lastSuccess},
			{`sensorsdata_tag_last_partition_base_timestamp_seconds{account="a", tag_id="21"}`, "0x60"},
			{`sensorsdata_tag_next_partition_base_timestamp_seconds{account="a", tag_id="21"}`, "86400x60"},
			{`sensorsdata_tag_due_timestamp_seconds{account="a", tag_id="21"}`, "90000x60"},
		}
	}
	// The funnel of account "b" has clicks only.
	streams := []input{
		{`adspect_today_stream_clicks{account="a", stream_id="1"}`, "100x20"},
		{`adspect_today_stream_money_hits{account="a", stream_id="1"}`, "80x20"},
		{`adspect_today_stream_givt{account="a", stream_id="1"}`, "6x20"},
		{`adspect_today_stream_sivt{account="a", stream_id="1"}`, "4x20"},
		{`adspect_today_stream_clicks{account="b", stream_id="2"}`, "900x20"},
	}
	loss := func(category, reason string, messages int) input {
		return input{
			fmt.Sprintf(`getui_task_lost_messages{account="shop", task_id="1", stage="displayed", channel="gt", category=%q, reason=%q}`,
				category, reason),
			fmt.Sprintf("%dx20", messages),
		}
	}
	// A quota of 100 messages.
	quota := func(channel string, used int, exhausted bool) []input {
		labels := fmt.Sprintf(`{account="shop", channel=%q, kind="general"}`, channel)
		state := "0x200"
		if exhausted {
			state = "1x200"
		}
		return []input{
			{`getui_today_start_timestamp_seconds{account="shop"}`, "0x200"},
			{"getui_push_quota_limit" + labels, "100x200"},
			{"getui_push_quota_remaining" + labels, fmt.Sprintf("%dx200", 100-used)},
			{"getui_push_quota_exhausted" + labels, state},
		}
	}
	watched := func(event, seconds string) input {
		return input{
			fmt.Sprintf(`quanshi_event_watch_duration_seconds{account="talks", event_id=%q, side="live_stream", mode="live"}`, event),
			seconds,
		}
	}
	// A value of a stream of each mode, which is its name, too.
	modes := func(value string, of int) []input {
		var series []input
		for i, mode := range []string{"Filter", "Review", "Money", "White"} {
			stream := fmt.Sprintf(`account="a", stream_id="%d"`, i+1)
			series = append(series,
				input{fmt.Sprintf("adspect_today_stream_%s{%s}", value, stream), fmt.Sprintf("%dx20", of)},
				input{fmt.Sprintf("adspect_stream_info{%s, stream=%q, mode=%q}", stream, mode, mode), "1x20"})
		}
		return series
	}
	const failed = `{vendor="getui", account="shop", api_endpoint="tasks", reason="timeout"}`

	failing := []input{{"engage_endpoint_failing" + failed, "1x20"}}
	state := func(value float64) []expected {
		return []expected{{`{vendor="getui", vendor_name="getui", account="shop", api_endpoint="tasks"}`, value}}
	}
	timedOut := func(count float64) []expected {
		return []expected{{`{vendor="GeTui", api_endpoint="tasks", result="timeout", failure="timeout"}`, count}}
	}
	failures := func(count float64) []expected {
		return []expected{{`{vendor="getui", vendor_name="getui", account="shop"}`, count}}
	}

	for _, c := range []struct {
		name, panel string
		series      []input
		at          string
		want        []expected
	}{
		{"an empty Prometheus has no exporters", "exporter/Exporters down", nil, "2d", nil},
		{"an exporter that is scraped", "exporter/Exporters down", []input{{up, "1x400"}, {build, "1x400"}}, "2d", []expected{{"{}", 0}}},
		{
			"an exporter that cannot be scraped", "exporter/Exporters down",
			[]input{{up, oneDay + "0x200"}, {build, oneDay + "stale"}}, "2d", []expected{{"{}", 1}},
		},
		{
			"an exporter that is no target any more", "exporter/Exporters down",
			[]input{{up, oneDay + "stale"}, {build, oneDay + "stale"}}, "2d", []expected{{"{}", 1}},
		},
		{
			"an instance that another one has replaced", "exporter/Exporters down",
			[]input{{build, oneDay + "stale"}, {build2, "_x145 1x200"}}, "2d", []expected{{"{}", 0}},
		},
		{"nothing is known to fail", "exporter/What fails now, and why", nil, "1h", nil},
		{"nothing fails", "exporter/What fails now, and why", []input{{endpointUp, "1x20"}}, "1h", []expected{{`{reason="nothing fails"}`, -1}}},
		{"nothing is known to be wrong", "overview/What is wrong now", nil, "1h", nil},
		{"nothing is wrong", "overview/What is wrong now", []input{{endpointUp, "1x20"}}, "1h", []expected{{`{what="nothing is wrong"}`, -1}}},
		{
			"an endpoint that has failed since half an hour", "overview/What is wrong now",
			[]input{
				{strings.Replace(endpointUp, "engage_endpoint_up", "engage_endpoint_last_success_timestamp_seconds", 1), "1800x20"},
				{endpointUp, "0x20"},
				{"engage_endpoint_failing" + failed, "1x20"},
			},
			"1h",
			[]expected{{`{severity="2", what="endpoint fails", vendor="getui", vendor_name="getui", account="shop",` +
				` where="tasks: timeout", runbook="engageendpointdown"}`, 1800e3}},
		},
		{
			"a quota that is used up since twenty minutes", "overview/What is wrong now",
			[]input{{endpointUp, "1x20"}, {`getui_push_quota_exhausted{account="shop", channel="xm", kind="general"}`, "0x4 1x20"}},
			"1h",
			[]expected{{`{severity="1", what="push quota is used up", vendor="getui", vendor_name="getui", account="shop",` +
				` where="Xiaomi general", runbook="getuipushquotaexhausted"}`, 2400e3}},
		},
		{
			"a quota that was used up before anything is known", "overview/What is wrong now",
			[]input{{endpointUp, "1x20"}, {`getui_push_quota_exhausted{account="shop", channel="xm", kind="general"}`, "_ _ 1x20"}},
			"1h",
			[]expected{{`{severity="1", what="push quota is used up", vendor="getui", vendor_name="getui", account="shop",` +
				` where="Xiaomi general", runbook="getuipushquotaexhausted"}`, 1200e3}},
		},
		{"an endpoint that fails", "exporter/Endpoints/A", append(failing, input{endpointUp, "0x20"}), "1h", state(0)},
		{
			"an endpoint that one of two replicas cannot read", "exporter/Endpoints/A",
			append(failing, input{endpointUp, "1x20"}), "1h", state(0),
		},
		{
			"an endpoint that fails and has lost its values", "exporter/Endpoints/A",
			append(failing, input{endpointUp, "0x20"}, input{samples, "7x3 0x20"}), "1h", state(-1),
		},
		{
			"an endpoint that fails and never had values", "exporter/Endpoints/A",
			append(failing, input{endpointUp, "0x20"}, input{samples, "0x20"}), "1h", state(0),
		},
		{
			"an endpoint that fails and still serves its values", "overview/Endpoints that fail",
			append(failing, input{endpointUp, "0x20"}, input{samples, "7x20"}), "1h", []expected{{`{state="fails"}`, 1}},
		},
		{
			"an endpoint that has lost its values", "overview/Endpoints that fail",
			append(failing, input{endpointUp, "0x20"}, input{samples, "7x3 0x20"}), "1h", []expected{{`{state="lost"}`, 1}},
		},
		{
			"no endpoint fails", "overview/Endpoints that fail", []input{{endpointUp, "1x20"}}, "1h",
			[]expected{{`{state="fails"}`, 0}},
		},
		{"no endpoint is known to fail", "overview/Endpoints that fail", nil, "1h", nil},
		{"an endpoint that is well", "exporter/Endpoints/A", []input{{endpointUp, "1x20"}}, "1h", state(1)},
		{"an endpoint with an item that has not been read", "exporter/Endpoints/A", []input{{endpointUp, "0x20"}}, "1h", state(0.5)},
		{"no endpoint of an account fails", "overview/All accounts/A", []input{{endpointUp, "0x20"}}, "1h", failures(0)},
		{
			"an endpoint of an account fails", "overview/All accounts/A",
			append(failing, input{endpointUp, "0x20"}), "1h", failures(1),
		},
		{
			"alerts are sorted by severity", "overview/Alerts that fire or are pending/A",
			[]input{
				{
					`ALERTS{alertname="GetuiPushQuotaLow", alertstate="firing", severity="warning", vendor="getui", account="a"}`,
					"1x20",
				},
				{
					`ALERTS{alertname="GetuiPushQuotaExhausted", alertstate="firing", severity="critical", vendor="getui", account="a"}`,
					"1x20",
				},
			},
			"1h",
			[]expected{
				{
					`{alertname="GetuiPushQuotaLow", alertstate="firing", severity="2",` +
						` vendor="getui", vendor_name="getui", account="a"}`, 1,
				},
				{
					`{alertname="GetuiPushQuotaExhausted", alertstate="firing", severity="1",` +
						` vendor="getui", vendor_name="getui", account="a"}`, 1,
				},
			},
		},
		{"no live event runs", "quanshi/Empty live events", []input{{events, "1x20"}}, "1h", []expected{{"{}", 0}}},
		{
			"a live event with an audience", "quanshi/Empty live events",
			append([]input{{openSessions, "7x20"}}, live...), "1h", []expected{{"{}", 0}},
		},
		{
			"a live event without an audience", "quanshi/Empty live events",
			append([]input{{openSessions, "0x20"}}, live...), "1h", []expected{{"{}", 1}},
		},
		{"a live event whose audience is unknown", "quanshi/Empty live events", live, "1h", []expected{{"{}", -1}}},
		{
			"a live event whose form is unknown", "quanshi/Empty live events",
			append([]input{{openSessions, "0x20"}}, live[:4]...), "1h", []expected{{"{}", 1}},
		},
		{
			"a meeting without an audience", "quanshi/Empty live events",
			append([]input{
				{openSessions, "0x20"}, {`quanshi_event_info{account="talks", event_id="1", form="phone"}`, "1x20"},
			}, live[:4]...),
			"1h", []expected{{"{}", 0}},
		},
		{
			"a live event whose report is old", "quanshi/Empty live events",
			append([]input{
				{openSessions, "0x20"}, {`quanshi_event_report_timestamp_seconds{account="talks", event_id="1"}`, "0x20"},
			}, append(live[:3:3], live[4])...),
			"1h", []expected{{"{}", -1}},
		},
		{
			"a live event whose report lacks the list with the audience", "quanshi/Empty live events",
			append([]input{{openSessions, "0x20"}, {strings.Replace(openSessions, "live_stream", "interactive", 1), "7x3 stale"}}, live...),
			"1h", []expected{{"{}", -1}},
		},
		{"a computation that hangs", "sensorsdata/Tags that are late", tag("-86400x60", "0+600x60"), "8h", []expected{{"{}", 1}}},
		{"a computation that has succeeded", "sensorsdata/Tags that are late", tag("0x60", "0+600x60"), "8h", []expected{{"{}", 0}}},
		{
			"a computation that may have succeeded while the tags could not be read", "sensorsdata/Tags that are late",
			tag("-86400x60", "0+600x12 7200x60"), "8h", []expected{{"{}", 0}},
		},
		{
			"a tag that failed, and so is late", "overview/What is wrong now",
			append(tag("-86400x60", "0+600x60"), input{endpointUp, "1x60"},
				input{`sensorsdata_tag_last_partition_status{account="a", tag_id="21", status="failed"}`, "1x60"}), "8h",
			[]expected{{`{severity="2", what="tag failed", vendor="sensorsdata", vendor_name="sensorsdata", account="a",` +
				` where="21", runbook="sensorsdatatagfailed"}`, 0}},
		},
		{
			"a quota of which little is left since twenty minutes", "overview/What is wrong now",
			[]input{
				{endpointUp, "1x20"},
				{`getui_push_quota_limit{account="shop", channel="xm", kind="general"}`, "100x20"},
				{`getui_push_quota_remaining{account="shop", channel="xm", kind="general"}`, "50x3 10 9x20"},
				{`getui_push_quota_remaining{account="shop", channel="hw", kind="general"}`, "10x20"},
			},
			"1h",
			[]expected{{`{severity="2", what="push quota nearly used up", vendor="getui", vendor_name="getui", account="shop",` +
				` where="Xiaomi general", runbook="getuipushquotalow"}`, 2400e3}},
		},
		{
			"values that are lost", "overview/What is wrong now",
			[]input{
				{strings.Replace(endpointUp, "engage_endpoint_up", "engage_endpoint_last_success_timestamp_seconds", 1), "1800x20"},
				{samples, "7x3 0x20"},
				{endpointUp, "0x20"},
				{"engage_endpoint_failing" + failed, "1x20"},
			},
			"1h",
			[]expected{{`{severity="1", what="values are lost", vendor="getui", vendor_name="getui", account="shop",` +
				` where="tasks: timeout", runbook="engagedataexpired"}`, 1800e3}},
		},
		{
			"values that were lost two days ago, as the alert knows", "overview/What is wrong now",
			[]input{
				{samples, "0x20"},
				{endpointUp, "0x20"},
				{"engage_endpoint_failing" + failed, "1x20"},
				{`ALERTS{alertname="EngageDataExpired", alertstate="firing", severity="critical", vendor="getui", account="shop", ` +
					`api_endpoint="tasks"}`, "1x20"},
			},
			"1h",
			[]expected{{`{severity="1", what="values are lost", vendor="getui", vendor_name="getui", account="shop",` +
				` where="tasks: timeout", runbook="engagedataexpired"}`, 1}},
		},
		{
			"an alert that no other line explains", "overview/What is wrong now",
			append([]input{{endpointUp, "1x20"}}, firing(`alertname="GetuiChannelClicksFell", severity="warning", vendor="getui", `+
				`account="shop", channel="xm"`)...),
			"1h",
			[]expected{{`{severity="2", what="GetuiChannelClicksFell", vendor="getui", vendor_name="getui", account="shop",` +
				` where="Xiaomi", runbook="getuichannelclicksfell"}`, 600e3}},
		},
		{
			"an alert of an exporter", "overview/What is wrong now",
			append([]input{{endpointUp, "1x20"}},
				firing(`alertname="EngageExporterRestarts", severity="warning", job="engage", instance="a"`)...),
			"1h",
			[]expected{{`{severity="2", what="EngageExporterRestarts", vendor="exporter", vendor_name="exporter",` +
				` where="engage a", runbook="engageexporterrestarts"}`, 600e3}},
		},
		{
			"an alert that is pending", "overview/What is wrong now",
			[]input{
				{endpointUp, "1x20"},
				{
					`ALERTS{alertname="AdspectClicksStopped", alertstate="pending", severity="critical", vendor="adspect", account="a"}`,
					"1x20",
				},
				{`ALERTS_FOR_STATE{alertname="AdspectClicksStopped", severity="critical", vendor="adspect", account="a"}`, "600x20"},
			},
			"1h", []expected{{`{what="nothing is wrong"}`, -1}},
		},
		{
			"a tag that failed twice", "overview/What is wrong now",
			append(tag("-172800x60", "0+600x60"), input{endpointUp, "1x60"},
				input{`sensorsdata_tag_last_partition_status{account="a", tag_id="21", status="failed"}`, "1x60"},
				input{`sensorsdata_tag_info{account="a", tag_id="21", display_name="paying", name="pay"}`, "1x60"}), "8h",
			[]expected{{`{severity="2", what="tag failed", vendor="sensorsdata", vendor_name="sensorsdata", account="a",` +
				` where="paying", runbook="sensorsdatatagfailed"}`, -86400e3}},
		},
		{
			"a tag that never succeeded", "overview/What is wrong now",
			append(tag("_x60", "0+600x60"), input{endpointUp, "1x60"},
				input{`sensorsdata_tag_last_partition_status{account="a", tag_id="21", status="failed"}`, "1x60"}), "8h",
			[]expected{{`{severity="2", what="tag failed", vendor="sensorsdata", vendor_name="sensorsdata", account="a",` +
				` where="21", runbook="sensorsdatatagfailed"}`, 0}},
		},
		{
			"a subscription that has ended", "overview/What is wrong now",
			[]input{{endpointUp, "1x20"}, {`adspect_account_expiry_timestamp_seconds{account="a"}`, "600x20"}}, "1h",
			[]expected{{`{severity="1", what="subscription has ended", vendor="adspect", vendor_name="adspect", account="a",` +
				` runbook="adspectaccountexpires"}`, 600e3}},
		},
		{
			"a subscription that ends within a week", "overview/What is wrong now",
			[]input{
				{endpointUp, "1x20"},
				{`adspect_account_expiry_timestamp_seconds{account="a"}`, "605400x20"},
				{`adspect_account_expiry_timestamp_seconds{account="b"}`, "608401x20"},
			},
			"1h",
			[]expected{{`{severity="2", what="subscription ends soon", vendor="adspect", vendor_name="adspect", account="a",` +
				` where="days left: 6", runbook="adspectaccountexpires"}`, 600e3}},
		},
		{
			"a tag that is not known to be late is not wrong", "overview/What is wrong now",
			append(tag("-86400x60", "0+600x12 7200x60"), input{endpointUp, "1x60"}), "8h",
			[]expected{{`{what="nothing is wrong"}`, -1}},
		},
		{
			"quality without the clicks of accounts that lack it", "overview/Adspect: quality today", streams, "1h",
			[]expected{{"{}", 0.8}},
		},
		{
			"quality without the clicks of accounts that lack it, on its own page", "adspect/Quality today", streams, "1h",
			[]expected{{"{}", 0.8}},
		},
		{
			"invalid traffic without the clicks of accounts that lack it", "adspect/Invalid traffic today", streams, "1h",
			[]expected{{"{}", 0.1}},
		},
		{
			"messages without those of accounts that do not know how many arrived", "getui/Delivery rate by channel",
			[]input{
				{`getui_yesterday_channel_push_sent{account="a", channel="xm"}`, "100x20"},
				{`getui_yesterday_channel_push_sent{account="b", channel="xm"}`, "900x20"},
				{`getui_yesterday_channel_push_received{account="a", channel="xm"}`, "90x20"},
			},
			"1h", []expected{{`{channel="Xiaomi"}`, 0.9}},
		},
		{
			"hours that Polyv has not counted", "polyv/Plays against yesterday",
			append([]input{
				{`polyv_today_start_timestamp_seconds{account="academy"}`, "0x2000"},
				{`polyv_latest_hour_start_timestamp_seconds{account="academy"}`, "25200x2000"},
			}, append(yesterday, today...)...),
			"630m", []expected{{"{}", 1}},
		},
		{
			"no hour of the day counted", "polyv/Plays against yesterday",
			append([]input{
				{`polyv_today_start_timestamp_seconds{account="academy"}`, "0x2000"},
				{`polyv_latest_hour_start_timestamp_seconds{account="academy"}`, "-7200x2000"},
			}, append(yesterday, today...)...),
			"90m", nil,
		},
		{
			"a name that is no longer known", "adspect/Clicks since midnight",
			[]input{
				{`adspect_today_stream_clicks{account="ads", stream_id="1"}`, "5x100"},
				{`adspect_stream_info{account="ads", stream_id="1", stream="search", mode="Filter"}`, "1x10 stale"},
			},
			"5h", []expected{{`{account="ads", stream_id="1", stream="search"}`, 5}},
		},
		{
			"a name that was changed", "adspect/Clicks since midnight",
			[]input{
				{`adspect_today_stream_clicks{account="ads", stream_id="1"}`, "5x100"},
				{`adspect_stream_info{account="ads", stream_id="1", stream="zzz old", mode="Filter"}`, "1x10 stale"},
				{`adspect_stream_info{account="ads", stream_id="1", stream="new", mode="Filter"}`, "_x10 1x100"},
			},
			"5h", []expected{{`{account="ads", stream_id="1", stream="new"}`, 5}},
		},
		{
			"a loss whose reason says no more than its category", "getui/Why messages are lost",
			[]input{
				loss("notifications_disabled", "unspecified", 30),
				loss("invalid_user", "invalid_user", 20),
				loss("quota_exceeded", "device_quota_exceeded", 10),
			},
			"1h",
			[]expected{
				{`{stage="displayed", category="notifications disabled", reason="not specified", cause="notifications disabled"}`, 30},
				{`{stage="displayed", category="invalid user", reason="invalid user", cause="invalid user"}`, 20},
				{
					`{stage="displayed", category="quota exceeded", reason="quota of the device exceeded",` +
						` cause="quota exceeded / quota of the device exceeded"}`, 10,
				},
			},
		},
		{
			"a forecast beside a quota that is used up", "getui/Forecast for midnight",
			append(quota("xm", 25, false), quota("hw", 100, true)...), "12h", []expected{{"{}", 0.5}},
		},
		{"no forecast if all quotas are used up", "getui/Forecast for midnight", quota("hw", 100, true), "12h", []expected{{"{}", -1}}},
		{
			"no forecast of a quota that is used up", "getui/Quotas/C",
			append(quota("xm", 25, false), quota("hw", 100, true)...), "12h",
			[]expected{{`{account="shop", channel="xm", kind="general"}`, 0.5}},
		},
		{"no forecast without the start of the day", "getui/Forecast for midnight", quota("xm", 25, false)[1:], "12h", nil},
		{
			"a tag that failed is not late as well", "sensorsdata/Tags that are late",
			append(tag("-86400x60", "0+600x60"),
				input{`sensorsdata_tag_last_partition_status{account="a", tag_id="21", status="failed"}`, "1x60"}),
			"8h", []expected{{"{}", 0}},
		},
		{
			"an event that is long over has no hours that grow", "quanshi/Hours watched",
			[]input{watched("1", "0+3600x40"), watched("2", "972000x40")}, "6h",
			[]expected{{`{account="talks", event_id="1", title="1"}`, 36}},
		},
		{
			"a start that changed is in no legend", "quanshi/Hours watched",
			[]input{
				watched("1", "0+3600x40"),
				{`quanshi_event_info{account="talks", event_id="1", title="Open all day"}`, "1x40"},
				{`quanshi_event_start_timestamp_seconds{account="talks", event_id="1"}`, "0x20 14400x20"},
			},
			"6h", []expected{{`{account="talks", event_id="1", title="Open all day"}`, 36}},
		},
		{
			"a start that stays is in the legend", "quanshi/Hours watched",
			[]input{
				watched("1", "0+3600x40"),
				{`quanshi_event_info{account="talks", event_id="1", title="Launch"}`, "1x40"},
				{`quanshi_event_start_timestamp_seconds{account="talks", event_id="1"}`, "0x40"},
			},
			"6h", []expected{{`{account="talks", event_id="1", title="Launch", start="01-01 08:00"}`, 36}},
		},
		{
			"clicks within an hour are whole", "adspect/Clicks within an hour",
			[]input{{`adspect_today_stream_clicks{account="a", stream_id="1"}`, "0 5 10 20 31 44 50 77x20"}}, "65m",
			[]expected{{`{account="a", stream_id="1", stream="1"}`, 54}},
		},
		{
			"a stream that shows all visitors the same page has no quality", "adspect/Quality",
			append(modes("quality_ratio", 0), input{`adspect_today_stream_quality_ratio{account="a", stream_id="9"}`, "0.5x20"}), "1h",
			[]expected{
				{`{account="a", stream_id="1", stream="Filter"}`, 0},
				{`{account="a", stream_id="9", stream="9"}`, 0.5},
			},
		},
		{
			"a stream that shows all visitors the same page has no invalid traffic", "adspect/Invalid traffic",
			slices.Concat(modes("clicks", 100), modes("givt", 5), modes("sivt", 5)), "1h",
			[]expected{{`{account="a", stream_id="1", stream="Filter"}`, 0.1}},
		},
		{"a day under its own date", "trends/Messages sent, day by day/A", pushes(24), "1d", []expected{{`{account="shop"}`, 100}}},
		{"a day not under the next date", "trends/Messages sent, day by day/A", pushes(24), "2d", nil},
		{"a day not under the date before", "trends/Messages sent, day by day/A", pushes(24), "0d", nil},
		{
			"a day that began eight hours before", "trends/Messages sent, day by day/A", pushes(16), "1d",
			[]expected{{`{account="shop"}`, 100}},
		},
		{
			"a day that began eight hours later", "trends/Messages sent, day by day/A", pushes(32), "1d",
			[]expected{{`{account="shop"}`, 100}},
		},
		{
			"the first failure of its kind", "exporter/Failed reads within an hour/A",
			[]input{{up, "1x30"}, {timeouts, "_x9 1x20"}}, "2h", timedOut(1),
		},
		{
			"the failures of an exporter that has just started", "exporter/Failed reads within an hour/A",
			[]input{{up, "_x9 1x20"}, {started, "_x9 5300x20"}, {timeouts, "_x9 3x20"}}, "2h", timedOut(3),
		},
		{
			"no failure, and no scrape an hour ago", "exporter/Failed reads within an hour/A",
			[]input{{up, "1x4 _x4 1x20"}, {started, "0x4 _x4 0x20"}, {timeouts, "1000x4 _x4 1000x20"}}, "2h", timedOut(0),
		},
		{
			"a failure that is over falls to 0", "exporter/Failed reads within an hour/A",
			[]input{{up, "1x30"}, {timeouts, "1x9 2x20"}}, "4h", timedOut(0),
		},
		{
			"an hour without a failure", "exporter/Failed reads within an hour/B",
			[]input{{up, "1x30"}, {timeouts, "3x30"}}, "2h", []expected{{"{}", 0}},
		},
		{"failures of an exporter that is not known", "exporter/Failed reads within an hour/B", nil, "2h", nil},
		{
			"failures are whole", "exporter/Failed reads within an hour/A",
			[]input{{up, "1x30"}, {timeouts, "1x9 2x20"}}, "2h", timedOut(1),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, queryOf(t, c.panel), c.series, c.at, c.want)
		})
	}
}

// A stack of the ten largest accounts has the sum of the others on top: its height is the sum of all.
func TestDashboardsShowStacksThatAreTotals(t *testing.T) {
	var series []input
	for i := range 12 {
		account := fmt.Sprintf(`{account="shop%d"}`, i)
		series = append(series,
			input{`getui_yesterday_push_sent` + account, fmt.Sprintf("_x288 %dx141", 100*(i+1))},
			input{`getui_yesterday_start_timestamp_seconds` + account, "_x288 86400x141"})
	}
	ten, others := queryOf(t, "trends/Messages sent, day by day/A"), queryOf(t, "trends/Messages sent, day by day/B")
	expect(t, "count("+ten+")", series, "1d", []expected{{"{}", 10}})
	expect(t, "min("+ten+")", series, "1d", []expected{{"{}", 300}})
	expect(t, others, series, "1d", []expected{{"{}", 300}})
	expect(t, others, series[:20], "1d", nil)
}

// The streams of a graph of quality are those with the least, but for those whose mode leaves nothing to judge.
func TestDashboardsShowTheWorstQuality(t *testing.T) {
	var series []input
	for i := range 12 {
		stream := fmt.Sprintf(`account="ads", stream_id="%d"`, i)
		mode := "Filter"
		if i == 0 {
			mode = "White"
		}
		series = append(series,
			input{`adspect_yesterday_stream_quality_ratio{` + stream + `}`, fmt.Sprintf("_x288 %gx141", float64(i)/16)},
			input{`adspect_stream_info{` + stream + `, stream="named", mode="` + mode + `"}`, "1x500"})
	}
	series = append(series, input{`adspect_yesterday_start_timestamp_seconds{account="ads"}`, "_x288 86400x141"})
	graph := queryOf(t, "trends/Quality, day by day")
	expect(t, "min("+graph+")", series, "1d", []expected{{"{}", 1. / 16}})
	expect(t, "max("+graph+")", series, "1d", []expected{{"{}", 10. / 16}})
}

// A graph of the ten highest shows ten, and each by its name, also where more have the same value.
func TestDashboardsShowTenOfEqualValues(t *testing.T) {
	var series []input
	for i := range 40 {
		stream := fmt.Sprintf(`account="ads%d", stream_id="%d"`, i%7, i)
		series = append(series,
			input{`adspect_today_stream_clicks{` + stream + `}`, "5x100"},
			input{`adspect_stream_info{` + stream + `, stream="named", mode="Filter"}`, "1x100"})
	}
	graph := queryOf(t, "adspect/Clicks since midnight")
	expect(t, `count by (stream) (`+graph+`)`, series, "5h", []expected{{`{stream="named"}`, 10}})
}

// A graph of ten that starts again each day shows those that are the highest now, and fills up with those that were.
func TestDashboardsShowTenThatAreHighestNow(t *testing.T) {
	for _, c := range []struct{ name, panel, label, format string }{
		{
			"quotas", "getui/Quota used since midnight", "channel",
			`getui_push_quota_requested{account="a", channel="%s", kind="general"}`,
		},
		{"plays", "polyv/Plays since midnight", "account", `polyv_today_plays{account="%s", platform="pc", hour="00"}`},
		{"clicks", "adspect/Clicks since midnight", "stream", `adspect_today_stream_clicks{account="a", stream_id="%s"}`},
		{
			"losses", "adspect/Profit since midnight, in the account’s currency", "stream",
			`adspect_today_stream_expenses{account="a", stream_id="%s"}`,
		},
		{"sessions", "quanshi/Open sessions", "title", `quanshi_event_open_sessions{account="a", event_id="%s", side="live_stream"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask := func(odd, values string) []input {
				series := []input{{fmt.Sprintf(c.format, "odd"), odd}}
				for i := range 10 {
					series = append(series, input{fmt.Sprintf(c.format, fmt.Sprint("x", i)), values})
				}
				for _, s := range slices.Clone(series) {
					switch c.name {
					case "quotas":
						series = append(series, input{strings.Replace(s.Series, "requested", "limit", 1), "100x200"})
					case "losses":
						series = append(series, input{strings.Replace(s.Series, "expenses", "revenue", 1), "0x200"})
					}
				}
				return series
			}
			graph := queryOf(t, c.panel)
			found := fmt.Sprintf(`count by (found) (label_replace(%s, "found", "$1", %q, "(odd)|.*"))`, graph, c.label)
			expect(t, found, ask("0x12 20x100", "90x12 10x100"), "5h", []expected{{`{found="odd"}`, 1}, {"{}", 9}})
			expect(t, found, ask("1x12 0x100", "90x12 0x100"), "5h", []expected{{"{}", 10}})
		})
	}
}

// queryOf returns the only query of a panel, or the one with a letter, for all accounts, vendors and instances.
func queryOf(t *testing.T, id string) string {
	t.Helper()
	name, title, _ := strings.Cut(id, "/")
	title, letter, _ := strings.Cut(title, "/")
	for _, p := range dashboards(t)[name].all() {
		for _, target := range p.Targets {
			if p.Title == title && (len(p.Targets) == 1 && letter == "" || target.RefID == letter) {
				return interpolate(target.Expr, map[string]string{
					"account": ".+", "vendor": ".+", "instance": ".+", "__range": "6h", "__interval": "10m",
				})
			}
		}
	}
	t.Fatalf("no query %s", id)
	return ""
}

// expect lets promtool evaluate a query.
func expect(t *testing.T, expr string, series []input, at string, want []expected) {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"tests": []any{map[string]any{
			"interval":     "10m",
			"input_series": series,
			"promql_expr_test": []any{
				// promtool loads samples up to the time of a query: this one makes it load those that come later.
				map[string]any{"expr": "vector(0)", "eval_time": "7d", "exp_samples": []expected{{"{}", 0}}},
				map[string]any{"expr": expr, "eval_time": at, "exp_samples": want},
			},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := testkit.WriteFile(t, t.TempDir(), "query.yml", string(text))
	if out, err := run(t, "", "promtool", "test", "rules", file); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
