package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// The end waits for requests in flight, but not for ever: what takes too long is cut off with a warning, which is no
// failure.
func TestEndOfServing(t *testing.T) {
	for _, tt := range []struct {
		name    string
		grace   time.Duration
		handler func(finish <-chan struct{}, w http.ResponseWriter, r *http.Request)
		cut     bool
	}{
		{"answered in time", time.Minute, func(finish <-chan struct{}, w http.ResponseWriter, _ *http.Request) {
			<-finish
			io.WriteString(w, "all of it")
		}, false},
		{"a read that does not end", 50 * time.Millisecond, func(_ <-chan struct{}, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, true},
		{"a client that does not read", 50 * time.Millisecond, func(_ <-chan struct{}, w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, strings.Repeat("x", 1<<20)); err != nil {
					return
				}
			}
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			arrived, finish := make(chan struct{}), make(chan struct{})
			var handling sync.WaitGroup
			handling.Add(1)
			server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer handling.Done()
				close(arrived)
				tt.handler(finish, w, r)
			})}
			ctx, stop := context.WithCancel(t.Context())
			addresses := make(chan net.Addr, 1)
			logged := &testkit.Output{}
			off, file := false, ""
			flags := &toolkit.FlagConfig{WebListenAddresses: &[]string{"127.0.0.1:0"}, WebSystemdSocket: &off, WebConfigFile: &file}
			ended := make(chan error, 1)
			go func() {
				ended <- listenAndServe(ctx, server, tt.grace, flags, nil, slog.New(slog.NewTextHandler(logged, nil)), func(all []net.Addr) { addresses <- all[0] })
			}()
			client, err := net.Dial("tcp", (<-addresses).String())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			<-arrived
			stop()
			if !tt.cut {
				close(finish)
				if text, err := io.ReadAll(client); err != nil || !strings.HasSuffix(string(text), "all of it") {
					t.Errorf("the request in flight is answered %q, %v", text, err)
				}
			}
			if err := <-ended; err != nil {
				t.Errorf("ended with %v", err)
			}
			handling.Wait() // no handler outlives its connection
			if warned := strings.Contains(logged.String(), `level=WARN msg="Scrapes in flight are cut off`); warned != tt.cut {
				t.Errorf("warned: %t, want %t\n%s", warned, tt.cut, logged)
			}
		})
	}
}

// An address without a port would be served on a random one, and is an error at the start.
func TestAddressesWithoutAPort(t *testing.T) {
	file := testkit.WriteFile(t, t.TempDir(), "engage.yml", "getui: [{account: a, app_id: A, app_key: K, master_secret: M}]\n")
	for _, flag := range []string{
		"--web.listen-address=", "--web.listen-address=:", "--web.listen-address=127.0.0.1:", "--web.listen-address=[::1]:",
		"--web.health-listen-address=127.0.0.1:",
	} {
		t.Run(flag, func(t *testing.T) {
			var stderr bytes.Buffer
			status := Run(t.Context(), []string{"--config.file=" + file, flag}, io.Discard, &stderr)
			if want := flag + " has no port"; status != 2 || !strings.Contains(stderr.String(), want) {
				t.Errorf("ended with status %d, want 2 and %q in\n%s", status, want, &stderr)
			}
		})
	}
}
