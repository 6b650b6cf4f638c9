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
	// Config gives the configuration in force as text, without secrets.
	Config func() ([]byte, error)
	// Reload loads the configuration anew; nil where that is not allowed over HTTP.
	Reload func() error
	// ReloadFailure is why the last attempt to load the configuration failed; nil if it did not.
	ReloadFailure func() error
	// Version stands on the status page.
	Version string
}

// NewHandler gives the handler of all the exporter's paths.
func NewHandler(o Options) (http.Handler, error) {
	if err := checkMetricsPath(o.MetricsPath); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	scrapes := newScrapeHandler(o)
	limited := limitInFlight(o.MaxRequests)

	mux := http.NewServeMux()
	mux.Handle("GET "+o.MetricsPath, limited(promhttp.InstrumentMetricHandler(o.Registry, scrapes.metrics(!o.WithoutAccounts))))
	mux.Handle("GET /probe", limited(scrapes.probe()))
	mux.HandleFunc("GET /sd", serveDiscovery(o.Accounts))
	mux.HandleFunc("GET /config", serveConfig(o.Config))
	mux.HandleFunc("POST /-/reload", serveReload(o.Reload))
	mux.HandleFunc("GET /-/healthy", says("engage_exporter is healthy"))
	mux.HandleFunc("GET /-/ready", says("engage_exporter is ready"))
	mux.Handle("GET /{$}", newStatusHandler(o))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
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

// says answers 200 with a line. Health and readiness never depend on a vendor: restarting the exporter would mend nothing there.
func says(line string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, line)
	}
}
