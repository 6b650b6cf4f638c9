package status

import "github.com/engage-exporter/engage_exporter/collector"

// chinese are the words in Chinese. CONTRIBUTING.md has the terms.
var chinese = &phrases{
	Lang: "zh-CN", Language: "中文", Comma: "、", Semicolon: "；", Colon: "：",

	Pages: "页面", Metrics: "指标", Discovery: "服务发现", Configuration: "配置", API: "API",
	Health: "存活检查", Readiness: "就绪检查", Profiles: "性能剖析",
	ReloadFailed:      "上一次重新加载失败，沿用原配置",
	ReloadFailedTitle: "重新加载失败", FailingTitle: "%s 个失败", AttentionTitle: "%s 个待处理",
	Shard:           "本 exporter 是分片 %s，其他分片的账号在其他 exporter 上。",
	WithoutAccounts: "%s 只有 exporter 自身的指标，各账号的指标在 /probe。",
	AsOf:            "截至", ReadsNothing: "打开本页不会读取服务商的数据。抓取时才会读取，而且只读取到期的接口。",
	Accounts: "账号", Endpoints: "接口", Failing: "失败", SamplesServed: "样本",
	LastScrape: "上次抓取", MostOverdue: "逾期最久", Never: "从未", None: "无", Runbook: "告警处理手册",
	RunbookAddress: "https://github.com/engage-exporter/engage_exporter/blob/main/docs/zh/runbook.md#",
	Problems:       "需要处理的问题", MoreProblems: "另有 %s 个账号",
	RefreshNow: "立即刷新", RefreshNowTitle: "与抓取一样，只读取到期的接口",
	JobIntro: "在 prometheus.yml 中加入以下 job，Prometheus 就会抓取本 exporter：",

	NoAccount:    "没有要读取的账号",
	WhyNoAccount: "配置中没有账号，或所有账号都在其他分片。",
	AllOff:       "所有接口都已关闭", SomeFail: "%[2]s中有 %[1]s 个失败，涉及 %[5]s中的 %[4]s 个",
	FirstRefresh: "正在首次读取", NothingRead: "尚未读取任何数据",
	WhyNothingRead: "Prometheus 抓取时才会读取服务商的数据。Prometheus 是否在抓取本 exporter？",
	Attention:      "没有读取失败，但有 %[1]s需要处理", NothingFails: "没有失败",
	QuotasExhausted: "%s已用尽。", SomeOverdue: "%s逾期未读，超过两个读取间隔。",
	NobodyScrapes: "接口到期时没有抓取。Prometheus 是否在抓取本 exporter？",
	SomeCut:       "%s有样本被丢弃，或有请求的条目缺失。",
	SomeExpired:   "%s没有数据：读取的数据已超过最长保留时间，或不属于当日。",
	SomePending:   "%s尚未读取。", SomeFirst: "%s正在首次读取。",
	SomePendingAndFirst: "%s尚未读取，其中 %s 个正在首次读取。",

	Filter: "搜索、筛选和排序", Vendor: "服务商", All: "全部", NoneHere: "%s（这里没有）", Search: "搜索",
	SearchHint: "名称或错误", OnlyFailing: "只看需要处理的", Sort: "排序",
	Refresh: "自动刷新", Show: "显示", ShowAll: "显示全部",
	Sorts: map[string]string{
		"": "需要处理的在前", "name": "按名称", "overdue": "逾期最久的在前", "duration": "耗时最长的在前", "samples": "样本最多的在前",
	},
	Refreshes: map[string]string{"30": "每 30 秒", "300": "每 5 分钟", "0": "关闭"},

	Found: "找到 %s，共 %s 个", AttentionFirst: "%s，需要处理的在前",
	NothingMatches: "没有符合条件的账号。", NothingFound: "符合条件的账号都不需要处理。",
	NothingFailsHere: "没有需要处理的账号。", MoreAccounts: "更多账号",
	TimeZone: "时区 %s", MovedTo: "服务商要求改用 %s", Probe: "单独抓取", Debug: "调试",
	EndpointsOf: "%s 的接口",
	PageOf:      "第 %s 到 %s 个账号，第 %s 页，共 %s 页", Previous: "上一页", Next: "下一页",

	EndpointColumn: "接口", State: "状态", LastRead: "上次读取", NextRead: "下次读取", Samples: "样本",
	Duration: "耗时", Refreshing: "读取中", NextScrape: "下次抓取时", Nothing: "无数据", Last: "最近一次", Kept: "保留 %s",
	Every: "间隔 %s", For: "已持续", WhyFails: "%s 失败的原因：", LastReads: "%s 最近的读取",

	Up: "正常", StateFailing: "失败", Stale: "失败，仍提供旧数据", Partial: "部分失败", Pending: "尚未读取",
	Reading: "正在首次读取", ReadingServed: "正在首次读取，已提供部分数据",
	TooOld: "数据已超过最长保留时间", NewDay: "尚无当日数据", NotComplete: "不完整",
	UpExhausted: "正常，推送配额已用尽", UpNotComplete: "正常，但不完整", AccountFails: "%[2]s中有 %[1]s 个失败",
	ItemsFail: "%[2]s 个条目中有 %[1]s 个失败", OverdueBecause: "逾期未读：%s", EndpointsOverdue: "%s逾期未读",
	Dropped: "丢弃 %s 个", Missing: "缺失 %s 个", Outcome: "%s，耗时 %s", OK: "成功",
	Overdue: map[collector.Overdue]string{
		collector.OverdueNoScrape: "没有抓取", collector.OverdueRateLimit: "等待限流",
		collector.OverdueBackoff: "退避中", collector.OverdueReading: "读取中",
	},

	Quotas: "推送配额", QuotasOrder: "用得最多的在前", NoQuota: "没有推送配额的数据。",
	Exhausted: "已用尽", ExhaustedOf: "已用尽：%s",
	PercentUsed: "已用 %s%%", Left: "剩余 %s，共 %s", Requested: "已请求 %s，共 %s", OfLimit: "限额 %s",
	PercentRequested: "已请求限额的 %s%%", PercentOver: "已请求限额的 %s%%，未用尽",
	UseNotReported: "限额 %s，服务商未返回用量",
	More:           "另有 %s 个",
	FailedRequests: "最近失败的请求", FailedOrder: "最新的在前", NoFailure: "没有失败的请求。",
	NoQuotaFound:   "找到的账号没有推送配额的数据。",
	NoFailureFound: "找到的账号没有失败的请求。", EndpointsShown: "显示 %[2]s中的 %[1]s 个",
	MoreFailures: "另有 %s 个，见各账号的调试页", NoAnswer: "没有响应", In: "耗时",

	Restored:    "启动时恢复了 %[2]s的 %[1]s，共 %[3]s。",
	NotRestored: "%s未恢复：配置或密钥与之前不同，或密钥无法读取。",
	CannotStore: "状态无法保存：重启后，现在已读取的数据会丢失。原因见日志。",

	Ago: "%s前", Ahead: "%s后", JustNow: "刚刚", AMoment: "片刻",
	Milliseconds: "%s 毫秒", Seconds: "%s 秒", Minutes: "%s 分钟", Hours: "%s 小时", Days: "%s 天",

	Account: noun{"个账号", "个账号"}, Endpoint: noun{"个接口", "个接口"}, Sample: noun{"个样本", "个样本"},
	Quota: noun{"个推送配额", "个推送配额"}, Fail: noun{"失败", "失败"}, Need: noun{"需要", "需要"},

	Advice: map[string]string{
		"auth":         "请检查凭证和本机时钟。",
		"rate_limited": "被服务商限流：请调大 min_interval，或查明还有什么程序在使用这组凭证。",
		"throttled":    "requests_per_minute 太小，不够读取所有数据。",
		"timeout":      "没有及时收到完整的响应：请检查 timeout，以及到服务商的网络。",
		"network":      "请检查 base_url、http_client（代理、TLS）、DNS 和防火墙。",
		"http":         "服务商或它前面的网关返回了 HTTP 错误。请检查 base_url。",
		"rejected":     "服务商理解了请求，但拒绝了它。请检查账号的权限和配置的 ID。",
		"malformed":    "响应与服务商的文档不符。请检查 base_url。",
		"too_large":    "响应超过了 max_response_bytes。",
	},
}
