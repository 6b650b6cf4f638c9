package status

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

const (
	// accountsPerPage bounds what a browser has to lay out: with more, a slow machine is seen to work.
	accountsPerPage = 100
	// accountsInFull is how many accounts are shown with all their endpoints; the others have a line each.
	accountsInFull = 20
)

// page is what the template shows.
type page struct {
	CSS             template.CSS
	Version         string
	MetricsPath     string
	WithoutAccounts bool
	WithoutProfiles bool
	Shard           string
	Now             moment
	ReloadFailure   string

	Storage []string // sentences on what is stored across restarts
	Summary summary
	Numbers summaryNumbers
	Filter  filter
	Vendors []choice
	Refresh []choice

	// Matched is how many accounts are of the vendor and name asked for, Found how many of them the whole filter
	// leaves; InFull and InShort are those of them that are on this page.
	Matched, Found  int
	InFull, InShort []accountView
	Pages           pages

	Quotas   quotaList
	Failures failureList
}

// newPage makes the page of how all accounts are at now.
func newPage(o Options, all []collector.AccountStatus, f filter, now time.Time) page {
	p := page{
		CSS:     template.CSS(pageCSS), //nolint:gosec // it is embedded: nobody else's text
		Version: o.Version, MetricsPath: o.MetricsPath, WithoutAccounts: o.WithoutAccounts, WithoutProfiles: o.WithoutProfiles,
		Shard: o.Shard,
		Now:   newMoment(now, now), Summary: summarize(all, now), Vendors: f.vendors(all), Refresh: f.refreshes(),
	}
	if o.ReloadFailure != nil {
		if err := o.ReloadFailure(); err != nil {
			p.ReloadFailure = shortened(err.Error(), maxReloadFailure)
		}
	}

	if o.Storage != nil {
		p.Storage = storageWords(o.Storage())
	}
	p.Numbers = p.Summary.numbers()

	found := f.accounts(all)
	p.Quotas = newQuotaList(found)
	p.Failures = newFailureList(found, now)
	p.Matched = len(found)
	if f.Failing {
		found = slices.DeleteFunc(found, func(a collector.AccountStatus) bool { return !a.Failing() })
	}
	slices.SortStableFunc(found, func(a, b collector.AccountStatus) int { return cmp.Compare(urgency(a), urgency(b)) })
	p.Found = len(found)
	p.Pages = newPages(&f, len(found))
	p.Filter = f

	for i, a := range found[p.Pages.first:p.Pages.end] {
		full := i < accountsInFull && (a.Failing() || len(found) <= accountsInFull)
		view := newAccountView(a, now, full)
		if full {
			p.InFull = append(p.InFull, view)
		} else {
			p.InShort = append(p.InShort, view)
		}
	}
	return p
}

// Heading stands over the accounts.
func (p page) Heading() string {
	switch {
	case p.Filter.Active():
		return count(p.Found, "account") + " found of " + p.Numbers.Accounts
	case p.Summary.FailingAccounts > 0:
		return count(p.Found, "account") + ", failing ones first"
	}
	return count(p.Found, "account")
}

// urgency puts what serves nothing first, then what serves old values or only some, then all the rest.
func urgency(a collector.AccountStatus) int {
	most := 2
	for _, e := range a.Endpoints {
		switch e.State {
		case collector.StateFailing:
			return 0
		case collector.StateStale, collector.StatePartial:
			most = 1
		case collector.StateOK, collector.StatePending:
		}
	}
	return most
}

// pages is which part of the accounts found is shown.
type pages struct {
	first, end     int    // of the accounts found
	From, To       string // the same, counted from 1
	Number, Last   int
	Previous, Next string // addresses; "" for none
}

// newPages finds the page that the filter asks for, or the last one where there are not so many: accounts may have
// gone since the page was drawn.
func newPages(f *filter, found int) pages {
	p := pages{Last: max(1, (found+accountsPerPage-1)/accountsPerPage)}
	f.Page = min(f.Page, p.Last)
	p.Number = f.Page
	p.first = (f.Page - 1) * accountsPerPage
	p.end = min(p.first+accountsPerPage, found)
	p.From, p.To = number(p.first+1), number(p.end)
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
	if p.ReloadFailure != "" && p.Summary.Level != levelBad {
		return levelWarn
	}
	return p.Summary.Level
}

// Title says in the browser's tab whether anything is wrong.
func (p page) Title() string {
	var words []string
	if p.Summary.Failing > 0 {
		words = append(words, number(p.Summary.Failing)+" failing")
	}
	if p.ReloadFailure != "" {
		words = append(words, "reload failed")
	}
	return strings.Join(append(words, "engage_exporter"), " · ")
}
