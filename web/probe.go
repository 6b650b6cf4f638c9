package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
		ctx, cancel := context.WithTimeout(r.Context(), h.timeout(r))
		defer cancel()
		target, ok := collector.ParseTarget(query.Get("target"))
		if !ok {
			http.Error(w, fmt.Sprintf("target %q: want VENDOR/ACCOUNT, such as getui/shop-android", bounded(query.Get("target"))), http.StatusNotFound)
			return
		}
		accounts, c, ok := h.bindTarget(ctx, target)
		if !ok {
			http.Error(w, fmt.Sprintf("unknown target %q: the configuration of this exporter (and shard) has no such account; /sd lists those that it has", bounded(target.String())), http.StatusNotFound)
			return
		}
		if !debug {
			h.expose(w, r, c)
			return
		}
		h.exposeWithDebug(w, r, c, func(w io.Writer, began time.Time) {
			status, ok := accounts.StatusOf(target, time.Now())
			if !ok { // the set was replaced before it was bound
				status, _ = h.accounts().StatusOf(target, time.Now())
			}
			writeDebug(w, status, began)
		})
	})
}

// bindTarget gives the account's collector and the set that has the account; false if the configuration in force has no such account. One that a reload has just brought is found in the
// second attempt, with the set in use by then.
func (h *scrapeHandler) bindTarget(ctx context.Context, target collector.Target) (accounts *collector.Set, c prometheus.Collector, ok bool) {
	accounts = h.accounts()
	if c, ok = accounts.BindTarget(ctx, target); ok {
		return accounts, c, true
	}
	accounts = h.accounts()
	c, ok = accounts.BindTarget(ctx, target)
	return accounts, c, ok
}

// bounded keeps a text from the request from filling an answer or a log.
func bounded(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
