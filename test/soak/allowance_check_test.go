package soak

import (
	"testing"
	"time"
)

// began is when the lives of these tests begin; what happens in them is given in seconds since then.
var began = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }

// readsAt are reads that began then, with no fault.
func readsAt(seconds ...float64) (reads []span) {
	for _, s := range seconds {
		reads = append(reads, span{begin: at(s), end: at(s + 0.1)})
	}
	return reads
}

// faultAt lets a read meet a fault.
func faultAt(reads []span, i int) []span {
	reads[i].fault = true
	return reads
}

// visitsAt are scrapes that were sent then, and answered a second later.
func visitsAt(seconds ...float64) (visits []visit) {
	for _, s := range seconds {
		visits = append(visits, visit{at(s), at(s + 1), true})
	}
	return visits
}

func disturbance(from, to float64) []span { return []span{{begin: at(from), end: at(to)}} }

// The check of reads must find a read too many and a read too few, and must not find those that there may be.
func TestCheckReads(t *testing.T) {
	unanswered := visitsAt(0, 10, 20)
	unanswered[1].complete = false
	for name, test := range map[string]struct {
		reads         []span
		visits        []visit
		disturbed     []span
		early, missed int
		checked       int // reads
	}{
		"each scrape is due":                      {reads: readsAt(0.5, 10.5, 20.5), visits: visitsAt(0, 10, 20), checked: 2},
		"a scrape too soon reads nothing":         {reads: readsAt(0.5, 10.5), visits: visitsAt(0, 5, 10), checked: 1},
		"nobody scrapes":                          {reads: readsAt(0.5), visits: visitsAt(0)},
		"due just after the turn before":          {reads: readsAt(0.9, 9.95), visits: visitsAt(0, 9), checked: 1},
		"a read too soon":                         {reads: readsAt(0.5, 5.5), visits: visitsAt(0, 5), checked: 1, early: 1},
		"a read too soon by a little":             {reads: readsAt(0.5, 8.5), visits: visitsAt(0, 7.9), checked: 1, early: 1},
		"a read twice":                            {reads: readsAt(0.5, 0.6, 10.5), visits: visitsAt(0, 10), checked: 2, early: 1},
		"a read that no scrape began":             {reads: readsAt(0.5, 15), visits: visitsAt(0), checked: 1, early: 1},
		"the first read is of no scrape":          {reads: readsAt(3), visits: visitsAt(5), early: 1},
		"a due scrape reads nothing":              {reads: readsAt(0.5, 20.5), visits: visitsAt(0, 10, 20), checked: 1, missed: 1},
		"a due scrape reads too late":             {reads: readsAt(0.5, 42), visits: visitsAt(0, 10), checked: 1, missed: 1},
		"a due scrape does not wait for its read": {reads: readsAt(0.5, 37), visits: visitsAt(0, 10), checked: 1},
		"nothing is read at all":                  {visits: visitsAt(0), missed: 1},
		"the deadline comes before the read":      {reads: readsAt(0.5, 20.5), visits: unanswered, checked: 1},
		"a backoff after a fault": {
			reads: faultAt(readsAt(0.5, 10.5, 30.5), 1), visits: visitsAt(0, 10, 20, 30), checked: 1,
		},
		"a read that meets a fault counts": {reads: faultAt(readsAt(0.5, 5.5), 1), visits: visitsAt(0, 5), checked: 1, early: 1},
		"a good read ends what a fault began": {
			reads: faultAt(readsAt(0.5, 10.5, 20.5), 0), visits: visitsAt(0, 10, 20, 30), checked: 1, missed: 1,
		},
		"an account that starts again":      {reads: readsAt(0.5, 5.5), visits: visitsAt(0, 5), disturbed: disturbance(3, 4)},
		"an account that is absent":         {reads: readsAt(0.5), visits: visitsAt(0, 10), disturbed: disturbance(3, 40)},
		"an account that was absent before": {reads: readsAt(40.5), visits: visitsAt(0, 10, 40), disturbed: disturbance(-1, 35)},
		"a read too soon after what disturbed it": {
			reads: readsAt(0.5, 5.5, 9.4), visits: visitsAt(0, 5, 9), disturbed: disturbance(3, 4), checked: 1, early: 1,
		},
		"again with a new token, nobody waits": {
			reads: readsAt(0.5, 12, 12.2), visits: visitsAt(0, 10), disturbed: disturbance(12.1, 16), checked: 1,
		},
		"a fault, and then a read of no scrape": {
			reads: faultAt(readsAt(0.5, 12, 20), 1), visits: visitsAt(0, 10), checked: 1, early: 1,
		},
		"nothing is read after what disturbed it":   {reads: readsAt(0.5, 5.5), visits: visitsAt(0, 5, 15), disturbed: disturbance(3, 4), missed: 1},
		"two scrapes at a time join one read":       {reads: readsAt(0.5, 10.7), visits: visitsAt(0, 0.2, 10, 10.2), checked: 1},
		"two scrapes at a time read twice":          {reads: readsAt(0.5, 10.5, 10.7), visits: visitsAt(0, 10, 10.2), checked: 2, early: 1},
		"a reload that forgets what has been read":  {reads: readsAt(0.5, 10.5, 12.5, 22.5), visits: visitsAt(0, 10, 12, 22), checked: 3, early: 1},
		"each read a tenth earlier than it may be":  {reads: readsAt(0.5, 8.6, 16.7, 24.8), visits: visitsAt(0, 8, 16, 24), checked: 3, early: 3},
		"scrapes between those that are due":        {reads: readsAt(0.1, 9.5, 19.2), visits: visitsAt(0, 3, 6, 9.4, 12, 15, 18, 19.1), checked: 2},
		"scrapes between, one of which is read for": {reads: readsAt(0.1, 6.1), visits: visitsAt(0, 3, 6), checked: 1, early: 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := life{due: 9 * time.Second, reads: test.reads, visits: test.visits, disturbed: test.disturbed}.check()
			if len(got.early) != test.early || len(got.missed) != test.missed || got.reads != test.checked {
				t.Errorf("checked %d reads, %d of them early, and %d scrapes missed; want %d, %d and %d", got.reads, len(got.early), len(got.missed), test.checked, test.early, test.missed)
			}
		})
	}
}

// How many reads the scrapes lead to does not depend on those that there were, but for the first one.
func TestCheckExpectsReads(t *testing.T) {
	for name, test := range map[string]struct {
		reads     []span
		visits    []visit
		disturbed []span
		want      int
	}{
		"just as many":            {reads: readsAt(0.5, 10.5, 20.5), visits: visitsAt(0, 10, 20), want: 2},
		"one too many":            {reads: readsAt(0.5, 5.5, 10.5, 20.5), visits: visitsAt(0, 5, 10, 20), want: 2},
		"one too few":             {reads: readsAt(0.5, 20.5), visits: visitsAt(0, 10, 20), want: 2},
		"a first one that waited": {reads: readsAt(8.5, 10.5), visits: visitsAt(0, 10), want: 1},
		"none after the first":    {reads: readsAt(0.5), visits: visitsAt(0, 5)},
		"after a fault":           {reads: faultAt(readsAt(0.5, 10.5, 30.5, 40.5), 1), visits: visitsAt(0, 10, 20, 30, 40), want: 2},
		"after the account is built again": {
			reads: readsAt(0.5, 25.5, 35.5), visits: visitsAt(0, 10, 25, 35), disturbed: disturbance(8, 24), want: 1,
		},
		"scrapes between count none": {reads: readsAt(0.1, 9.2), visits: visitsAt(0, 3, 6, 8.9, 9.1), want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (life{due: 9 * time.Second, reads: test.reads, visits: test.visits, disturbed: test.disturbed}).check(); got.expected != test.want {
				t.Errorf("the scrapes lead to %d reads, want %d", got.expected, test.want)
			}
		})
	}
}
