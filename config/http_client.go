package config

import (
	"maps"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	promconfig "github.com/prometheus/common/config"
)

// defaultHTTPClient is the HTTP client of an account for which the file sets
// none. Redirects stay off: the vendors' APIs answer themselves, and a request
// that follows one would carry its token to another host.
func defaultHTTPClient() promconfig.HTTPClientConfig {
	c := promconfig.DefaultHTTPClientConfig
	c.FollowRedirects = false
	return c
}

// forbiddenHTTPClientKeys are those keys of prometheus/common's HTTPClientConfig
// that would send credentials beside the account's own: a vendor would learn
// them, or find two Authorization headers in one request. Those of a proxy
// belong in proxy_url or proxy_connect_header.
var forbiddenHTTPClientKeys = []string{"authorization", "basic_auth", "bearer_token", "bearer_token_file", "oauth2"}

// forbiddenTLSKeys name secrets of a secret manager, which this exporter has not.
var forbiddenTLSKeys = []string{"ca_ref", "cert_ref", "key_ref"}

// vendorHeaders are the request headers, in canonical form, that the vendors'
// clients set, beside those that prometheus/common reserves: Adspect's
// Authorization and Content-Type are among these. Polyv signs the query, and
// Sensors Data has its secret there.
var vendorHeaders = []string{
	"Token",                                           // GeTui
	"Appkey", "Appid", "Nonce", "Curtime", "Checksum", // Quanshi
}

// httpClient returns an HTTP client's configuration, def if the file sets none.
// What the file sets starts from the defaults, not from def.
func (v value) httpClient(def promconfig.HTTPClientConfig) promconfig.HTTPClientConfig {
	if v.absent() || v.null() {
		return def
	}
	before := len(v.d.errors)
	m := v.mapping()
	c := defaultHTTPClient()
	for _, name := range forbiddenHTTPClientKeys {
		m.forbid(name, "an account's credentials are the vendor's own keys")
	}
	if follow := m.get("follow_redirects"); follow.flag(false) {
		follow.report("want false: redirects are never followed")
	}
	c.EnableHTTP2 = m.get("enable_http2").flag(c.EnableHTTP2)
	c.TLSConfig = m.get("tls_config").tls()
	c.ProxyURL = m.hiddenKey("proxy_url").proxyURL()
	c.NoProxy = m.get("no_proxy").text(printable)
	c.ProxyFromEnvironment = m.get("proxy_from_environment").flag(false)
	c.ProxyConnectHeader = m.hiddenKey("proxy_connect_header").proxyHeaders()
	c.HTTPHeaders = m.get("http_headers").headers()
	m.done()
	if len(v.d.errors) == before {
		if err := c.Validate(); err != nil {
			v.report("%v", err)
		}
	}
	return c
}

func (v value) tls() promconfig.TLSConfig {
	before := len(v.d.errors)
	m := v.mapping()
	for _, name := range forbiddenTLSKeys {
		m.forbid(name, "there is no secret manager to ask, give the file or the text")
	}
	c := promconfig.TLSConfig{
		CA:                 m.hiddenKey("ca").text(),
		CAFile:             m.get("ca_file").readablePath(),
		Cert:               m.hiddenKey("cert").text(),
		CertFile:           m.get("cert_file").readablePath(),
		Key:                promconfig.Secret(m.hiddenKey("key").text()),
		KeyFile:            m.get("key_file").readablePath(),
		ServerName:         m.get("server_name").text(oneWord),
		InsecureSkipVerify: m.get("insecure_skip_verify").flag(false),
		MinVersion:         m.get("min_version").tlsVersion(),
		MaxVersion:         m.get("max_version").tlsVersion(),
	}
	m.done()
	if len(v.d.errors) == before {
		// A wrong certificate is better found now than when the first request is due.
		if _, err := promconfig.NewTLSConfig(&c); err != nil {
			public := err.Error()
			for _, path := range []string{c.CAFile, c.CertFile, c.KeyFile} {
				if path != "" {
					public = strings.ReplaceAll(public, path, "…")
				}
			}
			v.reportPublic(err.Error(), public)
		}
	}
	return c
}

func (v value) tlsVersion() promconfig.TLSVersion {
	name := v.text()
	if name == "" {
		return 0
	}
	version, ok := promconfig.TLSVersions[name]
	if !ok {
		v.report("want one of %s, got %s",
			strings.Join(slices.Sorted(maps.Keys(promconfig.TLSVersions)), ", "), v.got())
	}
	return version
}

func (v value) proxyURL() promconfig.URL {
	text := v.text(printable)
	if text == "" {
		return promconfig.URL{}
	}
	// The errors of url.Parse repeat parts of what may be a password.
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || !validPort(u.Port()) ||
		!slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		v.report("want an http, https, socks5 or socks5h URL such as http://proxy.example:3128")
		return promconfig.URL{}
	}
	return promconfig.URL{URL: u}
}

// proxyHeaders returns the headers for a proxy's CONNECT. Their values are hidden
// as the mapping is.
func (v value) proxyHeaders() promconfig.ProxyHeader {
	m := v.mapping()
	var headers promconfig.ProxyHeader
	for _, name := range m.all() {
		item := m.get(name)
		if problem := headerName(name); problem != "" {
			item.report("%s", problem)
		}
		if headers == nil {
			headers = promconfig.ProxyHeader{}
		}
		headers[name] = secrets(item.texts(printable))
	}
	return headers
}

// headers returns the headers that are added to each request.
func (v value) headers() *promconfig.Headers {
	m := v.mapping()
	if len(m.names) == 0 {
		return nil
	}
	headers := &promconfig.Headers{Headers: map[string]promconfig.Header{}}
	for _, name := range m.all() {
		item := m.get(name)
		if problem := headerName(name); problem != "" {
			item.report("%s", problem)
		}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if _, reserved := promconfig.ReservedHeaders[canonical]; reserved || slices.Contains(vendorHeaders, canonical) {
			item.report("not allowed: the exporter sets this header itself")
		}
		fields := item.mapping()
		header := promconfig.Header{
			Values:  fields.hiddenKey("values").texts(printable),
			Secrets: secrets(fields.hiddenKey("secrets").texts(printable)),
		}
		for _, file := range fields.get("files").list("files") {
			header.Files = append(header.Files, file.readablePath())
		}
		fields.done()
		headers.Headers[name] = header
	}
	return headers
}

func secrets(texts []string) []promconfig.Secret {
	var s []promconfig.Secret
	for _, text := range texts {
		s = append(s, promconfig.Secret(text))
	}
	return s
}

// headerName refuses a name that HTTP does not allow: each request would fail.
func headerName(name string) string {
	valid := name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}) < 0
	if !valid {
		return "no valid name of an HTTP header"
	}
	return ""
}

// maskedHTTPClient returns c as an effective configuration shows it.
func maskedHTTPClient(c promconfig.HTTPClientConfig) promconfig.HTTPClientConfig {
	// promconfig marshals its secrets as <secret> by itself, unless a global
	// switch says otherwise; it prints the values of headers in any case.
	if c.TLSConfig.Key != "" {
		c.TLSConfig.Key = secretText
	}
	if u := c.ProxyURL.URL; u != nil && u.User != nil {
		shown := *u
		// url.User would escape the brackets of <secret>.
		shown.User = url.User("xxxxx")
		c.ProxyURL.URL = &shown
	}
	if c.ProxyConnectHeader != nil {
		shown := promconfig.ProxyHeader{}
		for name, values := range c.ProxyConnectHeader {
			shown[name] = slices.Repeat([]promconfig.Secret{secretText}, len(values))
		}
		c.ProxyConnectHeader = shown
	}
	if c.HTTPHeaders != nil {
		shown := &promconfig.Headers{Headers: map[string]promconfig.Header{}}
		for name, h := range c.HTTPHeaders.Headers {
			shown.Headers[name] = promconfig.Header{
				Values:  slices.Repeat([]string{secretText}, len(h.Values)),
				Secrets: slices.Repeat([]promconfig.Secret{secretText}, len(h.Secrets)),
				Files:   h.Files,
			}
		}
		c.HTTPHeaders = shown
	}
	return c
}
