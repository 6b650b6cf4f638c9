package web

import (
	"net/http"
	"strconv"
	"time"
)

// timeoutHeader is how Prometheus tells its scrape timeout, in seconds.
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
