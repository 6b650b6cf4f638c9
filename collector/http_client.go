package collector

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	promconfig "github.com/prometheus/common/config"

	"github.com/engage-exporter/engage_exporter/config"
)

// pool holds the connections of all accounts with the same http_client.
type pool struct {
	config  promconfig.HTTPClientConfig
	tripper http.RoundTripper
}

// closeIdle closes the connections that are not in use.
func (p *pool) closeIdle() {
	if idle, ok := p.tripper.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// pool returns the connections for an http_client; accounts with the same one share them.
func (b *builder) pool(cfg promconfig.HTTPClientConfig) (*pool, error) {
	for _, p := range b.pools {
		if reflect.DeepEqual(p.config, cfg) {
			return p, nil
		}
	}
	p := &pool{config: cfg, tripper: b.o.RoundTripper}
	if p.tripper == nil {
		var options []promconfig.HTTPClientOption
		if b.o.DialContext != nil {
			options = append(options, promconfig.WithDialContextFunc(b.o.DialContext))
		}
		var err error
		if p.tripper, err = newRoundTripper(cfg, b.cfg.Files(), options); err != nil {
			return nil, err
		}
	}
	b.pools = append(b.pools, p)
	return p, nil
}

// newRoundTripper returns what sends requests as an http_client says. The files that it names are read for each
// request, by files.
func newRoundTripper(
	cfg promconfig.HTTPClientConfig, files *config.Files, options []promconfig.HTTPClientOption,
) (http.RoundTripper, error) {
	headers := cfg.HTTPHeaders
	if headers != nil {
		inline := make(map[string]promconfig.Header)
		for name, header := range headers.Headers {
			inline[name] = promconfig.Header{Values: header.Values, Secrets: header.Secrets}
		}
		cfg.HTTPHeaders = &promconfig.Headers{Headers: inline}
	}
	tls, fromFiles := files.TLSConfig(cfg.TLSConfig)
	cfg.TLSConfig = tls
	tripper, err := promconfig.NewRoundTripperFromConfig(cfg, "engage_exporter", append(options, fromFiles)...)
	if err != nil || headers == nil {
		return tripper, err
	}
	return &headerFiles{headers: headers.Headers, files: files, next: tripper}, nil
}

// headerFiles adds to requests the headers whose values stand in files.
type headerFiles struct {
	headers map[string]promconfig.Header
	files   *config.Files
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (h *headerFiles) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, header := range h.headers {
		for _, file := range header.Files {
			value, err := h.files.Read(file)
			if err != nil {
				return nil, fmt.Errorf("header %s of http_client: %w", name, err)
			}
			r.Header.Add(name, strings.TrimSpace(value))
		}
	}
	return h.next.RoundTrip(r)
}

// CloseIdleConnections closes the connections that are not in use.
func (h *headerFiles) CloseIdleConnections() {
	if idle, ok := h.next.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// usedPools returns the pools that the set's accounts use.
func (b *builder) usedPools(s *Set) []*pool {
	used := make(map[*pool]bool)
	for _, a := range s.accounts() {
		used[a.pool] = true
	}
	return slices.DeleteFunc(b.pools, func(p *pool) bool { return !used[p] })
}

// httpClientSecrets are what an http_client sends that must not stand in any text: a proxy or a gateway may quote it in
// its answer.
func httpClientSecrets(cfg promconfig.HTTPClientConfig, files *config.Files) []string {
	var secrets []string
	for _, proxy := range proxies(cfg) {
		if proxy.User == nil {
			continue
		}
		user := proxy.User.Username()
		if password, ok := proxy.User.Password(); ok {
			secrets = append(secrets, password, user+":"+password)
		} else {
			secrets = append(secrets, user)
		}
	}
	for _, values := range cfg.ProxyConnectHeader {
		for _, v := range values {
			secrets = append(secrets, string(v))
		}
	}
	if cfg.HTTPHeaders == nil {
		return secrets
	}
	for _, header := range cfg.HTTPHeaders.Headers {
		secrets = append(secrets, header.Values...)
		for _, v := range header.Secrets {
			secrets = append(secrets, string(v))
		}
		for _, file := range header.Files {
			if text, err := files.Read(file); err == nil {
				secrets = append(secrets, strings.TrimSpace(text))
			}
		}
	}
	return secrets
}

// proxies returns the proxies that an http_client may use.
func proxies(cfg promconfig.HTTPClientConfig) []*url.URL {
	if !cfg.ProxyFromEnvironment {
		if cfg.ProxyURL.URL == nil {
			return nil
		}
		return []*url.URL{cfg.ProxyURL.URL}
	}
	var all []*url.URL
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		text := os.Getenv(name)
		proxy, err := url.Parse(text)
		if err != nil || proxy.Host == "" { // net/http takes it for one of the scheme http
			proxy, err = url.Parse("http://" + text)
		}
		if err == nil {
			all = append(all, proxy)
		}
	}
	return all
}
