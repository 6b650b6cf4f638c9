package web

import (
	"fmt"
	"net/http"
)

// serveConfig answers with the configuration in force, without its secrets.
func serveConfig(masked func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := masked()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(text)
	}
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
