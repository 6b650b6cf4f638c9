package soak

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// page is the samples of one account in an exposition: the values by name and labels, as sample gives them.
type page map[string]float64

// sample names a sample: its family, and its labels but for those that all of an account's samples share.
func sample(family string, labels ...string) string {
	return family + "{" + strings.Join(labels, ",") + "}"
}

// readPage reads the lines of one account.
func readPage(lines string) (page, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(lines))
	if err != nil {
		return nil, err
	}
	p := make(page)
	for name, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				if pair.GetName() != "account" && pair.GetName() != "vendor" {
					labels = append(labels, pair.GetValue())
				}
			}
			value := m.GetUntyped().GetValue()
			if m.Gauge != nil {
				value = m.GetGauge().GetValue()
			} else if m.Counter != nil {
				value = m.GetCounter().GetValue()
			}
			p[sample(name, labels...)] = value
		}
	}
	return p, nil
}

// readAt is when the values of an endpoint were read; false if there are none.
func (p page) readAt(endpoint string) (time.Time, bool) {
	seconds, ok := p[sample("engage_endpoint_last_success_timestamp_seconds", endpoint)]
	return time.UnixMilli(int64(math.Round(seconds * 1000))), ok
}

// of is the samples of some families.
func (p page) of(families ...string) page {
	found := make(page)
	for name, value := range p {
		if family, _, _ := strings.Cut(name, "{"); slices.Contains(families, family) {
			found[name] = value
		}
	}
	return found
}

// difference returns the first few samples that differ; "" if none does.
func (p page) difference(want page) string {
	var all []string
	names := slices.Collect(maps.Keys(p))
	for name := range want {
		if _, ok := p[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		got, shown := p[name]
		value, expected := want[name]
		switch {
		case !shown:
			all = append(all, fmt.Sprintf("%s is missing, want %v", name, value))
		case !expected:
			all = append(all, fmt.Sprintf("%s is %v, want none", name, got))
		case math.Abs(got-value) > 1e-9*math.Abs(value):
			all = append(all, fmt.Sprintf("%s is %v, want %v", name, got, value))
		}
	}
	return strings.Join(all[:min(len(all), 4)], "; ")
}

// exposition is what a scrape of many accounts holds, as far as it is looked at.
type exposition struct {
	bytes    int
	accounts map[string]int              // the endpoints of each account
	up       int                         // endpoints
	lines    map[string]*strings.Builder // of the accounts that were asked for
	reads    map[string]float64          // when each endpoint was last read with success, by the series
	whole    bool                        // ends where it should
}

// readExposition reads a whole exposition line by line, and keeps the samples of some accounts.
func readExposition(r io.Reader, wanted ...string) (*exposition, error) {
	e := &exposition{accounts: make(map[string]int), reads: make(map[string]float64), lines: make(map[string]*strings.Builder)}
	for _, name := range wanted {
		e.lines[name] = new(strings.Builder)
	}
	b := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := b.ReadSlice('\n')
		e.bytes += len(line)
		if err == io.EOF {
			e.whole = len(line) == 0
			return e, nil
		}
		if err != nil {
			return nil, err
		}
		if line[0] == '#' {
			continue
		}
		text := string(line)
		_, name, ok := strings.Cut(text, `account="`)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, `"`)
		if strings.HasPrefix(text, "engage_endpoint_up{") {
			e.accounts[name]++
			if strings.HasSuffix(text, " 1\n") {
				e.up++
			}
		}
		if strings.HasPrefix(text, "engage_endpoint_last_success_timestamp_seconds{") {
			series, value, _ := strings.Cut(strings.TrimSpace(text), " ")
			readAt, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return nil, err
			}
			e.reads[series] = readAt
		}
		if lines := e.lines[name]; lines != nil {
			lines.WriteString(text)
		}
	}
}
