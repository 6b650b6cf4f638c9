package main

import (
	"fmt"
	"time"
)

// measureGrowth measures how the costs follow the number of accounts, and of samples.
func measureGrowth(l *lab, p *page) error {
	const few, many = 2, 30
	p.section("How it grows",
		"Each account has two endpoints, which are read at the first scrape and served by all further ones. What a scrape costs is told once it has settled; the page is compressed (gzip), as",
		"Prometheus asks for it. Samples are those of the page, what the exporter tells of each endpoint included.")
	head := []string{"accounts", "samples", "first scrape, processor", "… per account", "a scrape, processor", "… per sample", "resident", "… per sample", "page"}
	for _, kinds := range []int{few, many} {
		var rows [][]string
		for _, n := range []int{10, 100, 1000, 10_000} {
			if l.quick && n > 100 {
				continue
			}
			row, err := grow(l, n, kinds)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		p.say(fmt.Sprintf("Accounts with %d figures of their own:", 4*kinds+3))
		p.table(head, rows...)
		p.body.WriteString("\n")
	}
	return nil
}

func grow(l *lab, accounts, kinds int) ([]string, error) {
	v := newVendor()
	v.quotas = manyQuotas(kinds)
	closed, err := v.listen(l, false)
	if err != nil {
		return nil, err
	}
	defer closed()
	exporter, err := l.exporter(v.accounts(accounts, "max_concurrent_requests: 64", 12*time.Hour, "push_quota", "online_users"))
	if err != nil {
		return nil, err
	}
	defer exporter.stop()
	s := l.scraper("gzip")
	before, err := exporter.cpu()
	if err != nil {
		return nil, err
	}
	if _, _, err := s.scrape(exporter.url + "/metrics"); err != nil {
		return nil, err
	}
	after, err := exporter.cpu()
	if err != nil {
		return nil, err
	}
	times := 30
	if accounts >= 10_000 {
		times = 5
	}
	c, err := s.scrapes(exporter, "/metrics", l.times(times))
	if err != nil {
		return nil, err
	}
	held, err := exporter.memory()
	if err != nil {
		return nil, err
	}
	text, err := l.scraper("").text(exporter.url + "/metrics")
	if err != nil {
		return nil, err
	}
	samples := countSamples(text)
	return []string{
		fmt.Sprint(accounts), fmt.Sprint(samples),
		milliseconds(after - before), microseconds((after - before) / time.Duration(accounts)),
		milliseconds(c.cpu), microseconds(c.cpu / time.Duration(samples)),
		megabytes(held.now), fmt.Sprintf("%d B", held.now/int64(samples)),
		megabytes(c.size),
	}, nil
}
