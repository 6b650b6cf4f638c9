package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// upstream is how long the vendor takes for each answer where the exporter's own share is measured.
const upstream = 50 * time.Millisecond

// all are an account's endpoints that need no more than its credentials.
var all = []string{"push_quota", "online_users", "push_day", "user_day"}

// ownShares are what is measured of the exporter's own share, with the goals for it.
var ownShares = []struct {
	accounts int
	goal     time.Duration
	ratio    float64 // the goal beside the calls alone, on the machine for which the goal was set; 0 = unknown
	why      string  // the goal may not be met
}{
	// (0.73 + 0.5) / 0.73
	{1, 500 * time.Microsecond, 1.7, "the goal is from a machine on which the calls alone take 0.73 ms; the next row has it as a" +
		" ratio. After 50 ms of sleep the processor's caches are empty: a scrape that takes 0.2 ms when it is repeated without a" +
		" pause takes several times as long, in many small parts."},
	{100, 5 * time.Millisecond, 0, "all 400 answers arrive at the same time, and two processors are shared with the vendor. According" +
		" to a profile, 44 % of the exporter's processor time is net/http, as in the program that only makes the calls, 14 % garbage" +
		" collection, 8 % the decoding of answers and 5 % the page. The rest is limits, contexts, goroutines and samples, none of them" +
		" more than 5 %."},
}

// measureOverhead measures what a scrape takes beyond its slowest call, when every endpoint is read at each scrape.
func measureOverhead(l *lab, p *page) error {
	p.section(
		"What a scrape takes beyond the slowest call",
		fmt.Sprintf(
			"The vendor needs %s for each answer. Each scrape reads every endpoint over kept-alive connections. The table shows the",
			upstream,
		),
		"time of a scrape minus the time of the vendor's slowest answer, as measured by the vendor. On an idle machine the",
		"processors sleep between scrapes. Therefore a second program makes the same calls at the same moment and returns nothing;",
		"the two are scraped alternately. The time that the exporter needs beyond this program is its own work: limits, decoding,",
		"samples, page.",
	)
	var rows [][]string
	for _, share := range ownShares {
		n, goal := share.accounts, share.goal
		exporter, plain, err := overhead(l, n)
		if err != nil {
			return err
		}
		own := quantile(exporter, 0.5) - quantile(plain, 0.5)
		row := []string{fmt.Sprint(n), fmt.Sprint(n * len(all))}
		for _, times := range [][]time.Duration{exporter, plain} {
			for _, q := range []float64{0.5, 0.95, 0.99} {
				row = append(row, milliseconds(quantile(times, q)))
			}
		}
		rows = append(rows, append(row, milliseconds(own)))
		p.goal(
			fmt.Sprintf(
				"exporter's own share of a scrape of four endpoints, time beyond a program that makes the same calls, accounts: %d, p50",
				n,
			),
			"≤ "+milliseconds(goal),
			milliseconds(own),
			own <= goal,
		)
		p.explain(share.why)
		if share.ratio > 0 {
			p.goal("… the whole time, beside that program", fmt.Sprintf("≤ %.1f ×", share.ratio),
				ratio(quantile(exporter, 0.5), quantile(plain, 0.5)),
				quantile(exporter, 0.5).Seconds() <= share.ratio*quantile(plain, 0.5).Seconds())
		}
	}
	p.table([]string{"accounts", "calls", "exporter p50", "p95", "p99", "calls alone p50", "p95", "p99", "exporter's own, p50"}, rows...)
	return nil
}

// overhead scrapes the exporter, and the program that makes the same calls, in turns.
func overhead(l *lab, accounts int) (ours, calls []time.Duration, err error) {
	v := newVendor()
	v.delay = upstream
	closed, err := v.listen(l, false)
	if err != nil {
		return nil, nil, err
	}
	defer closed()
	exporter, err := l.exporter(v.accounts(accounts, "max_concurrent_requests: 1000", 0, all...))
	if err != nil {
		return nil, nil, err
	}
	defer exporter.stop()
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	plain, err := l.start(self, callsArg, v.url, fmt.Sprint(accounts), strings.Join(all, ","))
	if err != nil {
		return nil, nil, err
	}
	defer plain.stop()
	takes, err := l.beyondVendor(v, scraped{exporter, "/metrics"}, scraped{plain, "/metrics"})
	if err != nil {
		return nil, nil, err
	}
	return takes[0], takes[1], l.scraper("").allUp(exporter, accounts*len(all))
}

// beyondVendor asks for the pages alternately, and returns for each how long the answers took beyond the vendor's
// slowest answer meanwhile.
func (l *lab) beyondVendor(v *vendor, pages ...scraped) ([][]time.Duration, error) {
	const warmUp = 3 // logins, connections and pools
	takes := make([][]time.Duration, len(pages))
	s := l.scraper("")
	for n := range l.times(200) + warmUp {
		for i, page := range pages {
			time.Sleep(20 * time.Millisecond) // what the last scrape left behind is done
			v.takeSlowest()
			took, _, err := s.scrape(page.process.url + page.path)
			if err != nil {
				return nil, err
			}
			if n >= warmUp {
				takes[i] = append(takes[i], took-v.takeSlowest())
			}
		}
	}
	return takes, nil
}
