package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// probe answers with the metrics of the one account that the parameter target names, and with debug=true with what stands behind them.
func (h *scrapeHandler) probe() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if len(query["target"]) != 1 {
			http.Error(w, "which account? Give one parameter target=VENDOR/ACCOUNT; /sd lists them", http.StatusBadRequest)
			return
		}
		debug := false
		if text := query.Get("debug"); text != "" {
			var err error
			if debug, err = strconv.ParseBool(text); err != nil {
				http.Error(w, fmt.Sprintf("debug=%q: want true or false", text), http.StatusBadRequest)
				return
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), scrapeTimeout(r, h.offset))
		defer cancel()
		accounts := h.accounts()
		target, ok := collector.ParseTarget(query.Get("target"))
		if !ok {
			http.Error(w, fmt.Sprintf("target %q: want VENDOR/ACCOUNT, such as getui/shop-android", bounded(query.Get("target"))), http.StatusNotFound)
			return
		}
		c, ok := accounts.BindTarget(ctx, target)
		if !ok {
			http.Error(w, fmt.Sprintf("unknown target %q: the configuration of this exporter (and shard) has no such account; /sd lists those that it has", bounded(target.String())), http.StatusNotFound)
			return
		}
		if !debug {
			h.expose(w, r, c)
			return
		}
		h.exposeWithDebug(w, c, func(began time.Time) {
			status, _ := accounts.StatusOf(target, time.Now())
			writeDebug(w, status, began)
		})
	})
}

// bounded keeps a text from the request from filling an answer or a log.
func bounded(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
