package main

import (
	"fmt"
	"time"
)

// twoEndpoints are those of an account where many accounts are measured.
var twoEndpoints = []string{"push_quota", "online_users"}

// measurePolling measures what it takes to read two endpoints of 1 000 accounts, many at a time.
func measurePolling(l *lab, p *page) error {
	const accounts, inFlight = 1000, 64
	p.section(
		"What it takes to read 1 000 accounts",
		fmt.Sprintf(
			"Each scrape makes two calls for each account, at most %d at the same time. The vendor answers after 5 ms. The processor time",
			inFlight,
		),
		"is that of the exporter's process for the whole scrape, including its answer. Resident memory is the program's own pages,",
		"the data of the accounts, and about the same amount of garbage before Go collects it.",
	)
	rows := make([][]string, 0, 2)
	for _, tls := range []bool{false, true} {
		v := newVendor()
		v.delay = 5 * time.Millisecond
		over := map[bool]string{false: "HTTP", true: "HTTPS"}[tls]
		closed, err := v.listen(l, tls)
		if err != nil {
			return err
		}
		c, held, err := poll(
			l,
			v.accounts(accounts, fmt.Sprintf("max_concurrent_requests: %d", inFlight), 0, twoEndpoints...),
			len(twoEndpoints)*accounts,
		)
		closed()
		if err != nil {
			return err
		}
		rows = append(
			rows,
			[]string{
				over,
				milliseconds(c.cpu),
				milliseconds(c.took),
				megabytes(held.now),
				megabytes(held.program),
				fmt.Sprintf("%d kB", held.own()/accounts/1000),
				megabytes(held.most),
			},
		)
		if tls {
			p.goal("… over HTTPS", "≤ 0.35 s", seconds(c.cpu), c.cpu <= 350*time.Millisecond)
			continue
		}
		p.goal(
			"processor time to read 1 000 accounts, two calls each, over HTTP",
			"≤ 0.30 s",
			seconds(c.cpu),
			c.cpu <= 300*time.Millisecond,
		)
		p.goal("… resident memory after it", "≤ 45 MB", megabytes(held.now), held.now <= 45e6)
		p.explain(fmt.Sprintf("of this, %s are pages of the program's file, which the system can take back, and about 10 MB is what a"+
			" process of one account takes. Go keeps about as much garbage as there is data; GOGC=50 keeps half of that, for more"+
			" processor time.", megabytes(held.program)))
	}
	p.table(
		[]string{"over", "processor", "scrape", "resident", "… of it the program", "… of the rest, for each account", "… at most"},
		rows...)
	return nil
}

func poll(l *lab, config string, endpoints int) (c cost, held memory, err error) {
	exporter, err := l.exporter(config)
	if err != nil {
		return c, held, err
	}
	defer exporter.stop()
	if c, err = l.scraper("gzip").scrapes(exporter, "/metrics", l.times(20)); err != nil {
		return c, held, err
	}
	if held, err = exporter.memory(); err != nil {
		return c, held, err
	}
	return c, held, l.scraper("").allUp(exporter, endpoints)
}
