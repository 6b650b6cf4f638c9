package main

import (
	"fmt"
	"strings"
	"time"
)

// measureExposition measures a scrape for which nothing is read, beside plain client_golang with the same samples.
func measureExposition(l *lab, p *page) error {
	p.section("A scrape without reads",
		"Nothing is read from a vendor. The exporter and a program with only client_golang return the same samples in text format:",
		"that program once with metrics that exist already, once with metrics that each scrape creates. They are separate",
		"processes and are scraped alternately. The table shows the processor time of a whole scrape (median).")
	var rows [][]string
	for _, size := range []struct {
		samples int
		goal    float64
	}{{10_000, 0.4}, {100_000, 0.5}} {
		for _, encoding := range []string{"", "gzip"} {
			ours, prebuilt, rebuilt, err := expositions(l, size.samples, encoding)
			if err != nil {
				return err
			}
			name := map[string]string{"": "plain", "gzip": "gzip"}[encoding]
			rows = append(rows, []string{
				fmt.Sprint(size.samples), name, milliseconds(ours.cpu), milliseconds(prebuilt.cpu), milliseconds(rebuilt.cpu),
				ratio(ours.cpu, prebuilt.cpu), ratio(ours.cpu, rebuilt.cpu),
			})
			if encoding == "gzip" && size.samples == 100_000 {
				p.goal("… compressed", "≤ 0.4 ×", ratio(ours.cpu, prebuilt.cpu), ours.cpu.Seconds() <= 0.4*prebuilt.cpu.Seconds())
				p.explain("most of the time is that of compressing, which is the same for both.")
			}
			if encoding == "" {
				p.goal(
					fmt.Sprintf(
						"processor time of a scrape of %d samples, compared with client_golang with existing metrics",
						size.samples,
					),
					fmt.Sprintf("≤ %.1f ×", size.goal),
					ratio(ours.cpu, prebuilt.cpu),
					ours.cpu.Seconds() <= size.goal*prebuilt.cpu.Seconds(),
				)
			}
		}
	}
	p.table(
		[]string{
			"samples",
			"encoding",
			"exporter",
			"client_golang, existing metrics",
			"… new metrics",
			"exporter / existing",
			"exporter / new",
		},
		rows...)
	return nil
}

// expositions scrapes the exporter and the reference in turn.
func expositions(l *lab, samples int, encoding string) (ours, prebuilt, rebuilt cost, err error) {
	const perAccount = 4000
	v := newVendor()
	v.quotas = manyQuotas(perAccount / 4)
	closed, err := v.listen(l, false)
	if err != nil {
		return ours, prebuilt, rebuilt, err
	}
	defer closed()
	accounts := max(1, samples/perAccount)
	if samples%perAccount != 0 {
		v.quotas = manyQuotas(samples / 4)
		accounts = 1
	}
	exporter, err := l.exporter(v.accounts(accounts, "max_samples_per_endpoint: 100000", 12*time.Hour, "push_quota"))
	if err != nil {
		return ours, prebuilt, rebuilt, err
	}
	defer exporter.stop()
	text, err := l.scraper("").text(exporter.url + "/metrics")
	if err != nil {
		return ours, prebuilt, rebuilt, err
	}
	if n := countSamples(text); n < samples || n > samples*11/10+500 {
		return ours, prebuilt, rebuilt, fmt.Errorf("the exporter serves %d samples, want some %d", n, samples)
	}
	// Each by itself: the garbage of the one is not for the other to collect.
	made, err := l.reference(text)
	if err != nil {
		return ours, prebuilt, rebuilt, err
	}
	defer made.stop()
	anew, err := l.reference(text)
	if err != nil {
		return ours, prebuilt, rebuilt, err
	}
	defer anew.stop()
	s, times := l.scraper(encoding), l.times(100)
	if samples >= 100_000 {
		times = l.times(20)
	}
	costs, err := s.inTurns(times, scraped{exporter, "/metrics"}, scraped{made, "/metrics"}, scraped{anew, "/rebuilt/metrics"})
	return costs[0], costs[1], costs[2], err
}

func countSamples(exposition string) int {
	n := 0
	for line := range strings.Lines(exposition) {
		if line[0] != '#' {
			n++
		}
	}
	return n
}
