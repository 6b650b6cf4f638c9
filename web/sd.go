package web

import (
	"encoding/json"
	"net/http"

	"github.com/engage-exporter/engage_exporter/collector"
)

// targetGroup is an element of what Prometheus' http_sd_configs reads.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// serveDiscovery answers with the accounts of this exporter as targets for Prometheus: each is this exporter itself,
// under the address of the request, with the account as a parameter. Scheme and path of the probe are set where they
// are not the usual http and /probe.
func serveDiscovery(accounts func() *collector.Set, location Location) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "" {
			http.Error(w, "the request has no Host header, which is the address of the targets: send one", http.StatusBadRequest)
			return
		}
		scheme, path := location.probe(r)
		groups := []targetGroup{} // null would be no list
		for _, t := range accounts().Targets() {
			labels := map[string]string{
				"__param_target":        t.String(),
				"__meta_engage_vendor":  t.Vendor,
				"__meta_engage_account": t.Account,
			}
			if scheme != "http" {
				labels["__scheme__"] = scheme
			}
			if path != "/probe" {
				labels["__metrics_path__"] = path
			}
			groups = append(groups, targetGroup{Targets: []string{r.Host}, Labels: labels})
		}
		body, err := json.Marshal(groups)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body)
	}
}
