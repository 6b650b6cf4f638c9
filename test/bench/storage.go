package main

import (
	"fmt"
	"path/filepath"
	"time"
)

// storeWait is longer than it takes until what a scrape has read is stored.
const storeWait = 4500 * time.Millisecond

// measureStorage measures what --storage.path costs: the same reads by two exporters, one of which stores its state.
func measureStorage(l *lab, p *page) error {
	const accounts, inFlight = 1000, 64
	v := newVendor()
	v.delay = 5 * time.Millisecond
	closed, err := v.listen(l, false)
	if err != nil {
		return err
	}
	defer closed()
	config := v.accounts(accounts, fmt.Sprintf("max_concurrent_requests: %d", inFlight), 0, twoEndpoints...)
	state := filepath.Join(l.dir, "state")
	without, err := l.exporter(config)
	if err != nil {
		return err
	}
	defer without.stop()
	with, err := l.exporter(config, "--storage.path="+state)
	if err != nil {
		return err
	}
	defer with.stop()
	exporters := []*process{without, with}
	cpu, err := l.pollsStored(exporters)
	if err != nil {
		return err
	}
	for _, exporter := range exporters {
		if err := l.scraper("").allUp(exporter, len(twoEndpoints)*accounts); err != nil {
			return err
		}
	}
	size, err := fileSize(filepath.Join(state, "state.db"))
	if err != nil {
		return err
	}
	p.section("What storing the state costs",
		"Two endpoints of 1 000 accounts are read at each scrape, by an exporter with `--storage.path` and by one without it.",
		fmt.Sprintf("Processor time from the scrape until %s later, when all that was read is stored; median.", storeWait))
	more := cpu[1].Seconds()/cpu[0].Seconds() - 1
	p.table([]string{"without", "with", "more", "the file"},
		[]string{milliseconds(cpu[0]), milliseconds(cpu[1]), percent(more), megabytes(size)})
	p.goal("processor time of storing what 1 000 accounts read, beside that of reading it", "≤ 5.0 %", percent(more), more <= 0.05)
	p.explain("every read is encoded and written to the disk, since every scrape reads everything here. With the usual min_interval" +
		" there is less to store.")
	return nil
}

// pollsStored lets the exporters read everything, in turns, and returns the median processor time of each.
func (l *lab) pollsStored(exporters []*process) ([]time.Duration, error) {
	all := make([][]time.Duration, len(exporters))
	scraper := l.scraper("gzip")
	for turn := range l.times(20) + 2 {
		before := make([]time.Duration, len(exporters))
		for i, exporter := range exporters {
			var err error
			if before[i], err = exporter.cpu(); err != nil {
				return nil, err
			}
			if _, _, err := scraper.scrape(exporter.url + "/metrics"); err != nil {
				return nil, err
			}
		}
		select {
		case <-time.After(storeWait):
		case <-l.ctx.Done():
			return nil, l.ctx.Err()
		}
		for i, exporter := range exporters {
			after, err := exporter.cpu()
			if err != nil {
				return nil, err
			}
			if turn >= 2 { // pools and the heap have found their size
				all[i] = append(all[i], after-before[i])
			}
		}
	}
	medians := make([]time.Duration, len(all))
	for i, cpus := range all {
		medians[i] = quantile(cpus, 0.5)
	}
	return medians, nil
}
