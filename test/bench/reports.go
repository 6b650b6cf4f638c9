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
		"The exporter reads one report from a vendor on the same machine. The speed is that of the uncompressed JSON. The memory is the",
		"highest growth of the process, garbage included, compared with reading a small report of the same kind. Over HTTP/2 a",
		"vendor may send 1 MB before they are read.")
	event, funnel := eventReport(500_000), funnelReport(600_000)
	packed := eventReport(500_000)
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
		least                    float64 // MB/s; 0 = no goal
	}{
		{"event report of Quanshi, HTTP", quanshi, "event_report", event, false, 240},
		{"event report of Quanshi, HTTPS, HTTP/2", quanshi, "event_report", event, true, 0},
		{"event report of Quanshi, HTTP, gzip", quanshi, "event_report", packed, false, 240},
		{"funnel of Adspect, HTTP", adspect, "funnel_today", funnel, false, 200},
	} {
		r, err := readReport(l, c.accounts, c.endpoint, c.report, c.tls)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		rows = append(rows, []string{c.name, megabytes(c.report.size()), seconds(r.took), fmt.Sprintf("%.0f MB/s", r.speed), seconds(r.cpu), megabytes(r.grown)})
		if c.least > 0 {
			p.goal(c.name, fmt.Sprintf("≥ %.0f MB/s", c.least), fmt.Sprintf("%.0f MB/s", r.speed), r.speed >= c.least)
		}
	}
	p.table([]string{"report", "size", "read", "speed", "processor", "grown by"}, rows...)
	return nil
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
	// A short one first, for connections, buffers and code to be there.
	r.short.Store(true)
	for range 3 {
		if _, _, err := readOnce(l, exporter, endpoint); err != nil {
			return result, err
		}
	}
	r.short.Store(false)
	before, err := exporter.memory()
	if err != nil {
		return result, err
	}
	grown := exporter.watchMemory()
	var takes, cpus []time.Duration
	for range l.times(5) {
		took, cpu, err := readOnce(l, exporter, endpoint)
		if err != nil {
			return result, err
		}
		takes, cpus = append(takes, took), append(cpus, cpu)
	}
	most, err := grown()
	result.took, result.cpu, result.grown = quantile(takes, 0.5), quantile(cpus, 0.5), max(0, most-before.own())
	result.speed = float64(r.size()) / 1e6 / result.took.Seconds()
	return result, err
}

// readOnce lets a scrape read the endpoint, and gives how long that took of the clock and of the processor.
func readOnce(l *lab, exporter *process, endpoint string) (took, cpu time.Duration, err error) {
	began, err := exporter.cpu()
	if err != nil {
		return 0, 0, err
	}
	text, err := l.scraper("").text(exporter.url + "/metrics")
	if err != nil {
		return 0, 0, err
	}
	ended, err := exporter.cpu()
	if err != nil {
		return 0, 0, err
	}
	up, err := value(text, "engage_endpoint_up", endpoint)
	if err == nil && up != 1 {
		err = errors.New("the report was not read: " + exporter.out.String())
	}
	if err != nil {
		return 0, 0, err
	}
	seconds, err := value(text, "engage_endpoint_last_read_duration_seconds", endpoint)
	return time.Duration(seconds * float64(time.Second)), ended - began, err
}

// value is what a family says of an endpoint.
func value(exposition, family, endpoint string) (float64, error) {
	for line := range strings.Lines(exposition) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if strings.HasPrefix(name, family+"{") && strings.Contains(name, `api_endpoint="`+endpoint+`"`) {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no %s of %s", family, endpoint)
}
