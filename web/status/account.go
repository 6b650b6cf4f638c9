package status

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/engage-exporter/engage_exporter/collector"
)

// accountView is how one account is.
type accountView struct {
	Vendor, Account, Target string
	Anchor                  string // the id of the account on the page
	Open                    bool   // with its endpoints
	Zone                    string // of its days
	MovedTo                 string // the address in use, if the vendor has named another one
	Level, Words            string
	Reasons                 string // of all its endpoints, "auth, timeout"
	Samples, EndpointCount  string
	Oldest                  *moment // what it serves; nil for nothing
	Endpoints               []endpointView
	// Probe and Debug are addresses.
	Probe, Debug string
}

// newAccountView has the endpoints only in full.
func newAccountView(w *phrases, a Account, now time.Time, full bool) accountView {
	target := a.Target()
	probe := "./probe?" + url.Values{"target": {target}}.Encode()
	v := accountView{
		Vendor: a.Vendor, Account: a.Name, Target: target, Anchor: anchor(target), Zone: a.TimeZone, MovedTo: a.MovedTo,
		Probe: probe, Debug: probe + "&debug=true", Level: a.level, Samples: number(a.samples()),
		EndpointCount: w.Endpoint.of(len(a.all)),
	}
	if len(a.Endpoints) < len(a.all) {
		v.EndpointCount = say(w.EndpointsShown, number(len(a.Endpoints)), v.EndpointCount)
	}
	v.Words = accountWords(w, a, now)
	var reasons []string
	var oldest time.Time
	for _, e := range a.all {
		reasons = append(reasons, e.Reasons...)
		if e.Samples > 0 && (oldest.IsZero() || e.LastSuccess.Before(oldest)) {
			oldest = e.LastSuccess.Time
		}
	}
	if full {
		for _, e := range a.Endpoints {
			v.Endpoints = append(v.Endpoints, newEndpointView(w, e, now, a.location))
		}
	}
	if !oldest.IsZero() {
		m := w.moment(oldest, now, a.location)
		v.Oldest = &m
	}
	slices.Sort(reasons)
	v.Reasons = strings.Join(slices.Compact(reasons), w.Comma)
	return v
}

// accountWords says in a few words how an account is.
func accountWords(w *phrases, a Account, now time.Time) string {
	s := summarize([]Account{a})
	switch {
	case s.Endpoints == 0 && !a.NeedsAttention:
		return strings.ToLower(w.AllOff)
	case s.Failing > 0:
		return say(w.AccountFails, number(s.Failing), w.Endpoint.of(s.Endpoints), w.Fail.form(s.Failing))
	case s.Overdue > 0:
		return say(w.EndpointsOverdue, w.Endpoint.of(s.Overdue))
	case s.Pending == s.Endpoints && s.refreshing > 0:
		return w.Reading
	case s.Pending == s.Endpoints && s.Endpoints > 0:
		return w.Pending
	case s.Expired > 0:
		old := func(e Endpoint) bool { return e.expired() && e.tooOld(now) }
		if slices.ContainsFunc(a.all, old) {
			return w.TooOld
		}
		return w.NewDay
	case s.Cut > 0:
		return w.UpNotComplete
	case s.Exhausted > 0:
		return w.UpExhausted
	}
	return w.Up
}

// anchor returns the id of an account on the page: its target, with what no id may have as a code.
func anchor(target string) string {
	var b strings.Builder
	for _, r := range target {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "~%x", r)
		}
	}
	return b.String()
}

// endpointView is how one endpoint is.
type endpointView struct {
	Name, Source string
	Level, Words string
	// Since is when the failure began; nil where nothing fails. Err, Reasons and Items say more of it.
	Since   *moment
	Err     string
	Reasons []reason
	Items   string
	Overdue string // why it is overdue, and for how long
	// Served is when the oldest of what is served was read, nil for nothing; Last is then when what was last served
	// was.
	Served, Last *moment
	Kept, Every  string
	Reading      bool
	Next         *moment // nil: at the next scrape
	Samples      string
	Lacks        string // what was dropped or is missing
	Took         string
	Past         []pastView
	LastReads    string
}

// pastView is a past refresh, as a bar of a strip and in words.
type pastView struct {
	At           moment
	Level, Words string
	X, Y, Height int // of the bar
}

func newEndpointView(w *phrases, e Endpoint, now time.Time, zone *time.Location) endpointView {
	v := endpointView{
		Name: e.Name, Source: e.Source, Level: e.level, Words: endpointWords(w, e, now), Err: e.Error,
		Reasons: newReasons(w, e.Reasons), Reading: e.Refreshing, Kept: say(w.Kept, configured(e.MaxStale)),
		Every: say(w.Every, configured(e.MinInterval)), Samples: number(e.Samples),
		Took: w.took(time.Duration(e.Duration)), LastReads: say(w.LastReads, e.Name),
	}
	if e.State == collector.StatePending {
		v.Took = "–"
	}
	moment := func(t when) *moment {
		m := w.moment(t.Time, now, zone)
		return &m
	}
	if e.failing() {
		v.Since = moment(e.FailingSince)
		if e.Items > 1 && e.FailingItems > 0 {
			v.Items = say(w.ItemsFail, number(e.FailingItems), number(e.Items))
		}
	}
	if e.Overdue != "" {
		v.Overdue = say(w.OverdueBecause, w.Overdue[e.Overdue])
		if !e.failing() {
			v.Since = moment(e.DueSince)
		}
	}
	if !e.LastSuccess.IsZero() {
		if e.State == collector.StateFailing || e.expired() {
			v.Last = moment(e.LastSuccess)
		} else {
			v.Served = moment(e.LastSuccess)
		}
	}
	if !e.Refreshing && e.NextRefresh.Sub(now) >= time.Second {
		v.Next = moment(e.NextRefresh)
	}
	var lacks []string
	if e.Dropped > 0 {
		lacks = append(lacks, say(w.Dropped, number(e.Dropped)))
	}
	if e.Missing > 0 {
		lacks = append(lacks, say(w.Missing, number(e.Missing)))
	}
	v.Lacks = strings.Join(lacks, w.Comma)
	for i, r := range e.Past.All() {
		p := pastView{
			At: w.moment(r.At, now, zone), Level: levelGood, X: 7 * i, Height: barHeight(r.Duration),
			Words: say(w.Outcome, w.outcome(r), w.took(r.Duration)),
		}
		if p.Y = maxBar - p.Height; r.Failure != 0 {
			p.Level = levelBad
		}
		v.Past = append(v.Past, p)
	}
	return v
}

// maxBar is the height of the bar of a refresh that took ten seconds or more.
const maxBar = 14

// barHeight grows with the digits of a duration: 6 for a tenth of a second or less, 10 for a second.
func barHeight(d time.Duration) int {
	height := 6
	for limit := 100 * time.Millisecond; height < maxBar && d > limit; height += 2 {
		if height%4 == 2 {
			limit *= 3
		} else {
			limit = limit * 10 / 3
		}
	}
	return height
}

// endpointWords says in a few words how an endpoint is.
func endpointWords(w *phrases, e Endpoint, now time.Time) string {
	switch {
	case e.State == collector.StateFailing:
		return w.StateFailing
	case e.State == collector.StateStale:
		return w.Stale
	case e.State == collector.StatePartial:
		return w.Partial
	case e.State == collector.StatePending && e.Refreshing && e.Serving:
		return w.ReadingServed
	case e.State == collector.StatePending && e.Refreshing:
		return w.Reading
	case e.State == collector.StatePending:
		return w.Pending
	case e.expired() && e.tooOld(now):
		return w.TooOld
	case e.expired():
		return w.NewDay
	}
	return w.Up
}
