package status

import (
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// The levels of a verdict or a state: classes in the style, too. Words say the same beside them.
const (
	levelGood = "good"
	levelWarn = "warn"
	levelBad  = "bad"
	levelIdle = "idle" // nothing is known yet
)

// severity puts the levels in order, the worst first.
var severity = []string{levelBad, levelWarn, levelGood, levelIdle}

// worse returns the worse one of two levels.
func worse(a, b string) string {
	return severity[min(slices.Index(severity, a), slices.Index(severity, b))]
}

// Summary counts over all accounts.
type Summary struct {
	Accounts int `json:"accounts"`
	// Attention are the accounts that need attention: an endpoint of theirs is among those counted below, but for
	// Pending, or a push quota is exhausted.
	Attention int `json:"accounts_needing_attention"`
	Endpoints int `json:"endpoints"`
	Failing   int `json:"failing_endpoints"`
	Overdue   int `json:"overdue_endpoints"`
	// Expired are those whose values became too old, or are of a day that is over, without a failure.
	Expired int `json:"expired_endpoints"`
	// Cut are those that drop samples, or miss requested items.
	Cut       int `json:"incomplete_endpoints"`
	Pending   int `json:"pending_endpoints"` // no read has finished
	Exhausted int `json:"exhausted_quotas"`
	Samples   int `json:"samples"`

	failingAccounts int
	refreshing      int // of the pending ones
	noScrape        int // of the overdue ones
	// mostOverdue is since when the most overdue endpoint is due, and whose it is.
	mostOverdue                    time.Time
	overdueTarget, overdueEndpoint string
}

func summarize(all []Account) Summary {
	s := Summary{Accounts: len(all)}
	for _, a := range all {
		if a.NeedsAttention {
			s.Attention++
		}
		if slices.ContainsFunc(a.all, Endpoint.failing) {
			s.failingAccounts++
		}
		for _, e := range a.all {
			s.add(e)
			if e.Overdue != "" && (s.mostOverdue.IsZero() || e.DueSince.Before(s.mostOverdue)) {
				s.mostOverdue, s.overdueTarget, s.overdueEndpoint = e.DueSince.Time, a.Target(), e.Name
			}
		}
		for _, q := range a.Quotas {
			if q.Exhausted {
				s.Exhausted++
			}
		}
	}
	return s
}

func (s *Summary) add(e Endpoint) {
	s.Endpoints++
	s.Samples += e.Samples
	count := func(n *int, counts bool) {
		if counts {
			*n++
		}
	}
	count(&s.Failing, e.failing())
	count(&s.Pending, e.State == collector.StatePending)
	count(&s.refreshing, e.State == collector.StatePending && e.Refreshing)
	count(&s.Overdue, e.Overdue != "")
	count(&s.noScrape, e.Overdue == collector.OverdueNoScrape)
	count(&s.Expired, e.expired())
	count(&s.Cut, e.cut())
}

// verdict is the summary in words.
type verdict struct {
	Level, Words string
	Remarks      []string
}

func newVerdict(w *phrases, s Summary) verdict {
	v := verdict{Level: levelWarn}
	remark := func(format string, args ...any) { v.Remarks = append(v.Remarks, say(format, args...)) }
	switch {
	case s.Accounts == 0:
		return verdict{levelIdle, w.NoAccount, []string{w.WhyNoAccount}}
	case s.Endpoints == 0:
		return verdict{levelIdle, w.AllOff, nil}
	case s.Failing > 0:
		v.Level = levelBad
		v.Words = say(w.SomeFail, number(s.Failing), w.Endpoint.of(s.Endpoints), w.Fail.form(s.Failing),
			number(s.failingAccounts), w.Account.of(s.Accounts))
	case s.Pending == s.Endpoints && s.refreshing > 0:
		v.Level, v.Words = levelIdle, w.FirstRefresh
	case s.Pending == s.Endpoints:
		v.Words = w.NothingRead
		v.Remarks = append(v.Remarks, w.WhyNothingRead)
		if s.Overdue == 0 {
			v.Level = levelIdle
		}
	case s.Attention > 0:
		v.Words = say(w.Attention, w.Account.of(s.Attention), w.Need.form(s.Attention))
		if s.Exhausted > 0 {
			v.Level = levelBad
		}
	default:
		v.Level, v.Words = levelGood, w.NothingFails
	}
	if s.Exhausted > 0 {
		remark(w.QuotasExhausted, w.Quota.of(s.Exhausted))
	}
	if s.Overdue > 0 {
		remark(w.SomeOverdue, w.Endpoint.of(s.Overdue))
	}
	if s.noScrape > 0 {
		v.Remarks = append(v.Remarks, w.NobodyScrapes)
	}
	if s.Cut > 0 {
		remark(w.SomeCut, w.Endpoint.of(s.Cut))
	}
	if s.Expired > 0 {
		remark(w.SomeExpired, w.Endpoint.of(s.Expired))
	}
	switch {
	case s.Pending == 0, s.Pending == s.Endpoints:
	case s.refreshing == 0:
		remark(w.SomePending, w.Endpoint.of(s.Pending))
	case s.refreshing == s.Pending:
		remark(w.SomeFirst, w.Endpoint.of(s.Pending))
	default:
		remark(w.SomePendingAndFirst, w.Endpoint.of(s.Pending), number(s.refreshing))
	}
	return v
}

// problem is what is wrong with an account, in the banner.
type problem struct {
	Target, Address, Words string
	Quotas                 string // those that are exhausted
}

// maxProblems is how many accounts the banner names.
const maxProblems = 6

// problems returns what is wrong with the first accounts that need attention.
func problems(w *phrases, all []Account, f filter, now time.Time) (named []problem, more int) {
	for _, a := range all {
		if !a.NeedsAttention {
			continue
		}
		if len(named) == maxProblems {
			more++
			continue
		}
		named = append(named, problem{a.Target(), f.Only(a.Target()) + "#" + anchor(a.Target()), problemWords(w, a, now), exhausted(w, a)})
	}
	return named, more
}

// exhausted names the push quotas of an account that are exhausted; "" for none.
func exhausted(w *phrases, a Account) string {
	var names []string
	for _, q := range a.Quotas {
		if q.Exhausted {
			names = append(names, w.quotaName(q))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return shortened(say(w.ExhaustedOf, strings.Join(names, w.Semicolon)), maxProblemText)
}

// problemWords says what is wrong with the endpoints of an account: "push_quota, tasks: http".
func problemWords(w *phrases, a Account, now time.Time) string {
	var names []string
	byWords := make(map[string][]string)
	add := func(words, endpoint string) {
		if byWords[words] == nil {
			names = append(names, words)
		}
		byWords[words] = append(byWords[words], endpoint)
	}
	for _, e := range a.all {
		switch {
		case e.failing():
			add(strings.Join(e.Reasons, w.Comma), e.Name)
		case e.Overdue != "":
			add(say(w.OverdueBecause, w.Overdue[e.Overdue]), e.Name)
		case e.expired():
			add(endpointWords(w, e, now), e.Name)
		case e.cut():
			add(w.NotComplete, e.Name)
		}
	}
	var all []string
	for _, words := range names {
		all = append(all, strings.Join(byWords[words], w.Comma)+w.Colon+words)
	}
	return shortened(strings.Join(all, w.Semicolon), maxProblemText)
}
