package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/engage-exporter/engage_exporter/web/status"
)

// refresh refreshes what is due, as a scrape does, and waits as a scrape does. A browser is then sent to the status
// page.
func (h *scrapeHandler) refresh() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), h.timeout(r))
		defer cancel()
		h.accounts().Refresh(ctx)
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			// Relative, for a proxy may have removed a prefix. The status page's filter is kept.
			w.Header().Set("Location", "."+status.Address(r.URL.Query()))
			w.WriteHeader(http.StatusSeeOther)
			return
		}
		says("what was due has been refreshed")(w, r)
	})
}
