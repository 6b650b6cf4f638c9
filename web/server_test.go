package web_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// Headers of the web configuration file are set before the handler is called. They are kept.
func TestHeadersOfTheWebConfiguration(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, nil)
	for _, path := range []string{"/", "/metrics"} {
		for _, name := range []string{"X-Frame-Options", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options"} {
			w := httptest.NewRecorder()
			w.Header().Set(name, "own")
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
			if got := w.Header().Values(name); len(got) != 1 || got[0] != "own" {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

// A client that refuses every compression is answered without one, and nothing is logged.
func TestCompression(t *testing.T) {
	buffer := &testkit.Output{}
	h := newHandler(t, vendor(t, large()).URL, log.NewLogfmtLogger(buffer), nil)
	for _, path := range []string{"/", "/metrics", "/probe?target=getui/shop", "/sd", "/config", "/api/v1/status"} {
		for accept, want := range map[string]string{
			"gzip": "gzip", "gzip;q=0": "", "gzip;q=0, zstd;q=0, identity;q=1": "", "br": "", "nonsense;;q=": "", "*;q=0": "",
			"gzip;q=0.000": "", ",": "", ";q=": "", "identity;q=0": "", "gzip; q=0, *;q=0": "",
		} {
			if w := webtest.Get(h, path, "Accept-Encoding", accept); w.Code != 200 || w.Header().Get("Content-Encoding") != want {
				// A small page is sent as it is.
				if want == "gzip" && w.Code == 200 && w.Body.Len() < 1024 {
					continue
				}
				t.Errorf("%s with %q answered %d, encoding %q", path, accept, w.Code, w.Header().Get("Content-Encoding"))
			}
		}
	}
	if text := buffer.String(); strings.Contains(text, "level=error") || strings.Contains(text, "level=warn") {
		t.Errorf("logged\n%s", buffer)
	}
}

func TestWithoutProfiles(t *testing.T) {
	h := newHandler(t, vendor(t, webtest.Answer(webtest.Quota)).URL, nil, func(o *web.Options) { o.WithoutProfiles = true })
	if w := webtest.Get(h, "/debug/pprof/heap"); w.Code != 403 || !strings.Contains(w.Body.String(), "--web.enable-pprof") {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	if w := webtest.Get(h, "/"); strings.Contains(w.Body.String(), "pprof") {
		t.Error("the status page has a link to profiles")
	}
}

// A new connection beyond the limit closes the one that has been idle for longest. If none is idle, it closes one that
// has not sent a request yet.
func TestConnections(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }))
	connections := web.NewConnections(2, log.NewNopLogger())
	idle := make(chan struct{}, 10)
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		connections.Changed(conn, state)
		if state == http.StateIdle {
			idle <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	ask := func(conn net.Conn) error {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		for answered, piece := "", make([]byte, 1); !strings.HasSuffix(answered, "\r\n\r\nx"); answered += string(piece) {
			if _, err := conn.Read(piece); err != nil {
				return err
			}
		}
		<-idle // The client may have the answer before the server calls the connection idle.
		return nil
	}
	first, second := dial(), dial()
	for _, conn := range []net.Conn{first, second} {
		if err := ask(conn); err != nil {
			t.Fatal(err)
		}
	}
	third := dial()
	if err := ask(third); err != nil {
		t.Errorf("the third connection: %v", err)
	}
	if err := ask(first); err == nil {
		t.Error("the connection that was idle for longest is open")
	}
	if err := ask(second); err != nil {
		t.Errorf("the second connection: %v", err)
	}
}
