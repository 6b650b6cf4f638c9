package status

import (
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// maxFailures is how many of the last failed requests are shown.
const maxFailures = 20

// failureList is the last failed requests of the accounts found, the newest first.
type failureList struct {
	Shown []failureView
	More  string // how many are remembered and not shown; "" for none
}

// failureView is one failed request.
type failureView struct {
	At                             moment
	Target, Endpoint, Answer, Took string
	Err                            string
}

func newFailureList(accounts []collector.AccountStatus, now time.Time) failureList {
	type failure struct {
		target poll.Target
		collector.Request
	}
	var all []failure
	for _, a := range accounts {
		for _, r := range a.Requests {
			if r.Err != nil {
				all = append(all, failure{a.Target, r})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b failure) int { return b.At.Compare(a.At) })
	var l failureList
	for _, f := range all[:min(len(all), maxFailures)] {
		answer := "HTTP " + f.Code
		if f.Code == "error" {
			answer = "no answer"
		}
		l.Shown = append(l.Shown, failureView{
			At: newMoment(f.At, now), Target: f.target.String(), Endpoint: f.Endpoint, Answer: answer, Took: took(f.Duration),
			Err: shortened(f.Err.Error(), maxErrorText),
		})
	}
	if more := len(all) - len(l.Shown); more > 0 {
		l.More = number(more)
	}
	return l
}
