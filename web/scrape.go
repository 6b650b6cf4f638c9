package web

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
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
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/web/status"
)

// scrapeHandler answers scrapes, of all accounts or of one. It answers 200 also when every vendor fails, and before
// the scraper's timeout.
type scrapeHandler struct {
	own      prometheus.Gatherer // while vendors are waited for
	reads    prometheus.Gatherer // after that
	accounts func() *collector.Set
	offset   time.Duration
	fallback time.Duration // timeout of a scraper that sends none
	logger   log.Logger
	errors   *prometheus.CounterVec // by cause
}

func newScrapeHandler(o Options) *scrapeHandler {
	h := &scrapeHandler{
		own: o.Registry, reads: o.Reads, accounts: o.Accounts,
		offset: o.TimeoutOffset, fallback: cmp.Or(o.DefaultTimeout, collector.DefaultTimeout), logger: o.Logger,
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{ // as promhttp counts them
			Name: "promhttp_metric_handler_errors_total",
			Help: "Total number of internal errors encountered by the promhttp metric handler.",
		}, []string{"cause"}),
	}
	for _, cause := range []string{gathering, encoding} {
		h.errors.WithLabelValues(cause)
	}
	o.Registry.MustRegister(h.errors)
	return h
}

// The causes of errors.
const gathering, encoding = "gathering", "encoding"

// timeout is how long a scrape may take until its answer is there.
func (h *scrapeHandler) timeout(r *http.Request) time.Duration {
	return scrapeTimeout(r, h.fallback, h.offset)
}

// metrics answers with the exporter's own metrics, and with those of all accounts unless they are to be left out.
func (h *scrapeHandler) metrics(withAccounts bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), h.timeout(r))
		defer cancel()
		h.expose(w, r, func(encode encodeFunc) (accounts collector.Page, own []encodedFamily, err error) {
			early := &laterGather{gatherer: h.own, encode: encode}
			if withAccounts {
				accounts = h.accounts().Gather(ctx, early.start) // waits for vendors, so that reads are counted that it started
			} else {
				early.start(false)
			}
			families, err := h.reads.Gather()
			reads := encode(families)
			own, ownErr := early.wait()
			return accounts, merge(own, reads), errors.Join(err, ownErr)
		})
	})
}

// laterGather gathers and encodes in a goroutine of its own between start and wait.
type laterGather struct {
	gatherer prometheus.Gatherer
	encode   encodeFunc
	timer    *time.Timer
	done     sync.WaitGroup
	families []encodedFamily
	err      error
}

// sendingTime is how long a scrape leaves the processors to the requests that it has just started, before it gathers
// the exporter's own metrics, which asks the kernel for those of the process: that takes longer than sending requests.
const sendingTime = 2 * time.Millisecond

// start begins to gather at once, or after sendingTime if requests are being sent.
func (l *laterGather) start(sending bool) {
	var delay time.Duration
	if sending {
		delay = sendingTime
	}
	l.done.Add(1)
	l.timer = time.AfterFunc(delay, l.gather)
}

func (l *laterGather) gather() {
	defer l.done.Done()
	families, err := l.gatherer.Gather()
	l.families, l.err = l.encode(families), err
}

func (l *laterGather) wait() ([]encodedFamily, error) {
	if l.timer.Stop() {
		l.gather()
	}
	l.done.Wait()
	return l.families, l.err
}

// merge puts the families of some pages together, sorted by name. No family is on two of them.
func merge(pages ...[]encodedFamily) []encodedFamily {
	all := slices.Concat(pages...)
	slices.SortFunc(all, func(a, b encodedFamily) int { return strings.Compare(a.name, b.name) })
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

// encodedFamily is a family of the exporter's own metrics in the format of the page.
type encodedFamily struct {
	name string
	text []byte
}

// encodeFunc returns the families that were asked for, encoded, without those that cannot be encoded.
type encodeFunc func(families []*dto.MetricFamily) []encodedFamily

// ownSize is about how much text the exporter's own metrics are.
const ownSize = 16 << 10

// encodeIn returns the families in a format, without those whose names are not wanted. It reports those that cannot be
// encoded to failed.
func encodeIn(format expfmt.Format, wanted func(name string) bool, failed func(error)) encodeFunc {
	return func(families []*dto.MetricFamily) []encodedFamily {
		buffer := bytes.NewBuffer(make([]byte, 0, ownSize))
		encoder := expfmt.NewEncoder(buffer, format)
		var all []encodedFamily
		for _, f := range forOpenMetrics(families) {
			if !wanted(f.GetName()) {
				continue
			}
			begin := buffer.Len()
			if err := encoder.Encode(f); err != nil {
				failed(err)
				buffer.Truncate(begin)
				continue
			}
			all = append(all, encodedFamily{f.GetName(), buffer.Bytes()[begin:buffer.Len():buffer.Len()]})
		}
		return all
	}
}

// expose answers with what gather returns, in the format that was asked for: the accounts' page, and families of the
// exporter itself, sorted by name. A family that cannot be gathered or encoded is left out, logged and counted, since
// one bad family must not take the page down.
func (h *scrapeHandler) expose(
	w http.ResponseWriter, r *http.Request, gather func(encodeFunc) (collector.Page, []encodedFamily, error),
) {
	logger := h.loggerOf(r)
	failed := func(cause string, err error) {
		if err != nil {
			logger.Log("msg", "metrics handler", "err", err)
			h.errors.WithLabelValues(cause).Inc()
		}
	}
	names := r.URL.Query()["name[]"]
	wanted := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	answer := newScrapeWriter(w)
	compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
		accounts, own, err := gather(encodeIn(format, wanted, func(err error) { failed(encoding, err) }))
		failed(gathering, err)
		if err != nil && len(accounts)+len(own) == 0 {
			http.Error(w, "no metrics could be gathered: the log says why", http.StatusInternalServerError)
			return
		}
		w.Header().Add("Vary", "Accept")
		w.Header().Set("Content-Type", string(format))
		page := newPageWriter(w, format)
		for _, f := range accounts { // both are sorted by name
			for len(own) > 0 && own[0].name < f.Name() {
				_, _ = w.Write(own[0].text) // end reports what cannot be written
				own = own[1:]
			}
			if wanted(f.Name()) {
				failed(encoding, page.writeFamily(f))
			}
		}
		for _, f := range own {
			_, _ = w.Write(f.text)
		}
		failed(encoding, page.close())
	})).ServeHTTP(answer, r)
	answer.end(h.logger)
}

// pageWriter writes families in one format. Those of the accounts write themselves as text, which is most of a page:
// their names need no escaping. All others are encoded by expfmt.
type pageWriter struct {
	expfmt.Encoder
	w           io.Writer
	asText      bool // the format is one that families of the accounts write themselves
	openMetrics bool
	buffer      *[]byte
	pairs       metric.LabelPairs
}

var textBuffers = sync.Pool{New: func() any { return new([]byte) }}

func newPageWriter(w io.Writer, format expfmt.Format) *pageWriter {
	p := &pageWriter{Encoder: expfmt.NewEncoder(w, format), w: w, pairs: make(metric.LabelPairs)}
	p.buffer = textBuffers.Get().(*[]byte) //nolint:errcheck // it has no others
	switch format.FormatType() {
	case expfmt.TypeTextPlain:
		p.asText = true
	case expfmt.TypeOpenMetrics:
		p.openMetrics = true
		p.asText = format.Version() == expfmt.OpenMetricsVersion_1_0_0 || format.Version() == expfmt.OpenMetricsVersion_0_0_1
	}
	return p
}

// writeFamily writes a family of the accounts.
func (p *pageWriter) writeFamily(f *collector.Family) (err error) {
	if !p.asText {
		return p.Encode(f.Proto(p.pairs))
	}
	*p.buffer, err = f.WriteText(p.w, p.openMetrics, *p.buffer)
	return err
}

// close writes the end of the page.
func (p *pageWriter) close() error {
	textBuffers.Put(p.buffer)
	if end, ok := p.Encoder.(expfmt.Closer); ok {
		return end.Close()
	}
	return nil
}

// exposeWithDebug lets debug write before the metrics, all as plain text.
func (h *scrapeHandler) exposeWithDebug(w http.ResponseWriter, page collector.Page, debug func(w io.Writer)) {
	answer := newScrapeWriter(w)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	debug(answer)
	var buffer []byte
	for _, family := range page {
		buffer, _ = family.WriteText(answer, false, buffer) // end reports what answer cannot write
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
// call of the kernel. An answer of one piece has a Content-Length, so that the client need not wait for another piece
// that ends it. A client that goes away, or reads too slowly, is no failure of the exporter: what cannot be written any
// more is dropped, so that it is reported once, and not for each family.
type scrapeWriter struct {
	http.ResponseWriter
	buffer *bufio.Writer // keeps the first failure
	status int           // to be sent before the first piece; 0 = 200, or it has been sent
	begun  bool          // a piece has been sent
}

// writeSize is how much is written at once.
const writeSize = 64 << 10

var writeBuffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, writeSize) }}

// newScrapeWriter returns a writer that end must be called of.
func newScrapeWriter(w http.ResponseWriter) *scrapeWriter {
	s := &scrapeWriter{ResponseWriter: w, buffer: writeBuffers.Get().(*bufio.Writer)} //nolint:errcheck // it has no others
	s.buffer.Reset(pieces{s})
	return s
}

// pieces sends the pieces of an answer.
type pieces struct{ *scrapeWriter }

func (p pieces) Write(piece []byte) (int, error) {
	p.begin()
	return p.ResponseWriter.Write(piece)
}

// begin sends the status unless it has been sent.
func (w *scrapeWriter) begin() {
	if w.begun = true; w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
		w.status = 0
	}
}

// WriteHeader notes the status.
func (w *scrapeWriter) WriteHeader(status int) { w.status = status }

// Write never fails.
func (w *scrapeWriter) Write(p []byte) (int, error) {
	_, _ = w.buffer.Write(p) // end returns its error
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (w *scrapeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// end writes what is left, and reports to the log if the answer was not written whole.
func (w *scrapeWriter) end(logger log.Logger) {
	if !w.begun {
		w.Header().Set("Content-Length", strconv.Itoa(w.buffer.Buffered()))
		w.begin()
	}
	if err := w.buffer.Flush(); err != nil {
		level.Debug(logger).Log("msg", "scrape not read to its end: the client went away, or was too slow", "err", err)
	}
	w.buffer.Reset(nil)
	writeBuffers.Put(w.buffer)
}
