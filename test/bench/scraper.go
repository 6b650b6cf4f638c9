package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// scraper asks for metrics over one connection that is kept, as Prometheus does.
type scraper struct {
	ctx      context.Context
	client   *http.Client
	accept   string        // encoding of the answer; "" = none
	deadline time.Duration // of a scrape, as Prometheus announces it
}

func (l *lab) scraper(acceptEncoding string) *scraper {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	return &scraper{ctx: l.ctx, client: client, accept: acceptEncoding, deadline: maxWait}
}

// scrape asks for a page and reads it to its end. It gives how long that took, and how large the answer was on its
// way.
func (s *scraper) scrape(url string) (took time.Duration, size int64, err error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", fmt.Sprint(s.deadline.Seconds()))
	r.Header.Set("Accept", "text/plain;version=1.0.0;escaping=allow-utf-8,text/plain;version=0.0.4;q=0.5") // as Prometheus 3 does
	if s.accept != "" {
		r.Header.Set("Accept-Encoding", s.accept)
	}
	began := time.Now()
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	size, err = io.Copy(io.Discard, answer.Body)
	took = time.Since(began)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s", answer.Status)
	}
	return took, size, err
}

// text asks for a page as it is.
func (s *scraper) text(url string) (string, error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// allUp fails unless the exporter serves so many endpoints, each of which was read well the last time: one that rests
// after a failure is not read, and costs nothing.
func (s *scraper) allUp(p *process, endpoints int) error {
	text, err := s.text(p.url + "/metrics")
	if err != nil {
		return err
	}
	up := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "engage_endpoint_up{") && strings.HasSuffix(line, "} 1\n") {
			up++
		}
	}
	if up != endpoints {
		return fmt.Errorf("%d endpoints are up, want %d:\n%s", up, endpoints, p.out.String())
	}
	return nil
}

// cost is what a scrape takes of the process that answers it.
type cost struct {
	cpu  time.Duration // median
	took time.Duration // median
	size int64
}

// scraped is a page of a process.
type scraped struct {
	process *process
	path    string
}

// scrapes asks so many times, after some that do not count, and gives the medians.
func (s *scraper) scrapes(p *process, path string, times int) (cost, error) {
	costs, err := s.inTurns(times, scraped{p, path})
	return costs[0], err
}

// inTurns is scrapes for several pages, so that what else the machine does meets all of them.
func (s *scraper) inTurns(times int, pages ...scraped) ([]cost, error) {
	cpus, takes, costs := make([][]time.Duration, len(pages)), make([][]time.Duration, len(pages)), make([]cost, len(pages))
	for turn := range times + 2 {
		for i, page := range pages {
			before, err := page.process.cpu()
			if err != nil {
				return costs, err
			}
			took, size, err := s.scrape(page.process.url + page.path)
			if err != nil {
				return costs, err
			}
			after, err := page.process.cpu()
			if err != nil {
				return costs, err
			}
			if turn < 2 {
				continue // pools and the heap find their size
			}
			cpus[i], takes[i], costs[i].size = append(cpus[i], after-before), append(takes[i], took), size
		}
	}
	for i := range costs {
		costs[i].cpu, costs[i].took = quantile(cpus[i], 0.5), quantile(takes[i], 0.5)
	}
	return costs, nil
}

// quantile is the value below which a part of all lie.
func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
