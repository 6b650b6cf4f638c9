package cli

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// scrapeItself lets the handler answer a scrape at once and then at each interval, until ctx is done; 0 for never. It
// needs no connection, and so no password. wait waits for the end of that.
func scrapeItself(ctx context.Context, handler http.Handler, path string, interval time.Duration) (wait func()) {
	if interval == 0 {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var scraping sync.WaitGroup
	scraping.Go(func() {
		next := time.NewTicker(interval)
		defer next.Stop()
		for ctx.Err() == nil {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody)
			if err != nil {
				return // the path has been checked
			}
			handler.ServeHTTP(&discardedAnswer{header: make(http.Header)}, r)
			select {
			case <-next.C:
			case <-ctx.Done():
			}
		}
	})
	return func() {
		stop()
		scraping.Wait()
	}
}

// discardedAnswer is an answer that nobody reads.
type discardedAnswer struct{ header http.Header }

// Header implements http.ResponseWriter.
func (a *discardedAnswer) Header() http.Header { return a.header }

// Write implements http.ResponseWriter.
func (a *discardedAnswer) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (a *discardedAnswer) WriteHeader(int) {}
