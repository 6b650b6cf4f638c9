package status

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector"
)

// filter is what the reader of the status page asked for. Its values come from the address, so from anyone.
type filter struct {
	Vendor  string // "" for all
	Account string // part of a name, or a whole "vendor/account"
	Failing bool   // only accounts that fail
	Refresh int    // seconds between refreshes; 0 for none
	Page    int    // from 1
}

const (
	defaultRefresh = 30
	// maxFilterText is more than any account's name has.
	maxFilterText = 200
)

// refreshIntervals are those that the page offers, in seconds.
var refreshIntervals = []struct {
	seconds int
	words   string
}{{defaultRefresh, "every 30 s"}, {300, "every 5 min"}, {0, "off"}}

// parseFilter takes what it understands; anything else is as if it were not there.
func parseFilter(query url.Values) filter {
	f := filter{
		Vendor:  filterText(query.Get("vendor")),
		Account: filterText(query.Get("account")),
		Refresh: defaultRefresh,
		Page:    1,
	}
	f.Failing, _ = strconv.ParseBool(query.Get("failing"))
	for _, i := range refreshIntervals {
		if query.Get("refresh") == strconv.Itoa(i.seconds) {
			f.Refresh = i.seconds
		}
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

// Narrow reports whether a vendor or an account is asked for.
func (f filter) Narrow() bool { return f.Vendor != "" || f.Account != "" }

// accounts are those of the vendor and with the name asked for, in their order; the slice is the caller's. Whether
// they fail is not looked at.
func (f filter) accounts(all []collector.AccountStatus) []collector.AccountStatus {
	for _, a := range all {
		if a.Target.String() == f.Account && (f.Vendor == "" || a.Target.Vendor == f.Vendor) {
			return []collector.AccountStatus{a} // "getui/shop" is not "getui/shop-2"
		}
	}
	text := strings.ToLower(f.Account)
	return slices.DeleteFunc(slices.Clone(all), func(a collector.AccountStatus) bool {
		name := a.Target.Account
		if strings.Contains(text, "/") {
			name = a.Target.String()
		}
		return f.Vendor != "" && a.Target.Vendor != f.Vendor || !strings.Contains(strings.ToLower(name), text)
	})
}

// address returns the page's address with the filter, relative to the page. Defaults are left out.
func (f filter) address() string {
	query := make(url.Values)
	if f.Vendor != "" {
		query.Set("vendor", f.Vendor)
	}
	if f.Account != "" {
		query.Set("account", f.Account)
	}
	if f.Failing {
		query.Set("failing", "1")
	}
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

// OnlyFailing is the address of the accounts that fail, of all there are.
func (f filter) OnlyFailing() string {
	return filter{Failing: true, Refresh: f.Refresh}.address()
}

// Everything is the address without a filter.
func (f filter) Everything() string {
	return filter{Refresh: f.Refresh}.address()
}

// Only is the address of one account, shown in full.
func (f filter) Only(target string) string {
	return filter{Account: target, Refresh: f.Refresh}.address()
}

// choice is an option of a selection.
type choice struct {
	Value, Words string
	Selected     bool
}

// vendors are those of the accounts, and the one asked for whether it is there or not: the form shows what the page
// shows.
func (f filter) vendors(all []collector.AccountStatus) []choice {
	choices := []choice{{Value: "", Words: "all", Selected: f.Vendor == ""}}
	known := false
	for i, a := range all {
		vendor := a.Target.Vendor
		if i > 0 && all[i-1].Target.Vendor == vendor { // they come in the vendors' order
			continue
		}
		choices = append(choices, choice{vendor, vendor, vendor == f.Vendor})
		known = known || vendor == f.Vendor
	}
	if !known && f.Vendor != "" {
		choices = append(choices, choice{f.Vendor, f.Vendor + " (none here)", true})
	}
	return choices
}

func (f filter) refreshes() []choice {
	choices := make([]choice, 0, len(refreshIntervals))
	for _, i := range refreshIntervals {
		choices = append(choices, choice{strconv.Itoa(i.seconds), i.words, i.seconds == f.Refresh})
	}
	return choices
}
