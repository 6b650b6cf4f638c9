package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/web"
)

// A client that announces a body and does not send it, or sends it without end, gets its answer, and its connection is
// closed.
func TestBodiesAreNotAwaited(t *testing.T) {
	h := newHandler(t, vendor(t, large()).URL, log.NewNopLogger(), func(o *web.Options) {
		o.Reload = func() error { return nil }
	})
	server := httptest.NewServer(h)
	defer server.Close()
	for _, tt := range []struct {
		name, method, path, header, body string
		status                           int
	}{
		{"a refresh without its body", "POST", "/-/refresh", "Content-Length: 60000", "", 200},
		{"a reload with a part of its body", "POST", "/-/reload", "Content-Length: 60000", "x=y", 200},
		{"a body in chunks", "POST", "/-/refresh", "Transfer-Encoding: chunked", "5\r\nab", 200},
		{"a page with a body", "GET", "/-/healthy", "Content-Length: 10", "", 200},
		{"a path that takes no body", "POST", "/debug/pprof/symbol", "Content-Length: 10", "", 405},
		{"a body that is awaited to be asked for", "POST", "/-/refresh", "Content-Length: 10\r\nExpect: 100-continue", "", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, tt.method+" "+tt.path+" HTTP/1.1\r\nHost: "+conn.RemoteAddr().String()+"\r\n"+tt.header+"\r\n\r\n"+tt.body)
			answers := bufio.NewReader(conn)
			answer, err := http.ReadResponse(answers, &http.Request{Method: tt.method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != tt.status {
				t.Errorf("answered %d, %v; want %d", answer.StatusCode, err, tt.status)
			}
			if _, err := answers.ReadByte(); err != io.EOF {
				t.Errorf("after the answer: %v, want the end of the connection", err)
			}
		})
	}
}
