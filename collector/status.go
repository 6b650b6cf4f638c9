package collector

import (
	"errors"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// State is the state of an endpoint.
type State = poll.State

// The states of an endpoint.
const (
	StateOK      = poll.StateOK
	StatePartial = poll.StatePartial
	StateStale   = poll.StateStale
	StateFailing = poll.StateFailing
	StatePending = poll.StatePending
)

// Overdue says why an endpoint has not been read although it is due for long.
type Overdue = poll.Overdue

// The reasons why an endpoint is overdue.
const (
	NotOverdue       = poll.NotOverdue
	OverdueNoScrape  = poll.OverdueNoScrape
	OverdueRateLimit = poll.OverdueRateLimit
	OverdueBackoff   = poll.OverdueBackoff
	OverdueReading   = poll.OverdueReading
)

// AccountStatus is the state of an account at an instant, for people to read.
type AccountStatus struct {
	Target   poll.Target
	Location *time.Location // of its days
	// MovedTo is the address in use if the vendor has sent the account to another one than base_url; "" if not.
	MovedTo   string
	Endpoints []EndpointStatus
	// Requests are the last ones sent to the vendor, the oldest first. Failed ones are kept longer than others.
	Requests []Request
	// Quotas are the push quotas that are served now, in the vendor's order.
	Quotas []Quota
}

// Failing reports whether an endpoint fails.
func (s AccountStatus) Failing() bool {
	for _, e := range s.Endpoints {
		if e.State == StatePartial || e.State == StateStale || e.State == StateFailing {
			return true
		}
	}
	return false
}

// EndpointStatus is the state of an endpoint.
type EndpointStatus struct {
	Name, Source string
	State        State
	// Err is why it fails, safe to show; nil if it does not. Since is when the failure began.
	Err     error
	Since   time.Time
	Reasons []string // as engage_endpoint_failing has them
	// Items counts the items that it reads, FailingItems those of them that fail.
	Items, FailingItems int
	// ServedAt is when the oldest item result that is served was read, or was served last if none is now. Zero before
	// the first.
	ServedAt time.Time
	// Serving reports whether values are served now. If none are and nothing fails, they are too old or their day is
	// over, because nothing has scraped since.
	Serving bool
	// NextRead is when a scrape will read again; zero while Reading.
	NextRead time.Time
	Reading  bool
	// Samples, Dropped and Missing are counts, as in the families engage_endpoint_….
	Samples, Dropped, Missing int
	// DroppedValues are the first values that were dropped because they cannot be served, with the vendor's text.
	DroppedValues []metric.DroppedValue
	Duration      time.Duration // of the last read; 0 before the first
	// DueSince is when the first of what it reads became due; zero if nothing is due. Overdue is why it is overdue by
	// more than two intervals, if it is.
	DueSince time.Time
	Overdue  Overdue
	// Past are the last refreshes.
	Past                  poll.PastRefreshes
	MinInterval, MaxStale time.Duration
}

// Quota is one of an account's push quotas of today.
type Quota struct {
	Target poll.Target
	metric.Quota
}

// Request is a request that was sent to the vendor.
type Request struct {
	At       time.Time
	Endpoint string // method and path, without ids and query: "GET /report/push/date/DATE"
	Code     string // the status of the answer, or "error" if none came
	Duration time.Duration
	Bytes    int64
	Err      error // safe to show; nil if the answer was good
}

// Status returns the state of the accounts at now, in the order of Targets.
func (s *Set) Status(now time.Time) []AccountStatus {
	accounts := s.accounts()
	all := make([]AccountStatus, 0, len(accounts))
	for _, a := range accounts {
		all = append(all, a.status(now))
	}
	return all
}

// StatusOf returns the state of one account at now; false if the shard has no such account.
func (s *Set) StatusOf(t poll.Target, now time.Time) (AccountStatus, bool) {
	_, a := s.find(t)
	if a == nil {
		return AccountStatus{}, false
	}
	return a.status(now), true
}

func (a *account) status(now time.Time) AccountStatus {
	s := AccountStatus{Target: a.target(), Location: a.Location}
	if m, ok := a.built.(mover); ok {
		s.MovedTo = m.MovedTo()
	}
	for _, e := range a.Endpoints() {
		status := e.Status(now)
		s.Endpoints = append(s.Endpoints, endpointStatus(e, status, now))
		if l, ok := a.built.(quotaLister); ok {
			for _, q := range l.Quotas(status) {
				s.Quotas = append(s.Quotas, Quota{a.target(), q})
			}
		}
	}
	for _, sent := range a.Requests().Last() {
		s.Requests = append(s.Requests, Request(sent))
	}
	return s
}

func endpointStatus(e *poll.Endpoint, s poll.Status, now time.Time) EndpointStatus {
	d := e.Details(now, s)
	reasons := make([]string, len(s.Reasons))
	for i, kind := range s.Reasons {
		reasons[i] = kind.String()
	}
	return EndpointStatus{
		Name: e.Spec().Name, Source: e.Spec().Source, State: d.State, Err: d.Err, Since: d.Since, Reasons: reasons,
		Items: d.Items, FailingItems: d.FailingItems,
		ServedAt: s.ServedAt, Serving: s.Serving(), NextRead: d.NextRead, Reading: d.Reading,
		Samples: s.Samples, Dropped: s.Dropped.Total(), DroppedValues: s.DroppedValues, Missing: s.Dropped.Missing,
		Duration: s.Duration, MinInterval: e.Settings().MinInterval, MaxStale: e.Settings().MaxStale,
		DueSince: d.DueSince, Overdue: d.Overdue, Past: d.Past,
	}
}

// Reason returns the kind of a failed read, as engage_endpoint_failing has it.
func Reason(err error) string { return transport.KindOf(err).String() }

// Cause returns the text of a failed read without its vendor, endpoint and reason: what came, and what to do about it.
func Cause(err error) string {
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.Error() == err.Error() {
		return failure.Cause()
	}
	return err.Error()
}
