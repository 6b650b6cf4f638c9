package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// storeWait is longer than it takes until what a scrape has read is stored.
const storeWait = 4500 * time.Millisecond

// polls are scrapes during which storing is measured.
type polls struct {
	minInterval time.Duration
	every       time.Duration
	warm, times int
}

// measureStorage measures what --storage.path costs: the same reads by two exporters, one of which stores its state.
func measureStorage(l *lab, p *page) error {
	p.section("What storing the state costs",
		"Two endpoints of 1 000 accounts are read by an exporter with `--storage.path` and by one without it, which are scraped in",
		"turns. Processor time of all that they do from one scrape to the next, mean.")
	usual, err := l.pollsStored(polls{minInterval: usualInterval, every: 15 * time.Second, warm: 1, times: 20})
	if err != nil {
		return err
	}
	worst, err := l.pollsStored(polls{minInterval: 0, every: storeWait, warm: 2, times: 20})
	if err != nil {
		return err
	}
	p.table([]string{"scraped", "without", "with", "more", "the file"},
		append([]string{"every 15 s, with the usual `min_interval` of 1 and 5 minutes"}, usual.cells()...),
		append([]string{"every 4.5 s, and everything is read each time"}, worst.cells()...))
	p.goal("processor time of storing the state of 1 000 accounts with the usual intervals, beside that of all else",
		"≤ 5.0 %", percent(usual.more()), usual.more() <= 0.05)
	p.explain("two processes of the same work differ by more than the goal from one run to another:" +
		" `go run ./test/bench -only=storage` repeats it. With these intervals a scrape writes only what has changed.")
	p.goal("… if every scrape reads everything", "≤ 5.0 %", percent(worst.more()), worst.more() <= 0.05)
	p.explain("every value is encoded and written to the disk each time, also those that have not changed.")
	return nil
}

// storageCost is the processor time that a scrape costs an exporter without storage and one with it.
type storageCost struct {
	without, with time.Duration
	file          int64
}

func (c storageCost) more() float64 { return c.with.Seconds()/c.without.Seconds() - 1 }

func (c storageCost) cells() []string {
	return []string{milliseconds(c.without), milliseconds(c.with), percent(c.more()), megabytes(c.file)}
}

// pollsStored scrapes an exporter with storage and one without.
func (l *lab) pollsStored(scrapes polls) (cost storageCost, err error) {
	const accounts, inFlight = 1000, 64
	if l.quick {
		scrapes.every = storeWait
	}
	v := newVendor()
	v.delay = 5 * time.Millisecond
	closed, err := v.listen(l, false)
	if err != nil {
		return cost, err
	}
	defer closed()
	global := fmt.Sprintf("max_concurrent_requests: %d", inFlight)
	config := v.accounts(accounts, global, scrapes.minInterval, twoEndpoints...)
	state := filepath.Join(l.dir, fmt.Sprintf("state-%s", scrapes.minInterval))
	without, err := l.exporter(config)
	if err != nil {
		return cost, err
	}
	defer without.stop()
	with, err := l.exporter(config, "--storage.path="+state)
	if err != nil {
		return cost, err
	}
	defer with.stop()
	exporters := []*process{without, with}
	if err := l.scrapeInTurns(exporters, scrapes.every, scrapes.warm); err != nil {
		return cost, err
	}
	times := l.times(scrapes.times)
	var failures []error
	cpu := func(p *process) time.Duration {
		spent, err := p.cpu()
		failures = append(failures, err)
		return spent / time.Duration(times)
	}
	cost.without, cost.with = -cpu(without), -cpu(with)
	if err := l.scrapeInTurns(exporters, scrapes.every, times); err != nil {
		return cost, err
	}
	cost.without += cpu(without)
	cost.with += cpu(with)
	for _, exporter := range exporters {
		failures = append(failures, l.scraper("").allUp(exporter, len(twoEndpoints)*accounts))
	}
	cost.file, err = fileSize(filepath.Join(state, "state.db"))
	return cost, errors.Join(append(failures, err)...)
}

// scrapeInTurns scrapes the exporters one after the other, each time in the other order, and again after a while.
func (l *lab) scrapeInTurns(exporters []*process, every time.Duration, times int) error {
	scraper := l.scraper("gzip")
	order := slices.Clone(exporters)
	for range times {
		slices.Reverse(order)
		for _, exporter := range order {
			if _, _, err := scraper.scrape(exporter.url + "/metrics"); err != nil {
				return err
			}
		}
		select {
		case <-time.After(every):
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
	}
	return nil
}
