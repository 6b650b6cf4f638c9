package transport_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
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
