package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
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
			return l, fmt.Errorf("external URL: %w", withoutURL(err))
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return l, fmt.Errorf("external URL: want http(s)://HOST[:PORT][/PATH] without user, query and fragment")
		}
		u.Path = strings.TrimSuffix(u.Path, "/")
		l.external = u
		if routePrefix == "" {
			routePrefix = u.Path
		}
	}
	if prefix := strings.Trim(routePrefix, "/"); prefix != "" {
		l.prefix = "/" + prefix
		if !plainPath(l.prefix) {
			return l, fmt.Errorf("route prefix %q: want a plain path, such as /engage", routePrefix)
		}
	}
	return l, nil
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
