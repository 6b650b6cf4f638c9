package web

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// defaultPolicy is the Content-Security-Policy of every answer that has no markup.
const defaultPolicy = "default-src 'none'; frame-ancestors 'none'"

// withHeaders keeps browsers from making more of an answer than it is. Headers of --web.config.file, which are set
// already, are left as they are.
func withHeaders(next http.Handler) http.Handler {
	defaults := map[string]string{
		"X-Content-Type-Options":  "nosniff",
		"X-Frame-Options":         "DENY",
		"Referrer-Policy":         "no-referrer",
		"Content-Security-Policy": defaultPolicy,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range defaults {
			if h.Get(name) == "" {
				h.Set(name, value)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin lets only requests through that no page of another site can have sent: neither one that names itself, nor
// one whose name has been made to lead here (DNS rebinding).
func sameOrigin(o Options, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "this request comes from a page of another site; send it from a command line or from this exporter's own address", http.StatusForbidden)
	}))
	allowed := newHosts(o.Location, o.ListenAddresses)
	return protection.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allowed.allows(r) {
			http.Error(w, fmt.Sprintf("the request names the host %q, which is not known to be this exporter; use its IP address"+
				" or localhost, or start it with --web.external-url", bounded(r.Host)), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// compressed compresses the answers of next with gzip or zstd, as the client asks for.
func compressed(next http.Handler) http.Handler { return gzhttp.GzipHandler(next) }
