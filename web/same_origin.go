package web

import (
	"fmt"
	"net/http"
)

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
