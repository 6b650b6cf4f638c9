package collector_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
)

// accountsYAML configures n accounts with two endpoints each.
func accountsYAML(n int, more string) string {
	var b strings.Builder
	b.WriteString("global: {max_concurrent_requests: 64}\ngetui:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {account: shop-%05[1]d, app_id: APP%[1]d, app_key: K, master_secret: M, requests_per_minute: 6000%[2]s,\n     endpoints: {push_day: {enabled: false}, user_day: {enabled: false}}}\n", i, more)
	}
	return b.String()
}

func newBenchSet(b *testing.B, rt http.RoundTripper, yaml string) *collector.Set {
	b.Helper()
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		b.Fatal(err)
	}
	set, err := collector.New(cfg, collector.Options{RoundTripper: rt})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(set.Close)
	return set
}

// scrapeOnce answers one scrape as /metrics does, written to nowhere, and gives the page's size.
func scrapeOnce(b *testing.B, set *collector.Set, timeout time.Duration) int64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), timeout)
	defer cancel()
	gather := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return set.Gather(ctx).Proto(), nil })
	w := &discard{header: make(http.Header)}
	promhttp.HandlerFor(gather, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/metrics", http.NoBody))
	return w.size
}

type discard struct {
	header http.Header
	size   int64
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	return len(p), nil
}

// A scrape of 1 000 accounts whose snapshots are all fresh: nothing is read, all is served.
func BenchmarkScrapeFresh(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) {
			a := newAPI()
			a.answer(pathQuota, `{"code":0,"data":{"gt":{"app":{"total_num":3000,"limit":false,"remain_num":3000},"list":{"total_num":3000,"limit":false,"remain_num":3000}},"vv":{"general":{"total_num":1,"push_num":1,"limit":false}}}}`)
			a.answer(pathOnline, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)
			set := newBenchSet(b, a, accountsYAML(n, ""))
			scrapeOnce(b, set, time.Minute)
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(scrapeOnce(b, set, time.Minute))
			}
			if got := a.count(pathQuota); got != n {
				b.Fatalf("%d reads during the benchmark, want %d before it and none within", got-n, n)
			}
		})
	}
}

// What a scrape takes beyond its slowest upstream call of 50 ms, over real connections: login done, every endpoint read
// at each scrape.
func BenchmarkScrapeOverhead(b *testing.B) {
	const upstream = 50 * time.Millisecond
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, pathAuth):
					io.WriteString(w, `{"code":0,"data":{"expire_time":"4102444800000","token":"t"}}`)
				case strings.HasSuffix(r.URL.Path, pathQuota):
					time.Sleep(upstream)
					io.WriteString(w, quotaAnswer(7))
				default:
					time.Sleep(upstream)
					io.WriteString(w, `{"code":0,"data":{"online_statics":{"946785600000":5}}}`)
				}
			}))
			defer server.Close()
			var yaml strings.Builder
			yaml.WriteString("global: {max_concurrent_requests: 1000}\ngetui:\n")
			for i := range n {
				fmt.Fprintf(&yaml, "  - {account: shop-%05[1]d, app_id: APP%[1]d, app_key: K, master_secret: M, base_url: '%[2]s/v2', requests_per_minute: 1000000,\n     endpoints: {push_quota: {min_interval: 0s}, online_users: {min_interval: 0s}, push_day: {enabled: false}, user_day: {enabled: false}}}\n", i, server.URL)
			}
			set := newBenchSet(b, nil, yaml.String())
			scrapeOnce(b, set, time.Minute)
			var over []time.Duration
			for b.Loop() {
				began := time.Now()
				scrapeOnce(b, set, time.Minute)
				over = append(over, time.Since(began)-upstream)
			}
			slices.Sort(over)
			b.ReportMetric(float64(over[len(over)/2].Microseconds()), "µs-over-p50")
			b.ReportMetric(float64(over[len(over)*95/100].Microseconds()), "µs-over-p95")
		})
	}
}

// A scrape of n samples that are all there, as the exporter answers it and as a registry does that checks and sorts
// them each time.
func BenchmarkExposition(b *testing.B) {
	for _, samples := range []int{10_000, 100_000} {
		a := newAPI()
		a.answer(pathQuota, manyQuotas(1000))
		set := newBenchSet(b, a, strings.ReplaceAll(accountsYAML(samples/4000, ""), "endpoints: {", "endpoints: {online_users: {enabled: false}, "))
		scrapeOnce(b, set, time.Minute)
		for _, way := range []struct {
			name   string
			gather func(ctx context.Context) prometheus.Gatherer
		}{
			{"kept", func(ctx context.Context) prometheus.Gatherer {
				return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return set.Gather(ctx).Proto(), nil })
			}},
			{"registry", func(context.Context) prometheus.Gatherer {
				registry := prometheus.NewRegistry()
				for _, c := range set.Collectors() {
					registry.MustRegister(c)
				}
				return registry
			}},
		} {
			b.Run(fmt.Sprintf("samples=%d/%s", samples, way.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
					w := &discard{header: make(http.Header)}
					promhttp.HandlerFor(way.gather(ctx), promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/metrics", http.NoBody))
					cancel()
					b.SetBytes(w.size)
				}
			})
		}
	}
}

// manyQuotas returns four samples for each of n kinds.
func manyQuotas(n int) string {
	var kinds strings.Builder
	for i := range n {
		fmt.Fprintf(&kinds, `,"kind-%d":{"total_num":3000,"limit":false,"remain_num":%d,"push_num":1}`, i, i)
	}
	return `{"code":0,"data":{"gt":{` + kinds.String()[1:] + `}}}`
}
