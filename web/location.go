package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Location is where the exporter is reached. The zero value is reached under any address, at the root.
type Location struct {
	external *url.URL // nil if not known
	prefix   string   // of all paths; "" or "/engage"
}

// NewLocation returns the location of an external URL, "" if it is not known, and a prefix of all paths. An empty
// prefix is the path of the external URL, as in Prometheus.
func NewLocation(externalURL, routePrefix string) (Location, error) {
	var l Location
	if externalURL != "" {
		u, err := url.Parse(externalURL)
		if err != nil {
			return l, externalURLError(externalURL, withoutURL(err).Error()+", want "+wantedURL)
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return l, externalURLError(externalURL, "want "+wantedURL)
		}
		u.Path = strings.TrimSuffix(u.Path, "/")
		l.external = u
		if routePrefix == "" {
			routePrefix = u.Path
			if routePrefix != "" && !plainPath(routePrefix) {
				return l, externalURLError(externalURL, "want a plain path, such as /engage, or set --web.route-prefix")
			}
		}
	}
	if prefix := strings.Trim(routePrefix, "/"); prefix != "" {
		l.prefix = "/" + prefix
		if !plainPath(l.prefix) {
			return l, fmt.Errorf("--web.route-prefix=%s: want a plain path, such as /engage", routePrefix)
		}
	}
	return l, nil
}

const wantedURL = "http(s)://HOST[:PORT][/PATH] without user, query and fragment"

// externalURLError does not repeat a URL that may hold a password.
func externalURLError(externalURL, problem string) error {
	if strings.Contains(externalURL, "@") {
		return fmt.Errorf("--web.external-url (its value holds a user and is not shown): %s", problem)
	}
	return fmt.Errorf("--web.external-url=%s: %s", externalURL, problem)
}

// Prefix returns the prefix of all paths, "" or such as "/engage".
func (l Location) Prefix() string { return l.prefix }

// withoutURL returns the cause of an error of url.Parse, which repeats the whole URL.
func withoutURL(err error) error {
	if parse, ok := err.(*url.Error); ok { //nolint:errorlint // url.Parse returns it as it is
		return parse.Err
	}
	return err
}

// plainPath reports whether a path is absolute, clean, and has no character with a meaning for URLs or patterns.
func plainPath(p string) bool {
	return strings.HasPrefix(p, "/") && path.Clean(p) == p && !strings.ContainsAny(p, " {}?#%")
}

// isExternal reports whether a request came by the external URL.
func (l Location) isExternal(r *http.Request) bool {
	return l.external != nil && strings.EqualFold(l.external.Host, r.Host)
}

// probe returns how a client that sent the request reaches /probe.
func (l Location) probe(r *http.Request) (scheme, urlPath string) {
	if l.isExternal(r) {
		return l.external.Scheme, l.external.Path + "/probe"
	}
	if r.TLS != nil {
		return "https", l.prefix + "/probe"
	}
	return "http", l.prefix + "/probe"
}

// job returns how Prometheus scrapes this exporter, for prometheus.yml, at the address of a request: metricsPath, or each
// account by itself.
func (l Location) job(r *http.Request, metricsPath string, eachAccount bool) string {
	scheme, probe := l.probe(r)
	root := strings.TrimSuffix(probe, "/probe")
	host := strconv.Quote(bounded(r.Host))
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("scrape_configs:")
	line("  - job_name: engage")
	line("    scrape_interval: 1m")
	line("    scrape_timeout: 30s")
	if scheme != "http" {
		line("    scheme: %s", scheme)
	}
	if eachAccount {
		line("    metrics_path: %s", probe)
		line("    http_sd_configs:")
		line("      - url: %s", strconv.Quote(scheme+"://"+bounded(r.Host)+root+"/sd"))
		line("    relabel_configs:")
		line("      - {source_labels: [__param_target], target_label: instance}")
		return b.String()
	}
	if path := root + metricsPath; path != "/metrics" {
		line("    metrics_path: %s", path)
	}
	line("    static_configs:")
	line("      - targets: [%s]", host)
	return b.String()
}

// hosts are the names under which a request may change something.
type hosts struct {
	location Location
	listen   []string // without ports
}

func newHosts(l Location, listenAddresses []string) hosts {
	h := hosts{location: l}
	for _, address := range listenAddresses {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
			h.listen = append(h.listen, host)
		}
	}
	return h
}

// allows reports whether the request names this exporter: by the external URL, by a name that it listens on, by
// localhost or by an IP address. Any other name may be one of another site that has been made to lead here.
func (h hosts) allows(r *http.Request) bool {
	if h.location.isExternal(r) {
		return true
	}
	host := (&url.URL{Host: r.Host}).Hostname()
	if _, err := netip.ParseAddr(host); err == nil || strings.EqualFold(host, "localhost") {
		return true
	}
	for _, name := range h.listen {
		if strings.EqualFold(name, host) {
			return true
		}
	}
	return false
}
