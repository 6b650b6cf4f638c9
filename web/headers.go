package web

import "net/http"

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
