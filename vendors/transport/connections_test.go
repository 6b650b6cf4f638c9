package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// device forwards connections to a server until it stops: from then on it takes what comes over those that it has,
// forwards nothing and closes nothing. New connections are forwarded.
type device struct {
	dialed atomic.Int64
	mu     sync.Mutex
	open   []*forwarding
}

// forwarding is one end of a connection through the device.
type forwarding struct {
	net.Conn
	stopped atomic.Bool
}

func (f *forwarding) Write(p []byte) (int, error) {
	if f.stopped.Load() {
		return len(p), nil
	}
	return f.Conn.Write(p)
}

// dial connects through the device.
func (d *device) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d.dialed.Add(1)
	server, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	there, back := &forwarding{Conn: server}, &forwarding{Conn: far}
	d.mu.Lock()
	d.open = append(d.open, there, back)
	d.mu.Unlock()
	forward := func(to *forwarding, from net.Conn) {
		io.Copy(to, from)
		if !to.stopped.Load() {
			to.Close()
		}
	}
	go forward(there, far)
	go forward(back, server)
	return near, nil
}

// stop makes the connections that there are dead.
func (d *device) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.open {
		f.stopped.Store(true)
	}
}

func (d *device) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.open {
		f.Conn.Close()
	}
}

// vendorOverTLS starts a server with the protocols that a test case asks for.
func vendorOverTLS(t *testing.T, http2 bool, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// connectionsTo returns Connections as the exporter has them, for a server of [vendorOverTLS].
func connectionsTo(t *testing.T, s *httptest.Server, maxAge time.Duration, dial transport.DialFunc) *transport.Connections {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c := transport.NewConnections(maxAge, dial, func(dial transport.DialFunc) (http.RoundTripper, error) {
		return &http.Transport{
			DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: s.EnableHTTP2,
			DisableCompression: true, MaxIdleConnsPerHost: 10,
		}, nil
	})
	t.Cleanup(c.CloseIdleConnections)
	return c
}

var protocols = []struct {
	name  string
	http2 bool
	conns int64 // that requests at the same time need
}{{"HTTP/1.1", false, 3}, {"HTTP/2", true, 1}}

// atOnce sends three requests that are in flight at the same time.
func atOnce(t *testing.T, c *transport.Client, url string) []error {
	var all sync.WaitGroup
	failures := make([]error, 3)
	for i := range failures {
		all.Go(func() { failures[i] = c.Do(t.Context(), at(url), readAll) })
	}
	all.Wait()
	return failures
}

func TestDeadConnections(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			var inFlight sync.WaitGroup // holds requests until all three have come
			s := vendorOverTLS(t, p.http2, func(_ http.ResponseWriter, r *http.Request) {
				inFlight.Done()
				inFlight.Wait()
			})
			d := &device{}
			t.Cleanup(d.close)
			c := client(transport.Options{
				RoundTripper: connectionsTo(t, s, 0, d.dial), Timeout: 3 * time.Second, MaxConcurrentRequests: 3,
			})
			inFlight.Add(3)
			if err := errors.Join(atOnce(t, c, s.URL)...); err != nil {
				t.Fatal(err)
			}
			if n := d.dialed.Load(); n < p.conns {
				t.Fatalf("%d connections for three requests at once", n)
			}
			d.stop()
			failure(t, c.Do(t.Context(), at(s.URL), readAll), transport.Timeout)
			// None of the others is tried: they may be as dead.
			inFlight.Add(3)
			if err := errors.Join(atOnce(t, c, s.URL)...); err != nil {
				t.Errorf("after one timeout: %v", err)
			}
		})
	}
}

// A request that times out leaves alone what else is in flight over its connection.
func TestTimeoutBesideOtherRequests(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			slow, answer := make(chan struct{}), make(chan struct{})
			s := vendorOverTLS(t, p.http2, func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow/v2/app" {
					close(slow)
					<-answer
					return
				}
				<-r.Context().Done()
			})
			d := &device{}
			t.Cleanup(d.close)
			c := client(transport.Options{RoundTripper: connectionsTo(t, s, 0, d.dial), Timeout: 5 * time.Second})
			result := make(chan error)
			go func() { result <- c.Do(t.Context(), at(s.URL+"/slow"), readAll) }()
			<-slow
			brief := transport.WithLimits(t.Context(), transport.Limits{Timeout: 50 * time.Millisecond})
			failure(t, c.Do(brief, at(s.URL), readAll), transport.Timeout)
			close(answer)
			if err := <-result; err != nil {
				t.Errorf("the other request failed: %v", err)
			}
		})
	}
}

// A connection on which the vendor sends without end, after a timeout or after its answer, is closed.
func TestFloods(t *testing.T) {
	frame := func(kind, flags byte, stream uint32, payload string) []byte {
		b := append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind)), flags)
		return append(binary.BigEndian.AppendUint32(b, stream), payload...)
	}
	const settings, ping, continuation, data, headers, priority = 4, 6, 9, 0, 1, 2
	answer := frame(headers, 5, 1, "\x88")
	for _, test := range []struct {
		name   string
		answer []byte // nil = none, and the request times out
		floods []byte
	}{
		{"pings", nil, frame(ping, 0, 0, "12345678")},
		{"settings", nil, frame(settings, 0, 0, "")},
		{"data", nil, frame(data, 0, 1, "")},
		{"headers without an end", nil, frame(continuation, 0, 1, "")},
		{"frames of an unknown kind", nil, frame(200, 0, 0, "")},
		{"frames of an unknown kind while a request is in flight", nil, frame(200, 0, 0, strings.Repeat("x", 16<<10))},
		{"pings after the answer", answer, frame(ping, 0, 0, "12345678")},
		{"settings after the answer", answer, frame(settings, 0, 0, "")},
		{"priorities after the answer", answer, frame(priority, 0, 1, "\x00\x00\x00\x00\x10")},
		{"frames of an unknown kind after the answer", answer, frame(200, 0, 0, "")},
	} {
		t.Run(test.name, func(t *testing.T) {
			log.SetOutput(io.Discard)
			t.Cleanup(func() { log.SetOutput(os.Stderr) })
			s := vendorOverTLS(t, true, nil)
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2"}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			ended := make(chan error, 1)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				requested := bufio.NewReader(conn)
				_, err = requested.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
				for kind := byte(settings); err == nil && kind != headers; { // what comes before the request
					var head []byte
					if head, err = requested.Peek(9); err == nil {
						kind = head[3]
						_, err = requested.Discard(9 + int(binary.BigEndian.Uint32(head)>>8))
					}
				}
				go io.Copy(io.Discard, requested)
				conn.Write(append(frame(settings, 0, 0, ""), test.answer...))
				for err == nil {
					_, err = conn.Write(test.floods)
				}
				ended <- err
			}()
			timeout := 200 * time.Millisecond
			inFlight := strings.Contains(test.name, "in flight")
			if test.answer != nil || inFlight {
				timeout = 0
			}
			c := client(transport.Options{
				RoundTripper: connectionsTo(t, s, 0, new(net.Dialer).DialContext), Timeout: timeout,
			})
			if err := c.Do(t.Context(), at("https://"+l.Addr().String()), readAll); (err == nil) != (test.answer != nil) {
				t.Errorf("the request ended with %v", err)
			} else if inFlight && transport.KindOf(err) != transport.Network {
				t.Errorf("the flood lasted as long as the request, which ended with %v", err)
			}
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				t.Error("the vendor can still send 20 s after the request has ended")
			}
		})
	}
}

// listener takes connections within the process, so that a fake clock sees them wait.
type listener struct {
	arriving chan net.Conn
	closed   chan struct{}
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.arriving:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	close(l.closed)
	return nil
}

func (l *listener) dial() net.Conn {
	near, far := net.Pipe()
	l.arriving <- far
	return near
}

// listenAt starts a vendor within the process; what it returns connects to it.
func listenAt(t *testing.T, h http.HandlerFunc) (dial func() net.Conn) {
	l := &listener{arriving: make(chan net.Conn), closed: make(chan struct{})}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &http.Server{Handler: h, Protocols: &protocols}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.dial
}

// The address of a host changes while requests are in flight all the time.
func TestConnectionAge(t *testing.T) {
	const maxAge = 10 * time.Minute
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var atOld, atNew atomic.Int64
				vendorAt := func(arrived *atomic.Int64) func() net.Conn {
					return listenAt(t, func(http.ResponseWriter, *http.Request) {
						arrived.Add(1)
						time.Sleep(3 * time.Second)
					})
				}
				was, is := vendorAt(&atOld), vendorAt(&atNew)
				var moved atomic.Bool
				var dialed atomic.Int64
				rt := transport.NewConnections(maxAge, func(context.Context, string, string) (net.Conn, error) {
					dialed.Add(1)
					if moved.Load() {
						return is(), nil
					}
					return was(), nil
				}, func(dial transport.DialFunc) (http.RoundTripper, error) {
					var protocols http.Protocols
					protocols.SetHTTP1(!p.http2)
					protocols.SetUnencryptedHTTP2(p.http2)
					return &http.Transport{DialContext: dial, DisableCompression: true, Protocols: &protocols}, nil
				})
				t.Cleanup(rt.CloseIdleConnections)
				c := client(transport.Options{RoundTripper: rt, RequestsPerMinute: 6000})
				var all sync.WaitGroup
				requests := func(d time.Duration) {
					for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
						all.Go(func() {
							if err := do(t.Context(), c); err != nil {
								t.Error(err)
							}
						})
					}
				}
				requests(maxAge / 2)
				moved.Store(true)
				requests(maxAge/2 - time.Second)
				if n := atNew.Load(); n != 0 {
					t.Errorf("%d requests to the new address before the connections have reached their maximum age", n)
				}
				before := atOld.Load()
				requests(maxAge)
				all.Wait()
				if n := atOld.Load() - before; n > 2 {
					t.Errorf("%d requests to the old address after the maximum age", n)
				}
				if n := dialed.Load(); n > 12 {
					t.Errorf("%d connections were opened", n)
				}
			})
		})
	}
}

func TestClosedIdleConnections(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			inHandler, answer := make(chan struct{}), make(chan struct{})
			s := vendorOverTLS(t, p.http2, func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow/v2/app" {
					close(inHandler)
					<-answer
				}
			})
			var dialed atomic.Int64
			rt := connectionsTo(t, s, 0, func(ctx context.Context, network, address string) (net.Conn, error) {
				dialed.Add(1)
				return new(net.Dialer).DialContext(ctx, network, address)
			})
			c := client(transport.Options{RoundTripper: rt})
			result := make(chan error)
			go func() { result <- c.Do(t.Context(), at(s.URL+"/slow"), readAll) }()
			<-inHandler
			rt.CloseIdleConnections()
			for range 2 {
				if err := c.Do(t.Context(), at(s.URL), readAll); err != nil {
					t.Error(err)
				}
			}
			close(answer)
			if err := <-result; err != nil {
				t.Errorf("the request in flight failed: %v", err)
			}
			if n := dialed.Load(); n != 2 {
				t.Errorf("%d connections, want that of the request in flight and one more", n)
			}
		})
	}
}

func TestConnectionsThatCannotBeOpened(t *testing.T) {
	broken := errors.New("no certificate")
	opened := 0
	rt := transport.NewConnections(time.Minute, nil, func(transport.DialFunc) (http.RoundTripper, error) {
		opened++
		if opened == 1 {
			return nil, broken
		}
		return answer(200, nil, "{}"), nil
	})
	c := client(transport.Options{RoundTripper: rt})
	if err := do(t.Context(), c); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if err := do(t.Context(), c); err != nil {
		t.Errorf("the second request: %v", err)
	}
}
