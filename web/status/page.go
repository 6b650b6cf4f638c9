package status

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// accountsPerPage bounds what a browser has to lay out: with more, a slow machine is seen to work.
	accountsPerPage = 100
	// accountsInFull is how many accounts are shown with all their endpoints; the others have a line each.
	accountsInFull = 20
)

// page is what the template shows.
type page struct {
	Say             *phrases
	CSS             template.CSS
	Version         string
	MetricsPath     string
	WithoutAccounts string
	WithoutProfiles bool
	Shard           string
	Now             moment
	ReloadFailure   string
	ReloadRunbook   string

	Storage      []string // sentences on what is stored across restarts
	Summary      Summary
	Verdict      verdict
	Problems     []problem
	MoreProblems string
	LastScrape   *moment // nil for none
	MostOverdue  *moment // nil for none
	Overdue      string  // whose it is
	Numbers      summaryNumbers
	// Job is the scrape job for prometheus.yml; "" where Prometheus scrapes.
	Job    string
	Filter filter
	// Translations are the page in other languages.
	Translations []translation
	Vendors      []choice
	Sorts        []choice
	Refresh      []choice

	// Heading stands over the accounts; Nothing says why there are none.
	Heading, Nothing string
	InFull, InShort  []accountView
	Pages            pages

	Quotas              quotaList
	NoQuota, MoreQuotas string

	Failures                failureList
	NoFailure, MoreFailures string
}

// summaryNumbers are the counts of a summary as they are written.
type summaryNumbers struct{ Accounts, Endpoints, Failing, Samples string }

// newPage makes the page of a report.
func newPage(o Options, report Report, f filter, r *http.Request) page {
	w, now, s := wordsOf(f, r), report.Now.Time, report.Summary
	p := page{
		Say: w, CSS: template.CSS(pageCSS), //nolint:gosec // it is embedded: nobody else's text
		Version: o.Version, MetricsPath: o.MetricsPath, WithoutProfiles: o.WithoutProfiles,
		Now: w.moment(now, now, time.UTC), ReloadFailure: report.ReloadFailure,
		ReloadRunbook: w.RunbookAddress + "engageconfigreloadfailed", Summary: s, Verdict: newVerdict(w, s),
		Numbers: summaryNumbers{number(s.Accounts), number(s.Endpoints), number(s.Failing), number(s.Samples)},
		Vendors: f.vendors(w, report.Accounts), Sorts: choices(sorts, w.Sorts, f.Sort),
		Refresh: choices(refreshIntervals, w.Refreshes, strconv.Itoa(f.Refresh)),
	}
	if report.Shard != "" {
		p.Shard = say(w.Shard, report.Shard)
	}
	if o.WithoutAccounts {
		p.WithoutAccounts = say(w.WithoutAccounts, o.MetricsPath)
	}
	if o.Storage != nil {
		p.Storage = storageWords(w, o.Storage())
	}
	if !report.LastScrape.IsZero() {
		m := w.moment(report.LastScrape.Time, now, time.UTC)
		p.LastScrape = &m
	}
	if !s.mostOverdue.IsZero() {
		m := w.moment(s.mostOverdue, now, time.UTC)
		p.MostOverdue, p.Overdue = &m, s.overdueTarget+" "+s.overdueEndpoint
	}
	if s.noScrape > 0 || s.Endpoints > 0 && report.LastScrape.IsZero() {
		p.Job = o.Job(r)
	}

	worstFirst := slices.Clone(report.Accounts)
	filter{}.sort(worstFirst)
	var more int
	p.Problems, more = problems(w, worstFirst, f, now)
	p.MoreProblems = moreWords(w.MoreProblems, more)

	found := f.accounts(report.Accounts)
	matched := len(found)
	if f.Failing {
		found = onlyAttention(found)
	}
	p.NoQuota, p.NoFailure = w.NoQuota, w.NoFailure
	if f.Active() { // the accounts that are not shown may have some
		p.NoQuota, p.NoFailure = w.NoQuotaFound, w.NoFailureFound
	}
	p.Quotas = newQuotaList(w, found)
	p.MoreQuotas = moreWords(w.More, p.Quotas.More)
	p.Failures = newFailureList(w, found, now)
	p.MoreFailures = moreWords(w.MoreFailures, p.Failures.More)
	f.sort(found)
	p.Pages = newPages(w, &f, len(found))
	p.Filter, p.Translations = f, translations(w, f)
	p.Heading, p.Nothing = headings(w, f, s, len(found), matched)

	for i, a := range found[p.Pages.first:p.Pages.end] {
		full := i < accountsInFull && (a.NeedsAttention || len(found) <= accountsInFull)
		view := newAccountView(w, a, now, full)
		view.Open = quotasOnly(a) == 0 || f.Search != "" || len(found) == 1
		if full {
			p.InFull = append(p.InFull, view)
		} else {
			p.InShort = append(p.InShort, view)
		}
	}
	return p
}

// moreWords says how many of something are not shown; "" for none.
func moreWords(phrase string, n int) string {
	if n == 0 {
		return ""
	}
	return say(phrase, number(n))
}

// headings returns what stands over the accounts found, and why there are none, if so.
func headings(w *phrases, f filter, s Summary, found, matched int) (heading, nothing string) {
	heading = w.Account.of(found)
	switch {
	case f.Active():
		heading = say(w.Found, heading, number(s.Accounts))
	case s.Attention > 0 && f.Sort == "":
		heading = say(w.AttentionFirst, heading)
	}
	switch {
	case found > 0:
	case matched == 0:
		nothing = w.NothingMatches
	case f.Narrow():
		nothing = w.NothingFound
	default:
		nothing = w.NothingFailsHere
	}
	return heading, nothing
}

// pages is which part of the accounts found is shown.
type pages struct {
	first, end     int // of the accounts found
	Last           int
	Words          string
	Previous, Next string // addresses; "" for none
}

// newPages finds the page that the filter asks for, or the last one where there are not so many: accounts may have
// gone since the page was drawn.
func newPages(w *phrases, f *filter, found int) pages {
	p := pages{Last: max(1, (found+accountsPerPage-1)/accountsPerPage)}
	f.Page = min(f.Page, p.Last)
	p.first = (f.Page - 1) * accountsPerPage
	p.end = min(p.first+accountsPerPage, found)
	p.Words = say(w.PageOf, number(p.first+1), number(p.end), number(f.Page), number(p.Last))
	if f.Page > 1 {
		p.Previous = f.onPage(f.Page - 1)
	}
	if f.Page < p.Last {
		p.Next = f.onPage(f.Page + 1)
	}
	return p
}

// Colour is the colour of the verdict, for the browser's tab: red, amber, grey or green.
func (p page) Colour() string {
	if p.ReloadFailure != "" {
		return worse(p.Verdict.Level, levelWarn)
	}
	return p.Verdict.Level
}

// Title says in the browser's tab whether anything is wrong.
func (p page) Title() string {
	var words []string
	switch {
	case p.Summary.Failing > 0:
		words = append(words, say(p.Say.FailingTitle, p.Numbers.Failing))
	case p.Summary.Attention > 0:
		words = append(words, say(p.Say.AttentionTitle, number(p.Summary.Attention)))
	}
	if p.ReloadFailure != "" {
		words = append(words, p.Say.ReloadFailedTitle)
	}
	return strings.Join(append(words, "engage_exporter"), " · ")
}
