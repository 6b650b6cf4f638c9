package config

import (
	"context"
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
func defaultHTTPClient() *promconfig.HTTPClientConfig {
	c := promconfig.DefaultHTTPClientConfig
	c.FollowRedirects = false
	return &c
}

// forbiddenHTTPClientKeys are those keys of prometheus/common's HTTPClientConfig
// that would send credentials beside the account's own: a vendor would learn
// them, or find two Authorization headers in one request. Those of a proxy
// belong in proxy_url or proxy_connect_header.
var forbiddenHTTPClientKeys = []string{"authorization", "basic_auth", "bearer_token", "bearer_token_file", "oauth2"}

// forbiddenTLSKeys name secrets of a secret manager, which this exporter has not.
var forbiddenTLSKeys = []string{"ca_ref", "cert_ref", "key_ref"}

// httpClient returns an HTTP client's configuration, def if the file sets none.
// What the file sets starts from the defaults, not from def.
func (v Value) httpClient(def *promconfig.HTTPClientConfig) *promconfig.HTTPClientConfig {
	if v.Absent() || v.Null() {
		return def
	}
	before := v.d.mistakes()
	m := v.Mapping()
	c := defaultHTTPClient()
	for _, name := range forbiddenHTTPClientKeys {
		m.forbid(name, "an account's credentials are the vendor's own keys")
	}
	if follow := m.Get("follow_redirects"); follow.Flag(false) {
		follow.Report("want false: redirects are never followed")
	}
	c.EnableHTTP2 = m.Get("enable_http2").Flag(c.EnableHTTP2)
	c.TLSConfig = m.Get("tls_config").tls()
	c.ProxyURL = m.Hidden("proxy_url").proxyURL()
	c.NoProxy = m.Get("no_proxy").Text(Printable)
	c.ProxyFromEnvironment = m.Get("proxy_from_environment").Flag(false)
	c.ProxyConnectHeader = m.Hidden("proxy_connect_header").proxyHeaders()
	c.HTTPHeaders = m.Get("http_headers").headers()
	m.Done()
	if v.d.mistakes() == before {
		if err := c.Validate(); err != nil {
			v.Report("%v", err)
		}
	}
	return c
}

func (v Value) tls() promconfig.TLSConfig {
	before := v.d.mistakes()
	m := v.Mapping()
	for _, name := range forbiddenTLSKeys {
		m.forbid(name, "secret managers are not supported, use the file or the text")
	}
	c := promconfig.TLSConfig{
		CA:                 m.Hidden("ca").Text(),
		CAFile:             m.Get("ca_file").readablePath(),
		Cert:               m.Hidden("cert").Text(),
		CertFile:           m.Get("cert_file").readablePath(),
		Key:                promconfig.Secret(m.Hidden("key").Text()),
		KeyFile:            m.Get("key_file").readablePath(),
		ServerName:         m.Get("server_name").Text(OneWord),
		InsecureSkipVerify: m.Get("insecure_skip_verify").Flag(false),
		MinVersion:         m.Get("min_version").tlsVersion(),
		MaxVersion:         m.Get("max_version").tlsVersion(),
	}
	m.Done()
	if v.d.mistakes() == before {
		// A wrong certificate is better found now than when the first request is due.
		byName, files := v.d.files.TLSConfig(c)
		if _, err := promconfig.NewTLSConfig(&byName, files); err != nil {
			message := err.Error()
			public := message
			for _, path := range []string{c.CAFile, c.CertFile, c.KeyFile} {
				if path != "" {
					message = strings.ReplaceAll(message, "ref "+path, "file "+path)
					public = strings.ReplaceAll(public, "ref "+path, "file …")
				}
			}
			v.reportPublic(message, public)
		}
	}
	return c
}

func (v Value) tlsVersion() promconfig.TLSVersion {
	name := v.Text()
	if name == "" {
		return 0
	}
	version, ok := promconfig.TLSVersions[name]
	if !ok {
		v.Report("want one of %s, got %s",
			strings.Join(slices.Sorted(maps.Keys(promconfig.TLSVersions)), ", "), v.got())
	}
	return version
}

func (v Value) proxyURL() promconfig.URL {
	text := v.Text(Printable)
	if text == "" {
		return promconfig.URL{}
	}
	// The errors of url.Parse repeat parts of what may be a password.
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || !validPort(u.Port()) ||
		!slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		v.Report("want an http, https, socks5 or socks5h URL such as http://proxy.example:3128")
		return promconfig.URL{}
	}
	return promconfig.URL{URL: u}
}

// proxyHeaders returns the headers for a proxy's CONNECT. Their values are hidden
// as the mapping is.
func (v Value) proxyHeaders() promconfig.ProxyHeader {
	m := v.Mapping()
	var headers promconfig.ProxyHeader
	for _, name := range m.all() {
		item := m.Get(name)
		if problem := HeaderName(name); problem != "" {
			item.ReportKey("%s", problem)
		}
		if headers == nil {
			headers = promconfig.ProxyHeader{}
		}
		headers[name] = secrets(item.Texts(Printable))
	}
	return headers
}

// headers returns the headers that are added to each request.
func (v Value) headers() *promconfig.Headers {
	m := v.Mapping()
	if len(m.names) == 0 {
		return nil
	}
	headers := &promconfig.Headers{Headers: map[string]promconfig.Header{}}
	for _, name := range m.all() {
		item := m.Get(name)
		if problem := HeaderName(name); problem != "" {
			item.ReportKey("%s", problem)
		}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if _, reserved := promconfig.ReservedHeaders[canonical]; reserved || slices.Contains(v.d.reservedHeaders, canonical) {
			item.ReportKey("not allowed: the exporter sets this header itself")
		}
		fields := item.Mapping()
		header := promconfig.Header{
			Values:  fields.Hidden("values").Texts(Printable),
			Secrets: secrets(fields.Hidden("secrets").Texts(Printable)),
		}
		for _, file := range fields.Get("files").List("files") {
			header.Files = append(header.Files, file.readablePath())
		}
		fields.Done()
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

// HeaderName is the Rule for a name of an HTTP header. With one that HTTP does not allow, each request would fail.
func HeaderName(name string) string {
	valid := name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}) < 0
	if !valid {
		return "not a valid name of an HTTP header"
	}
	return ""
}

// maskedHTTPClient returns c as an effective configuration shows it.
func maskedHTTPClient(configured *promconfig.HTTPClientConfig) promconfig.HTTPClientConfig {
	c := *configured
	// promconfig marshals its secrets as <secret> by itself, unless a global
	// switch says otherwise; it prints the values of headers in any case.
	if c.TLSConfig.Key != "" {
		c.TLSConfig.Key = SecretMask
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
			shown[name] = slices.Repeat([]promconfig.Secret{SecretMask}, len(values))
		}
		c.ProxyConnectHeader = shown
	}
	if c.HTTPHeaders != nil {
		shown := &promconfig.Headers{Headers: map[string]promconfig.Header{}}
		for name, h := range c.HTTPHeaders.Headers {
			shown.Headers[name] = promconfig.Header{
				Values:  slices.Repeat([]string{SecretMask}, len(h.Values)),
				Secrets: slices.Repeat([]promconfig.Secret{SecretMask}, len(h.Secrets)),
				Files:   h.Files,
			}
		}
		c.HTTPHeaders = shown
	}
	return c
}

// TLSConfig returns a TLS configuration whose files are names that the secret manager looks up: prometheus/common would
// read them itself, without a bound on their size or on the time that it takes.
func (f *Files) TLSConfig(c promconfig.TLSConfig) (promconfig.TLSConfig, promconfig.SecretManagerOption) {
	c.CARef, c.CAFile = c.CAFile, ""
	c.CertRef, c.CertFile = c.CertFile, ""
	c.KeyRef, c.KeyFile = c.KeyFile, ""
	return c, promconfig.WithSecretManager(secretManager{f})
}

// secretManager makes files the secrets of prometheus/common, by their paths.
type secretManager struct{ files *Files }

// Fetch returns the text of a file.
func (s secretManager) Fetch(_ context.Context, path string) (string, error) {
	return s.files.Read(path)
}
