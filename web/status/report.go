package status

import (
	"encoding/json"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Report is the state of accounts at an instant: /api/v1/status answers with it, and the status page shows it. Names
// and meanings of its JSON are stable; fields may be added.
type Report struct {
	Version string `json:"version"`
	Shard   string `json:"shard,omitempty"` // "1/4"
	Now     when   `json:"time"`
	// LastScrape is when Prometheus, or anyone else, last scraped.
	LastScrape when `json:"last_scrape"`
	// ReloadFailure is why the last attempt to load the configuration failed.
	ReloadFailure string `json:"reload_failure,omitempty"`
	// Summary is of all accounts, also where Accounts are some of them.
	Summary  Summary   `json:"summary"`
	Accounts []Account `json:"accounts"`
}

// Account is the state of an account.
type Account struct {
	Vendor string `json:"vendor"`
	Name   string `json:"account"`
	// NeedsAttention reports whether an endpoint needs attention, or a push quota is exhausted.
	NeedsAttention bool       `json:"needs_attention"`
	TimeZone       string     `json:"time_zone"`
	MovedTo        string     `json:"moved_to,omitempty"` // the address in use, if the vendor has named another one
	Endpoints      []Endpoint `json:"endpoints"`
	Quotas         []Quota    `json:"quotas"`
	FailedRequests []Request  `json:"failed_requests"` // the last ones, the oldest first

	all      []Endpoint // also those that a filter leaves out of Endpoints
	level    string
	location *time.Location
}

// Target returns "vendor/account".
func (a Account) Target() string { return a.Vendor + "/" + a.Name }

// Endpoint is the state of an endpoint.
type Endpoint struct {
	Name   string          `json:"name"`
	Source string          `json:"source"` // method and path at the vendor
	Up     bool            `json:"up"`
	State  collector.State `json:"state"`
	// NeedsAttention reports whether it fails, is overdue, has lost its values to age, drops samples or misses items.
	NeedsAttention bool     `json:"needs_attention"`
	Reason         string   `json:"reason,omitempty"` // of Error, as engage_endpoint_failing has it
	Reasons        []string `json:"reasons,omitempty"`
	Error          string   `json:"error,omitempty"`
	FailingSince   when     `json:"failing_since"`
	LastSuccess    when     `json:"last_success"` // of the oldest value that is served, or was served last
	NextRefresh    when     `json:"next_refresh"`
	Refreshing     bool     `json:"refreshing"`
	// Overdue is why it has not been read although it is due for more than two intervals.
	Overdue      collector.Overdue `json:"overdue,omitempty"`
	DueSince     when              `json:"due_since"`
	Serving      bool              `json:"serving"`
	Samples      int               `json:"samples"`
	Dropped      int               `json:"dropped"`
	Missing      int               `json:"missing"`
	Items        int               `json:"items"`
	FailingItems int               `json:"failing_items"`
	Duration     seconds           `json:"duration_seconds"` // of the last refresh
	MinInterval  seconds           `json:"min_interval_seconds"`
	MaxStale     seconds           `json:"max_stale_seconds"`
	Past         refreshes         `json:"last_refreshes"`

	level string
}

// Quota is a push quota of today.
type Quota struct {
	Channel     string   `json:"channel"`
	ChannelName string   `json:"channel_name,omitempty"`
	Kind        string   `json:"kind"`
	Limit       float64  `json:"limit"`
	Remaining   *float64 `json:"remaining"`  // nil where the vendor does not send it
	Requested   *float64 `json:"requested"`  // likewise
	Used        *float64 `json:"used_ratio"` // nil where it does not follow from what the vendor sends
	Exhausted   bool     `json:"exhausted"`

	target                      string
	chineseChannel, chineseKind string
}

// Request is a request to the vendor that failed.
type Request struct {
	At       when    `json:"time"`
	Endpoint string  `json:"endpoint"`
	Code     string  `json:"code"` // the HTTP status, or "error" if no answer came
	Duration seconds `json:"duration_seconds"`
	Reason   string  `json:"reason"`
	Error    string  `json:"error"`
}

// when is a time in JSON: RFC 3339 in UTC, or null.
type when struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (w when) MarshalJSON() ([]byte, error) {
	if w.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(w.UTC().Format(time.RFC3339))
}

// seconds is a duration in JSON.
type seconds time.Duration

// MarshalJSON implements json.Marshaler.
func (s seconds) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).Seconds()) }

// refreshes are the last refreshes of an endpoint, in JSON the oldest first.
type refreshes struct{ poll.PastRefreshes }

// MarshalJSON implements json.Marshaler.
func (r refreshes) MarshalJSON() ([]byte, error) {
	type refresh struct {
		At       when    `json:"time"`
		Duration seconds `json:"duration_seconds"`
		Outcome  string  `json:"outcome"`
	}
	all := []refresh{}
	for _, past := range r.All() {
		all = append(all, refresh{when{past.At}, seconds(past.Duration), outcome(past)})
	}
	return json.Marshal(all)
}

// outcome returns "ok", or the reason of a refresh that failed.
func outcome(r poll.PastRefresh) string {
	if r.Failure == 0 {
		return "ok"
	}
	return r.Failure.String()
}

// newReport returns the state of all accounts at now.
func newReport(o Options, now time.Time) Report {
	set := o.Accounts()
	r := Report{
		Version: o.Version, Shard: o.Shard, Now: when{now}, LastScrape: when{set.LastScrape()}, Accounts: []Account{},
	}
	if o.ReloadFailure != nil {
		if err := o.ReloadFailure(); err != nil {
			r.ReloadFailure = shortened(err.Error(), maxReloadFailure)
		}
	}
	for _, a := range set.Status(now) {
		r.Accounts = append(r.Accounts, newAccount(a))
	}
	r.Summary = summarize(r.Accounts)
	return r
}

func newAccount(a collector.AccountStatus) Account {
	n := Account{
		Vendor: a.Target.Vendor, Name: a.Target.Account, TimeZone: a.Location.String(), MovedTo: a.MovedTo,
		Endpoints: make([]Endpoint, 0, len(a.Endpoints)), Quotas: []Quota{}, FailedRequests: []Request{},
		level: levelIdle, location: a.Location,
	}
	for _, e := range a.Endpoints {
		n.Endpoints = append(n.Endpoints, newEndpoint(e))
		n.level = worse(n.level, n.Endpoints[len(n.Endpoints)-1].level)
	}
	n.all = n.Endpoints
	for _, q := range a.Quotas {
		quota := Quota{
			Channel: q.Channel, ChannelName: q.ChannelName, Kind: q.Kind, Limit: q.Limit, Exhausted: q.Exhausted,
			target: a.Target.String(), chineseChannel: q.ChineseChannel, chineseKind: q.ChineseKind,
		}
		if q.Used >= 0 {
			quota.Used = &q.Used
		}
		if q.Remaining >= 0 {
			quota.Remaining = &q.Remaining
		}
		if q.Requested >= 0 {
			quota.Requested = &q.Requested
		}
		if q.Exhausted {
			n.level = levelBad
		}
		n.Quotas = append(n.Quotas, quota)
	}
	for _, r := range a.Requests {
		if r.Err != nil {
			n.FailedRequests = append(n.FailedRequests, Request{
				At: when{r.At}, Endpoint: r.Endpoint, Code: r.Code, Duration: seconds(r.Duration),
				Reason: collector.Reason(r.Err), Error: shortened(collector.Cause(r.Err), maxErrorText),
			})
		}
	}
	n.NeedsAttention = n.level == levelBad || n.level == levelWarn
	return n
}

func newEndpoint(e collector.EndpointStatus) Endpoint {
	n := Endpoint{
		Name: e.Name, Source: e.Source, Up: e.State == collector.StateOK, State: e.State, Reasons: e.Reasons,
		FailingSince: when{e.Since}, LastSuccess: when{e.ServedAt}, NextRefresh: when{e.NextRead}, Refreshing: e.Reading,
		Overdue: e.Overdue, DueSince: when{e.DueSince}, Serving: e.Serving,
		Samples: e.Samples, Dropped: e.Dropped, Missing: e.Missing, Items: e.Items, FailingItems: e.FailingItems,
		Duration: seconds(e.Duration), MinInterval: seconds(e.MinInterval), MaxStale: seconds(e.MaxStale),
		Past: refreshes{e.Past},
	}
	if e.Err != nil {
		n.Reason, n.Error = collector.Reason(e.Err), shortened(collector.Cause(e.Err), maxErrorText)
	}
	switch {
	case e.State == collector.StateFailing:
		n.level = levelBad
	case n.failing(), e.Overdue != collector.NotOverdue, n.expired(), n.cut():
		n.level = levelWarn
	case e.State == collector.StatePending:
		n.level = levelIdle
	default:
		n.level = levelGood
	}
	n.NeedsAttention = n.level == levelBad || n.level == levelWarn
	return n
}

// failing reports whether something that it reads fails.
func (e Endpoint) failing() bool {
	return e.State != collector.StateOK && e.State != collector.StatePending
}

// expired reports whether values were good once and were dropped for their age or with their day, though no read
// failed. Where there is nothing to read, nothing expires.
func (e Endpoint) expired() bool {
	return e.State == collector.StateOK && !e.Serving && e.Items > 0 && !e.LastSuccess.IsZero()
}

// tooOld reports of values that have expired whether it was for their age, and not with their day.
func (e Endpoint) tooOld(now time.Time) bool {
	return now.Sub(e.LastSuccess.Time) > time.Duration(e.MaxStale)
}

// cut reports whether samples are dropped, or requested items missing.
func (e Endpoint) cut() bool { return e.Dropped > 0 || e.Missing > 0 }
