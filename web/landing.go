package web

import (
	"net/http"

	"github.com/prometheus/exporter-toolkit/web"
)

// landingPage is what a browser finds at /.
func landingPage(o Options) (http.Handler, error) {
	return web.NewLandingPage(web.LandingConfig{
		Name:        "engage_exporter",
		Description: "Prometheus exporter for customer-engagement services",
		Version:     o.Version,
		Links: []web.LandingLinks{
			{Address: o.MetricsPath, Text: "Metrics", Description: "what Prometheus scrapes"},
			{Address: "/-/healthy", Text: "Health", Description: "the process answers"},
			{Address: "/-/ready", Text: "Readiness", Description: "the configuration is loaded"},
		},
	})
}
