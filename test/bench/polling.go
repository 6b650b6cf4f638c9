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
		"the data of the accounts, and about the same amount of garbage before Go collects it. The memory for each account is what",
		"a process of one account does not need.",
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
		settings := fmt.Sprintf("max_concurrent_requests: %d", inFlight)
		_, one, _, err := poll(l, v.accounts(1, settings, 0, twoEndpoints...), len(twoEndpoints))
		var c cost
		var held, reference memory
		if err == nil {
			c, held, reference, err = poll(l, v.accounts(accounts, settings, 0, twoEndpoints...), len(twoEndpoints)*accounts)
		}
		closed()
		if err != nil {
			return err
		}
		each := (held.own() - one.own()) / (accounts - 1)
		rows = append(
			rows,
			[]string{
				over,
				milliseconds(c.cpu),
				milliseconds(c.took),
				megabytes(held.now),
				megabytes(held.program),
				kilobytes(each),
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
		p.explain(fmt.Sprintf("of this, %s are pages of the program's file, which the system can take back, and %s is what a process"+
			" of one account takes. Go keeps about as much garbage as there is data and stacks; GOGC=50 keeps half of that, for more"+
			" processor time. A program of client_golang that serves the same samples and reads nothing takes %s, %s of them pages of"+
			" its file.", megabytes(held.program), megabytes(one.own()), megabytes(reference.now), megabytes(reference.program)))
		p.goal("… of it for each account, beside what a process of one account takes", "≤ 20 kB", kilobytes(each), each <= 20e3)
		p.explain("its configuration, its limits, two endpoints with their samples, and the last requests are about 8 kB, and as much" +
			" again is garbage. The rest is the stacks of the refreshes that are in flight, and what the heap has needed during a scrape.")
	}
	p.table(
		[]string{"over", "processor", "scrape", "resident", "… of it the program", "for each account", "… at most"},
		rows...)
	return nil
}

// poll scrapes an exporter that reads so many endpoints at each scrape, and then the reference with the same samples.
func poll(l *lab, config string, endpoints int) (c cost, held, reference memory, err error) {
	exporter, err := l.exporter(config)
	if err != nil {
		return c, held, reference, err
	}
	defer exporter.stop()
	times := l.times(20)
	if c, err = l.scraper("gzip").scrapes(exporter, "/metrics", times); err != nil {
		return c, held, reference, err
	}
	if held, err = exporter.memory(); err != nil {
		return c, held, reference, err
	}
	if err := l.scraper("").allUp(exporter, endpoints); err != nil {
		return c, held, reference, err
	}
	text, err := l.scraper("").text(exporter.url + "/metrics")
	if err != nil {
		return c, held, reference, err
	}
	other, err := l.reference(text)
	if err != nil {
		return c, held, reference, err
	}
	defer other.stop()
	if _, err = l.scraper("gzip").scrapes(other, "/metrics", times); err != nil {
		return c, held, reference, err
	}
	reference, err = other.memory()
	return c, held, reference, err
}

func kilobytes(n int64) string { return fmt.Sprintf("%d kB", n/1000) }
