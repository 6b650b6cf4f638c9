// Package web is the exporter's HTTP side: scrapes, discovery, the status page, reload and health.
package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/web/status"
)

// Options are what the handler is made of.
type Options struct {
	// Logger gets what goes wrong while answering.
	Logger log.Logger
	// Registry holds the metrics of the exporter and of its process. A scrape gathers them while it waits for vendors.
	Registry *prometheus.Registry
	// Reads returns the metrics of the reads. A scrape gathers them after it has waited for those that it started. nil for
	// none. None of its families is in Registry.
	Reads prometheus.Gatherer
	// Accounts returns the current collectors. It is called anew at each scrape.
	Accounts func() *collector.Set
	// Location is where the exporter is reached.
	Location Location
	// ListenAddresses are those that the exporter listens on. Their hosts are known to be this exporter.
	ListenAddresses []string
	// MetricsPath is where the metrics are, with a leading slash and without the prefix of the location.
	MetricsPath string
	// WithoutAccounts leaves only the exporter's own metrics on MetricsPath.
	WithoutAccounts bool
	// WithoutProfiles turns /debug/pprof/ off.
	WithoutProfiles bool
	// TimeoutOffset is taken off the scraper's timeout.
	TimeoutOffset time.Duration
	// DefaultTimeout is the timeout of a scraper that sends none, collector.DefaultTimeout if it is 0.
	DefaultTimeout time.Duration
	// MaxRequests bounds the scrapes that are worked on at a time, of the metrics and of single accounts together; 0 is
	// no bound.
	MaxRequests int
	// WriteTimeout is how long a client may take to read an answer; 0 is the constant of that name.
	WriteTimeout time.Duration
	// Shard is this exporter's part of the accounts, such as "1/4"; "" if it has all.
	Shard string
	// Config returns the current configuration as text, without secrets.
	Config func() ([]byte, error)
	// Storage returns how the accounts' state is stored; nil if it is not.
	Storage func() collector.StorageStatus
	// Reload loads the configuration anew; nil if that is not allowed over HTTP. Its error is answered.
	Reload func() error
	// ReloadFailure returns why the last attempt to load the configuration failed, in words for everyone who may look
	// at the status page; nil if it did not.
	ReloadFailure func() error
	// Version stands on the status page.
	Version string
}

// NewHandler returns the handler of all the exporter's paths.
func NewHandler(o Options) (http.Handler, error) {
	if err := CheckMetricsPath(o.MetricsPath); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Reads == nil {
		o.Reads = prometheus.NewRegistry()
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = WriteTimeout
	}
	scrapes := newScrapeHandler(o)
	answers := newAnswers(o.MaxRequests, o.WriteTimeout)
	scrapeGate := newGate(o.MaxRequests, "scrapes are in flight, which is as many as --web.max-requests allows", answers)
	pageGate := newGate(maxPages, "pages are being prepared, which is as many as may be at a time", answers)

	mux := http.NewServeMux()
	handle := func(method, path string, h http.Handler) { mux.Handle(method+" "+o.Location.prefix+path, h) }
	scrape := func(path string, h http.Handler) { handle("GET", path, o.within(scrapes.timeout, h)) }
	// Outside the limit: refused scrapes count too.
	scrape(o.MetricsPath, promhttp.InstrumentMetricHandler(o.Registry, scrapeGate.handler(scrapes.metrics(!o.WithoutAccounts))))
	scrape("/probe", scrapeGate.handler(scrapes.probe()))
	handle("POST", "/-/refresh", o.within(scrapes.timeout, sameOrigin(o, scrapeGate.handler(scrapes.refresh()))))
	page := func(path string, h http.Handler) {
		handle("GET", path, o.within(atOnce, pageGate.handler(compressed(h))))
	}
	page("/{$}", status.NewPage(o.status()))
	page("/api/v1/status", status.NewAPI(o.status()))
	page("/sd", serveDiscovery(o.Accounts, o.Location))
	page("/config", serveConfig(o.Config))
	handle("GET", healthyPath, o.within(atOnce, healthy))
	handle("GET", readyPath, o.within(atOnce, ready))
	handle("POST", "/-/reload", o.within(reloading, sameOrigin(o, serveReload(o.Reload))))
	handle("GET", "/debug/pprof/", o.within(profiling, http.StripPrefix(o.Location.prefix, profiles(!o.WithoutProfiles))))
	if o.Location.prefix != "" {
		toPrefix := http.RedirectHandler(o.Location.prefix+"/", http.StatusFound)
		mux.Handle("GET /{$}", toPrefix)
		mux.Handle("GET "+o.Location.prefix, toPrefix)
	}
	return WithoutBody(withHeaders(mux)), nil
}

// status returns what the status page needs.
func (o Options) status() status.Options {
	return status.Options{
		Logger: o.Logger, Accounts: o.Accounts, Policy: defaultPolicy, MetricsPath: o.MetricsPath,
		WithoutAccounts: o.WithoutAccounts, WithoutProfiles: o.WithoutProfiles, Shard: o.Shard, Storage: o.Storage,
		ReloadFailure: o.ReloadFailure, Version: o.Version,
		Job: func(r *http.Request) string { return o.Location.job(r, o.MetricsPath, o.WithoutAccounts) },
	}
}

// WithoutBody leaves unread what a client sends after a request's header, for no path needs it, and closes the
// connection after the answer. net/http would wait for the body, to read it, for as long as the client takes.
func WithoutBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			w.Header().Set("Connection", "close")
			// What is no connection, such as a test's recorder, has no deadline.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now())
		}
		next.ServeHTTP(w, r)
	})
}

// taken are the paths of other pages.
var taken = []string{
	"/", "/probe", "/sd", "/config", healthyPath, readyPath, "/-/reload", "/-/refresh", "/api/v1/status", "/debug",
}

// CheckMetricsPath returns an error for what the mux does not take, and for what other pages have.
func CheckMetricsPath(p string) error {
	if !plainPath(p) {
		return fmt.Errorf("--web.telemetry-path=%s: want a plain path that begins with / and ends without, such as"+
			" /metrics", p)
	}
	if slices.Contains(taken, p) || strings.HasPrefix(p, "/debug/") {
		return fmt.Errorf("--web.telemetry-path=%s: another page has this path, choose another", p)
	}
	return nil
}

const (
	healthyPath = "/-/healthy"
	readyPath   = "/-/ready"
)

var (
	healthy = says("engage_exporter is healthy")
	ready   = says("engage_exporter is ready")
)

// HealthHandler returns the handler of a listener for health and readiness alone. Its paths have no prefix.
func HealthHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+healthyPath, healthy)
	mux.Handle("GET "+readyPath, ready)
	return WithoutBody(withHeaders(mux))
}

// says answers 200 with a line. Health and readiness never depend on a vendor: restarting the exporter would fix
// nothing there.
func says(line string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, line)
	}
}
