package reliability

import (
	"slices"
	"time"
)

// outcome is the expected result of a fault.
type outcome struct {
	// result is the reason for which the endpoint fails, or one of the words below.
	result string
	// account says that the fault affects all of the account's endpoints that are read meanwhile, for the same reason.
	account bool
	// others are further reasons that reads of the account may fail for.
	others []string
	// backoff is how long no request is sent after one refusal, at least; 0 if the backoff begins with the endpoint's own
	// interval and doubles.
	backoff time.Duration
	// within is how soon after the fault's end the endpoint must be up again; 0 for usualRecovery or
	// rejectedRecovery.
	within time.Duration
}

// Outcomes that are no failures.
const (
	// noEffect is a fault to which the endpoint's requests are not open.
	noEffect = "no effect"
	// healed is one that the client corrects within the same read.
	healed = "healed"
	// noRows is an answer that by the vendor's document says that there is nothing.
	noRows = "no rows"
)

func (o outcome) fails() bool { return !slices.Contains([]string{noEffect, healed, noRows}, o.result) }

const (
	// usualRecovery has room for what is left, when the fault ends, of the waits after requests that came to nothing.
	usualRecovery = scrapeInterval
	// unsentRecovery is that of requests that were never sent.
	unsentRecovery = scrapeInterval
	// limitedRecovery has room for the second wait, of two minutes, of an endpoint that is called too often.
	limitedRecovery = 2 * time.Minute
	// rejectedRecovery has room for the waits after a request that was rejected, which begin with oftenInterval.
	rejectedRecovery = 2 * scrapeInterval
	// slowRecovery has room for the reads that were under way, one after another.
	slowRecovery = 2*scrapeInterval + 2*requestTimeout
	// authBackoff is the wait after bad credentials, without jitter.
	authBackoff = 10 * time.Minute
	// scrapeInterval is how often the tests scrape.
	scrapeInterval = 15 * time.Second
)

// jittered is the longest that it takes until a scrape comes after a wait.
func jittered(wait time.Duration) time.Duration { return wait + wait/10 + scrapeInterval }

// expected are the outcomes where no exception says otherwise.
var expected = map[string]outcome{
	"refused":                {result: "network", account: true, within: unsentRecovery},
	"DNS failure":            {result: "network", account: true, within: unsentRecovery},
	"TLS error":              {result: "network", account: true, within: unsentRecovery},
	"black hole":             {result: "timeout", others: []string{"network"}, account: true, within: requestTimeout + 5*time.Second},
	"hang":                   {result: "timeout", within: slowRecovery},
	"drip of 1 byte/s":       {result: "timeout", within: slowRecovery},
	"reset mid-body":         {result: "network"},
	"cut body":               {result: "malformed"},
	"200 with HTML":          {result: "malformed"},
	"garbage":                {result: "malformed"},
	"wrong types":            {result: "malformed"},
	"empty":                  {result: "malformed"},
	"huge":                   {result: "too_large"},
	"500":                    {result: "http"},
	"503 with Retry-After":   {result: "http", backoff: retryAfter, within: jittered(retryAfter)},
	"vendor throttle code":   {result: "rate_limited", within: limitedRecovery},
	"bad credentials":        {result: "auth", account: true, backoff: authBackoff, within: jittered(authBackoff)},
	"token expired mid-read": {result: healed},
	"clock 1 h off":          {result: noEffect},
	"redirect to elsewhere":  {result: "http"},
	"429 with Retry-After":   {result: "rate_limited", backoff: retryAfter, within: jittered(retryAfter)},
	"404":                    {result: "http"},
	"204":                    {result: "malformed"},
	"gzip cut":               {result: "malformed"},
	"wrong secret":           {result: "auth", account: true, backoff: authBackoff, within: 2 * scrapeInterval},
}

// exception is a case in which another outcome is right.
type exception struct {
	vendor  string
	targets []string // nil for all of the vendor
	faults  []string
	outcome outcome
	why     string // for the page
}

var (
	reports  = []string{"funnel_today", "funnel_yesterday", "click_log"}
	refusedA = outcome{result: "auth", account: true, backoff: authBackoff, within: jittered(authBackoff)}
)

// exceptions are looked through from the end: a later one is more special.
var exceptions = []exception{
	{
		"getui", nil, []string{"clock 1 h off"}, refusedA,
		"GeTui logins are signed with the time. There is no documented code for a wrong time, so the credentials are rejected; the error text mentions the clock",
	},
	{
		"getui", []string{"auth"}, []string{"token expired mid-read"}, refusedA,
		"if GeTui also rejects the new token, it is treated as rejected credentials: there is one new login and one more attempt, as in GeTui's SDK",
	},

	{
		"polyv", nil, []string{"clock 1 h off"}, outcome{result: "rejected", account: true},
		"Polyv says that the request's time is too old. The credentials are not affected, so there is no wait of ten minutes after the clock is corrected",
	},
	{
		"polyv", nil, []string{"token expired mid-read"}, outcome{result: "rejected"},
		"there are no tokens. The signature contains a time, and is older than the three minutes that Polyv allows",
	},
	{
		"polyv", nil, []string{"vendor throttle code"},
		outcome{result: "rate_limited", backoff: 5 * time.Minute, within: jittered(5 * time.Minute)},
		"after too many requests, Polyv blocks the caller for five minutes",
	},

	{
		"adspect", nil, []string{"vendor throttle code"},
		outcome{result: "rate_limited", backoff: 30 * time.Second, within: 2 * scrapeInterval},
		"the simulated answer contains a request to wait for 30 s",
	},
	{
		"adspect", nil, []string{"token expired mid-read"}, refusedA,
		"there are no tokens. The key itself is withdrawn while the request is on its way",
	},
	{
		"adspect", nil, []string{"404"}, outcome{result: "rejected"},
		"the vendor's own answer for something that does not exist",
	},
	{
		"adspect", reports, []string{"empty", "204"}, outcome{result: noRows},
		"a report without rows has an empty body",
	},
	{
		"adspect", reports, []string{"huge"}, outcome{result: "malformed"},
		"reports are read row by row, so their total size is not limited. A row of more than 1 MiB is an error",
	},
	{
		"adspect", []string{"saved_queries"}, []string{"drip of 1 byte/s", "reset mid-body", "cut body", "huge", "gzip cut"}, outcome{result: noEffect},
		"the count is in a header, and the answer to HEAD has no body that could fail",
	},

	{
		"sensorsdata", nil, []string{"huge"}, outcome{result: "malformed"},
		"answers are read as they arrive, so their total size is not limited. The beginning of this one shows that it is not an answer",
	},
	{
		"sensorsdata", nil, []string{"token expired mid-read"}, refusedA,
		"there are no issued tokens. The secret itself is withdrawn while the request is on its way",
	},
	{
		"sensorsdata", nil, []string{"404"}, outcome{result: "rejected"},
		"the vendor's own answer for something that does not exist",
	},

	{
		"quanshi", nil, []string{"clock 1 h off"}, outcome{result: "rejected", account: true},
		"Quanshi says that CurTime is wrong. The credentials are not affected",
	},
	{
		"quanshi", []string{"token_create"}, []string{"token expired mid-read"}, outcome{result: "rejected", within: 20 * time.Minute},
		"Quanshi's codes are not documented: if it also rejects a new token, only this request may be wrong. There is no other login for ten minutes",
	},
	{
		"quanshi", []string{"user_search"}, []string{"token expired mid-read"}, outcome{result: noEffect},
		"it needs no token and returns only the user's id",
	},
	{
		"quanshi", nil, []string{"404"}, outcome{result: "rejected"},
		"the vendor's own answer for something that does not exist",
	},
}

// exceptionFor is the one that holds for a fault at a row; nil for none.
func exceptionFor(r row, f fault) *exception {
	for i, x := range slices.Backward(exceptions) {
		if x.vendor == r.vendor && (x.targets == nil || slices.Contains(x.targets, r.target)) && slices.Contains(x.faults, f.name) {
			return &exceptions[i]
		}
	}
	return nil
}

// expectationFor is what a fault must come to at a row.
func expectationFor(r row, f fault) outcome {
	o, ok := expected[f.name]
	if !ok {
		panic("no outcome is expected of " + f.name)
	}
	if f.name == "token expired mid-read" && len(simulatedVendor(r.vendor).Logins) == 0 { // it is the key that ends
		o = refusedA
	}
	if x := exceptionFor(r, f); x != nil {
		o = x.outcome
	}
	if r.login { // without a token nothing can be read
		o.account = true
	}
	if r.target == "user_search" { // of what leads there
		o.others = append(slices.Clone(o.others), "rejected")
	}
	if o.within == 0 {
		o.within = usualRecovery
		if o.result == "rejected" {
			o.within = rejectedRecovery
		}
	}
	return o
}

// recoveryOf is how soon after the end of a fault all of a vendor's rows that it makes fail must be up again; 0 if it
// makes none fail.
func recoveryOf(rows []row, f fault) (longest time.Duration) {
	for _, r := range rows {
		if o := expectationFor(r, f); o.fails() {
			longest = max(longest, o.within)
		}
	}
	return longest
}

// companions are endpoints that go by what another one reads, and fail with it: one list of Quanshi's events serves
// both.
var companions = map[string][]string{"quanshi/event_list": {"event_report", "event_stats"}}
