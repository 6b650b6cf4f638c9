package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// probe answers with the metrics of the one account that the parameter target names, and with debug=true with what
// stands behind them.
func (h *scrapeHandler) probe() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if len(query["target"]) != 1 {
			http.Error(w, "set the parameter target=VENDOR/ACCOUNT once; /sd lists the accounts", http.StatusBadRequest)
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
		target, ok := poll.ParseTarget(query.Get("target"))
		if !ok {
			http.Error(w, fmt.Sprintf("target %q: want VENDOR/ACCOUNT, such as getui/shop-android", bounded(query.Get("target"))), http.StatusNotFound)
			return
		}
		began := time.Now()
		accounts, page, ok := h.gatherTarget(ctx, target)
		if !ok {
			http.Error(w, fmt.Sprintf("unknown target %q: the configuration of this exporter (and shard) has no such account; /sd lists those that it has", bounded(target.String())), http.StatusNotFound)
			return
		}
		if !debug {
			h.expose(w, r, func(encodeFunc) (collector.Page, []encodedFamily, error) { return page, nil, nil })
			return
		}
		h.exposeWithDebug(w, page, func(w io.Writer) {
			status, ok := accounts.StatusOf(target, time.Now())
			if !ok { // the set was replaced before it was bound
				status, _ = h.accounts().StatusOf(target, time.Now())
			}
			writeDebug(w, status, began)
		})
	})
}

// gatherTarget returns the account's metrics and the set that has the account; false if the configuration in force has
// no such account. One that a reload has just brought is found in the second attempt, with the set in use by then.
func (h *scrapeHandler) gatherTarget(ctx context.Context, target poll.Target) (
	accounts *collector.Set, page collector.Page, ok bool,
) {
	accounts = h.accounts()
	if page, ok = accounts.GatherTarget(ctx, target); ok {
		return accounts, page, true
	}
	accounts = h.accounts()
	page, ok = accounts.GatherTarget(ctx, target)
	return accounts, page, ok
}

// bounded keeps a text from the request from filling an answer or a log.
func bounded(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
