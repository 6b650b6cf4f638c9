package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// phrases are all words of the page in a language. Those with a % are formats of say.
type phrases struct {
	Lang, Language string // "zh-CN", "中文"

	// Between the items of a list, its parts, and a name and what is said of it.
	Comma, Semicolon, Colon string

	// The page and its parts.
	Pages, Metrics, Discovery, Configuration, API, Health, Readiness, Profiles string
	ReloadFailed, ReloadFailedTitle, FailingTitle, AttentionTitle              string
	Shard, WithoutAccounts, AsOf, ReadsNothing                                 string
	Accounts, Endpoints, Failing, SamplesServed, LastScrape, MostOverdue       string
	Never, None, Runbook, RunbookAddress, Problems, MoreProblems               string
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
	OverdueBecause, EndpointsOverdue, Dropped, Missing, Outcome, OK                   string
	Overdue                                                                           map[collector.Overdue]string

	// Push quotas and failed requests.
	Quotas, QuotasOrder, NoQuota, Exhausted, ExhaustedOf                                       string
	PercentUsed, PercentRequested, PercentOver, Left, Requested, OfLimit, UseNotReported, More string
	NoQuotaFound, NoFailureFound, EndpointsShown                                               string
	FailedRequests, FailedOrder, NoFailure, MoreFailures, NoAnswer, In                         string

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
func say(phrase string, words ...any) string { return fmt.Sprintf(phrase, words...) }

// runbookSections are the sections of the runbook by the reasons of engage_endpoint_failing.
var runbookSections = map[string]string{
	"auth": "engagecredentialsrefused", "rate_limited": "engagevendorratelimits", "throttled": "engagelimitstoolow",
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

// moment returns when t is in a time zone, seen from now.
func (w *phrases) moment(t, now time.Time, zone *time.Location) moment {
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
		m.Length = w.length(d)
		m.Relative = say(w.Ahead, m.Length)
	case d <= -time.Second:
		m.Length = w.length(-d)
		m.Relative = say(w.Ago, m.Length)
	default:
		m.Length, m.Relative = w.AMoment, w.JustNow
	}
	return m
}

// length is about how long something is, in one unit.
func (w *phrases) length(d time.Duration) string {
	const day = 24 * time.Hour
	in := func(phrase string, unit time.Duration) string {
		return say(phrase, strconv.FormatInt(int64(d/unit), 10))
	}
	switch {
	case d < time.Second:
		return in(w.Milliseconds, time.Millisecond)
	case d < 2*time.Minute:
		return in(w.Seconds, time.Second)
	case d < 2*time.Hour:
		return in(w.Minutes, time.Minute)
	case d < 2*day:
		return in(w.Hours, time.Hour)
	}
	return in(w.Days, day)
}

// took is how long a read or a request took.
func (w *phrases) took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< " + say(w.Milliseconds, "1")
	case d >= time.Second && d < time.Minute:
		return say(w.Seconds, strconv.FormatFloat(d.Seconds(), 'f', 1, 64))
	}
	return w.length(d)
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

// outcome says how a refresh ended: "ok", or the reason of its failure.
func (w *phrases) outcome(r poll.PastRefresh) string {
	if r.Failure == 0 {
		return w.OK
	}
	return outcome(r)
}

// reason is a kind of failure, with what is usually to be done, and where the runbook says more.
type reason struct{ Name, Advice, Runbook string }

func newReasons(w *phrases, names []string) []reason {
	reasons := make([]reason, 0, len(names))
	for _, name := range names {
		r := reason{Name: name, Advice: w.Advice[name]}
		if section := runbookSections[name]; section != "" {
			r.Runbook = w.RunbookAddress + section
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// storageWords say what was restored at the start, and whether what is read now will be after the next one.
func storageWords(w *phrases, s collector.StorageStatus) []string {
	var all []string
	if r := s.Restored; r.Accounts > 0 {
		all = append(all, say(w.Restored, w.Endpoint.of(r.Endpoints), w.Account.of(r.Accounts),
			w.Sample.of(r.Samples)))
	}
	if n := s.Restored.Others; n > 0 {
		all = append(all, say(w.NotRestored, w.Account.of(n)))
	}
	if s.Err != nil {
		all = append(all, w.CannotStore)
	}
	return all
}
