package transport_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// overNetwork returns a client that uses sockets; timeout 0 = the default.
func overNetwork(t *testing.T, timeout time.Duration) *transport.Client {
	rt := &http.Transport{DisableCompression: true}
	t.Cleanup(rt.CloseIdleConnections)
	return client(transport.Options{RoundTripper: rt, Timeout: timeout})
}

func at(url string) transport.Request {
	r := get
	r.URL = url + "/v2/app?key=q"
	return r
}

// serve starts a server that answers with h.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // and nobody listens there now
	err = overNetwork(t, 0).Do(t.Context(), at("http://"+l.Addr().String()), readAll)
	failure(t, err, transport.Network)
	if !strings.HasSuffix(err.Error(), "connect: connection refused") || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	e := failure(t, overNetwork(t, 0).Do(t.Context(), at(s.URL), readAll), transport.Network)
	if !strings.Contains(e.Error(), "certificate signed by unknown authority") || !strings.Contains(e.Advice, "ca_file") {
		t.Errorf("got %v, want what is wrong with the certificate and what to do", e)
	}
}

func TestCertificateAdvice(t *testing.T) {
	const renew = "the vendor, or the proxy, must renew or correct its certificate"
	const clock = "check this machine's clock; if it is right, " + renew
	const host = "check base_url, http_client.tls_config.server_name, this machine's name servers and what answers for the " +
		"vendor (a proxy)"
	const authority = "if your own authority signed the certificate, set http_client.tls_config.ca_file"
	now := time.Now()
	for _, tt := range []struct {
		name  string
		alter func(*x509.Certificate)
		want  string
	}{
		{"expired", func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) }, clock},
		{"not yet valid", func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }, clock},
		{"another host", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} }, host},
		{"for clients only", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, renew},
		{"unknown critical extension", func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}, renew},
		{"unknown authority", nil, authority},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template := &x509.Certificate{
				SerialNumber: big.NewInt(1), NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(48 * time.Hour),
				IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			}
			roots := x509.NewCertPool()
			if tt.alter != nil {
				tt.alter(template)
			}
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			if leaf, err := x509.ParseCertificate(der); err != nil {
				t.Fatal(err)
			} else if tt.alter != nil {
				roots.AddCert(leaf)
			}
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
			s.StartTLS()
			defer s.Close()
			rt := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
			defer rt.CloseIdleConnections()
			c := client(transport.Options{RoundTripper: rt})
			if e := failure(t, c.Do(t.Context(), at(s.URL), readAll), transport.Network); e.Advice != tt.want || !e.NotSent {
				t.Errorf("got %v, want the advice %q", e, tt.want)
			}
		})
	}
}

func TestConnectionLost(t *testing.T) {
	// lost ends the connection after having written some of an answer.
	lost := func(written string, reset bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			io.WriteString(conn, written)
			if reset {
				conn.(*net.TCPConn).SetLinger(0)
			}
			conn.Close()
		}
	}
	for _, test := range []struct {
		name string
		h    http.HandlerFunc
		kind transport.Kind
		want string
	}{
		{"closed", lost("", false), transport.Network, "closed before an answer came"},
		{"reset", lost("", true), transport.Network, "connection reset by peer"},
		{"cut", lost("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":", false), transport.Malformed, "the answer ends early"},
		{"cut between chunks", lost("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n", false), transport.Malformed, "the answer ends early"},
		{"not HTTP", lost("hello\x1b[2J\r\n\r\n", false), transport.Network, `malformed HTTP response "hello\x1b[2J"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := overNetwork(t, 0).Do(t.Context(), at(serve(t, test.h).URL), readAll)
			failure(t, err, test.kind)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestServerThatStops(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, written, want string }{
		{"before its answer", "", "acme GET /thing: timeout: no answer within 2s"},
		{"within its answer", `{"a":`, "acme GET /thing: timeout: answered 200: answer not complete within 2s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // Each takes the whole timeout, which a busy machine needs to answer in part.
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if test.written != "" {
					io.WriteString(w, test.written)
					http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			})
			err := overNetwork(t, 2*time.Second).Do(t.Context(), at(s.URL), readAll)
			failure(t, err, transport.Timeout)
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var asked atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/login?token=planted", http.StatusTemporaryRedirect)
	})
	e := failure(t, overNetwork(t, 0).Do(t.Context(), at(s.URL), readAll), transport.HTTP)
	if asked.Load() != 1 || e.Status != 307 || strings.Contains(e.Error(), "planted") || strings.Contains(e.Error(), "login") {
		t.Errorf("got %v after %d requests", e, asked.Load())
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	for name, read := range map[string]func(*transport.Response) error{
		"read whole":               readAll,
		"read to the last bracket": func(r *transport.Response) error { _, err := io.ReadFull(r.Body, make([]byte, 2)); return err },
		"refused by read":          func(r *transport.Response) error { readAll(r); return errors.New("want a list") },
	} {
		t.Run(name, func(t *testing.T) {
			var conns atomic.Int64
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "{} ")
				http.NewResponseController(w).Flush() // chunked: the end comes apart
			}))
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					conns.Add(1)
				}
			}
			s.Start()
			defer s.Close()
			c := overNetwork(t, 0)
			for range 5 {
				c.Do(t.Context(), at(s.URL), read)
			}
			if got := conns.Load(); got != 1 {
				t.Errorf("%d connections for 5 requests, want 1", got)
			}
		})
	}
}

func TestPOSTOnAConnectionThatWasJustClosed(t *testing.T) {
	// A server that answers the first request of a connection and hangs up on the second, as
	// one does whose idle timeout fires while the request is on its way.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var conns atomic.Int64
	headers := make(chan http.Header, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			go func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				body, _ := io.ReadAll(r.Body)
				headers <- r.Header
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				in.ReadByte()
			}()
		}
	}()
	c := overNetwork(t, 0)
	r := at("http://" + l.Addr().String())
	r.Method, r.Body = http.MethodPost, []byte(`{"sign":"s"}`)
	for i := range 3 {
		if err := c.Do(t.Context(), r, func(r *transport.Response) error {
			b, err := r.ReadAll()
			if string(b) != `{"sign":"s"}` {
				t.Errorf("the server got %q", b)
			}
			return err
		}); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if h := <-headers; h["Idempotency-Key"] != nil {
			t.Errorf("a header that only net/http should see was sent: %v", h)
		}
	}
	if got := conns.Load(); got != 3 {
		t.Errorf("%d connections, want 3", got)
	}
}
