package main

import (
	"fmt"
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
		"slowest answer, as the vendor itself measured it. A scrape now and then, on an idle machine.")
	var rows [][]string
	for _, n := range []int{1, 100} {
		over, err := overhead(l, n)
		if err != nil {
			return err
		}
		p50, p95, p99 := quantile(over, 0.5), quantile(over, 0.95), quantile(over, 0.99)
		rows = append(rows, []string{fmt.Sprint(n), fmt.Sprint(n * len(all)), milliseconds(p50), milliseconds(p95), milliseconds(p99)})
		if n == 1 {
			p.goal("a scrape's time beyond the slowest call, one account with four endpoints: p50", "≤ 0.8 ms", milliseconds(p50), p50 <= 800*time.Microsecond)
			p.goal("… p95", "≤ 1.0 ms", milliseconds(p95), p95 <= time.Millisecond)
		}
	}
	p.table([]string{"accounts", "calls", "p50", "p95", "p99"}, rows...)
	return nil
}

func overhead(l *lab, accounts int) ([]time.Duration, error) {
	v := newVendor()
	v.delay = upstream
	closed, err := v.listen(l, false)
	if err != nil {
		return nil, err
	}
	defer closed()
	exporter, err := l.exporter(v.accounts(accounts, "max_concurrent_requests: 1000", 0, all...))
	if err != nil {
		return nil, err
	}
	defer exporter.stop()
	s := l.scraper("")
	var over []time.Duration
	for i := range l.times(200) + 3 {
		time.Sleep(20 * time.Millisecond) // what the last scrape left behind is done
		v.takeSlowest()
		took, _, err := s.scrape(exporter.url + "/metrics")
		if err != nil {
			return nil, err
		}
		if i >= 3 { // logins, connections and pools
			over = append(over, took-v.takeSlowest())
		}
	}
	return over, nil
}
