package simulator

import (
	"fmt"
	"net/http"
	"strings"
)

// serveIndex writes a page for people: the vendors and their accounts.
func (s *Simulator) serveIndex(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "Simulated vendors' APIs, each with its accounts:")
	for _, name := range vendorNames() {
		fmt.Fprintf(w, "  /%s/  %s\n", name, strings.Join(s.vendors[name].Accounts(), ", "))
	}
	fmt.Fprintln(w, "GET, POST and DELETE /-/faults control their faults.")
}
