// Package status is the status page: how every account is, for people to read.
package status

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/collector"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

// pageTemplate returns the template of the page. It is parsed when the page is first asked for: that takes 2 ms and 0.2
// MB, and most processes never show it.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("status").Parse(pageHTML))
})

// pagePolicy lets the page do nothing but look as it does and send its own form: a script that gets into it does not
// run.
var pagePolicy = "default-src 'none'; style-src '" + sourceHash(pageCSS) + "'; img-src data:; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// sourceHash names a text as a Content-Security-Policy does.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Options are what the status page shows beside the accounts.
type Options struct {
	// Logger gets what goes wrong while the page is made.
	Logger log.Logger
	// Accounts returns the current collectors.
	Accounts func() *collector.Set
	// Policy is the Content-Security-Policy that the page's own replaces. Another one, of --web.config.file, stays.
	Policy string
	// MetricsPath is where the metrics are, with a leading slash.
	MetricsPath string
	// WithoutAccounts is set where MetricsPath has only the exporter's own metrics.
	WithoutAccounts bool
	// WithoutProfiles is set where /debug/pprof/ is off.
	WithoutProfiles bool
	// Shard is this exporter's part of the accounts, such as "1/4"; "" if it has all.
	Shard string
	// Storage returns how the accounts' state is stored; nil if it is not.
	Storage func() collector.StorageStatus
	// ReloadFailure returns why the last attempt to load the configuration failed; nil if it did not.
	ReloadFailure func() error
	// Job returns the scrape job of this exporter for prometheus.yml, with the address that the request names.
	Job func(*http.Request) string
	// Version is the exporter's.
	Version string
}

// NewPage returns the handler of the status page. To look at it reads nothing from a vendor.
func NewPage(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := parseFilter(r.URL.Query())
		shown := newPage(o, newReport(o, time.Now()), f, r)
		var body bytes.Buffer // whole before the first byte is sent: half a page would not tell that it is half
		if err := pageTemplate().Execute(&body, shown); err != nil {
			level.Error(o.Logger).Log("msg", "cannot make the status page: please report this as a bug", "err", err)
			http.Error(w, "cannot make the status page; the log says why", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", shown.Say.Lang)
		h.Add("Vary", "Accept-Language")
		if h.Get("Content-Security-Policy") == o.Policy {
			h.Set("Content-Security-Policy", pagePolicy)
		}
		h.Set("Cache-Control", "no-store")
		_, _ = body.WriteTo(w) // who asked may have gone
	})
}

// NewAPI returns the handler of what the status page shows, as JSON: of all accounts, or of those that the parameters
// vendor, search and failing of the status page leave.
func NewAPI(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report, f := newReport(o, time.Now()), parseFilter(r.URL.Query())
		report.Accounts = f.accounts(report.Accounts)
		if f.Failing {
			report.Accounts = onlyAttention(report.Accounts)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if err := json.MarshalWrite(w, report); err != nil && r.Context().Err() == nil {
			level.Debug(o.Logger).Log("msg", "the status was not sent to its end", "err", err)
		}
	})
}

// Address returns the address of the status page with the filter of a query, relative to the page.
func Address(query url.Values) string { return parseFilter(query).address() }
