package reliability

import (
	"strings"
	"testing/synctest"
	"time"
)

// faultLasts is how long a fault is in force: some attempts, and for the other endpoints some turns.
const faultLasts = 75 * time.Second

// longestCell is how long most cells take from the fault to the recovery, and more.
const longestCell = 15 * time.Minute

// faultCase is one row that meets one fault.
type faultCase struct {
	*fixture
	fault fault
	want  outcome
	began time.Time // when the fault did
	// triedFirst is the number of requests by its second scrape.
	triedFirst int

	before   page   // all was well, and all was true
	prepared page   // the fault is about to begin
	pages    []page // from the fault's beginning to the endpoint's recovery
	during   page   // of these the last one under the fault
	truths   []page // what was true in the course of a long cell
	after    page   // all is well, and all is true
}

// meet lets the row meet a fault, from its beginning to a while after its end. It gives how long the endpoint took to
// recover.
func (b *fixture) meet(f fault, want outcome) (recovered time.Duration) {
	if left := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); left < longestCell {
		time.Sleep(left + time.Minute) // values of an hour end with it, which is no failure
		b.page = b.settle()
	}
	c := &faultCase{fixture: b, fault: f, want: want, before: b.page}
	time.Sleep(scrapeInterval)
	c.prepared = b.prepare()
	peak := watchHeap(b.system.vendors)
	end := c.strike()
	end()
	recovered = c.recover()
	c.checkPeak(peak())
	c.checkOthers()

	b.quiesce()
	if f.name == "clock 1 h off" { // what the vendor told of the time to come is true a little later
		b.quiesce()
	}
	c.checkConnections()
	b.page = b.settle()
	log := b.system.log.take()
	c.after = b.page
	c.checkSeries()
	c.checkLog(log)
	c.checkStruck()
	return recovered
}

// strike puts the fault in force, scrapes while it is, and holds to what it must come to. end takes the fault back.
func (c *faultCase) strike() (end func()) {
	calls, tries, loggedIn := c.calls(), c.tries(), logins(c.system.sim, c.row.vendor, c.account)
	end = c.fault.begin(c.fixture)
	c.began = time.Now()
	for at := time.Duration(0); at < faultLasts; at += scrapeInterval {
		time.Sleep(time.Until(c.began.Add(at)))
		c.pages = append(c.pages, c.system.scrape())
		if at == scrapeInterval { // by then it is known that they are refused, if they are
			c.triedFirst = c.tries()
		}
	}
	time.Sleep(time.Until(c.began.Add(faultLasts)))
	synctest.Wait()
	c.during = c.pages[len(c.pages)-1]
	if err := checkFormat(c.system.last); err != nil {
		c.t.Errorf("the page is not well formed: %v", err)
	}
	if c.want.fails() {
		c.checkFailing()
	} else if !c.during.up(c.watched) {
		c.t.Errorf("not up, for %v, want %s", c.during.reasons(c.watched), c.want.result)
	}
	c.checkResults()
	c.checkRequests(c.calls()-calls, c.tries()-tries)
	if more := logins(c.system.sim, c.row.vendor, c.account) - loggedIn; c.want.result == healed && more != 1 {
		c.t.Errorf("%d logins, want one for all requests whose token had ended", more)
	}
	return end
}

// recover scrapes until the endpoint is up again, and with it all of the account.
func (c *faultCase) recover() time.Duration {
	ended := time.Now()
	for {
		p := c.system.scrape()
		c.pages = append(c.pages, p)
		down := c.mainDown(p)
		took := time.Since(ended)
		if waited := time.Since(c.began); p.up(c.watched) && waited < c.want.backoff && c.want.within > c.want.backoff {
			c.t.Fatalf("up again %s after %s began, want no request for %s", waited, c.fault.name, c.want.backoff)
		}
		if len(down) == 0 && took <= c.want.within {
			if c.want.fails() && p.reads(c.watched)["success"] <= c.during.reads(c.watched)["success"] {
				c.t.Errorf("up again without a read")
			}
			return took
		}
		if took > c.want.within {
			c.t.Fatalf("not up %s after the end of: %s; want %s at most: %v; the log:\n%s", took, c.fault.name, c.want.within, down, strings.Join(c.system.log.take(), "\n"))
		}
		if len(c.pages)%20 == 0 { // what came meanwhile may have gone again by the end
			c.truths = append(c.truths, c.truth.scrape())
		}
		time.Sleep(scrapeInterval)
	}
}
