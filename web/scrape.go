package web

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/web/status"
)

// scrapeHandler answers scrapes, of all accounts or of one. It answers 200 also when every vendor fails, and before
// the scraper's timeout.
type scrapeHandler struct {
	own      *prometheus.Registry
	process  prometheus.Gatherer
	accounts func() *collector.Set
	offset   time.Duration
	fallback time.Duration // timeout of a scraper that sends none
	logger   log.Logger
}

func newScrapeHandler(o Options) *scrapeHandler {
	h := &scrapeHandler{
		own: o.Registry, process: o.Process, accounts: o.Accounts,
		offset: o.TimeoutOffset, fallback: cmp.Or(o.DefaultTimeout, collector.DefaultTimeout), logger: o.Logger,
	}
	// promhttp registers its own metrics now, before the first scrape does: a registry that is being gathered must not
	// grow.
	promhttp.HandlerFor(h.own, h.options(h.logger))
	return h
}

// timeout is how long a scrape may take until its answer is there.
func (h *scrapeHandler) timeout(r *http.Request) time.Duration {
	return scrapeTimeout(r, h.fallback, h.offset)
}

// metrics answers with the exporter's own metrics, and with those of all accounts unless they are to be left out.
func (h *scrapeHandler) metrics(withAccounts bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), h.timeout(r))
		defer cancel()
		h.expose(w, r, func() ([]*dto.MetricFamily, error) {
			process := gatherAside(h.process) // the kernel takes its time to tell them
			var accounts []*dto.MetricFamily
			if withAccounts {
				accounts = h.accounts().Gather(ctx) // waits for vendors, so that the exporter's own values are of the end
			}
			own, err := h.own.Gather()
			families, processErr := process()
			return forOpenMetrics(merge(own, families, accounts)), errors.Join(err, processErr)
		})
	})
}

// gatherAside gathers in a goroutine of its own; wait gives what came of it.
func gatherAside(g prometheus.Gatherer) (wait func() ([]*dto.MetricFamily, error)) {
	var families []*dto.MetricFamily
	var err error
	var done sync.WaitGroup
	done.Go(func() { families, err = g.Gather() })
	return func() ([]*dto.MetricFamily, error) {
		done.Wait()
		return families, err
	}
}

// merge puts the families of some pages together, sorted by name. No family is on two of them.
func merge(pages ...[]*dto.MetricFamily) []*dto.MetricFamily {
	all := slices.Concat(pages...)
	slices.SortStableFunc(all, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	return all
}

// sameAsHeap is a gauge of the Go collector that has the value of go_memstats_heap_alloc_bytes, always. In OpenMetrics
// its name is also that of the counter go_memstats_alloc_bytes_total, and a page that has a name twice is not valid.
const sameAsHeap = "go_memstats_alloc_bytes"

// forOpenMetrics returns the families without what makes an OpenMetrics page invalid or is read wrongly: the unit,
// which Prometheus' parser carries over to the families after it, and a name that stands twice. The text page has the
// same families.
func forOpenMetrics(families []*dto.MetricFamily) []*dto.MetricFamily {
	for _, f := range families {
		if f.Unit != nil { // of the Go collector, gathered for this page alone
			f.Unit = nil
		}
	}
	return slices.DeleteFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == sameAsHeap })
}

// expose answers with what gather gives, in the format that was asked for.
func (h *scrapeHandler) expose(w http.ResponseWriter, r *http.Request, gather prometheus.GathererFunc) {
	answer := newScrapeWriter(w)
	compressed(promhttp.HandlerFor(gather, h.options(h.loggerOf(r)))).ServeHTTP(answer, r)
	answer.end(h.logger)
}

// exposeWithDebug lets debug write before the metrics, all as plain text.
func (h *scrapeHandler) exposeWithDebug(w http.ResponseWriter, r *http.Request, families []*dto.MetricFamily, debug func(w io.Writer)) {
	answer := newScrapeWriter(w)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	debug(answer)
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(answer, family); err != nil {
			h.loggerOf(r).Log("msg", "metrics handler", "err", err)
		}
	}
	answer.end(h.logger)
}

// loggerOf takes what goes wrong with a scrape. Where the client has gone meanwhile, that is of no concern to anyone.
func (h *scrapeHandler) loggerOf(r *http.Request) log.Logger {
	return log.LoggerFunc(func(keyvals ...any) error {
		if r.Context().Err() != nil {
			return level.Debug(h.logger).Log(keyvals...)
		}
		return level.Error(h.logger).Log(keyvals...)
	})
}

func (h *scrapeHandler) options(logger log.Logger) promhttp.HandlerOpts {
	return promhttp.HandlerOpts{
		ErrorLog:          promhttpLogger{logger},
		ErrorHandling:     promhttp.ContinueOnError, // one bad family must not take the page down
		Registry:          h.own,
		EnableOpenMetrics: true,
		// It logs an error if a client refuses every compression.
		DisableCompression: true,
	}
}

// promhttpLogger gives promhttp's errors to the log.
type promhttpLogger struct{ logger log.Logger }

func (l promhttpLogger) Println(v ...any) {
	l.logger.Log("msg", "metrics handler", "err", strings.TrimSpace(fmt.Sprintln(v...)))
}

// timeoutHeader is the header in which Prometheus sends its scrape timeout, in seconds.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// MaxScrapeTimeout bounds what a scraper may ask for: whoever sends years must not hold a place among the scrapes for
// good.
const MaxScrapeTimeout = 5 * time.Minute

// scrapeTimeout is how long a scrape may wait for reads: what the scraper allows less the offset, which is left for
// writing the answer and for its way back. Half of what the scraper allows is always used for reading, however large
// the offset; it may allow MaxScrapeTimeout. A scraper that says nothing, or nothing usable, is taken to allow
// the default.
func scrapeTimeout(r *http.Request, fallback, offset time.Duration) time.Duration {
	allowed := fallback
	if seconds, err := strconv.ParseFloat(r.Header.Get(timeoutHeader), 64); err == nil && seconds > 0 {
		allowed = time.Duration(min(seconds, MaxScrapeTimeout.Seconds()) * float64(time.Second))
	}
	return max(allowed-offset, allowed/2)
}

// refresh refreshes what is due, as a scrape does, and waits as a scrape does. A browser is then sent to the status
// page.
func (h *scrapeHandler) refresh() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), h.timeout(r))
		defer cancel()
		h.accounts().Refresh(ctx)
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			// Relative, for a proxy may have removed a prefix. The status page's filter is kept.
			w.Header().Set("Location", "."+status.Address(r.URL.Query()))
			w.WriteHeader(http.StatusSeeOther)
			return
		}
		says("what was due has been refreshed")(w, r)
	})
}

// scrapeWriter writes a scrape's answer, in large pieces: what encodes it writes family by family, and each piece is a
// call of the kernel. A client that goes away, or reads too slowly, is no failure of the exporter: what cannot be
// written any more is dropped, so that it is reported once, and not for each family.
type scrapeWriter struct {
	http.ResponseWriter
	buffer *bufio.Writer // keeps the first failure
}

// writeSize is how much is written at once.
const writeSize = 64 << 10

var writeBuffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, writeSize) }}

// newScrapeWriter returns a writer that end must be called of.
func newScrapeWriter(w http.ResponseWriter) *scrapeWriter {
	buffer := writeBuffers.Get().(*bufio.Writer) //nolint:errcheck // it has no others
	buffer.Reset(w)
	return &scrapeWriter{ResponseWriter: w, buffer: buffer}
}

// Write never fails.
func (w *scrapeWriter) Write(p []byte) (int, error) {
	_, _ = w.buffer.Write(p) // end returns its error
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (w *scrapeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// end writes what is left, and reports to the log if the answer was not written whole.
func (w *scrapeWriter) end(logger log.Logger) {
	if err := w.buffer.Flush(); err != nil {
		level.Debug(logger).Log("msg", "scrape not read to its end: the client went away, or was too slow", "err", err)
	}
	w.buffer.Reset(nil)
	writeBuffers.Put(w.buffer)
}
