package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/collector"
)

// phrases are all words of the page. What begins with a capital letter and has no % is shown as it is; the others are
// formats of say.
type phrases struct {
	// The page and its parts.
	Pages, Metrics, Discovery, Configuration, API, Health, Readiness, Profiles string
	ReloadFailed, ReloadFailedTitle, FailingTitle, AttentionTitle              string
	Shard, WithoutAccounts, AsOf, ReadsNothing                                 string
	Accounts, Endpoints, Failing, SamplesServed, LastScrape, MostOverdue       string
	Never, None, Runbook, Problems, MoreProblems                               string
	RefreshNow, RefreshNowTitle, JobIntro                                      string

	// The verdict.
	NoAccount, WhyNoAccount, AllOff, SomeFail, FirstRefresh, NothingRead, WhyNothingRead, Attention, NothingFails string
	QuotasExhausted, SomeOverdue, NobodyScrapes, SomeCut, SomeExpired                                             string
	SomePending, SomeFirst, SomePendingAndFirst                                                                   string

	// The form.
	Filter, Vendor, All, NoneHere, Search, SearchHint, OnlyFailing, Sort, Refresh, Show, ShowAll string
	Sorts, Refreshes                                                                             map[string]string

	// The accounts.
	Found, AttentionFirst, NothingMatches, NothingFound, NothingFailsHere, MoreAccounts string
	TimeZone, MovedTo, Probe, Debug, EndpointsOf                                        string
	PageOf, Previous, Next                                                              string

	// The columns of an account's endpoints.
	EndpointColumn, State, LastRead, NextRead, Samples, Duration, Refreshing, NextScrape string
	Nothing, Last, Kept, Every, For, WhyFails, LastReads                                 string

	// States of accounts and endpoints.
	Up, StateFailing, Stale, Partial, Pending, Reading, ReadingServed, TooOld, NewDay string
	NotComplete, UpExhausted, UpNotComplete, AccountFails, ItemsFail                  string
	OverdueBecause, EndpointsOverdue, Dropped, Missing, Outcome                       string
	Overdue                                                                           map[collector.Overdue]string

	// Push quotas and failed requests.
	Quotas, QuotasOrder, NoQuota, Exhausted, ExhaustedOf, PercentUsed, Left, Requested, OfLimit, More string
	FailedRequests, FailedOrder, NoFailure, MoreFailures, NoAnswer, In                                string

	// The storage.
	Restored, NotRestored, CannotStore string

	// Times.
	Ago, Ahead, JustNow, AMoment                string
	Milliseconds, Seconds, Minutes, Hours, Days string

	Account, Endpoint, Sample, Quota noun
	Fail, Need                       noun // verbs

	// Advice says what to do, by the reasons of engage_endpoint_failing.
	Advice map[string]string
}

// english are the words in English.
var english = &phrases{
	Pages: "Pages", Metrics: "Metrics", Discovery: "Discovery", Configuration: "Configuration", API: "API",
	Health: "Health", Readiness: "Readiness", Profiles: "Profiles",
	ReloadFailed:      "The last reload failed; the previous configuration is still used",
	ReloadFailedTitle: "reload failed", FailingTitle: "%s failing", AttentionTitle: "%s to check",
	Shard:           "This is shard %s: the accounts of other shards are on other exporters.",
	WithoutAccounts: "%s has only the exporter's own metrics; /probe has those of the accounts.",
	AsOf:            "As of", ReadsNothing: "This page reads nothing from vendors. A scrape does, and only what is due.",
	Accounts: "Accounts", Endpoints: "Endpoints", Failing: "Failing", SamplesServed: "Samples served",
	LastScrape: "Last scrape", MostOverdue: "Most overdue", Never: "never", None: "none", Runbook: "Runbook",
	Problems: "What needs attention", MoreProblems: "… and %s more",
	RefreshNow: "Refresh now", RefreshNowTitle: "Refreshes what is due, as a scrape does",
	JobIntro: "Prometheus scrapes this exporter with this job in prometheus.yml:",

	NoAccount:    "There is no account to read",
	WhyNoAccount: "The configuration has no account, or all accounts are in other shards.",
	AllOff:       "All endpoints are off", SomeFail: "%s of %s %s, at %s of %s",
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
	SearchHint: "account, endpoint or error", OnlyFailing: "only what needs attention", Sort: "Sort by",
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
	Dropped: "%s dropped", Missing: "%s missing", Outcome: "%s in %s",
	Overdue: map[collector.Overdue]string{
		collector.OverdueNoScrape: "no scrape", collector.OverdueRateLimit: "waiting for rate limit",
		collector.OverdueBackoff: "backing off", collector.OverdueReading: "read under way",
	},

	Quotas: "Push quotas", QuotasOrder: "the most used first", NoQuota: "No push quota is served.",
	Exhausted: "exhausted", ExhaustedOf: "exhausted: %s",
	PercentUsed: "%s % used", Left: "%s of %s left", Requested: "%s of %s requested", OfLimit: "of %s",
	More:           "… and %s more",
	FailedRequests: "Last failed requests", FailedOrder: "the newest first", NoFailure: "No failed requests.",
	MoreFailures: "… and %s more, in each account's debug page", NoAnswer: "no answer", In: "in",

	Restored: "Restored at the start: %s of %s, with %s.",
	NotRestored: "Not restored: %s, configured in another way than before, with other secrets, or with secrets that" +
		" cannot be read.",
	CannotStore: "The state cannot be stored: a restart will begin without what is read now. The log says why.",

	Ago: "%s ago", Ahead: "in %s", JustNow: "just now", AMoment: "a moment",
	Milliseconds: "%s ms", Seconds: "%s s", Minutes: "%s min", Hours: "%s h", Days: "%s days",

	Account: noun{"account", "accounts"}, Endpoint: noun{"endpoint", "endpoints"}, Sample: noun{"sample", "samples"},
	Quota: noun{"push quota", "push quotas"}, Fail: noun{"fails", "fail"}, Need: noun{"needs", "need"},

	Advice: map[string]string{
		"auth":         "Check the credentials, and this machine's clock.",
		"rate_limited": "The vendor says that it is called too often: raise min_interval, or ask who else uses these credentials.",
		"throttled":    "requests_per_minute is too small for all that is to be read.",
		"timeout":      "No whole answer in time: see timeout, and the way to the vendor.",
		"network":      "Check base_url, http_client (proxy, TLS), DNS and the firewall.",
		"http":         "The vendor, or something before it, answered with an HTTP error. Check base_url.",
		"rejected":     "The vendor understood the request and said no: do the account's rights and the configured ids allow it?",
		"malformed":    "The answer is not what the vendor documents. Does base_url lead to its API?",
		"too_large":    "The answer is larger than max_response_bytes.",
	},
}

// noun is a word for one, and for any other number.
type noun struct{ one, many string }

func (n noun) form(count int) string {
	if count == 1 {
		return n.one
	}
	return n.many
}

// of returns a number of them: "1 account", "2 accounts".
func (n noun) of(count int) string { return number(count) + " " + n.form(count) }

// say returns a phrase with each %s replaced by a word.
func say(phrase string, words ...any) string {
	return fmt.Sprintf(strings.ReplaceAll(phrase, "% ", "%% "), words...)
}

// runbook is where the runbook is, runbookSections its sections by the reasons of engage_endpoint_failing.
const runbook = "https://github.com/engage-exporter/engage_exporter/blob/main/docs/runbook.md#"

var runbookSections = map[string]string{
	"auth": "engagecredentialsrefused", "rate_limited": "engagevendorratelimits", "throttled": "engagebudgettoosmall",
	"timeout": "engageendpointdown", "network": "engageendpointdown", "http": "engageendpointdown",
	"rejected": "engageendpointdown", "malformed": "engageendpointdown", "too_large": "engageendpointdown",
}

// The bounds on texts of others, in characters. A vendor's words are bounded long before; the page does not rely on
// it.
const (
	maxErrorText     = 1000
	maxProblemText   = 200
	maxReloadFailure = 4000
)

// moment is an instant for people and for machines.
type moment struct {
	Machine  string // RFC 3339, UTC
	Absolute string // "2026-11-23 08:12:03 +08:00"
	Clock    string // "08:12:03", with the date where it is another day
	Zone     string // "+08:00"
	Relative string // "3 min ago", "in 20 s"
	Length   string // "3 min"
}

// newMoment returns when t is in a time zone, seen from now.
func newMoment(t, now time.Time, zone *time.Location) moment {
	m := moment{Machine: t.UTC().Format(time.RFC3339)}
	t, now = t.In(zone), now.In(zone)
	if m.Zone = t.Format("-07:00"); zone == time.UTC {
		m.Zone = "UTC"
	}
	m.Absolute, m.Clock = t.Format(time.DateTime)+" "+m.Zone, t.Format(time.TimeOnly)
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		m.Clock = t.Format("01-02 15:04")
	}
	switch d := t.Sub(now); {
	case d >= time.Second:
		m.Length = length(d)
		m.Relative = say(english.Ahead, m.Length)
	case d <= -time.Second:
		m.Length = length(-d)
		m.Relative = say(english.Ago, m.Length)
	default:
		m.Length, m.Relative = english.AMoment, english.JustNow
	}
	return m
}

// length is about how long something is, in one unit.
func length(d time.Duration) string {
	const day = 24 * time.Hour
	in := func(phrase string, unit time.Duration) string {
		return say(phrase, strconv.FormatInt(int64(d/unit), 10))
	}
	switch {
	case d < time.Second:
		return in(english.Milliseconds, time.Millisecond)
	case d < 2*time.Minute:
		return in(english.Seconds, time.Second)
	case d < 2*time.Hour:
		return in(english.Minutes, time.Minute)
	case d < 2*day:
		return in(english.Hours, time.Hour)
	}
	return in(english.Days, day)
}

// took is how long a read or a request took.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< " + say(english.Milliseconds, "1")
	case d >= time.Second && d < time.Minute:
		return say(english.Seconds, strconv.FormatFloat(d.Seconds(), 'f', 1, 64))
	}
	return length(d)
}

// configured is a duration as the configuration has it: "1m30s".
func configured(s seconds) string { return model.Duration(s).String() }

// number groups the digits of a count by thousands, with narrow spaces that do not break.
func number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = digits[:1], digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), "\u202f")
}

// shortened bounds a text in characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// reason is a kind of failure, with what is usually to be done, and where the runbook says more.
type reason struct{ Name, Advice, Runbook string }

func newReasons(names []string) []reason {
	reasons := make([]reason, 0, len(names))
	for _, name := range names {
		r := reason{Name: name, Advice: english.Advice[name]}
		if section := runbookSections[name]; section != "" {
			r.Runbook = runbook + section
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// storageWords say what was restored at the start, and whether what is read now will be after the next one.
func storageWords(s collector.StorageStatus) []string {
	var all []string
	if r := s.Restored; r.Accounts > 0 {
		all = append(all, say(english.Restored, english.Endpoint.of(r.Endpoints), english.Account.of(r.Accounts),
			english.Sample.of(r.Samples)))
	}
	if n := s.Restored.Others; n > 0 {
		all = append(all, say(english.NotRestored, english.Account.of(n)))
	}
	if s.Err != nil {
		all = append(all, english.CannotStore)
	}
	return all
}
