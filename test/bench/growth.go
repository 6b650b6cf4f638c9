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
		var all []growth
		for _, n := range []int{10, 100, 1000, 10_000} {
			if l.quick && n > 1000 {
				continue
			}
			g, err := grow(l, n, kinds)
			if err != nil {
				return err
			}
			all = append(all, g)
			rows = append(rows, []string{
				fmt.Sprint(n), fmt.Sprint(g.samples), milliseconds(g.first), microseconds(g.perAccount()),
				milliseconds(g.scrape.cpu), microseconds(g.perSample()),
				megabytes(g.resident), fmt.Sprintf("%d B", g.resident/int64(g.samples)), megabytes(g.scrape.size),
			})
		}
		values := fmt.Sprintf("%d values", 4*kinds+3)
		p.say(fmt.Sprintf("Accounts with %s of their own:", values))
		p.table(head, rows...)
		p.body.WriteString("\n")
		// Of few accounts, most is what the exporter takes anyway.
		most, before := all[len(all)-1], all[len(all)-2]
		what := fmt.Sprintf("%d accounts of %s beside %d: ", most.accounts, values, before.accounts)
		p.goal(what+"first scrape per account", "≤ 1.3 ×", ratio(most.perAccount(), before.perAccount()), most.perAccount().Seconds() <= 1.3*before.perAccount().Seconds())
		p.goal("… further scrapes per sample", "≤ 1.3 ×", ratio(most.perSample(), before.perSample()), most.perSample().Seconds() <= 1.3*before.perSample().Seconds())
	}
	return nil
}

// growth is what a number of accounts takes.
type growth struct {
	accounts, samples int
	first             time.Duration // processor time of the first scrape
	scrape            cost          // of a further one
	resident          int64
}

func (g growth) perAccount() time.Duration { return g.first / time.Duration(g.accounts) }
func (g growth) perSample() time.Duration  { return g.scrape.cpu / time.Duration(g.samples) }

func grow(l *lab, accounts, kinds int) (g growth, err error) {
	v := newVendor()
	v.quotas = manyQuotas(kinds)
	closed, err := v.listen(l, false)
	if err != nil {
		return g, err
	}
	defer closed()
	exporter, err := l.exporter(v.accounts(accounts, "max_concurrent_requests: 64", 12*time.Hour, twoEndpoints...))
	if err != nil {
		return g, err
	}
	defer exporter.stop()
	s := l.scraper("gzip")
	before, err := exporter.cpu()
	if err != nil {
		return g, err
	}
	if _, _, err := s.scrape(exporter.url + "/metrics"); err != nil {
		return g, err
	}
	after, err := exporter.cpu()
	if err != nil {
		return g, err
	}
	times := 30
	if accounts >= 10_000 {
		times = 5
	}
	c, err := s.scrapes(exporter, "/metrics", l.times(times))
	if err != nil {
		return g, err
	}
	held, err := exporter.memory()
	if err != nil {
		return g, err
	}
	plain := l.scraper("")
	text, err := plain.text(exporter.url + "/metrics")
	if err != nil {
		return g, err
	}
	g = growth{accounts: accounts, samples: countSamples(text), first: after - before, scrape: c, resident: held.now}
	return g, plain.allUp(exporter, accounts*len(twoEndpoints))
}
