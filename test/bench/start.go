package main

import (
	"time"
)

// measureStart measures how soon the exporter answers, and what it holds then.
func measureStart(l *lab, p *page) error {
	v := newVendor()
	closed, err := v.listen(l, false)
	if err != nil {
		return err
	}
	defer closed()
	config := v.accounts(1, "", time.Hour, twoEndpoints...)
	var takes []time.Duration
	var most int64
	for range l.times(20) {
		exporter, err := l.exporter(config)
		if err != nil {
			return err
		}
		_, _, err = l.scraper("").scrape(exporter.url + "/metrics")
		takes = append(takes, time.Since(exporter.started))
		if err == nil {
			var held memory
			held, err = exporter.memory()
			most = max(most, held.now)
		}
		if err == nil {
			err = l.scraper("").allUp(exporter, len(twoEndpoints))
		}
		exporter.stop()
		if err != nil {
			return err
		}
	}
	took := quantile(takes, 0.5)
	p.goal("start of the process until its first scrape is answered, with two endpoints read", "≤ 15 ms", milliseconds(took), took <= 15*time.Millisecond)
	p.goal("… resident memory then, at most", "≤ 20 MB", megabytes(most), most <= 20e6)
	return nil
}
