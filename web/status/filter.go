package status

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// filter is what the reader of the status page asked for. Its values come from the address, so from anyone.
type filter struct {
	Vendor  string // "" for all
	Search  string // part of a name or of an error, or a whole "vendor/account"
	Failing bool   // only what needs attention
	Sort    string // a key of phrases.Sorts
	Refresh int    // seconds between refreshes; 0 for none
	Page    int    // from 1
	Lang    string // of phrases; "" for what the browser prefers
}

const (
	defaultRefresh = 30
	// maxFilterText is more than any account's name has.
	maxFilterText = 200
)

var (
	// refreshIntervals are those that the page offers, in seconds.
	refreshIntervals = []string{strconv.Itoa(defaultRefresh), "300", "0"}
	sorts            = []string{"", "name", "overdue", "duration", "samples"}
)

// parseFilter takes what it understands; anything else is as if it were not there.
func parseFilter(query url.Values) filter {
	f := filter{
		Vendor: filterText(query.Get("vendor")), Search: filterText(query.Get("search")), Refresh: defaultRefresh, Page: 1,
	}
	f.Failing, _ = strconv.ParseBool(query.Get("failing"))
	f.Lang = parseLanguage(filterText(query.Get("lang")))
	if sort := query.Get("sort"); slices.Contains(sorts, sort) {
		f.Sort = sort
	}
	if refresh := query.Get("refresh"); slices.Contains(refreshIntervals, refresh) {
		f.Refresh, _ = strconv.Atoi(refresh)
	}
	if page, err := strconv.Atoi(query.Get("page")); err == nil && page > 1 {
		f.Page = page
	}
	return f
}

func filterText(text string) string {
	return strings.TrimSpace(shortened(strings.ToValidUTF8(text, "\uFFFD"), maxFilterText))
}

// Active reports whether the filter leaves anything out.
func (f filter) Active() bool { return f.Narrow() || f.Failing }

// Narrow reports whether a vendor or a text is asked for.
func (f filter) Narrow() bool { return f.Vendor != "" || f.Search != "" }

// accounts returns those of the vendor in which the text is found, in their order; the slice is the caller's. Whether
// they need attention is not looked at.
func (f filter) accounts(all []Account) []Account {
	for _, a := range all {
		if a.Target() == f.Search && (f.Vendor == "" || a.Vendor == f.Vendor) {
			return []Account{a} // "getui/shop" is not "getui/shop-2"
		}
	}
	text := strings.ToLower(f.Search)
	found := make([]Account, 0, len(all))
	for _, a := range all {
		if f.Vendor != "" && a.Vendor != f.Vendor {
			continue
		}
		name := a.Name
		if strings.Contains(text, "/") {
			name = a.Target()
		}
		if !strings.Contains(strings.ToLower(name), text) {
			a.Endpoints = slices.DeleteFunc(slices.Clone(a.Endpoints), func(e Endpoint) bool { return !e.has(text) })
			if len(a.Endpoints) == 0 {
				continue
			}
		}
		found = append(found, a)
	}
	return found
}

// has reports whether a text in lower case is found in an endpoint's name or error.
func (e Endpoint) has(text string) bool {
	return slices.ContainsFunc([]string{e.Name, e.Source, e.Error, strings.Join(e.Reasons, " "), string(e.Overdue)},
		func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}

// onlyAttention returns those of the accounts that need attention, with those of their endpoints that do.
func onlyAttention(all []Account) []Account {
	var found []Account
	for _, a := range all {
		if a.NeedsAttention {
			a.Endpoints = slices.DeleteFunc(slices.Clone(a.Endpoints), func(e Endpoint) bool { return !e.NeedsAttention })
			found = append(found, a)
		}
	}
	return found
}

// sort sorts accounts as the reader asked for, the worst first otherwise, and each account's endpoints likewise.
func (f filter) sort(all []Account) {
	bySeverity := func(a, b string) int { return cmp.Compare(slices.Index(severity, a), slices.Index(severity, b)) }
	slices.SortStableFunc(all, func(a, b Account) int {
		switch f.Sort {
		case "name":
			return 0 // they come in the order of their names
		case "overdue":
			return cmp.Compare(b.most(Endpoint.overdueFor), a.most(Endpoint.overdueFor))
		case "duration":
			return cmp.Compare(b.most(func(e Endpoint) int64 { return int64(e.Duration) }),
				a.most(func(e Endpoint) int64 { return int64(e.Duration) }))
		case "samples":
			return cmp.Compare(b.samples(), a.samples())
		}
		return cmp.Or(bySeverity(a.urgency(), b.urgency()), quotasOnly(a)-quotasOnly(b))
	})
	for i := range all {
		all[i].Endpoints = slices.Clone(all[i].Endpoints)
		slices.SortStableFunc(all[i].Endpoints, func(a, b Endpoint) int {
			return bySeverity(attention(a.level), attention(b.level))
		})
	}
}

// urgency returns the level by which accounts are ordered: exhausted quotas come after what fails.
func (a Account) urgency() string {
	if a.NeedsAttention && quotasOnly(a) == 1 {
		return levelWarn
	}
	return attention(a.level)
}

// quotasOnly is 1 for an account of which no endpoint needs attention: its exhausted quotas come after what fails.
func quotasOnly(a Account) int {
	if slices.ContainsFunc(a.all, func(e Endpoint) bool { return e.NeedsAttention }) {
		return 0
	}
	return 1
}

// attention makes one level of those that need no attention, so that their order stays.
func attention(level string) string {
	if level == levelIdle {
		return levelGood
	}
	return level
}

// overdueFor orders endpoints by how long they are overdue; 0 for those that are not.
func (e Endpoint) overdueFor() int64 {
	if e.Overdue == "" {
		return 0
	}
	return math.MaxInt64 - max(0, e.DueSince.Unix())
}

// most returns the largest value of an account's endpoints.
func (a Account) most(of func(Endpoint) int64) int64 {
	var most int64
	for _, e := range a.all {
		most = max(most, of(e))
	}
	return most
}

// samples returns how many samples of the account are served.
func (a Account) samples() int {
	n := 0
	for _, e := range a.all {
		n += e.Samples
	}
	return n
}

// address returns the page's address with the filter, relative to the page. Defaults are left out.
func (f filter) address() string {
	query := make(url.Values)
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("vendor", f.Vendor)
	set("search", f.Search)
	if f.Failing {
		query.Set("failing", "1")
	}
	set("sort", f.Sort)
	set("lang", f.Lang)
	if f.Refresh != defaultRefresh {
		query.Set("refresh", strconv.Itoa(f.Refresh))
	}
	if f.Page > 1 {
		query.Set("page", strconv.Itoa(f.Page))
	}
	if len(query) == 0 {
		return "./"
	}
	return "./?" + query.Encode()
}

func (f filter) onPage(page int) string {
	f.Page = page
	return f.address()
}

// RefreshNow returns the address that refreshes what is due and leads back to this page.
func (f filter) RefreshNow() string {
	return "./-/refresh" + strings.TrimPrefix(f.address(), "./")
}

// OnlyFailing is the address of the accounts that need attention, of all there are.
func (f filter) OnlyFailing() string {
	return filter{Failing: true, Refresh: f.Refresh, Lang: f.Lang}.address()
}

// Everything is the address without a filter.
func (f filter) Everything() string {
	return filter{Refresh: f.Refresh, Lang: f.Lang}.address()
}

// Only is the address of one account, shown in full.
func (f filter) Only(target string) string {
	return filter{Search: target, Refresh: f.Refresh, Lang: f.Lang}.address()
}

// choice is an option of a selection.
type choice struct {
	Value, Words string
	Selected     bool
}

// vendors are those of the accounts, and the one asked for whether it is there or not: the form shows what the page
// shows.
func (f filter) vendors(w *phrases, all []Account) []choice {
	choices := []choice{{Value: "", Words: w.All, Selected: f.Vendor == ""}}
	known := false
	for i, a := range all {
		if i > 0 && all[i-1].Vendor == a.Vendor { // they come in the vendors' order
			continue
		}
		choices = append(choices, choice{a.Vendor, a.Vendor, a.Vendor == f.Vendor})
		known = known || a.Vendor == f.Vendor
	}
	if !known && f.Vendor != "" {
		choices = append(choices, choice{f.Vendor, say(w.NoneHere, f.Vendor), true})
	}
	return choices
}

// choices are the options of a selection, with their words.
func choices(values []string, words map[string]string, selected string) []choice {
	all := make([]choice, 0, len(values))
	for _, value := range values {
		all = append(all, choice{value, words[value], value == selected})
	}
	return all
}
