package main

import (
	"fmt"
	"time"
)

// measureGrowth measures how the costs follow the number of accounts, and of samples.
func measureGrowth(l *lab, p *page) error {
	const few, many = 2, 30
	p.section("How it grows",
		"Each account has two endpoints. The first scrape reads them, all further scrapes serve the same data. The cost of a scrape is",
		"measured when it no longer changes. The page is compressed with gzip, as Prometheus requests it. The samples include those",
		"about each endpoint.")
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
			p.short = append(p.short, []string{
				fmt.Sprint(n), fmt.Sprint(g.samples), megabytes(g.resident), milliseconds(g.scrape.cpu), milliseconds(g.first),
			})
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
		p.goal(what+"first scrape per account", "≤ 1.15 ×", ratio(most.perAccount(), before.perAccount()), most.perAccount().Seconds() <= 1.15*before.perAccount().Seconds())
		p.goal("… further scrapes per sample", "≤ 1.15 ×", ratio(most.perSample(), before.perSample()), most.perSample().Seconds() <= 1.15*before.perSample().Seconds())
		if kinds == many {
			perSample := most.resident / int64(most.samples)
			p.goal("… resident memory for each sample", "≤ 400 B", fmt.Sprintf("%d B", perSample), perSample <= 400)
			p.explain("Go keeps about as much garbage as there is data; GOGC=50 keeps half of that, for more processor time.")
		}
	}
	return growFirst(l, p)
}

// growFirst measures the first scrape of many accounts within the deadline of a usual scrape, and that the second one
// serves all.
func growFirst(l *lab, p *page) error {
	const deadline = 10 * time.Second
	accounts := l.times(10_000)
	v := newVendor()
	closed, err := v.listen(l, false)
	if err != nil {
		return err
	}
	defer closed()
	exporter, err := l.exporter(v.accounts(accounts, "max_concurrent_requests: 64", 12*time.Hour, twoEndpoints...))
	if err != nil {
		return err
	}
	defer exporter.stop()
	s := l.scraper("gzip")
	s.deadline = deadline
	took, _, err := s.scrape(exporter.url + "/metrics")
	if err != nil {
		return err
	}
	p.goal(fmt.Sprintf("first scrape of %d accounts, two calls each, with a deadline of %s", accounts, deadline), "≤ 10 s", seconds(took), took <= deadline)
	return l.scraper("").allUp(exporter, accounts*len(twoEndpoints)) // asks once more
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
