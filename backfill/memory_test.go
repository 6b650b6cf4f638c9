package backfill_test

import (
	"io"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
)

// heapMeter takes an output, and measures the heap at times.
type heapMeter struct {
	n, measured int64
	highest     uint64
}

func (m *heapMeter) Write(p []byte) (int, error) {
	const every = 8 << 20
	if m.n += int64(len(p)); m.n-m.measured >= every {
		m.measured = m.n
		m.measure()
	}
	return len(p), nil
}

func (m *heapMeter) measure() {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	m.highest = max(m.highest, stats.HeapAlloc)
}

// past returns options for so many days up to yesterday, of so many series.
func past(tb testing.TB, days, series int, out io.Writer) backfill.Options {
	tb.Helper()
	yesterday := time.Now().In(shanghai).AddDate(0, 0, -1)
	return backfill.Options{
		History: newVendor().history(series), From: date(tb, yesterday.AddDate(0, 0, 1-days).Format(time.DateOnly)), To: date(tb, yesterday.Format(time.DateOnly)),
		Step: 5 * time.Minute, Output: "-", Stdout: out, Labels: []backfill.Label{{Name: "job", Value: "engage"}},
	}
}

// Memory grows with the values, one for each series and day, and not with the samples that are written of them.
func TestMemoryFollowsTheValues(t *testing.T) {
	const series = 500
	highest := func(days int) (heap uint64, written int64) {
		meter := &heapMeter{}
		o := past(t, days, series, meter)
		meter.measure()
		before := meter.highest
		if _, err := backfill.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		meter.measure()
		return meter.highest - before, meter.n
	}
	few, small := highest(9)
	many, large := highest(90)
	t.Logf("9 days: %d bytes of output, heap +%d; 90 days: %d bytes, heap +%d", small, few, large, many)
	if large < 9*small {
		t.Errorf("the output grew from %d to %d bytes only", small, large)
	}
	const perValue = 160
	if many > few+(90-9)*series*perValue {
		t.Errorf("the heap grew by %d bytes for 9 days and by %d for 90, more than %d for each value", few, many, perValue)
	}
}

// BenchmarkBackfill reads and writes 90 days of 500 series.
func BenchmarkBackfill(b *testing.B) {
	var written, samples int64
	for b.Loop() {
		o := past(b, 90, 500, nil)
		o.Output = filepath.Join(b.TempDir(), "history.om")
		s, err := backfill.Run(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		written, samples = written+s.Bytes, samples+s.Samples
	}
	b.SetBytes(written / int64(b.N))
	b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
}
