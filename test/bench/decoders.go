package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// measureDecoders runs the benchmarks that read the same report with the exporter's clients and with encoding/json, in
// turns.
func measureDecoders(l *lab, p *page) error {
	times := "3x"
	if l.quick {
		times = "1x"
	}
	command := []string{
		"go",
		"test",
		module + "/vendors/quanshi",
		module + "/vendors/adspect",
		"-run=^$",
		"-bench=(EventReport|Funnel)/(ratio|gzip|http2)",
		"-benchtime=" + times,
	}
	p.section(
		"Large reports beside encoding/json",
		fmt.Sprintf(
			"In one process (%s), compared with `encoding/json`, which reads the same fields row by row. Both read",
			code(strings.Join(command, " ")),
		),
		"alternately; the speed is that of the fastest read. The heap growth is the highest use while a report is read, after a",
		"garbage collection.",
	)
	out, failed := exec.CommandContext(l.ctx, command[0], command[1:]...).CombinedOutput() // fails also where they are too slow
	results := make(map[string]map[string]float64)
	for line := range strings.Lines(string(out)) {
		name, values, err := benchmarkLine(line)
		if err != nil {
			return err
		}
		if name != "" {
			results[name] = values
		}
	}
	var rows [][]string
	for _, r := range []struct {
		name, benchmark string
		least           float64 // MB/s
		most            float64 // bytes of growth
	}{{"event report of Quanshi", "BenchmarkEventReport", 240, 1.5e6}, {"funnel of Adspect", "BenchmarkFunnel", 200, 1e6}} {
		ratio, gzip := results[r.benchmark+"/ratio"], results[r.benchmark+"/gzip"]
		if ratio == nil || gzip == nil {
			return fmt.Errorf("no result of %s, %w:\n%s", r.benchmark, failed, out)
		}
		grown := ratio["heap-growth-B"]
		p.goal(
			r.name+": speed of reading from memory",
			fmt.Sprintf("≥ %.0f MB/s", r.least),
			fmt.Sprintf("%.0f MB/s", ratio["MB/s"]),
			ratio["MB/s"] >= r.least,
		)
		rows = append(rows, []string{
			r.name, fmt.Sprintf("%.0f MB/s", ratio["MB/s"]), fmt.Sprintf("%.1f ×", ratio["×encoding/json"]), fmt.Sprintf("%.0f MB/s", gzip["MB/s"]), megabytes(int64(grown)), megabytes(int64(ratio["json-heap-growth-B"])),
		})
		p.goal("… growth of the heap meanwhile", "≤ "+megabytes(int64(r.most)), megabytes(int64(grown)), grown <= r.most)
	}
	http2 := results["BenchmarkEventReport/http2"]
	if http2 == nil {
		return fmt.Errorf("no result over HTTP/2, %w:\n%s", failed, out)
	}
	grown := http2["heap-growth-B"]
	p.goal("event report of Quanshi over HTTPS and HTTP/2: growth of the heap", "≤ "+megabytes(5e6), megabytes(int64(grown)), grown <= 5e6)
	p.table([]string{"report", "speed", "beside encoding/json", "gzip", "heap grows by", "with encoding/json"}, rows...)
	return nil
}

// benchmarkLine reads a line that go test prints of a benchmark: its name without the number of processors, and
// values by their units. It gives "" for other lines.
func benchmarkLine(line string) (name string, values map[string]float64, err error) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return "", nil, nil
	}
	name = fields[0]
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	values = make(map[string]float64)
	for i := 2; i+1 < len(fields); i += 2 {
		if values[fields[i+1]], err = strconv.ParseFloat(fields[i], 64); err != nil {
			return "", nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return name, values, nil
}
