package collector

import (
	"context"
	"errors"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// CheckResult is what came of reading one endpoint of one account once.
type CheckResult struct {
	Vendor, Account string
	// Endpoint is the endpoint's name; "configuration" for what the vendor says of the account's settings.
	Endpoint string
	// Samples that the endpoint gave, and Dropped and Missing ones; see the families engage_endpoint_….
	Samples, Dropped, Missing int
	Duration                  time.Duration
	// Err is why it failed; nil if it did not.
	Err error
}

// Reason is Err's text without what was tried, "" if it is nil: alike for all endpoints that failed alike. Once credentials are refused nothing more is sent with them, so refused
// tells that there is one cause however the reasons read.
func (r CheckResult) Reason() (text string, refused bool) {
	failure, ok := errors.AsType[*transport.Error](r.Err)
	switch {
	case r.Err == nil:
		return "", false
	case ok && r.Err.Error() == failure.Error(): // and not wrapped in words of ours
		return failure.Reason(), failure.Kind == transport.Auth
	}
	return r.Err.Error(), false
}

// Check reads every endpoint of every account once, and asks the vendors about settings that only they can judge. Results come in the order of vendors, accounts and
// endpoints. What is still being read when ctx is done has failed.
func (s *Set) Check(ctx context.Context) []CheckResult {
	wait(ctx, join(s.accounts()))
	var results []CheckResult
	for _, c := range s.collectors {
		for _, a := range c.accounts {
			refused := false
			for _, e := range a.endpoints {
				r := e.checked(ctx)
				refused = refused || transport.KindOf(r.Err) == transport.Auth
				results = append(results, r)
			}
			if a.verify == nil || refused { // that has been told
				continue
			}
			for _, err := range a.verify(ctx) {
				results = append(results, CheckResult{Vendor: a.vendor, Account: a.name, Endpoint: "configuration", Err: err})
			}
		}
	}
	return results
}

// checked is the result of the endpoint's only turn.
func (e *endpoint) checked(ctx context.Context) CheckResult {
	s := e.state(time.Now())
	e.mu.Lock()
	defer e.mu.Unlock()
	r := CheckResult{
		Vendor: e.account.vendor, Account: e.account.name, Endpoint: e.spec.Name,
		Samples: s.samples, Dropped: s.dropped.total(), Missing: s.dropped.missing, Duration: s.duration,
	}
	if _, r.Err = e.cause(); r.Err == nil && !s.finished {
		r.Err = context.Cause(ctx)
	}
	return r
}
