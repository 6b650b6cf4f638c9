package status

import (
	"slices"
	"time"
)

// maxFailures is how many of the last failed requests are shown.
const maxFailures = 20

// failureList is the last failed requests of the accounts found, the newest first.
type failureList struct {
	Shown []failureView
	More  int // are kept and not shown
}

// failureView is one failed request.
type failureView struct {
	At                                     moment
	Target, Endpoint, Answer, Took, Reason string
	Err                                    string
}

func newFailureList(w *phrases, accounts []Account, now time.Time) failureList {
	type failure struct {
		target string
		zone   *time.Location
		Request
	}
	var all []failure
	for _, a := range accounts {
		for _, r := range a.FailedRequests {
			all = append(all, failure{a.Target(), a.location, r})
		}
	}
	slices.SortStableFunc(all, func(a, b failure) int { return b.At.Compare(a.At.Time) })
	var l failureList
	for _, f := range all[:min(len(all), maxFailures)] {
		answer := "HTTP " + f.Code
		if f.Code == "error" {
			answer = w.NoAnswer
		}
		l.Shown = append(l.Shown, failureView{
			At: w.moment(f.At.Time, now, f.zone), Target: f.target, Endpoint: f.Endpoint, Answer: answer,
			Took: w.took(time.Duration(f.Duration)), Reason: f.Reason, Err: f.Error,
		})
	}
	l.More = len(all) - len(l.Shown)
	return l
}
