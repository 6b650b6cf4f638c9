package collector

import (
	"encoding/base64"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"

	promconfig "github.com/prometheus/common/config"
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
		if p.tripper, err = promconfig.NewRoundTripperFromConfig(cfg, "engage_exporter", options...); err != nil {
			return nil, err
		}
	}
	b.pools = append(b.pools, p)
	return p, nil
}

// usedPools returns the pools that the set's accounts use.
func (b *builder) usedPools(s *Set) []*pool {
	used := make(map[*pool]bool)
	for _, a := range s.accounts() {
		used[a.pool] = true
	}
	return slices.DeleteFunc(b.pools, func(p *pool) bool { return !used[p] })
}

// httpClientSecrets returns what an http_client sends that no text may show: a proxy or a gateway may quote it in its
// answer.
func httpClientSecrets(cfg promconfig.HTTPClientConfig) []string {
	var secrets []string
	if proxy := cfg.ProxyURL.URL; proxy != nil && proxy.User != nil {
		if password, ok := proxy.User.Password(); ok {
			login := proxy.User.Username() + ":" + password
			secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(login)), login, password)
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
		for _, v := range header.Secrets {
			secrets = append(secrets, string(v))
		}
		for _, file := range header.Files {
			if text, err := os.ReadFile(file); err == nil {
				secrets = append(secrets, strings.TrimSpace(string(text)))
			}
		}
	}
	return secrets
}
