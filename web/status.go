package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"html/template"
	"net/http"
	"time"

	"github.com/go-kit/log/level"
)

var (
	//go:embed status.html
	statusHTML string
	//go:embed status.css
	statusCSS string

	statusTemplate = template.Must(template.New("status").Parse(statusHTML))
)

// statusPolicy lets the page do nothing but look as it does and send its own form: a script that gets into it does not
// run.
var statusPolicy = "default-src 'none'; style-src '" + sourceHash(statusCSS) + "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// sourceHash names a text as a Content-Security-Policy does.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// newStatusHandler shows people how every account is. To look at it reads nothing from a vendor.
func newStatusHandler(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		page := newStatusPage(o, o.Accounts().Status(now), parseStatusFilter(r.URL.Query()), now)
		var body bytes.Buffer // whole before the first byte is sent: half a page would not tell that it is half
		if err := statusTemplate.Execute(&body, page); err != nil {
			level.Error(o.Logger).Log("msg", "cannot make the status page: please report this as a bug", "err", err)
			http.Error(w, "cannot make the status page; the log says why", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		if h.Get("Content-Security-Policy") == defaultPolicy { // not set by --web.config.file
			h.Set("Content-Security-Policy", statusPolicy)
		}
		h.Set("Cache-Control", "no-store")
		_, _ = body.WriteTo(w) // who asked may have gone
	})
}
