package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// smallBuffers are connections on which an answer that nobody reads is soon stuck.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetWriteBuffer(16 << 10)
	}
	return conn, err
}

// serveSmall serves on connections with small buffers, and gives the address. The function counts those that the
// server has closed.
func serveSmall(t *testing.T, h http.Handler) (address string, closed func() int) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	var count atomic.Int64
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			count.Add(1)
		}
	}
	server.Listener = smallBuffers{server.Listener}
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), func() int { return int(count.Load()) }
}

// askAndReadNothing sends a request and leaves its answer, once that begins.
func askAndReadNothing(t *testing.T, address, path string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 0.2\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	began := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, began); err != nil || string(began) != "HTTP/1.1 200" {
		t.Fatalf("answered %q, %v", began, err)
	}
}

// large answers with push quotas of so many channels that a page with them fills the buffers of a connection.
func large() http.HandlerFunc {
	var channels strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&channels, `,"channel-%d":{"app":{"total_num":3000,"limit":false,"remain_num":12}}`, i)
	}
	return webtest.Answer(`{"code":0,"data":{` + channels.String()[1:] + `}}`)
}

// Clients that do not read their answers lose their connections, and take no other client's place until then, however
// many they are. The log says so once for each scrape, at level debug.
func TestClientsThatDoNotRead(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		clients    int
		probe      string // is answered all the time
		logged     int
	}{
		{"metrics", "/metrics", 8, "/metrics", 8},
		{"probe", "/probe?target=getui/shop&debug=1", 3, "/metrics", 3},
		{"configuration", "/config", 4, "/config", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			buffer := &testkit.Output{}
			h := newHandler(t, vendor(t, large()).URL, log.NewLogfmtLogger(buffer), func(o *web.Options) {
				o.MaxRequests, o.WriteTimeout = 1, 3*time.Second
				o.Config = func() ([]byte, error) { return []byte(strings.Repeat("x", 1<<20)), nil }
			})
			webtest.Get(h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "60") // what has been read once is served, however slow this machine is
			address, closed := serveSmall(t, h)
			defer http.DefaultClient.CloseIdleConnections()
			status := func() int {
				response, err := http.Get("http://" + address + tt.probe)
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				io.Copy(io.Discard, response.Body)
				return response.StatusCode
			}
			for range tt.clients {
				askAndReadNothing(t, address, tt.path)
				if got := status(); got != http.StatusOK {
					t.Fatalf("another client is answered %d", got)
				}
			}
			testkit.Await(t, "end of the connections", func() error {
				if n := closed(); n < tt.clients {
					return fmt.Errorf("%d of %d are closed", n, tt.clients)
				}
				return nil
			})
			logged := buffer.String()
			if n := strings.Count(logged, "not read to its end"); n != tt.logged {
				t.Errorf("logged %d times, want %d:\n%s", n, tt.logged, logged)
			}
			if strings.Contains(logged, "level=error") || strings.Contains(logged, "level=warn") {
				t.Errorf("a client that does not read is no failure of the exporter:\n%s", logged)
			}
			if page := webtest.Get(h, "/metrics").Body.String(); !strings.Contains(page, `promhttp_metric_handler_errors_total{cause="encoding"} 0`) {
				t.Error("it counts as an error of encoding")
			}
		})
	}
}
