package collector_test

import (
	"crypto/tls"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// TestFilesOfAnHTTPClient changes the file with the authority of a vendor's certificate, and one with a header's value,
// between requests: each request goes by what they hold then.
func TestFilesOfAnHTTPClient(t *testing.T) {
	var header atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header.Store(r.Header.Get("X-Gate"))
		io.WriteString(w, `{"code":200,"status":"success","data":[]}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))

	dir := t.TempDir()
	ca, gate := testkit.WriteFile(t, dir, "ca.pem", authority), testkit.WriteFile(t, dir, "gate", "first\n")
	cfg, err := collector.ParseConfig(filepath.Join(dir, "engage.yml"), fmt.Appendf(nil, `
polyv:
  - account: a
    user_id: U1
    secret_key: k
    base_url: %s
    http_client: {tls_config: {ca_file: ca.pem}, http_headers: {X-Gate: {files: [gate]}}}
`, server.URL), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(t *testing.T)
		header string // that the server gets, "" where no request reaches it
		says   string // that the failure says
	}{
		{"as they were loaded", func(*testing.T) {}, "first", ""},
		{"another value of the header", func(t *testing.T) { testkit.WriteFile(t, dir, "gate", "second\n") }, "second", ""},
		{"no file with the header", func(t *testing.T) { remove(t, gate) }, "", "header X-Gate of http_client: read file \"" + gate + "\": no such file or directory"},
		{"a header that is too large", func(t *testing.T) { testkit.WriteFile(t, dir, "gate", strings.Repeat("x", 2<<20)) }, "", "is larger than 1048576 bytes"},
		{"the header again", func(t *testing.T) { testkit.WriteFile(t, dir, "gate", "third") }, "third", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.change(t)
			set, err := collector.New(cfg, collector.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer set.Close()
			header.Store("")
			var said string
			for _, r := range set.Check(t.Context()) {
				said += fmt.Sprintln(r.Failures())
			}
			testkit.Equal(t, "the header", header.Load(), any(tt.header))
			if tt.says != "" && !strings.Contains(said, tt.says) {
				t.Errorf("got %s, want %s", said, tt.says)
			}
		})
	}

	remove(t, ca)
	if err := os.Mkdir(ca, 0o700); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("read file %q: is a directory, want a regular file", ca)
	if _, err := collector.New(cfg, collector.Options{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("with a folder for the authority: got %v, want %s", err, want)
	}
}

// countingSystem is the machine's file system, which counts how often each file is opened.
type countingSystem struct {
	config.System
	mu     sync.Mutex
	opened map[string]int
}

// Open opens a file.
func (s *countingSystem) Open(path string) (fs.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened[path]++
	return s.System.Open(path)
}

// TestSecretFileIsReadOnce reads all endpoints of an account, which fail, again and again.
func TestSecretFileIsReadOnce(t *testing.T) {
	secret := testkit.WriteFile(t, t.TempDir(), "secret", "s3cr3t")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(secret, old, old); err != nil {
		t.Fatal(err)
	}
	system := &countingSystem{opened: map[string]int{}}
	cfg, err := collector.ParseConfig("engage.yml", []byte("polyv: [{account: a, user_id: U1, secret_key_file: "+secret+"}]"),
		config.Options{Files: config.NewFiles(system)})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		set, err := collector.New(cfg, collector.Options{RoundTripper: newVendorAPI()})
		if err != nil {
			t.Fatal(err)
		}
		set.Check(t.Context())
		set.Close()
	}
	testkit.Equal(t, "opened", system.opened[secret], 1)
}

// TestWindowOfHTTP2 reads the settings that begin a connection of HTTP/2 (RFC 9113, 3.4 and 6.5): they say how much of
// an answer may be sent before it is read.
func TestWindowOfHTTP2(t *testing.T) {
	const preface, header, initialWindowSize = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 9, 4
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	vendor := tls.NewListener(plain, &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}})
	defer vendor.Close()
	windows := make(chan uint32, 1)
	go func() {
		defer close(windows)
		conn, err := vendor.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		begin := make([]byte, len(preface)+header)
		if _, err := io.ReadFull(conn, begin); err != nil {
			return
		}
		frame := begin[len(preface):]
		settings := make([]byte, int(frame[0])<<16|int(frame[1])<<8|int(frame[2]))
		if _, err := io.ReadFull(conn, settings); err != nil {
			return
		}
		for ; len(settings) >= 6; settings = settings[6:] {
			if binary.BigEndian.Uint16(settings) == initialWindowSize {
				windows <- binary.BigEndian.Uint32(settings[2:])
			}
		}
	}()
	e := newExporterOf(t, nil, fmt.Sprintf("getui: [{account: a, app_id: A1, app_key: k, master_secret: s, base_url: 'https://%s/v2',"+
		" http_client: {tls_config: {insecure_skip_verify: true}}}]", plain.Addr()))
	e.scrape(time.Minute) // begins with a login: one connection
	if window := <-windows; window != transport.HTTP2Window {
		t.Errorf("the vendor may send %d bytes ahead, want %d", window, transport.HTTP2Window)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
