package status

import (
	"fmt"
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

// summary answers whether anything is wrong, over all accounts whatever the filter.
type summary struct {
	Accounts, FailingAccounts   int
	Endpoints, Failing, Pending int
	Reading                     int // of the pending ones
	// Cut are the endpoints that drop samples or miss things, Expired those whose values became too old, or are of a
	// day gone by, without a failure: nobody scrapes.
	Cut, Expired int
	Exhausted    int // push quotas
	Samples      int
	// Oldest is when the oldest figure that is served was read, and whose it is; nil where nothing is served.
	Oldest                        *moment
	OldestAccount, OldestEndpoint string
	Level                         string
	Verdict                       string
	Remarks                       []string
}

func summarize(all []collector.AccountStatus, now time.Time) summary {
	s := summary{Accounts: len(all)}
	var oldest time.Time
	for _, a := range all {
		if a.Failing() {
			s.FailingAccounts++
		}
		for _, e := range a.Endpoints {
			s.add(e)
			if serves(e) && (oldest.IsZero() || e.ServedAt.Before(oldest)) {
				oldest = e.ServedAt
				s.OldestAccount, s.OldestEndpoint = a.Target.String(), e.Name
			}
		}
		for _, q := range a.Quotas {
			if q.Exhausted {
				s.Exhausted++
			}
		}
	}
	if !oldest.IsZero() {
		m := newMoment(oldest, now)
		s.Oldest = &m
	}
	s.judge()
	return s
}

func (s *summary) add(e collector.EndpointStatus) {
	s.Endpoints++
	s.Samples += e.Samples
	switch e.State {
	case collector.StatePartial, collector.StateStale, collector.StateFailing:
		s.Failing++
	case collector.StatePending:
		s.Pending++
		if e.Reading {
			s.Reading++
		}
	case collector.StateOK:
		if expired(e) {
			s.Expired++
		}
	}
	if e.Dropped > 0 || e.Missing > 0 {
		s.Cut++
	}
}

// serves reports whether scrapes get values of the endpoint.
func serves(e collector.EndpointStatus) bool { return e.Samples > 0 && !e.ServedAt.IsZero() }

// expired reports whether values were good once and were given up for their age or with their day, though no read
// failed. Where there is nothing to read, nothing expires.
func expired(e collector.EndpointStatus) bool {
	return e.State == collector.StateOK && !e.Serving && e.Items > 0 && !e.ServedAt.IsZero()
}

// tooOld tells of values that have expired whether it was for their age, and not with their day.
func tooOld(e collector.EndpointStatus, now time.Time) bool { return now.Sub(e.ServedAt) > e.MaxStale }

func (s *summary) judge() {
	switch {
	case s.Accounts == 0:
		s.Level, s.Verdict = levelIdle, "There is no account to read"
		s.Remarks = append(s.Remarks, "The configuration has none, or other shards have all of them.")
		return
	case s.Endpoints == 0:
		s.Level, s.Verdict = levelIdle, "All endpoints are off"
		return
	case s.Failing > 0:
		s.Level = levelBad
		s.Verdict = fmt.Sprintf("%s of %s %s, at %s of %s", number(s.Failing), count(s.Endpoints, "endpoint"), fail(s.Failing), number(s.FailingAccounts), count(s.Accounts, "account"))
	case s.Pending == s.Endpoints:
		s.Level = levelIdle
		if s.Reading > 0 {
			s.Verdict = "Being read for the first time"
			return
		}
		s.Verdict = "Nothing has been read yet"
		s.Remarks = append(s.Remarks, "Vendors are read when Prometheus scrapes. Does it scrape this exporter?")
		return
	case s.Cut+s.Expired+s.Exhausted > 0:
		s.Level, s.Verdict = levelWarn, "No read fails, yet something needs a look"
	default:
		s.Level, s.Verdict = levelGood, "Nothing fails"
	}
	if s.Exhausted > 0 {
		s.Remarks = append(s.Remarks, count(s.Exhausted, "push quota")+" exhausted.")
	}
	if s.Cut > 0 {
		s.Remarks = append(s.Remarks, "Samples are dropped, or requested items are missing, at "+count(s.Cut, "endpoint")+".")
	}
	if s.Expired > 0 {
		s.Remarks = append(s.Remarks, count(s.Expired, "endpoint")+" without figures: those that were read became too old, or their day is over. Does Prometheus scrape this exporter?")
	}
	if s.Pending > 0 {
		s.Remarks = append(s.Remarks, pendingRemark(s.Pending, s.Reading))
	}
}

// pendingRemark is about endpoints of which no read has finished, some of them because it is under way.
func pendingRemark(pending, reading int) string {
	switch reading {
	case 0:
		return count(pending, "endpoint") + " not read yet."
	case pending:
		return count(pending, "endpoint") + " being read for the first time."
	}
	return count(pending, "endpoint") + " not read yet, " + number(reading) + " of them being read for the first time."
}

func fail(n int) string {
	if n == 1 {
		return "fails"
	}
	return "fail"
}

// summaryNumbers are the counts of a summary as they are written.
type summaryNumbers struct{ Accounts, Endpoints, Failing, Samples string }

func (s *summary) numbers() summaryNumbers {
	return summaryNumbers{number(s.Accounts), number(s.Endpoints), number(s.Failing), number(s.Samples)}
}
