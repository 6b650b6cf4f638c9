package collector

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/poll"

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
	// Others are further reasons, where its items failed for several; no more than maxOtherErrors.
	Others []error
}

// maxOtherErrors bounds how many reasons are told of one endpoint, whose items may be thousands.
const maxOtherErrors = 4

// CheckFailure is a reason for which an endpoint failed.
type CheckFailure struct {
	// Text is without what was tried: alike for all endpoints that failed alike.
	Text string
	// Refused reports that the account's credentials are to blame. Once they are refused nothing more is sent with
	// them: there is one cause, however the texts read.
	Refused bool
}

// Failures are the texts of Err and Others, each once; none if it did not fail.
func (r CheckResult) Failures() []CheckFailure {
	if r.Err == nil {
		return nil
	}
	var failures []CheckFailure
	for _, err := range append([]error{r.Err}, r.Others...) {
		f := CheckFailure{Text: err.Error()}
		// One that is wrapped in words of ours is told with them.
		if failure, ok := errors.AsType[*transport.Error](err); ok && err.Error() == failure.Error() {
			f = CheckFailure{failure.Reason(), failure.Kind == transport.Auth}
		}
		if !slices.Contains(failures, f) {
			failures = append(failures, f)
		}
	}
	return failures
}

// Check reads every endpoint of the accounts once, of all accounts where none is named, and asks the vendors about
// settings that only they can judge. Results come in the order of vendors, accounts and endpoints. What is still being
// read when ctx is done has failed. Targets that the set does not have have no result.
func (s *Set) Check(ctx context.Context, targets ...poll.Target) []CheckResult {
	accounts := s.accounts()
	if len(targets) > 0 {
		accounts = slices.DeleteFunc(accounts, func(a *account) bool { return !slices.Contains(targets, a.target()) })
	}
	// Each account by itself: one that hangs must not take the time in which another's settings are asked about.
	results := make([][]CheckResult, len(accounts))
	var checks sync.WaitGroup
	for i, a := range accounts {
		refreshes := poll.Start(a.Account)
		checks.Go(func() {
			refreshes.Wait(ctx)
			results[i] = a.checked(ctx)
		})
	}
	checks.Wait()
	return slices.Concat(results...)
}

// checked is the result of the account's only turns, and what the vendor says of its settings.
func (a *account) checked(ctx context.Context) []CheckResult {
	var results []CheckResult
	refused := false
	for _, e := range a.Endpoints() {
		r := checked(ctx, e)
		refused = refused || slices.ContainsFunc(r.Failures(), func(f CheckFailure) bool { return f.Refused })
		results = append(results, r)
	}
	if refused { // that has been told
		return results
	}
	for _, err := range a.verified(ctx) {
		results = append(results, CheckResult{Vendor: a.Vendor, Account: a.Name, Endpoint: "configuration", Err: err})
	}
	return results
}

// verified returns what the vendor finds wrong with the account's settings. If there is no time left to ask, that is
// what is wrong.
func (a *account) verified(ctx context.Context) []error {
	v, ok := a.built.(verifier)
	if !ok {
		return nil
	}
	if ctx.Err() != nil {
		return []error{context.Cause(ctx)}
	}
	problems := v.Verify(ctx)
	if len(problems) > 0 && ctx.Err() != nil {
		return []error{context.Cause(ctx)}
	}
	return problems
}

// checked is the result of the endpoint's only turn.
func checked(ctx context.Context, e *poll.Endpoint) CheckResult {
	s := e.Status(time.Now())
	r := CheckResult{
		Vendor: e.Account().Vendor, Account: e.Account().Name, Endpoint: e.Spec().Name,
		Samples: s.Samples, Dropped: s.Dropped.Total(), Missing: s.Dropped.Missing, Duration: s.Duration,
	}
	told := make(map[string]bool)
	tell := func(err error) {
		switch {
		case err == nil || told[err.Error()]:
			return
		case r.Err == nil:
			r.Err = err
		case len(r.Others) < maxOtherErrors:
			r.Others = append(r.Others, err)
		}
		told[err.Error()] = true
	}
	for _, err := range e.Failures() {
		tell(err)
	}
	if !s.Finished {
		tell(context.Cause(ctx))
	}
	return r
}
