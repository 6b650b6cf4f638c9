package main

import (
	"fmt"
	"os"
	"time"
)

// upstream is how long the vendor takes for each answer where the exporter's own share is measured.
const upstream = 50 * time.Millisecond

// all are an account's endpoints that need no more than its credentials.
var all = []string{"push_quota", "online_users", "push_day", "user_day"}

// measureOverhead measures what a scrape takes beyond its slowest call, when every endpoint is read at each scrape.
func measureOverhead(l *lab, p *page) error {
	p.section("What a scrape takes beyond the slowest call",
		fmt.Sprintf("The vendor takes %s for each answer. Every endpoint is read at each scrape, over connections that are kept; what is told is the scrape's time less that of the vendor's", upstream),
		"slowest answer, as the vendor itself measured it. A scrape now and then, on an idle machine, whose processors have gone to sleep meanwhile: so a program stands beside it that makes the",
		"same calls at once and answers with nothing. What the exporter takes beyond that is its own work: budgets, reading, samples, page. The two are scraped in turns.")
	var rows [][]string
	for _, n := range []int{1, 100} {
		exporter, plain, err := overhead(l, n)
		if err != nil {
			return err
		}
		p50, p95 := quantile(exporter, 0.5), quantile(exporter, 0.95)
		own := p50 - quantile(plain, 0.5)
		row := []string{fmt.Sprint(n), fmt.Sprint(n * len(all))}
		for _, times := range [][]time.Duration{exporter, plain} {
			for _, q := range []float64{0.5, 0.95, 0.99} {
				row = append(row, milliseconds(quantile(times, q)))
			}
		}
		rows = append(rows, append(row, milliseconds(own)))
		if n == 1 {
			p.goal("a scrape's time beyond the slowest call, one account with four endpoints: p50", "≤ 0.8 ms", milliseconds(p50), p50 <= 800*time.Microsecond)
			p.goal("… p95", "≤ 1.0 ms", milliseconds(p95), p95 <= time.Millisecond)
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
	plain, err := l.start(self, callsArg, v.url, fmt.Sprint(accounts))
	if err != nil {
		return nil, nil, err
	}
	defer plain.stop()
	s := l.scraper("")
	for i := range l.times(200) + 3 {
		for _, to := range []struct {
			process *process
			times   *[]time.Duration
		}{{exporter, &ours}, {plain, &calls}} {
			time.Sleep(20 * time.Millisecond) // what the last scrape left behind is done
			v.takeSlowest()
			took, _, err := s.scrape(to.process.url + "/metrics")
			if err != nil {
				return nil, nil, err
			}
			if i >= 3 { // logins, connections and pools
				*to.times = append(*to.times, took-v.takeSlowest())
			}
		}
	}
	return ours, calls, s.allUp(exporter, accounts*len(all))
}
