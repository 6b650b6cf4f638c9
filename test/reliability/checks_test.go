package reliability

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// checkFailing holds what is shown under the fault to what must be told of it.
func (c *faultCase) checkFailing() {
	c.t.Helper()
	p := c.during
	reasons := p.reasons(c.watched)
	strange := slices.ContainsFunc(reasons, func(r string) bool { return r != c.want.result && !slices.Contains(c.want.others, r) })
	if p.up(c.watched) || !slices.Contains(reasons, c.want.result) || strange {
		c.t.Errorf("up is %v for the reasons %v, want %s; the log:\n%s", p.up(c.watched), p.reasons(c.watched), c.want.result, strings.Join(c.system.log.lines, "\n"))
	}
	status, body, err := c.system.get("/")
	if err != nil || status != 200 {
		c.t.Fatalf("the status page is answered %d, %v", status, err)
	}
	text := string(body)
	for _, says := range append([]string{c.row.endpoint, c.want.result}, hints[c.fault.name]...) {
		if !strings.Contains(text, says) {
			c.t.Errorf("the status page does not say %q", says)
		}
	}
	c.checkSecrets("the status page", text)
	c.checkSecrets("/metrics", string(c.system.last))
}

// checkSecrets wants no secret in a text.
func (c *faultCase) checkSecrets(where, text string) {
	c.t.Helper()
	for _, secret := range []string{simulatedVendor(c.row.vendor).Accounts[0].Secret, wrongSecretText} {
		if strings.Contains(text, secret) {
			c.t.Errorf("%s tells the secret %q", where, secret)
		}
	}
}

// hints are what the status page must say of a failure to the one who can correct it.
var hints = map[string][]string{
	"refused":               {"connection refused"},
	"DNS failure":           {"no such host", "check base_url"},
	"TLS error":             {"unknown authority", "ca_file"},
	"black hole":            {"imeout"},
	"hang":                  {"within 20s"},
	"drip of 1 byte/s":      {"within 20s"},
	"bad credentials":       {"check "},
	"wrong secret":          {"check "},
	"clock 1 h off":         {"clock", "behind"},
	"redirect to elsewhere": {"redirects are not followed", "check base_url"},
	"404":                   {"check base_url"},
	"429 with Retry-After":  {"retry after 1m30s"},
	"503 with Retry-After":  {"retry after 1m30s"},
}

// checkResults wants no reads under the fault that came to anything else than they must.
func (c *faultCase) checkResults() {
	c.t.Helper()
	allowed := []string{"success"}
	if c.want.fails() {
		allowed = append(slices.Clone(c.want.others), c.want.result)
	}
	before := c.prepared.reads(c.watched)
	for result, n := range c.during.reads(c.watched) {
		if more := n - before[result]; more != 0 && !slices.Contains(allowed, result) {
			c.t.Errorf("%v reads had the result %s, want %s", more, result, strings.Join(allowed, " or "))
		}
	}
}

// firstWaits are the waits after a first failure, by the reason. They double, and a scrape must come for a retry.
var firstWaits = map[string]time.Duration{
	"network": time.Second, "timeout": 10 * time.Second, "http": 10 * time.Second, "malformed": 10 * time.Second,
	"too_large": 10 * time.Second, "rate_limited": time.Minute, "rejected": oftenInterval, "auth": 10 * time.Minute,
}

// checkRequests holds the requests during the fault to what the waits allow.
func (c *faultCase) checkRequests(called, tried int) {
	c.t.Helper()
	attempts := 1
	if c.want.backoff < faultLasts { // the waits, each a tenth shorter at most
		attempts = 0
		for at, wait := time.Duration(0), firstWaits[c.want.result]; at < faultLasts; wait *= 2 {
			attempts++
			at += max(wait-wait/10, c.want.backoff, scrapeInterval)
		}
	}
	if !c.want.fails() { // it goes on being read
		attempts = int(faultLasts/oftenInterval) + 1
	}
	if tried == 0 {
		c.t.Errorf("nothing was asked for")
	}
	if !c.want.account {
		if called == 0 {
			c.t.Errorf("the target was not asked for")
		}
		most := attempts * c.perRead
		if c.want.result == healed { // each request once more, with the new token
			most += c.perRead
		}
		if called > most {
			c.t.Errorf("the target was asked for %d times, want %d at most", called, most)
		}
		return
	}
	// The account's other endpoints fail as well, and are retried as often. Where tokens are handed out, an attempt may
	// take a request whose token is refused and those of a login.
	if most := attempts * c.perTurn * (1 + len(simulatedVendor(c.row.vendor).Logins)); tried > most {
		c.t.Errorf("there were %d requests, want %d at most", tried, most)
	}
	if c.want.result == "auth" && tried > maxConcurrentRequests+2 { // those that were under way, and the logins
		c.t.Errorf("there were %d requests with credentials that are refused", tried)
	}
	if more := c.tries() - c.triedFirst; c.want.result == "auth" && more > 0 { // by other endpoints, which come to be due then
		c.t.Errorf("there were %d requests after the credentials were refused", more)
	}
}

// checkOthers checks that all other endpoints are up and read, unless the fault affects their account.
func (c *faultCase) checkOthers() {
	c.t.Helper()
	last := c.pages[len(c.pages)-1]
	affected := func(e endpointRef) bool {
		return e == c.watched || e.vendor == c.row.vendor && e.account == mainAccount && (c.want.account || slices.Contains(companions[c.row.name()], e.endpoint))
	}
	all := c.before.endpoints()
	for i, p := range c.pages {
		if told := p.endpoints(); !slices.Equal(told, all) {
			c.t.Errorf("scrape %d mentions the endpoints %v, want %v", i, told, all)
		}
	}
	for _, e := range all {
		if e == c.watched {
			continue
		}
		for i, p := range c.pages {
			if affected(e) {
				for _, reason := range p.reasons(e) {
					if reason != c.want.result && !slices.Contains(c.want.others, reason) {
						c.t.Errorf("%s fails for %s at scrape %d, want %s as all of the account", e, reason, i, c.want.result)
					}
				}
			} else if !p.up(e) {
				c.t.Errorf("%s is not up at scrape %d, for %v", e, i, p.reasons(e))
			}
		}
		if reads, readBefore := last.reads(e), c.prepared.reads(e); !affected(e) && reads["success"] <= readBefore["success"] {
			c.t.Errorf("%s was not read beside the fault", e)
		}
	}
}

// checkSeries holds each page to the series that there were before and after: what is in both must be there all the
// time, and nothing else may be.
func (c *faultCase) checkSeries() {
	c.t.Helper()
	// Of a vendor whose clock is wrong other values may be served as long.
	strict := c.fault.name != "clock 1 h off"
	truths := slices.Concat(c.truths, []page{c.before, c.after})
	for i, p := range c.pages {
		var missing, stray []string
		if c.want.result != noRows {
			for series := range c.before.values {
				_, later := c.after.values[series]
				if _, ok := p.values[series]; later && !ok {
					missing = append(missing, series)
				}
			}
		}
		for series := range p.values {
			known := slices.ContainsFunc(truths, func(p page) bool {
				_, ok := p.values[series]
				return ok
			})
			if strict && !known {
				stray = append(stray, series)
			}
		}
		if len(missing)+len(stray) > 0 {
			slices.Sort(missing)
			slices.Sort(stray)
			c.t.Errorf("scrape %d lacks %d series and has %d strays, such as %.3q, %.3q", i, len(missing), len(stray), missing[:min(3, len(missing))], stray[:min(3, len(stray))])
			return
		}
	}
}

// checkConnections wants none that is open, and no goroutine more than before.
func (c *faultCase) checkConnections() {
	c.t.Helper()
	if n := c.system.vendors.connections(); n > 0 {
		c.t.Errorf("%d connections to vendors are left", n)
	}
	if all := goroutines(); len(all) > c.goroutines {
		c.t.Errorf("%d goroutines are left, want %d:\n%s", len(all), c.goroutines, strings.Join(all, "\n\n"))
	}
}

// checkStruck wants no fault to be left over, nor anything to have gone where redirects lead.
func (c *faultCase) checkStruck() {
	c.t.Helper()
	if left := c.system.sim.Faults(); len(left) > 0 {
		c.t.Errorf("faults are left that did not strike: %v", left)
	}
	if dialled, _ := c.system.vendors.attempts(elsewhere); dialled > 0 {
		c.t.Errorf("%s was dialled %d times", elsewhere, dialled)
	}
}

// checkPeak holds the memory to its bound while what is huge comes.
func (c *faultCase) checkPeak(peak, read int64) {
	c.t.Helper()
	if peak > c.heap+heapPeak {
		c.t.Errorf("%d bytes were in use while %d came from the vendors, %d more than before", peak, read, peak-c.heap)
	}
	if c.fault.name == "huge" && c.want.result == "too_large" && peak == 0 {
		c.t.Errorf("no more than %d bytes came from the vendors: that is not huge", read)
	}
}

// checkLog wants a line when an endpoint breaks and one when it recovers, and none else.
func (c *faultCase) checkLog(lines []string) {
	c.t.Helper()
	count := make(map[string]int)
	for _, line := range lines {
		c.checkSecrets("the log", line)
		matched := false
		for _, message := range []string{"endpoint failing", "endpoint recovered"} {
			if strings.Contains(line, `msg="`+message+`"`) {
				endpoint := "?"
				if _, rest, ok := strings.Cut(line, " endpoint="); ok {
					endpoint, _, _ = strings.Cut(rest, " ")
				}
				count[endpoint+" "+message]++
				matched = true
			}
		}
		if strings.Contains(line, "for another reason") && len(c.want.others) > 0 { // there are two
			matched = true
		}
		if strings.Contains(line, `msg="samples dropped"`) && c.fault.name == "clock 1 h off" { // events of the time to come
			matched = true
		}
		if !matched {
			c.t.Errorf("stray line: %s", line)
		}
	}
	wanted := 0
	if c.want.fails() || c.row.target == "user_search" {
		wanted = 1
	}
	for _, message := range []string{"endpoint failing", "endpoint recovered"} {
		if n := count[c.row.endpoint+" "+message]; n != wanted {
			c.t.Errorf("%d lines say %q of %s, want %d; the log:\n%s", n, message, c.row.endpoint, wanted, strings.Join(lines, "\n"))
		}
	}
	most := 1
	if c.want.account && c.want.result == "timeout" { // a read that was in flight at the fault's end still fails
		most = 2
	}
	for _, what := range slices.Sorted(maps.Keys(count)) {
		if count[what] > most {
			c.t.Errorf("%d lines say that %s", count[what], what)
		}
	}
}
