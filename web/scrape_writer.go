package web

import (
	"net/http"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// scrapeWriter writes a scrape's answer. A client that goes away, or reads too slowly, is no failure of the exporter: what cannot be written any more is dropped, so that it is told once, and
// not for each family.
type scrapeWriter struct {
	http.ResponseWriter
	err error // of the first write that failed
}

// Write never fails.
func (w *scrapeWriter) Write(p []byte) (int, error) {
	if w.err == nil {
		_, w.err = w.ResponseWriter.Write(p)
	}
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (w *scrapeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// report tells the log if the answer was not written whole.
func (w *scrapeWriter) report(logger log.Logger) {
	if w.err != nil {
		level.Debug(logger).Log("msg", "scrape not read to its end: the client went away, or was too slow", "err", w.err)
	}
}
