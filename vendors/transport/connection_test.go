package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dialing returns what sends requests over connections of that dialer.
func dialing(t *testing.T, dial dialer) *http.Transport {
	rt := &http.Transport{DisableCompression: true, DialContext: dial}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

// closedPort returns an address at which nobody listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

// hijacked returns a server that lets h do what it likes with the connection.
func hijacked(t *testing.T, h func(net.Conn)) string {
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		h(conn)
		conn.Close()
	}).URL
}

func TestNotSent(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	for _, test := range []struct {
		name    string
		rt      func(t *testing.T) http.RoundTripper // nil = the system's network
		url     func(t *testing.T) string            // nil = a vendor's
		kind    transport.Kind
		notSent bool
	}{
		{
			"a closed port", nil, func(t *testing.T) string { return "http://" + closedPort(t) }, transport.Network, true,
		},
		{
			"a ca_file that cannot be read",
			func(*testing.T) http.RoundTripper {
				return transport.NewConnections(0, nil, func(transport.DialFunc) (http.RoundTripper, error) {
					return nil, errors.New("ca.pem: no such file")
				})
			}, nil, transport.Network, true,
		},
		{
			"a header whose file cannot be read",
			func(*testing.T) http.RoundTripper {
				return transport.NewConnections(0, nil, func(transport.DialFunc) (http.RoundTripper, error) {
					return vendorFunc(func(*http.Request) (*http.Response, error) {
						return nil, errors.New("header X-Gate: no such file")
					}), nil
				})
			}, nil, transport.Network, true,
		},
		{
			"a host that has no address",
			func(t *testing.T) http.RoundTripper {
				return dialing(t, func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "vendor", IsNotFound: true}}
				})
			}, nil, transport.Network, true,
		},
		{
			"no file descriptor",
			func(t *testing.T) http.RoundTripper {
				return dialing(t, func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
				})
			}, nil, transport.Network, true,
		},
		{
			"a certificate that is not trusted", nil,
			func(t *testing.T) string {
				s := httptest.NewUnstartedServer(http.NotFoundHandler())
				s.Config.ErrorLog = quiet
				s.StartTLS()
				t.Cleanup(s.Close)
				return s.URL
			}, transport.Network, true,
		},
		{
			"a TLS handshake that fails", nil,
			func(t *testing.T) string {
				s := httptest.NewUnstartedServer(http.NotFoundHandler())
				s.Config.ErrorLog = quiet
				s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
				s.StartTLS()
				t.Cleanup(s.Close)
				return s.URL
			}, transport.Network, true,
		},
		{
			"a server without TLS", nil,
			func(t *testing.T) string {
				s := serve(t, func(http.ResponseWriter, *http.Request) {})
				return "https" + s.URL[len("http"):]
			}, transport.Network, true,
		},
		{
			"a proxy that refuses to connect",
			func(t *testing.T) http.RoundTripper {
				proxy, err := url.Parse(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }).URL)
				if err != nil {
					t.Fatal(err)
				}
				rt := dialing(t, (&net.Dialer{}).DialContext)
				rt.Proxy = http.ProxyURL(proxy)
				return rt
			}, func(*testing.T) string { return "https://vendor.test" }, transport.Network, true,
		},
		{
			"no connection in time",
			func(t *testing.T) http.RoundTripper {
				return dialing(t, func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				})
			}, nil, transport.Timeout, true,
		},
		{
			"no answer in time", nil,
			func(t *testing.T) string {
				return serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }).URL
			}, transport.Timeout, false,
		},
		{
			"a connection that ends before the answer", nil,
			func(t *testing.T) string { return hijacked(t, func(net.Conn) {}) }, transport.Network, false,
		},
		{
			"a reset after the headers", nil,
			func(t *testing.T) string {
				return hijacked(t, func(conn net.Conn) {
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
					conn.(*net.TCPConn).SetLinger(0)
				})
			}, transport.Network, false,
		},
		{
			"an answer that is an error", nil,
			func(t *testing.T) string {
				return serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }).URL
			}, transport.HTTP, false,
		},
		{
			"another RoundTripper that could not connect",
			func(*testing.T) http.RoundTripper {
				return vendorFunc(func(*http.Request) (*http.Response, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
				})
			}, nil, transport.Network, true,
		},
		{
			"another RoundTripper that does not say",
			func(*testing.T) http.RoundTripper {
				return vendorFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") })
			}, nil, transport.Network, false,
		},
		{
			"a URL that is none", nil, func(*testing.T) string { return "http://[" }, transport.Network, true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := http.RoundTripper(dialing(t, (&net.Dialer{}).DialContext))
			if test.rt != nil {
				rt = test.rt(t)
			}
			base := "http://vendor.test"
			if test.url != nil {
				base = test.url(t)
			}
			err := client(transport.Options{RoundTripper: rt, Timeout: 3 * time.Second}).Do(t.Context(), at(base), readAll)
			e, ok := errors.AsType[*transport.Error](err)
			if !ok || e.Kind != test.kind || e.NotSent != test.notSent {
				t.Errorf("got %v, not sent %t; want %s, not sent %t", err, ok && e.NotSent, test.kind, test.notSent)
			}
		})
	}
}

// What is kept back here has not been sent either.
func TestNotSentByOurselves(t *testing.T) {
	for name, fail := range map[string]func(ctx context.Context, c *transport.Client) error{
		"the requests of the minute are spent": func(ctx context.Context, c *transport.Client) error {
			_ = do(ctx, c)
			return do(ctx, c)
		},
		"it could not be prepared": func(ctx context.Context, c *transport.Client) error {
			r := get
			r.Prepare = func(*transport.Request, transport.Secrets) error {
				return &transport.Error{Kind: transport.Auth, Err: errors.New("no secret")}
			}
			return c.Do(ctx, r, readAll)
		},
		"the credentials were refused": func(ctx context.Context, c *transport.Client) error {
			c.OpenBreaker(&transport.Error{Vendor: "acme", Endpoint: get.Endpoint, Kind: transport.Auth, Status: 401}, transport.Secrets{}.Fingerprint())
			return do(ctx, c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(transport.Options{RoundTripper: slow(0), RequestsPerMinute: 1})
				if e, ok := errors.AsType[*transport.Error](fail(t.Context(), c)); !ok || !e.NotSent {
					t.Errorf("got %v, want an error that says so", e)
				}
			})
		})
	}
}
