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

// CheckResult is the result of one read of one endpoint of one account.
type CheckResult struct {
	Vendor, Account string
	// Endpoint is the endpoint's name; "configuration" for what the vendor says about the account's settings.
	Endpoint string
	// Samples, Dropped and Missing are counts, as in the families engage_endpoint_….
	Samples, Dropped, Missing int
	// Items counts what the endpoint reads one by one, FailingItems those of them that failed.
	Items, FailingItems int
	Duration            time.Duration
	// Err is why the read failed; nil if it did not.
	Err error
	// Others are further reasons, where items failed for several; at most maxOtherErrors.
	Others []error
}

// maxOtherErrors limits how many reasons one endpoint shows: it may have thousands of items.
const maxOtherErrors = 4

// CheckFailure is a reason for which an endpoint failed.
type CheckFailure struct {
	// Text does not say what was tried: it is the same for all endpoints that failed for the same reason.
	Text string
	// Refused reports that the vendor rejected the account's credentials. Then nothing more is sent with them: all texts
	// have this one cause.
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
		// An error that is wrapped in words of ours keeps them.
		if failure, ok := errors.AsType[*transport.Error](err); ok && err.Error() == failure.Error() {
			f = CheckFailure{failure.Reason(), failure.Kind == transport.Auth}
		}
		if !slices.Contains(failures, f) {
			failures = append(failures, f)
		}
	}
	return failures
}

// Check reads every endpoint of the accounts once, of all accounts if none is named, and asks the vendors about
// settings that only they can check. Results are in the order of vendors, accounts and endpoints. A read that has not
// finished when ctx is done has failed. A target that the set does not have has no result.
func (s *Set) Check(ctx context.Context, targets ...poll.Target) []CheckResult {
	accounts := s.accounts()
	if len(targets) > 0 {
		accounts = slices.DeleteFunc(accounts, func(a *account) bool { return !slices.Contains(targets, a.target()) })
	}
	// Each account by itself: one that hangs must not use up the time in which another's settings are verified.
	results := make([][]CheckResult, len(accounts))
	var checks sync.WaitGroup
	for i, a := range accounts {
		refreshes := poll.Start(a.Account)
		checks.Go(func() {
			refreshes.Wait(ctx)
			results[i] = a.results(ctx)
		})
	}
	checks.Wait()
	return slices.Concat(results...)
}

// results returns what the account's endpoints have read, and what the vendor finds wrong with its settings.
func (a *account) results(ctx context.Context) []CheckResult {
	var results []CheckResult
	refused := false
	for _, e := range a.Endpoints() {
		r := result(ctx, e)
		refused = refused || slices.ContainsFunc(r.Failures(), func(f CheckFailure) bool { return f.Refused })
		results = append(results, r)
	}
	if refused { // the vendor would reject these requests too
		return results
	}
	for _, err := range a.verify(ctx) {
		results = append(results, CheckResult{Vendor: a.Vendor, Account: a.Name, Endpoint: "configuration", Err: err})
	}
	return results
}

// verify returns what the vendor finds wrong with the account's settings, or why ctx ended before it could be asked.
func (a *account) verify(ctx context.Context) []error {
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

// result returns what the endpoint has read; ctx is the context of the read.
func result(ctx context.Context, e *poll.Endpoint) CheckResult {
	now := time.Now()
	s := e.Status(now)
	details := e.Details(now, s)
	r := CheckResult{
		Vendor: e.Account().Vendor, Account: e.Account().Name, Endpoint: e.Spec().Name,
		Samples: s.Samples, Dropped: s.Dropped.Total(), Missing: s.Dropped.Missing, Duration: s.Duration,
		Items: details.Items, FailingItems: details.FailingItems,
	}
	seen := make(map[string]bool)
	add := func(err error) {
		switch {
		case err == nil || seen[err.Error()]:
			return
		case r.Err == nil:
			r.Err = err
		case len(r.Others) < maxOtherErrors:
			r.Others = append(r.Others, err)
		}
		seen[err.Error()] = true
	}
	for _, err := range e.Failures() {
		add(err)
	}
	if !s.Finished {
		add(context.Cause(ctx))
	}
	return r
}
