package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // scrapers that ask for zstd get it

	"github.com/engage-exporter/engage_exporter/collector"
)

// metricsHandler answers scrapes: the exporter's own metrics and those of all accounts. It answers 200 also when every vendor fails, and before the scraper's timeout.
type metricsHandler struct {
	own      *prometheus.Registry
	accounts func() *collector.Set // nil gives the exporter's own metrics alone
	offset   time.Duration
	logger   log.Logger
}

func (h *metricsHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), scrapeTimeout(r, h.offset))
	defer cancel()

	// One registry for each scrape: its collectors know this scrape's deadline. The exporter's own metrics take part as a collector of their own, which is
	// cheaper than to gather twice and merge.
	registry := prometheus.NewRegistry()
	collectors := []prometheus.Collector{h.own}
	if h.accounts != nil {
		collectors = append(collectors, h.accounts().Bind(ctx)...)
	}
	for _, c := range collectors {
		if err := registry.Register(c); err != nil {
			level.Error(h.logger).Log("msg", "cannot expose metrics: please report this as a bug", "err", err)
			http.Error(w, "cannot expose metrics: "+err.Error(), http.StatusInternalServerError)
			return
		}
	}
	promhttp.HandlerFor(registry, h.options()).ServeHTTP(w, r)
}

func (h *metricsHandler) options() promhttp.HandlerOpts {
	return promhttp.HandlerOpts{
		ErrorLog:          promhttpLogger{h.logger},
		ErrorHandling:     promhttp.ContinueOnError, // one bad family must not take the page down
		Registry:          h.own,
		EnableOpenMetrics: true,
	}
}

// register makes promhttp register its own metrics before the first scrape does: a registry that is being gathered must not grow.
func (h *metricsHandler) register() { promhttp.HandlerFor(h.own, h.options()) }

// promhttpLogger gives promhttp's errors to the log.
type promhttpLogger struct{ logger log.Logger }

func (l promhttpLogger) Println(v ...any) {
	level.Error(l.logger).Log("msg", "metrics handler", "err", strings.TrimSpace(fmt.Sprintln(v...)))
}
