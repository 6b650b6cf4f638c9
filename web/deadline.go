package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// timeoutHeader is how Prometheus tells its scrape timeout, in seconds.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// maxScrapeTimeout bounds what a scraper may ask for: whoever sends years must not hold a place among the scrapes for
// good.
const maxScrapeTimeout = 5 * time.Minute

// scrapeTimeout is how long a scrape may wait for reads: what the scraper allows less the offset, which is left for
// writing the answer and for its way back. Half of what the scraper allows is always used for reading, however large
// the offset; it may allow maxScrapeTimeout. A scraper that says nothing, or nothing usable, gets
// collector.DefaultTimeout.
func scrapeTimeout(r *http.Request, offset time.Duration) time.Duration {
	seconds, err := strconv.ParseFloat(r.Header.Get(timeoutHeader), 64)
	if err != nil || !(seconds > 0) {
		return collector.DefaultTimeout
	}
	allowed := time.Duration(min(seconds, maxScrapeTimeout.Seconds()) * float64(time.Second))
	return max(allowed-offset, allowed/2)
}
