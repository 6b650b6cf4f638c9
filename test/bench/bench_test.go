package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own program be what the exporter is compared with, as the command's is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (slices.Contains([]string{referenceArg, callsArg, singleArg}, os.Args[1])) {
		main()
	}
	os.Exit(m.Run())
}

// Each part measures something, and its goals and tables are on the page. What comes of it is worth nothing here:
// little is measured, beside other tests.
func TestMeasure(t *testing.T) {
	text, err := measure(t.Context(), "start,overhead,single,polling,storage,exposition,growth,reports", true)
	if err != nil {
		t.Fatal(err)
	}
	goals := regexp.MustCompile(`(?m)^\| [^|]+ \| [≤≥] [^|]+ \| -?[0-9.]+ [^|]+ \| (yes|\*\*no\*\*) \|$`).FindAllString(text, -1)
	if len(goals) != 25 {
		t.Errorf("%d goals, want 25", len(goals))
	}
	for _, heading := range []string{"# Performance", "## How many accounts", "## Goals", "## What a scrape takes beyond the slowest call", "## One call, beside a plain exporter of JSON", "## What it takes to read 1 000 accounts", "## What storing the state costs",
		"## A scrape without reads",
		"## How it grows", "## Large reports"} {
		if !strings.Contains(text, heading+"\n") {
			t.Errorf("no heading %q", heading)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestUnknownPart(t *testing.T) {
	if _, err := measure(t.Context(), "start,sped", true); err == nil || !strings.Contains(err.Error(), `unknown part "sped"; known: start, overhead`) {
		t.Errorf("the error is %v", err)
	}
}

func TestQuantile(t *testing.T) {
	all := make([]time.Duration, 100)
	for i := range all {
		all[99-i] = time.Duration(i + 1)
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.95: 96, 0.99: 100, 1: 100} {
		if got := quantile(all, q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	for got, want := range map[string]string{
		milliseconds(12345 * time.Microsecond): "12.3 ms",
		milliseconds(640 * time.Microsecond):   "0.640 ms",
		microseconds(2100 * time.Nanosecond):   "2.10 µs",
		seconds(1234 * time.Millisecond):       "1.23 s",
		megabytes(31_900_000):                  "31.9 MB",
		ratio(4, 10):                           "0.40 ×",
		percent(0.0345):                        "3.5 %",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBenchmarkLine(t *testing.T) {
	for _, tt := range []struct {
		name, line, benchmark string
		values                map[string]float64
	}{
		{"values by unit", "BenchmarkFunnel/ratio-2 \t 3\t 6723751174 ns/op\t 235.4 MB/s\t 8872 heap-growth-B\t 4.237 ×encoding/json\n", "BenchmarkFunnel/ratio",
			map[string]float64{"ns/op": 6723751174, "MB/s": 235.4, "heap-growth-B": 8872, "×encoding/json": 4.237}},
		{"not a result", "BenchmarkFunnel\n", "", nil},
		{"another line", "ok  \tgithub.com/x/y\t1.2s\n", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name, values, err := benchmarkLine(tt.line)
			if err != nil || name != tt.benchmark || !maps.Equal(values, tt.values) {
				t.Errorf("got %q, %v, %v", name, values, err)
			}
		})
	}
	if _, _, err := benchmarkLine("BenchmarkFunnel 1 many MB/s"); err == nil {
		t.Error("a value that is no number is taken")
	}
}
