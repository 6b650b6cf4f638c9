package collector

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// pool holds the connections of all accounts with the same http_client.
type pool struct {
	config      *promconfig.HTTPClientConfig
	tripper     http.RoundTripper
	connections *transport.Connections // nil where Options.RoundTripper stands in for the network
}

// closeIdle closes the connections that are not in use, and the others once their requests have ended.
func (p *pool) closeIdle() {
	if idle, ok := p.tripper.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// renew lets later requests open new connections, which are used until they are of that age.
func (p *pool) renew(maxAge time.Duration) {
	if p.connections != nil {
		p.connections.SetMaxAge(maxAge)
		p.connections.CloseIdleConnections()
	}
}

// pool returns the connections for an http_client; accounts with the same one share them.
func (b *builder) pool(cfg *promconfig.HTTPClientConfig) (*pool, error) {
	for _, p := range b.pools {
		if reflect.DeepEqual(p.config, cfg) {
			return p, nil
		}
	}
	p := &pool{config: cfg, tripper: b.o.RoundTripper}
	if p.tripper == nil {
		dial := transport.DialFunc(b.o.DialContext)
		if dial == nil {
			dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
		}
		files := b.cfg.Files()
		open := func(dial transport.DialFunc) (http.RoundTripper, error) { return newRoundTripper(*cfg, files, dial) }
		if _, err := open(dial); err != nil { // better found now than when the first request is due
			return nil, err
		}
		p.connections = transport.NewConnections(b.cfg.Global.MaxConnectionAge, dial, open)
		p.tripper = p.connections
	}
	b.pools = append(b.pools, p)
	return p, nil
}

const (
	// dialTimeout bounds an attempt to connect, which may outlast the request that it is made for.
	dialTimeout = 30 * time.Second
	// idleTimeout is how long a connection is kept that no request uses.
	idleTimeout = 5 * time.Minute
	// pingAfter is how long nothing may come over a connection of HTTP/2 until a ping checks it, and pingTimeout how
	// long the answer to the ping may take.
	pingAfter, pingTimeout = 15 * time.Second, 5 * time.Second
	// maxHeaderBytes bounds the headers of an answer.
	maxHeaderBytes = 1 << 20
)

// newRoundTripper returns what sends requests as an http_client says, over connections of that dialer. The files that
// it names are read by files: certificates when connections are opened, headers for each request.
//
// It is what [promconfig.NewRoundTripperFromConfig] does for these settings, but for the health checks of HTTP/2: that
// has no setting for them, and its own, after a minute without requests, hardly ever find a dead connection before the
// next request does.
func newRoundTripper(
	cfg promconfig.HTTPClientConfig, files *config.Files, dial transport.DialFunc,
) (http.RoundTripper, error) {
	byName, fromFiles := files.TLSConfig(cfg.TLSConfig)
	tlsConfig, err := promconfig.NewTLSConfig(&byName, fromFiles)
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(cfg.EnableHTTP2)
	rt := &http.Transport{
		DialContext:        dial,
		Proxy:              cfg.Proxy(),
		ProxyConnectHeader: cfg.GetProxyConnectHeader(),
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
			return transport.ProxyError(proxy, answer)
		},
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    1000, // as many as requests can be in flight
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		WriteBufferSize:        1 << 10, // of 4 KiB for each connection, most requests would use little
		DisableCompression:     true,
		Protocols:              &protocols,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: pingAfter, PingTimeout: pingTimeout, WriteByteTimeout: pingTimeout,
			MaxReceiveBufferPerStream: transport.HTTP2Window,
		},
	}
	if cfg.HTTPHeaders == nil {
		return rt, nil
	}
	inline := make(map[string]promconfig.Header)
	for name, header := range cfg.HTTPHeaders.Headers {
		inline[name] = promconfig.Header{Values: header.Values, Secrets: header.Secrets}
	}
	return &headerFiles{
		headers: cfg.HTTPHeaders.Headers, files: files,
		next: promconfig.NewHeadersRoundTripper(&promconfig.Headers{Headers: inline}, rt),
	}, nil
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

// unusedProxy returns the variable of the environment that names a proxy, if the http_client uses none.
func unusedProxy(cfg promconfig.HTTPClientConfig) string {
	if cfg.ProxyFromEnvironment || cfg.ProxyURL.URL != nil {
		return ""
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// httpClientSecrets returns what an http_client sends that must not stand in any text: a proxy or a gateway may quote it
// in its answer.
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
