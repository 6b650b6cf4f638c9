package adspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

const manyRows = 300_000

// bigFunnel is the query whose report the benchmarks read: the default metrics by stream and
// country.
var bigFunnel = adspect.FunnelQuery{
	GroupBy: []string{"stream_id", "country_code"},
	Metrics: []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia", "quality",
		"conversions", "expenses", "revenue",
	},
}

// bigReport writes its report, a row on each line, as it is read: it is not held.
type bigReport struct {
	rows   int
	random *rand.Rand
	text   []byte
}

func newBigReport(rows int) *bigReport {
	return &bigReport{rows: rows, random: rand.New(rand.NewPCG(1, 2))}
}

func (r *bigReport) Read(p []byte) (int, error) {
	for len(r.text) == 0 {
		if r.rows == 0 {
			return 0, io.EOF
		}
		r.rows--
		n := r.random.IntN
		r.text = fmt.Appendf(r.text[:0], `["%08x-fe75-431e-8be6-9ea9b56b1e4a", "%c%c", "%d", "%d", "%d", "%d", "%d", "%d", "%d", "%d", "%d", %v, "%d", "%d.%02d", "%d.%02d"]`+"\n",
			r.random.Uint32(), 'A'+n(26), 'A'+n(26), n(1e5), n(1e5), n(1e4), n(1e4), n(1e4), n(1e4), n(1e4), n(1e3), n(1e3),
			r.random.Float64(), n(100), n(1e3), n(100), n(1e3), n(100))
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

func readAll(tb testing.TB, c *adspect.Client) (rows int, sum float64) {
	tb.Helper()
	for row, err := range c.Funnel(tb.Context(), bigFunnel) {
		if err != nil {
			tb.Fatal(err)
		}
		rows++
		for _, m := range row.Metrics {
			v, _ := m.Float()
			sum += v
		}
	}
	return rows, sum
}

// readStandard reads the same report as one does with the standard library, and calls each for every row.
func readStandard(tb testing.TB, report io.Reader, each func()) (rows int, sum float64) {
	tb.Helper()
	decoder := json.NewDecoder(report)
	for {
		var row []any
		if err := decoder.Decode(&row); err == io.EOF {
			return rows, sum
		} else if err != nil {
			tb.Fatal(err)
		}
		rows++
		each()
		for _, value := range row[2:] {
			switch v := value.(type) {
			case string:
				n, err := strconv.ParseFloat(v, 64)
				if err != nil {
					tb.Fatal(err)
				}
				sum += n
			case float64:
				sum += v
			}
		}
	}
}

// unnamed hides what a reader can do beside Read.
type unnamed struct{ io.Reader }

// BenchmarkFunnel reads a report of 300 000 rows, whole, through the client, and for
// comparison the same bytes with encoding/json. It fails if that is not 3.5 times as slow.
func BenchmarkFunnel(b *testing.B) {
	report, err := io.ReadAll(newBigReport(manyRows))
	if err != nil {
		b.Fatal(err)
	}
	compressed := vendortest.Gzip(string(report))
	plain := client(vendortest.Streaming(nil, func() io.Reader { return unnamed{bytes.NewReader(report)} }))
	packed := client(vendortest.Streaming(http.Header{"Content-Encoding": {"gzip"}}, func() io.Reader { return unnamed{bytes.NewReader(compressed)} }))

	for _, bench := range []struct {
		name string
		read func(b *testing.B) (int, float64)
	}{
		{"plain", func(b *testing.B) (int, float64) { return readAll(b, plain) }},
		{"gzip", func(b *testing.B) (int, float64) { return readAll(b, packed) }},
		{"encoding_json", func(b *testing.B) (int, float64) { return readStandard(b, unnamed{bytes.NewReader(report)}, func() {}) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(report)))
			b.ReportAllocs()
			for b.Loop() {
				if rows, _ := bench.read(b); rows != manyRows {
					b.Fatal(rows)
				}
			}
		})
	}
	b.Run("ratio", func(b *testing.B) {
		took := func(read func()) time.Duration {
			runtime.GC()
			began := time.Now()
			read()
			return time.Since(began)
		}
		var ours, theirs float64
		mine, standard := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
		for b.Loop() {
			for range 5 { // in turns, so that what else the machine does meets both
				mine = min(mine, took(func() { _, ours = readAll(b, plain) }))
				standard = min(standard, took(func() { _, theirs = readStandard(b, unnamed{bytes.NewReader(report)}, func() {}) }))
			}
			if ours != theirs {
				b.Fatalf("the sum of all values is %v, want %v", ours, theirs)
			}
		}
		ratio := standard.Seconds() / mine.Seconds()
		if ratio < 3.5 {
			b.Errorf("%.1f times as fast as encoding/json, want 3.5", ratio)
		}
		b.ReportMetric(ratio, "×encoding/json")
		b.ReportMetric(float64(len(report))/1e6/mine.Seconds(), "MB/s")
		b.ReportMetric(float64(vendortest.HeapGrowth(b, manyRows, func(each func()) {
			for _, err := range plain.Funnel(b.Context(), bigFunnel) {
				if err != nil {
					b.Fatal(err)
				}
				each()
			}
		})), "heap-growth-B")
		b.ReportMetric(float64(vendortest.HeapGrowth(b, manyRows, func(each func()) { readStandard(b, unnamed{bytes.NewReader(report)}, each) })), "json-heap-growth-B")
	})
}
