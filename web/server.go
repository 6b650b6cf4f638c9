// Package web is the exporter's HTTP side: scrapes, discovery, the status page, reload and health.
package web

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/engage-exporter/engage_exporter/collector"
)

// Options are what the handler is made of.
type Options struct {
	// Logger gets what goes wrong while answering.
	Logger log.Logger
	// Registry holds the exporter's own metrics.
	Registry *prometheus.Registry
	// Process gives the metrics of the process, which say nothing of the accounts: they are gathered while vendors are
	// waited for. nil for none. None of its families is in Registry.
	Process prometheus.Gatherer
	// Accounts gives the collectors in force, asked anew at each scrape.
	Accounts func() *collector.Set
	// MetricsPath is where the metrics are, with a leading slash.
	MetricsPath string
	// WithoutAccounts leaves only the exporter's own metrics on MetricsPath.
	WithoutAccounts bool
	// TimeoutOffset is taken off the scraper's timeout.
	TimeoutOffset time.Duration
	// MaxRequests bounds the scrapes in flight, of the metrics and of single accounts together; 0 is no bound.
	MaxRequests int
	// WriteTimeout is how long a client may take to read an answer; 0 is 30 s.
	WriteTimeout time.Duration
	// Shard is this exporter's part of the accounts, such as "1/4"; "" where it has all.
	Shard string
	// Config gives the configuration in force as text, without secrets.
	Config func() ([]byte, error)
	// Reload loads the configuration anew; nil where that is not allowed over HTTP. Its error is answered.
	Reload func() error
	// ReloadFailure is why the last attempt to load the configuration failed, in words for everyone who may look at
	// the status page; nil if it did not.
	ReloadFailure func() error
	// Version stands on the status page.
	Version string
}

// NewHandler returns the handler of all the exporter's paths.
func NewHandler(o Options) (http.Handler, error) {
	if err := checkMetricsPath(o.MetricsPath); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Process == nil {
		o.Process = prometheus.NewRegistry()
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = defaultWriteTimeout
	}
	scrapes := newScrapeHandler(o)
	scrapeLimit := limitInFlight(o.MaxRequests, "scrapes are in flight, which is as many as --web.max-requests allows")
	pageLimit := limitInFlight(maxPages, "pages are being made, which is as many as may be at a time")

	mux := http.NewServeMux()
	scrape := func(path string, h http.Handler) { mux.Handle("GET "+path, o.within(scrapes.timeout, h)) }
	// Outside the limit: scrapes that are refused count too.
	scrape(o.MetricsPath, promhttp.InstrumentMetricHandler(o.Registry, scrapeLimit(scrapes.metrics(!o.WithoutAccounts))))
	scrape("/probe", scrapeLimit(scrapes.probe()))
	page := func(path string, h http.Handler) { mux.Handle("GET "+path, o.within(atOnce, pageLimit(h))) }
	page("/{$}", newStatusHandler(o))
	page("/sd", serveDiscovery(o.Accounts))
	page("/config", serveConfig(o.Config))
	mux.Handle("GET /-/healthy", o.within(atOnce, says("engage_exporter is healthy")))
	mux.Handle("GET /-/ready", o.within(atOnce, says("engage_exporter is ready")))
	mux.Handle("POST /-/reload", o.within(reloading, ofThisSite(serveReload(o.Reload))))
	profile := func(path string, h http.HandlerFunc) { mux.Handle("/debug/pprof/"+path, o.within(profiling, h)) }
	profile("", pprof.Index)
	profile("cmdline", pprof.Cmdline)
	profile("profile", pprof.Profile)
	profile("symbol", pprof.Symbol)
	profile("trace", pprof.Trace)
	return withHeaders(mux), nil
}

// taken are the paths of other pages.
var taken = []string{"/", "/probe", "/sd", "/config", "/-/healthy", "/-/ready", "/-/reload", "/debug"}

// checkMetricsPath refuses what the mux does not take, and what other pages have.
func checkMetricsPath(p string) error {
	if !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.ContainsAny(p, " {}?#%") {
		return fmt.Errorf("metrics path %q: want a plain path that begins with / and ends without", p)
	}
	if slices.Contains(taken, p) || strings.HasPrefix(p, "/debug/") {
		return fmt.Errorf("metrics path %q: taken, choose another", p)
	}
	return nil
}

// says answers 200 with a line. Health and readiness never depend on a vendor: restarting the exporter would fix
// nothing there.
func says(line string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, line)
	}
}
