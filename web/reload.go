package web

import (
	"fmt"
	"net/http"
)

// ofThisSite refuses what a browser sends for a page of another site: someone who may reload could be lured there.
func ofThisSite(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "this request comes from a page of another site; send it from a command line or from this exporter's own address", http.StatusForbidden)
	}))
	return protection.Handler(next)
}

// serveReload reloads the configuration. What is wrong with it is in the answer, which is then not 200.
func serveReload(reload func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if reload == nil {
			http.Error(w, "reload over HTTP is off: start with --web.enable-lifecycle, or send SIGHUP", http.StatusForbidden)
			return
		}
		if err := reload(); err != nil {
			http.Error(w, fmt.Sprintf("the configuration stays as it was: %v", err), http.StatusInternalServerError)
			return
		}
		says("configuration reloaded")(w, nil)
	}
}
