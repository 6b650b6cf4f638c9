package status

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// accountView is how one account is.
type accountView struct {
	Vendor, Account, Target string
	Zone                    string // of its days
	MovedTo                 string // the address in use, if the vendor has named another one
	Level, Words            string
	Reasons                 string // of all its endpoints, "auth, timeout"
	Samples                 string
	Oldest                  *moment // what it serves; nil for nothing
	Endpoints               []endpointView
	// Probe and Debug are addresses.
	Probe, Debug string
}

// newAccountView has the endpoints only in full.
func newAccountView(a collector.AccountStatus, now time.Time, full bool) accountView {
	target := a.Target.String()
	probe := "./probe?" + url.Values{"target": {target}}.Encode()
	v := accountView{
		Vendor: a.Target.Vendor, Account: a.Target.Account, Target: target, Zone: a.Location.String(), MovedTo: a.MovedTo,
		Probe: probe, Debug: probe + "&debug=true",
	}
	s := summarize([]collector.AccountStatus{a}, now)
	v.Samples, v.Oldest = number(s.Samples), s.Oldest
	switch {
	case s.Endpoints == 0:
		v.Level, v.Words = levelIdle, "all endpoints are off"
	case s.Failing > 0:
		v.Level, v.Words = s.Level, fmt.Sprintf("%s of %s %s", number(s.Failing), count(s.Endpoints, "endpoint"), fail(s.Failing))
	case s.Pending == s.Endpoints && s.Reading > 0:
		v.Level, v.Words = levelIdle, wordsReading
	case s.Pending == s.Endpoints:
		v.Level, v.Words = levelIdle, wordsPending
	case s.Expired > 0:
		v.Level, v.Words = levelWarn, expiredWords(a, now)
	case s.Cut > 0:
		v.Level, v.Words = levelWarn, "up, not complete"
	case s.Exhausted > 0:
		v.Level, v.Words = levelWarn, "up, push quota exhausted"
	default:
		v.Level, v.Words = levelGood, "up"
	}
	var reasons []string
	for _, e := range a.Endpoints {
		reasons = append(reasons, e.Reasons...)
		if full {
			v.Endpoints = append(v.Endpoints, newEndpointView(e, now))
		}
	}
	slices.Sort(reasons)
	v.Reasons = strings.Join(slices.Compact(reasons), ", ")
	return v
}

// Words for states that accounts and endpoints have alike.
const (
	wordsPending = "not read yet"
	wordsReading = "being read for the first time"
	wordsTooOld  = "figures too old to serve"
	wordsNewDay  = "no figures of this day yet"
)

// expiredWords say why an account's values have expired: for their age, if it is so with any.
func expiredWords(a collector.AccountStatus, now time.Time) string {
	if slices.ContainsFunc(a.Endpoints, func(e collector.EndpointStatus) bool { return expired(e) && tooOld(e, now) }) {
		return wordsTooOld
	}
	return wordsNewDay
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
	// Served is when the oldest of what is served was read, nil for nothing; Last is then when what was last served
	// was.
	Served, Last *moment
	Kept, Every  string
	Reading      bool
	Next         *moment // nil: at the next scrape
	Samples      string
	Lacks        string // what was dropped or is missing
	Took         string
}

func newEndpointView(e collector.EndpointStatus, now time.Time) endpointView {
	v := endpointView{
		Name: e.Name, Source: e.Source, Reasons: newReasons(e.Reasons), Reading: e.Reading,
		Kept: configured(e.MaxStale), Every: configured(e.MinInterval), Samples: number(e.Samples), Took: took(e.Duration),
	}
	switch e.State {
	case collector.StateFailing:
		v.Level, v.Words = levelBad, "failing"
	case collector.StateStale:
		v.Level, v.Words = levelWarn, "failing, old figures served"
	case collector.StatePartial:
		v.Level, v.Words = levelWarn, "some fail"
	case collector.StatePending:
		v.Level, v.Words, v.Took = levelIdle, wordsPending, "–"
		if e.Reading {
			v.Words = wordsReading
		}
		if e.Reading && e.Serving {
			v.Words += ", figures are there already"
		}
	case collector.StateOK:
		v.Level, v.Words = levelGood, "up"
		switch {
		case !expired(e):
		case tooOld(e, now):
			v.Level, v.Words = levelWarn, wordsTooOld
		default:
			v.Level, v.Words = levelWarn, wordsNewDay
		}
	}
	if e.Err != nil {
		v.Err = shortened(e.Err.Error(), maxErrorText)
		since := newMoment(e.Since, now)
		v.Since = &since
		if e.Items > 1 && e.FailingItems > 0 {
			v.Items = fmt.Sprintf("%s of %s reads fail", number(e.FailingItems), number(e.Items))
		}
	}
	if !e.ServedAt.IsZero() {
		served := newMoment(e.ServedAt, now)
		switch {
		case e.State == collector.StateFailing, expired(e):
			v.Last = &served
		default:
			v.Served = &served
		}
	}
	if !e.Reading && e.NextRead.Sub(now) >= time.Second {
		next := newMoment(e.NextRead, now)
		v.Next = &next
	}
	var lacks []string
	if e.Dropped > 0 {
		lacks = append(lacks, number(e.Dropped)+" dropped")
	}
	if e.Missing > 0 {
		lacks = append(lacks, number(e.Missing)+" missing")
	}
	v.Lacks = strings.Join(lacks, ", ")
	return v
}
