package status

import "github.com/engage-exporter/engage_exporter/collector"

// english are the words in English.
var english = &phrases{
	Lang: "en", Language: "English", Comma: ", ", Semicolon: "; ", Colon: ": ",
	Pages: "Pages", Metrics: "Metrics", Discovery: "Discovery", Configuration: "Configuration", API: "API",
	Health: "Health", Readiness: "Readiness", Profiles: "Profiles",
	ReloadFailed:      "The last reload failed; the previous configuration is still used",
	ReloadFailedTitle: "reload failed", FailingTitle: "%s failing", AttentionTitle: "%s to check",
	Shard:           "This is shard %s: the accounts of other shards are on other exporters.",
	WithoutAccounts: "%s has only the exporter's own metrics; /probe has those of the accounts.",
	AsOf:            "As of", ReadsNothing: "This page reads nothing from vendors. A scrape does, and only what is due.",
	Accounts: "Accounts", Endpoints: "Endpoints", Failing: "Failing", SamplesServed: "Samples served",
	LastScrape: "Last scrape", MostOverdue: "Most overdue", Never: "never", None: "none", Runbook: "Runbook",
	RunbookAddress: "https://github.com/engage-exporter/engage_exporter/blob/main/docs/runbook.md#",
	Problems:       "What needs attention", MoreProblems: "… and %s more",
	RefreshNow: "Refresh now", RefreshNowTitle: "Refreshes what is due, as a scrape does",
	JobIntro: "Prometheus scrapes this exporter with this job in prometheus.yml:",

	NoAccount:    "There is no account to read",
	WhyNoAccount: "The configuration has no account, or all accounts are in other shards.",
	AllOff:       "All endpoints are disabled", SomeFail: "%s of %s %s, at %s of %s",
	FirstRefresh: "Being read for the first time", NothingRead: "Nothing has been read yet",
	WhyNothingRead: "Vendors are read when Prometheus scrapes. Does it scrape this exporter?",
	Attention:      "No read fails, but %s %s attention", NothingFails: "Nothing fails",
	QuotasExhausted: "%s exhausted.", SomeOverdue: "%s overdue by more than two intervals.",
	NobodyScrapes: "No scrape came when they were due. Does Prometheus scrape this exporter?",
	SomeCut:       "Samples are dropped, or requested items are missing, at %s.",
	SomeExpired:   "%s without values: what was read became too old, or its day is over.",
	SomePending:   "%s not read yet.", SomeFirst: "%s being read for the first time.",
	SomePendingAndFirst: "%s not read yet, %s of them being read for the first time.",

	Filter: "Search, filter and sort", Vendor: "Vendor", All: "all", NoneHere: "%s (none here)", Search: "Search",
	SearchHint: "name or error", OnlyFailing: "only what needs attention", Sort: "Sort by",
	Refresh: "Refresh", Show: "Show", ShowAll: "Show all",
	Sorts: map[string]string{
		"": "attention", "name": "name", "overdue": "most overdue", "duration": "slowest", "samples": "most samples",
	},
	Refreshes: map[string]string{"30": "every 30 s", "300": "every 5 min", "0": "off"},

	Found: "%s found of %s", AttentionFirst: "%s, those that need attention first",
	NothingMatches: "No account matches.", NothingFound: "No account that matches needs attention.",
	NothingFailsHere: "No account needs attention.", MoreAccounts: "More accounts",
	TimeZone: "time zone %s", MovedTo: "sent by the vendor to %s", Probe: "probe", Debug: "debug",
	EndpointsOf: "Endpoints of %s",
	PageOf:      "accounts %s to %s, page %s of %s", Previous: "Previous", Next: "Next",

	EndpointColumn: "Endpoint", State: "State", LastRead: "Last read", NextRead: "Next read", Samples: "Samples",
	Duration: "Duration", Refreshing: "under way", NextScrape: "next scrape", Nothing: "nothing", Last: "last", Kept: "kept %s",
	Every: "every %s", For: "for", WhyFails: "Why %s fails:", LastReads: "Last reads of %s",

	Up: "up", StateFailing: "failing", Stale: "failing, old values served", Partial: "some fail", Pending: "not read yet",
	Reading: "being read for the first time", ReadingServed: "being read for the first time, some values are served",
	TooOld: "values too old to serve", NewDay: "no values of this day yet", NotComplete: "not complete",
	UpExhausted: "up, push quota exhausted", UpNotComplete: "up, not complete", AccountFails: "%s of %s %s",
	ItemsFail: "%s of %s reads fail", OverdueBecause: "overdue: %s", EndpointsOverdue: "%s overdue",
	Dropped: "%s dropped", Missing: "%s missing", Outcome: "%s in %s", OK: "ok",
	Overdue: map[collector.Overdue]string{
		collector.OverdueNoScrape: "no scrape", collector.OverdueRateLimit: "waiting for rate limit",
		collector.OverdueBackoff: "backing off", collector.OverdueReading: "read under way",
	},

	Quotas: "Push quotas", QuotasOrder: "the most used first", NoQuota: "No push quota is served.",
	Exhausted: "exhausted", ExhaustedOf: "exhausted: %s",
	PercentUsed: "%s %% used", Left: "%s of %s left", Requested: "%s of %s requested", OfLimit: "limit %s",
	PercentRequested: "%s %% of the limit requested", PercentOver: "%s %% of the limit requested, not exhausted",
	UseNotReported: "limit %s, use not reported",
	More:           "… and %s more",
	FailedRequests: "Last failed requests", FailedOrder: "the newest first", NoFailure: "No failed requests.",
	NoQuotaFound:   "The accounts found have no push quota.",
	NoFailureFound: "The accounts found have no failed requests.", EndpointsShown: "%s of %s shown",
	MoreFailures: "… and %s more, in each account's debug page", NoAnswer: "no answer", In: "in",

	Restored:    "Restored at the start: %s of %s, with %s.",
	NotRestored: "Not restored: %s, whose settings or secrets have changed, or whose secrets cannot be read.",
	CannotStore: "The state cannot be stored: after a restart, the data that is read now will be missing. The log says why.",

	Ago: "%s ago", Ahead: "in %s", JustNow: "just now", AMoment: "a moment",
	Milliseconds: "%s ms", Seconds: "%s s", Minutes: "%s min", Hours: "%s h", Days: "%s days",

	Account: noun{"account", "accounts"}, Endpoint: noun{"endpoint", "endpoints"}, Sample: noun{"sample", "samples"},
	Quota: noun{"push quota", "push quotas"}, Fail: noun{"fails", "fail"}, Need: noun{"needs", "need"},

	Advice: map[string]string{
		"auth": "Check the credentials, and this machine's clock.",
		"rate_limited": "The vendor says that there were too many requests: " +
			"raise min_interval, or find out what else uses these credentials.",
		"throttled": "requests_per_minute is too low for the enabled endpoints.",
		"timeout":   "No complete answer in time. Check timeout, and the network to the vendor.",
		"network":   "Check base_url, http_client (proxy, TLS), DNS and the firewall.",
		"http":      "The vendor, or a gateway in front of it, answered with an HTTP error. Check base_url.",
		"rejected":  "The vendor understood the request and refused it. Check the account's permissions and the configured ids.",
		"malformed": "The answer is not what the vendor documents. Check base_url.",
		"too_large": "The answer is larger than max_response_bytes.",
	},
}
