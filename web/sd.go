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
// under the address at which it was asked, with the account as a parameter.
func serveDiscovery(accounts func() *collector.Set) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "" {
			http.Error(w, "under which address is this exporter? The request has no header Host, which each target would have for its address", http.StatusBadRequest)
			return
		}
		groups := []targetGroup{} // null would be no list
		for _, t := range accounts().Targets() {
			groups = append(groups, targetGroup{
				Targets: []string{r.Host},
				Labels: map[string]string{
					"__param_target":        t.String(),
					"__meta_engage_vendor":  t.Vendor,
					"__meta_engage_account": t.Account,
				},
			})
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
