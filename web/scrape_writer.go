package web

import (
	"bufio"
	"net/http"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

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
	_, _ = w.buffer.Write(p) // end tells
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
