package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// measureReports measures how fast large reports are read, and what they take.
func measureReports(l *lab, p *page) error {
	p.section("Large reports",
		"The exporter reads one report, whose vendor runs on the same processors. Speed is that of the report as JSON, memory what the process has grown by at most, from before the first read to after",
		"the last one.")
	event, funnel := eventReport(500_000), funnelReport(600_000)
	packed := *event
	if l.quick {
		event.blocks, funnel.blocks, packed.blocks = 5, 5, 5
	}
	if err := packed.compress(); err != nil {
		return err
	}
	const quanshi = "quanshi: [{account: events, app_key: KeyNotReal, app_secret: SecretNotReal, token: TokenNotReal, base_url: '%s', event_ids: [609768], requests_per_minute: 1000000, endpoints: {event_report: {min_interval: 0s}}}]"
	const adspect = "adspect: [{account: ads, api_key: KeyNotReal, base_url: '%s', requests_per_minute: 1000000, funnels: [{name: all, group_by: [stream_id, country_code], windows: [today]}], endpoints: {funnel_today: {min_interval: 0s}, streams: {enabled: false}, saved_queries: {enabled: false}}}]"
	var rows [][]string
	for _, c := range []struct {
		name, accounts, endpoint string
		report                   *report
		tls                      bool
		least                    float64 // MB/s
		most                     int64   // bytes of growth; 0 = no goal
	}{
		{"event report of Quanshi, HTTP", quanshi, "event_report", event, false, 240, 0},
		{"event report of Quanshi, HTTPS, HTTP/2", quanshi, "event_report", event, true, 0, 5e6},
		{"event report of Quanshi, HTTP, gzip", quanshi, "event_report", &packed, false, 240, 0},
		{"funnel of Adspect, HTTP", adspect, "funnel_today", funnel, false, 200, 0},
	} {
		r, err := readReport(l, c.accounts, c.endpoint, c.report, c.tls)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		rows = append(rows, []string{c.name, megabytes(c.report.size()), seconds(r.took), fmt.Sprintf("%.0f MB/s", r.speed), seconds(r.cpu), megabytes(r.grown)})
		if c.least > 0 {
			p.goal(c.name, fmt.Sprintf("≥ %.0f MB/s", c.least), fmt.Sprintf("%.0f MB/s", r.speed), r.speed >= c.least)
		}
		if c.most > 0 {
			p.goal(c.name+": growth of the process", "≤ "+megabytes(c.most), megabytes(r.grown), r.grown <= c.most)
		}
	}
	p.table([]string{"report", "size", "read", "speed", "processor", "grown by"}, rows...)
	return measureDecoders(l, p)
}

// reading is how a report was read.
type reading struct {
	took, cpu time.Duration // median
	speed     float64       // MB/s
	grown     int64
}

func readReport(l *lab, accounts, endpoint string, r *report, tls bool) (result reading, err error) {
	url, global, closed, err := serve(l, r, tls)
	if err != nil {
		return result, err
	}
	defer closed()
	exporter, err := l.exporter(fmt.Sprintf("global: {%s}\n"+accounts+"\n", global, url))
	if err != nil {
		return result, err
	}
	defer exporter.stop()
	s := l.scraper("")
	// A scrape of something else first, so that only the report is counted.
	if _, _, err := s.scrape(exporter.url + "/-/healthy"); err != nil {
		return result, err
	}
	before, err := exporter.memory()
	if err != nil {
		return result, err
	}
	var takes, cpus []time.Duration
	for range l.times(5) {
		began, err := exporter.cpu()
		if err != nil {
			return result, err
		}
		text, err := s.text(exporter.url + "/metrics")
		if err != nil {
			return result, err
		}
		ended, err := exporter.cpu()
		if err != nil {
			return result, err
		}
		up, took := 0.0, 0.0
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
			if !strings.Contains(name, `endpoint="`+endpoint+`"`) {
				continue
			}
			switch {
			case strings.HasPrefix(name, "engage_endpoint_up{"):
				up, err = strconv.ParseFloat(value, 64)
			case strings.HasPrefix(name, "engage_endpoint_last_read_duration_seconds{"):
				took, err = strconv.ParseFloat(value, 64)
			}
			if err != nil {
				return result, err
			}
		}
		if up != 1 {
			return result, errors.New("the report was not read: " + exporter.out.String())
		}
		takes, cpus = append(takes, time.Duration(took*float64(time.Second))), append(cpus, ended-began)
	}
	after, err := exporter.memory()
	result.took, result.cpu, result.grown = quantile(takes, 0.5), quantile(cpus, 0.5), after.most-before.now
	result.speed = float64(r.size()) / 1e6 / result.took.Seconds()
	return result, err
}
