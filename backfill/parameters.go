package backfill

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// parameters are what decides on the bytes of the output, but for what the vendor answers. They are kept, as text,
// beside what has been read: another run must not continue it.
type parameters struct {
	Target    string   `json:"target"`
	TimeZone  string   `json:"time_zone"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Step      string   `json:"step"`
	Recent    string   `json:"recent"`
	Labels    []string `json:"labels"`
	Endpoints []string `json:"endpoints"`
	// Salt keeps what the account's configuration holds from being guessed from Account.
	Salt string `json:"salt"`
	// Account is a salted hash of the account's configuration and of the names and labels of the families that come of
	// it.
	Account string `json:"account"`
}

func parametersOf(o Options, from, to Date, salt string) parameters {
	p := parameters{
		Salt:   salt,
		Target: o.History.Target.String(), TimeZone: o.History.Location.String(), From: from.String(), To: to.String(),
		Step: o.Step.String(), Recent: o.Recent.String(), Labels: []string{}, Endpoints: []string{},
	}
	for _, label := range o.Labels {
		p.Labels = append(p.Labels, label.Name+"="+label.Value)
	}
	slices.Sort(p.Labels)
	hash := hmac.New(sha256.New, []byte(salt))
	fmt.Fprintf(hash, "%q\n", o.Account)
	for _, part := range o.History.Parts {
		p.Endpoints = append(p.Endpoints, part.Endpoint)
		for _, f := range part.Families {
			fmt.Fprintf(hash, "%q %q %q\n", part.Endpoint, f.Name, f.Labels)
		}
	}
	p.Account = hex.EncodeToString(hash.Sum(nil))
	return p
}

// differences says in words what is not as it was.
func (p parameters) differences(was parameters) []string {
	var all []string
	for _, c := range []struct{ what, is, was string }{
		{"--target", p.Target, was.Target},
		{"--from", p.From, was.From},
		{"--to", p.To, was.To},
		{"--step", p.Step, was.Step},
		{"--recent", p.Recent, was.Recent},
		{"the labels", "{" + strings.Join(p.Labels, ",") + "}", "{" + strings.Join(was.Labels, ",") + "}"},
		{"the endpoints", strings.Join(p.Endpoints, ", "), strings.Join(was.Endpoints, ", ")},
		{"the time zone", p.TimeZone, was.TimeZone},
	} {
		if c.is != c.was {
			all = append(all, fmt.Sprintf("%s: was %s, is %s", c.what, c.was, c.is))
		}
	}
	if len(all) == 0 && p.Account != was.Account {
		all = append(all, "the account's configuration has changed")
	}
	return all
}

// header is the first line of a journal.
type header struct {
	Version int `json:"version"`
	// Begun is the time at which the run began first: the samples end where they would have ended then.
	Begun time.Time `json:"begun"`
	parameters
}

// journalVersion is the version of the journal.
const journalVersion = 5

// doneDay is a further line of a journal: a day with its values. The days stand in the order in which they were read.
type doneDay struct {
	Day string `json:"day"`
	// Samples is how many of the output the day gave.
	Samples int64 `json:"samples"`
	// Dropped and Missing are as in collector.HistoryDay.
	Dropped int   `json:"dropped,omitempty"`
	Missing int   `json:"missing,omitempty"`
	Gaps    []Gap `json:"gaps,omitempty"`
	// Records are the day's values.
	Records []record `json:"records,omitempty"`
}

// Gap is what a day has no values of, since the vendor gave none.
type Gap struct {
	Day      string `json:"day"`
	Endpoint string `json:"endpoint"`
	// Reason is safe to show, as every error of a vendor is.
	Reason string `json:"reason"`
	// Partial reports that the endpoint's other values of the day came.
	Partial bool `json:"partial,omitempty"`
}
