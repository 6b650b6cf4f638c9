package transport_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A proxy that opens no connection to the vendor is named, with the setting to look at, and without its password.
func TestProxyThatRefuses(t *testing.T) {
	for _, tt := range []struct {
		status int
		want   string
	}{
		{http.StatusForbidden, "answered 403; the proxy does not allow the vendor's host: ask its administrator, or check http_client.proxy_url and no_proxy"},
		{http.StatusProxyAuthRequired, "answered 407; check user and password in http_client.proxy_url"},
		{http.StatusServiceUnavailable, "answered 503; ask the administrator of the proxy, or check http_client.proxy_url"},
	} {
		t.Run(http.StatusText(tt.status), func(t *testing.T) {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.status) }))
			t.Cleanup(proxy.Close)
			address, err := url.Parse(proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			address.User = url.UserPassword("planted-user", "planted-password")
			rt := &http.Transport{
				Proxy: http.ProxyURL(address),
				OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
					return transport.ProxyError(proxy, answer)
				},
			}
			t.Cleanup(rt.CloseIdleConnections)
			c := client(transport.Options{RoundTripper: rt})
			e := failure(t, c.Do(t.Context(), at("https://vendor.test/"), readAll), transport.Network)
			want := "the proxy " + address.Host + " opened no connection to the vendor: " + tt.want
			if !strings.HasSuffix(e.Error(), want) || !e.NotSent || strings.Contains(e.Error(), "planted") {
				t.Errorf("got %v, want %s", e, want)
			}
		})
	}
}

// Where a proxy is named in the environment and not used, an error of connecting mentions it; no other error does.
func TestUnusedProxy(t *testing.T) {
	const hint = "HTTPS_PROXY is set in the environment and not used: if the vendor can be reached only through that proxy, " +
		"set http_client.proxy_from_environment or proxy_url"
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
	for _, tt := range []struct {
		name   string
		unused string
		err    error
		want   bool
	}{
		{"no connection", "HTTPS_PROXY", dial, true},
		{"no such host", "HTTPS_PROXY", &net.DNSError{Err: "no such host", Name: "elsewhere.example"}, true},
		{"a connection that breaks", "HTTPS_PROXY", errors.New("reset"), false},
		{"none in the environment", "", dial, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt := vendorFunc(func(*http.Request) (*http.Response, error) { return nil, tt.err })
			e := failure(t, do(t.Context(), client(transport.Options{RoundTripper: rt, UnusedProxy: tt.unused})), transport.Network)
			if (e.Advice == hint) != tt.want {
				t.Errorf("got the advice %q", e.Advice)
			}
		})
	}
}

// A vendor that says when it is back is there: its address is not in doubt.
func TestUnavailableFor(t *testing.T) {
	for _, body := range []string{"", "{}", "<html>maintenance</html>"} {
		e := failure(t, do(t.Context(), client(transport.Options{
			RoundTripper: answer(503, http.Header{"Retry-After": {"30"}, "Content-Type": {"text/html"}}, body),
		})), transport.HTTP)
		if e.Advice != "" || !strings.Contains(e.Error(), "answered 503; retry after 30s") {
			t.Errorf("%q: got %v", body, e)
		}
	}
}
